"""Contexts over HTTP: who follows, and who is gone for good."""

import pytest

from app.database import transaction
from app.deliveries import projection
from app.deliveries.projection import Observation
from tests.api.conftest import Caller
from tests.builders import MONDAY

WHY = {"reason": "The tills were sold"}
RETIRE, READMIT = "/api/contexts/till/retire", "/api/contexts/till/readmit"


@pytest.fixture(autouse=True)
def till(store: None) -> None:
    observed("silent")


def observed(state: str) -> None:
    with transaction() as session:
        workers = int(state != "silent")
        projection.observe_contexts(
            session, [Observation("till", "rings", state, workers, 0, "[]", 0, "[]", "Keeps 1 entry")], now=MONDAY
        )


def states(caller: Caller) -> dict[str, str]:
    return {context["name"]: context["state"] for context in caller.get("/api/contexts").json()}


def test_an_operator_retires_a_context_and_takes_it_in_again(omar: Caller, asha: Caller, ruth: Caller) -> None:
    before = states(asha)
    answers = [omar.post(RETIRE, WHY).status_code, states(asha), omar.post(READMIT, WHY).status_code, states(asha)]

    assert (before, answers) == ({"till": "silent"}, [204, {"till": "retired"}, 204, {"till": "silent"}])
    told = [entry["action"] for entry in ruth.get("/api/audit").json()["items"]]
    assert {"retire", "readmit"} <= set(told)


def test_what_a_person_has_to_look_at_is_said(asha: Caller) -> None:
    assert asha.get("/api/contexts").json()[0]["alarm"] == "Keeps 1 entry"


@pytest.mark.parametrize("who", ["asha", "kiran", "stranger", "machine"])
def test_nobody_else_may(request: pytest.FixtureRequest, omar: Caller, who: str) -> None:
    refused = request.getfixturevalue(who).post(RETIRE, WHY)

    assert (refused.status_code in (401, 403), states(omar)) == (True, {"till": "silent"})


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        (RETIRE, {}, "", 422),
        (RETIRE, {"reason": " "}, "", 422),
        (RETIRE, {**WHY, "by": "me"}, "", 422),
        (RETIRE, WHY, None, 400),
        ("/api/contexts/nobody/retire", WHY, "", 404),
    ],
)
def test_a_refusal_changes_nothing(omar: Caller, path: str, body: object, key: str | None, status: int) -> None:
    assert omar.post(path, body, key=key).status_code == status
    assert states(omar) == {"till": "silent"}


def test_one_that_still_answers_is_not_retired(omar: Caller) -> None:
    observed("working")
    refused = omar.post(RETIRE, WHY)

    assert (refused.status_code, refused.json()["code"]) == (409, "context_still_answers")


def test_the_same_key_retires_once(omar: Caller) -> None:
    omar.post(RETIRE, WHY, key="k")
    omar.post(READMIT, WHY)
    again = omar.post(RETIRE, WHY, key="k")

    assert (again.status_code, states(omar)) == (204, {"till": "silent"})
