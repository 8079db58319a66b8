"""Over HTTP no action on a proposal goes on without what the caller saw, or on something else."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.clock import utc_now
from app.database import reading, transaction
from app.identity.records import User
from app.lifecycle import actions
from app.lifecycle.records import AuditEntry, Proposal
from app.lifecycle.windows import bounds
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller, signed_in
from tests.api.test_clock import PLAN, SKUS
from tests.api.test_price_changes import CHANGES, change, deciding, proposed, seeing
from tests.builders import product

BOUND = (
    ("kiran", "approve"), ("kiran", "reject"), ("kiran", "return"), ("asha", "withdraw"), ("kiran", "waves"),
    ("duty", "expedite"), ("omar", "pause"), ("omar", "continue"), ("omar", "roll-back"),
    ("omar", "roll-back/ask"), ("kiran", "roll-back/agree"), ("kiran", "keep"),
)  # fmt: skip


@pytest.fixture
def callers(api, asha: Caller, kiran: Caller, omar: Caller) -> dict[str, Caller]:  # type: ignore[no-untyped-def]
    return {"asha": asha, "kiran": kiran, "omar": omar, "duty": signed_in(api, "duty")}


def ready_for(action: str, asha: Caller, omar: Caller) -> dict[str, object]:
    """A proposal in a status that knows the action, as it is read."""
    if action == "keep":
        return return_of_a_window(asha)
    if action.startswith("roll-back/"):
        return hard_to_take_back(action, asha, omar)
    if action not in ("pause", "continue", "roll-back"):
        return proposed(asha, ("T1", "120.00"))
    with transaction() as session:
        import_catalog(session, [product(sku) for sku in SKUS], now=utc_now())
    answer = asha.post(CHANGES, change(*((sku, "104.00") for sku in SKUS), waves=PLAN)).json()
    with transaction() as session:
        actions.publish(session, answer["id"], now=utc_now())
    out = asha.get(f"{CHANGES}/{answer['id']}").json()
    return omar.post(f"{CHANGES}/{answer['id']}/pause", deciding(out, "Look")).json() if action == "continue" else out


def return_of_a_window(asha: Caller) -> dict[str, object]:
    ends = (utc_now() + timedelta(days=2)).isoformat()
    window = asha.post(CHANGES, change(("T1", "104.00"), ends_at=ends)).json()
    with transaction() as session:
        actions.publish(session, window["id"], now=utc_now())
        back = bounds.return_of(session, window["id"])
        assert back is not None
        number = back.number
    return asha.get(f"{CHANGES}/PC-{number}").json()


def hard_to_take_back(action: str, asha: Caller, omar: Caller) -> dict[str, object]:
    proposal = proposed(asha, ("T2", "114.00"))
    with transaction() as session:
        actions.publish(session, str(proposal["id"]), now=utc_now())
        import_catalog(session, [product("T2", cost=103_00)], now=utc_now())
    if action.endswith("agree"):
        omar.post(f"{CHANGES}/{proposal['id']}/roll-back/ask", seeing(omar, proposal, "Wrong sheet"))
    return asha.get(f"{CHANGES}/{proposal['id']}").json()


def written(session: Session) -> tuple[object, ...]:
    statuses = [(row.id, row.status, row.version) for row in session.exec(select(Proposal)).all()]
    return (statuses, len(session.exec(select(AuditEntry)).all()), len(session.exec(select(User)).all()))


@pytest.mark.parametrize(("who", "action"), BOUND)
def test_every_action_needs_what_the_caller_saw(callers: dict[str, Caller], who: str, action: str) -> None:
    proposal = ready_for(action, callers["asha"], callers["omar"])
    path, by = f"{CHANGES}/{proposal['id']}/{action}", callers[who]
    asks: dict[str, object] = {"waves": PLAN} if action == "waves" else {"comment": "because"}
    with reading() as session:
        before = written(session)

    missing = by.post(path, asks)
    empty = by.post(path, {**asks, "content_hash": ""})
    wrong = by.post(path, {**asks, "content_hash": "0" * len(str(proposal["content_hash"]))})

    assert (missing.status_code, missing.json()["code"]) == (422, "malformed_request")
    assert (empty.status_code, empty.json()["code"]) == (422, "content_hash_missing")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "content_changed")
    assert wrong.json()["changed"]
    with reading() as session:
        assert written(session) == before
    done = by.post(path, {**asks, "content_hash": proposal["content_hash"]})
    assert done.status_code == 200, done.text


def test_the_walk_above_leaves_no_action_out(api) -> None:  # type: ignore[no-untyped-def]
    unbound = {"re-evaluate", "measures"}  # the one only reads again, the other decides nothing
    paths = {path.partition("{reference}/")[2] for path, calls in api.openapi()["paths"].items()
             if path.startswith(CHANGES + "/{reference}/") and "post" in calls}  # fmt: skip

    assert paths - unbound == {action for _, action in BOUND}


def test_a_changed_plan_is_told_with_what_stands_there_now(asha: Caller, kiran: Caller, noor: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"), ("T2", "120.00"))
    noor.post(f"{CHANGES}/{proposal['id']}/waves", {"waves": PLAN, "content_hash": proposal["content_hash"]})

    refused = kiran.post(f"{CHANGES}/{proposal['id']}/approve", deciding(proposal)).json()

    assert refused["code"] == "content_changed"
    assert [told["what"] for told in refused["changed"]] == ["wave plan"]
    assert "it now goes out in waves: up to 20 %" in refused["detail"]
    assert "Noor" in refused["detail"]


def test_the_hash_that_is_handed_out_is_the_one_that_is_taken_back(asha: Caller, kiran: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    (listed,) = kiran.get(CHANGES).json()["items"]

    assert listed["content_hash"] == proposal["content_hash"]
    assert len(str(proposal["content_hash"])) <= 128
