"""A replay over HTTP: asked for by an owner, followed, cancelled, read, drilled into and downloaded."""

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import col

from app.database import reading
from app.outbox.records import OutboxJob
from tests.api.conftest import Caller, signed_in
from workers.orchestration import jobs
from workers.orchestration import replays as carrying_out

SETS = "/api/rule-sets"
PERIOD = {"since": "2020-01-01T00:00:00Z"}
STRICT = {"id": "tea-rises", "kind": "increase_stays_below_limit", "severity": "SOFT",
          "parameters": {"limit_bp": 300}, "scope": {"category": "Tea"}, "rationale": "See"}  # fmt: skip


@pytest.fixture
def leela(api: FastAPI) -> Caller:
    return signed_in(api, "leela")


@pytest.fixture
def replays(leela: Caller, asha: Caller) -> str:
    """Where a strict draft is replayed; two teas rose by 5 %."""
    lines = [{"sku": sku, "price": "105.00"} for sku in ("T1", "T2")]
    assert asha.post("/api/price-changes", {"reason": "x", "lines": lines}).json()["status"] == "APPROVED"
    leela.post(SETS, {"reason": "Tea swings"})
    assert leela.post(f"{SETS}/2/rules", {"version": 1, "rule": STRICT}).status_code == 201
    return f"{SETS}/2/replays"


def test_a_replay_is_followed_read_drilled_into_and_downloaded(replays: str, leela: Caller, asha: Caller):
    asked = leela.post(replays, PERIOD)
    assert (asked.status_code, asked.json()["state"], asked.json()["result"]) == (202, "ASKED", None)
    one = f"{replays}/{asked.json()['id']}"

    carrying_out.carry_out(asked.json()["id"])

    done = asha.get(one).json()
    assert (done["state"], done["percent"], done["outdated"]) == ("DONE", 100, False)
    assert (done["result"]["lines"], done["result"]["turned"]) == (2, 2)
    assert done["result"]["by_category"][0]["turns"] == [{"was": "CLEAN", "now": "SOFT", "lines": 2}]
    assert [row["id"] for row in asha.get(replays).json()["items"]] == [asked.json()["id"]]
    page = asha.get(f"{one}/lines", params={"kind": STRICT["kind"], "now": "SOFT", "limit": 1}).json()
    assert ([row["sku"] for row in page["items"]], page["next_cursor"]) == (["T1"], "1")
    assert asha.get(f"{one}/lines", params={"category": "Coffee"}).json()["items"] == []
    tea = next(row for row in asha.get(f"{one}/spreads").json()["items"] if row["rule"] == "tea-rises")
    assert (tea["limit"], tea["points"], tea["lines"]) == (300, [[500, 2]], 2)
    export = asha.get(f"{one}/export")
    assert export.headers["content-disposition"] == 'attachment; filename="rule-set-2-replay.csv"'
    assert export.text.splitlines()[1].endswith(f",T1,Tea,500,CLEAN,SOFT,{STRICT['kind']}")


def test_a_replay_is_cancelled(replays: str, leela: Caller):
    one = f"{replays}/{leela.post(replays, PERIOD).json()['id']}"
    busy = leela.post(replays, PERIOD)
    assert (busy.status_code, busy.json()["code"]) == (409, "replay_under_way")
    assert leela.post(f"{one}/cancel", {}).json()["state"] == "CANCELLED"
    over = leela.post(f"{one}/cancel", {})
    assert (over.status_code, over.json()["code"]) == (409, "replay_over")


def test_what_cannot_be_replayed_is_refused(replays: str, leela: Caller, asha: Caller):
    assert asha.post(replays, PERIOD).status_code == 403
    assert leela.post(f"{SETS}/99/replays", PERIOD).status_code == 404
    backwards = leela.post(replays, {"since": "2020-01-02T00:00:00Z", "until": "2020-01-01T00:00:00Z"})
    assert (backwards.status_code, backwards.json()["code"]) == (422, "no_such_period")
    assert leela.post(replays, {}).status_code == 422
    asked = leela.post(replays, PERIOD).json()["id"]
    for path in ("", "/lines", "/spreads", "/export"):
        assert asha.get(f"{SETS}/1/replays/{asked}{path}").status_code == 404
    assert leela.post(f"{SETS}/1/replays/{asked}/cancel", {}).status_code == 404
    assert asha.get(f"{replays}/nothing").status_code == 404


def test_a_shadow_is_read_day_by_day_and_line_by_line(replays: str, leela: Caller, asha: Caller):
    on = leela.put(f"{SETS}/2/shadow", json={"on": True}, headers={"Idempotency-Key": "on"})
    assert on.status_code == 200, on.text
    lines = [{"sku": "T1", "price": "109.00"}]
    proposed = asha.post("/api/price-changes", {"reason": "x", "lines": lines}).json()
    with reading() as session:
        job = session.scalars(select(OutboxJob).where(col(OutboxJob.name) == "shadow")).one()
    jobs.shadow(proposal_id=proposed["id"], job=job.id or 0)

    (day,) = asha.get(f"{SETS}/2/shadow").json()["items"]
    assert (day["lines"], day["stricter"], day["milder"], day["agreement_bp"]) == (1, 1, 0, 0)
    page = asha.get(f"{SETS}/2/shadow/lines").json()
    assert ([row["line"]["now"] for row in page["items"]], page["next_cursor"]) == (["SOFT"], None)
    assert asha.get(f"{SETS}/99/shadow").status_code == 404
    assert asha.get(f"{SETS}/99/shadow/lines").status_code == 404
