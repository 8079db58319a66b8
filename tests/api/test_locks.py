"""A lock is part of the picture before anything goes out: in the dry run, and in the answer to a submission."""

from datetime import timedelta

import pytest

from app import contexts
from app.clock import utc_now
from app.config import settings
from app.database import open_engine
from tests.api.conftest import Caller
from tests.api.test_price_changes import CHANGES, change
from tests.choreography.listening import Listener, listed
from workers.choreography.catalog import CONSUMER

IMPORT = f"{CHANGES}/import"
SIX = [(f"T{n}", price) for n, price in ((1, "104.00"), (2, "103.00"), (3, "102.00"))]


@pytest.fixture
def locked(store: None) -> None:
    """Catalog holds T2 fixed until tomorrow."""
    catalog = Listener(CONSUMER, open_engine(settings().context_database_url("catalog")))
    catalog.hear(*(listed(sku) for sku, _ in SIX))
    contexts.lock("T2", "Spring contract", utc_now() + timedelta(days=1), "Omar T.")


def dry_run(by: Caller, **data: str) -> dict[str, object]:
    file = "\n".join(["sku,price", *(f"{sku},{price}" for sku, price in SIX)])
    answer = by.post(f"{IMPORT}?dry_run=true", files={"file": ("tea.csv", file.encode())}, data=data, key=None)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("locked")
def test_the_dry_run_says_which_line_will_be_refused_and_takes_the_others_back_with_it(asha: Caller) -> None:
    found = dry_run(asha)

    assert (found["clean"], found["locks_unknown"]) == (3, [])
    (lock,) = found["locked"]
    assert (lock["sku"], lock["context"], lock["reason"]) == ("T2", "catalog", "Spring contract")
    assert "catalog refuses this line, and the whole change is taken back" in lock["message"]


@pytest.mark.usefixtures("locked")
def test_a_lock_that_has_ended_by_then_is_not_mentioned(asha: Caller) -> None:
    assert dry_run(asha, effective_at=(utc_now() + timedelta(days=2)).isoformat())["locked"] == []


@pytest.mark.usefixtures("locked")
def test_the_answer_to_a_submission_says_so_too_and_the_line_remembers_it(asha: Caller) -> None:
    first = asha.post(CHANGES, change(*SIX), key="once").json()
    contexts.unlock("T2")
    again = asha.post(CHANGES, change(*SIX), key="once").json()

    assert [lock["sku"] for lock in first["locked"]] == ["T2"]
    assert again == first, "the same key gives the same answer, whatever became of the lock"
    lines = asha.get(f"{CHANGES}/{first['id']}/lines").json()["items"]
    assert [(line["sku"], len(line["locked"])) for line in lines] == [("T1", 0), ("T2", 1), ("T3", 0)]


@pytest.mark.usefixtures("locked")
def test_a_line_that_is_split_off_keeps_its_lock_in_the_answer(asha: Caller) -> None:
    answer = asha.post(CHANGES, change(("T1", "104.00"), ("T2", "120.00"), mixed="split")).json()
    assert ([lock["sku"] for lock in answer["locked"]], len(answer["siblings"])) == (["T2"], 1)


def test_where_the_catalog_cannot_be_asked_the_locks_are_not_known_and_nothing_is_blocked(asha: Caller) -> None:
    answer = asha.post(CHANGES, change(("T1", "104.00"))).json()

    assert (answer["status"], answer["locked"], answer["locks_unknown"]) == ("APPROVED", [], ["catalog"])
    assert dry_run(asha)["locks_unknown"] == ["catalog"]
