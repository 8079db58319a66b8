"""The conductor's clock over HTTP: waves, measures, dates, freezes, the switch, delegations."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.clock import utc_now
from app.database import transaction
from app.identity import people, tokens
from app.identity.roles import Role
from app.lifecycle import actions
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller, signed_in
from tests.api.test_price_changes import CHANGES, change, deciding, proposed, seeing
from tests.builders import product

SKUS = [f"K{n:03}" for n in range(60)]
PLAN = {"waves": [{"share_bp": 2_000, "bake_seconds": 600}, {"share_bp": 10_000, "bake_seconds": 600}]}
MEASURE = {"name": "conversion", "treated": "0.028", "control": "0.030", "sample": 4_000}
THRESHOLD = {"direction": "at least", "tolerance_bp": 300, "min_sample": 1_000}


@pytest.fixture
def duty(api) -> Caller:  # type: ignore[no-untyped-def]
    return signed_in(api, "duty")


@pytest.fixture
def feed(api) -> Caller:  # type: ignore[no-untyped-def]
    """A machine that posts measures and may do nothing else but read."""
    with transaction() as session:
        people.add(session, "feed@demo.example", "Web shop", [Role.MEASURER], password=None, now=utc_now())
        token = tokens.create(session, "feed@demo.example", "hourly measures", utc_now())
    return Caller(TestClient(api, headers={"Authorization": f"Bearer {token}"}))


@pytest.fixture
def canary(asha: Caller) -> str:
    with transaction() as session:
        import_catalog(session, [product(sku) for sku in SKUS], now=utc_now())
    answer = asha.post(CHANGES, change(*((sku, "104.00") for sku in SKUS), waves=PLAN))
    assert answer.status_code == 201, answer.text
    with transaction() as session:
        actions.publish(session, answer.json()["id"], now=utc_now())
    return str(answer.json()["reference"])


def code(answer) -> tuple[int, str]:  # type: ignore[no-untyped-def]
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def at(day: str, clock: str, zone: str = "Europe/Berlin", **more: int) -> dict[str, object]:
    return {"effective_at": {"date": day, "time": clock, "zone": zone, **more}}


def test_a_local_date_and_time_is_one_instant(asha: Caller) -> None:
    answer = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-07-01", "06:00")))

    assert datetime.fromisoformat(answer.json()["effective_at"]) == datetime.fromisoformat("2027-07-01T04:00:00+00:00")


def test_a_time_that_the_clocks_skip_is_refused_and_a_doubled_one_asked_about(asha: Caller) -> None:
    gap = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-03-28", "02:30")))
    doubled = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-10-31", "02:30")))
    nowhere = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-10-31", "02:30", "Mars/Olympus")))
    two = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-10-30", "02:30+05:30")))
    chosen = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-10-31", "02:30", fold=1)))

    assert [code(refused) for refused in (gap, doubled, nowhere, two)] == [
        (422, "gap_time"), (422, "doubled_time"), (422, "unknown_zone"), (422, "not_an_instant"),
    ]  # fmt: skip
    assert gap.json()["next"] == "2027-03-28T03:00:00+02:00"
    assert (doubled.json()["first"][:16], doubled.json()["second"][:16]) == ("2027-10-31T00:30", "2027-10-31T01:30")
    assert chosen.json()["effective_at"].startswith("2027-10-31T01:30")


@pytest.mark.parametrize(
    "waves",
    [
        {"waves": []},
        {"waves": [{"share_bp": 500, "bake_seconds": 60}]},
        {"waves": [{"share_bp": 5000, "bake_seconds": 60}, {"share_bp": 500, "bake_seconds": 60}]},
        {"nonsense": True},
    ],
)
def test_a_plan_that_nobody_could_follow_is_refused_in_words(asha: Caller, waves: object) -> None:
    assert code(asha.post(CHANGES, change(("T1", "104.00"), waves=waves))) == (422, "broken_wave_plan")


def test_a_preview_puts_the_same_skus_into_the_same_waves_as_the_submission(asha: Caller, canary: str) -> None:
    preview = asha.post(f"{CHANGES}/waves/preview", {"skus": SKUS, "waves": PLAN, "salt": "s"}).json()
    answer = asha.post(CHANGES, change(*((sku, "103.00") for sku in SKUS), waves=PLAN, salt="s"), key="second").json()
    waves = asha.get(f"{CHANGES}/{answer['reference']}/waves").json()["waves"]

    assert [wave["lines"] for wave in preview["waves"]] == [wave["lines"] for wave in waves]
    assert sum(wave["share_bp"] for wave in preview["waves"]) == 10_000


def test_a_preview_without_a_plan_suggests_one(asha: Caller) -> None:
    small = asha.post(f"{CHANGES}/waves/preview", {"skus": ["T1"]}).json()
    large = asha.post(f"{CHANGES}/waves/preview", {"skus": [f"X{n}" for n in range(2_000)]}).json()

    assert (small["plan"], large["plan"]["waves"][0]["share_bp"]) == (None, 2_000)


def test_a_canary_shows_its_waves_and_its_next_appointment(asha: Caller, canary: str) -> None:
    shown = asha.get(f"{CHANGES}/{canary}/waves").json()
    (next_up,) = asha.get(f"{CHANGES}/{canary}/appointments").json()
    proposal = asha.get(f"{CHANGES}/{canary}").json()

    assert (proposal["status"], proposal["wave"], proposal["waves"]) == ("CANARY", 1, 2)
    assert 0 < proposal["published_lines"] == shown["waves"][0]["lines"] < 60
    assert (shown["wave"], shown["waves"][1]["published_at"]) == (1, None)
    assert (next_up["kind"], next_up["wave"], next_up["reference"]) == ("wave", 2, canary)


def test_a_measure_with_a_threshold_joins_the_plan_and_is_kept_once(feed: Caller, canary: str) -> None:
    path = f"{CHANGES}/{canary}/measures"
    for _ in range(2):
        answer = feed.post(path, {**MEASURE, "threshold": THRESHOLD}, key="m1")
        assert answer.status_code == 201, answer.text
    shown = feed.get(f"{CHANGES}/{canary}/waves").json()

    assert [(m["name"], m["wave"], m["posted_by"]) for m in shown["measures"]] == [("conversion", 1, "Web shop")]
    (limit,) = shown["plan"]["guards"]["measures"]
    assert (limit["name"], limit["tolerance_bp"], limit["required"]) == ("conversion", 300, False)


def test_the_author_posts_no_measure_by_token_either_and_every_source_is_shown(
    machine: Caller, omar: Caller, feed: Caller, canary: str
) -> None:
    path = f"{CHANGES}/{canary}/measures"
    own = machine.post(path, {**MEASURE, "threshold": THRESHOLD})
    with transaction() as session:  # an author who is an operator too
        people.add(session, "asha@demo.example", "", [Role.OPERATOR], password=None, now=utc_now())
    as_operator = machine.post(path, {**MEASURE, "threshold": THRESHOLD})
    bad = omar.post(path, {**MEASURE, "treated": "0.020", "threshold": THRESHOLD})
    good = feed.post(path, MEASURE)
    shown = omar.get(f"{CHANGES}/{canary}/waves").json()["measures"]

    assert (code(own), code(as_operator)) == ((403, "not_allowed"), (403, "four_eyes"))
    assert (bad.status_code, good.status_code) == (201, 201)
    assert [(m["posted_by"], m["treated"], m["counts"]) for m in shown] == [
        ("Omar T.", "0.020", True), ("Web shop", "0.028", True),
    ]  # fmt: skip
    assert len({m["source"] for m in shown}) == 2


def test_a_measure_that_nobody_would_judge_is_refused(feed: Caller, ruth: Caller, canary: str) -> None:
    path = f"{CHANGES}/{canary}/measures"
    unknown = feed.post(path, MEASURE)
    past = {"at": (utc_now() - timedelta(days=1)).isoformat(), "threshold": THRESHOLD}
    future = {"at": (utc_now() + timedelta(days=1)).isoformat(), "threshold": THRESHOLD}
    feed.post(path, {**MEASURE, "threshold": THRESHOLD})

    assert code(unknown) == (422, "unknown_measure")
    assert code(feed.post(path, {**MEASURE, **past})) == (422, "measure_before_wave")
    assert code(feed.post(path, {**MEASURE, **future})) == (422, "measure_in_the_future")
    assert code(feed.post(path, {**MEASURE, "threshold": {**THRESHOLD, "tolerance_bp": 9_000}})) == (
        422, "limit_exists",
    )  # fmt: skip
    assert code(feed.post(path, {**MEASURE, "name": "Conversion!"})) == (422, "broken_measure")
    assert code(feed.post(path, {**MEASURE, "treated": "NaN"}))[0] == 422
    assert code(ruth.post(path, MEASURE)) == (403, "not_allowed")


def test_a_measure_of_what_is_not_out_is_refused(machine: Caller, feed: Caller) -> None:
    proposal = proposed(machine, ("T1", "104.00"))

    assert code(feed.post(f"{CHANGES}/{proposal['id']}/measures", {**MEASURE, "threshold": THRESHOLD})) == (
        409, "transition_refused",
    )  # fmt: skip


def test_continuing_a_published_canary_of_one_wave_is_refused_and_is_no_accident(asha: Caller, kiran: Caller) -> None:
    whole = {"waves": [{"share_bp": 10_000, "bake_seconds": 600}]}
    proposal = asha.post(CHANGES, change(("T1", "104.00"), waves=whole)).json()
    with transaction() as session:
        actions.publish(session, proposal["id"], now=utc_now())

    refused = kiran.post(f"{CHANGES}/{proposal['id']}/continue", seeing(kiran, proposal, "Go"))
    assert code(refused) == (409, "transition_refused")
    assert kiran.get("/api/prices/T1").json()["version"] == 2


def test_a_person_pauses_and_continues_with_a_reason(asha: Caller, kiran: Caller, omar: Caller, canary: str) -> None:
    path = f"{CHANGES}/{canary}"
    assert code(asha.post(f"{path}/pause", {})) == (403, "not_allowed")
    paused = omar.post(f"{path}/pause", seeing(omar, canary, "Look")).json()
    wordless = kiran.post(f"{path}/continue", seeing(kiran, canary))
    going = kiran.post(f"{path}/continue", seeing(kiran, canary, "Seen")).json()

    assert (paused["status"], going["status"], going["wave"]) == ("HELD", "CANARY", 2)
    assert code(wordless) == (422, "comment_missing")


def test_continuing_with_a_wave_that_turned_hard_is_refused_and_is_not_answered_with_held(
    kiran: Caller, omar: Caller, canary: str
) -> None:
    """At a cost of 110.00 each of them sold at 104.00 loses 6.00."""
    path = f"{CHANGES}/{canary}"
    omar.post(f"{path}/pause", seeing(omar, canary, "Look"))
    with transaction() as session:
        import_catalog(session, [product(sku, cost=110_00) for sku in SKUS], now=utc_now())

    refused = kiran.post(f"{path}/continue", seeing(kiran, canary, "Go"))
    after = kiran.get(path).json()

    assert code(refused) == (409, "facts_moved")
    assert refused.json()["moved"][0]["standing"] == "hard"
    assert (after["status"], after["wave"]) == ("HELD", 1)


def test_an_approver_demands_waves_and_another_one_approves(asha: Caller, kiran: Caller, noor: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"), ("T2", "120.00"))
    path = f"{CHANGES}/{proposal['id']}"

    demanding = {"waves": PLAN, "content_hash": proposal["content_hash"]}
    assert code(asha.post(f"{path}/waves", demanding)) == (403, "not_allowed")
    demanded = kiran.post(f"{path}/waves", demanding)
    assert demanded.status_code == 200, demanded.text
    assert kiran.get(f"{path}/waves").json()["plan"]["waves"][0]["share_bp"] == 2_000
    assert code(kiran.post(f"{path}/approve", deciding(demanded.json()))) == (403, "four_eyes")
    assert noor.post(f"{path}/approve", deciding(demanded.json())).json()["status"] == "APPROVED"


def test_an_emergency_is_for_its_own_role(asha: Caller, kiran: Caller, duty: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    path = f"{CHANGES}/{proposal['id']}/expedite"

    assert code(kiran.post(path, deciding(proposal, "now"))) == (403, "not_allowed")
    assert code(duty.post(path, deciding(proposal))) == (422, "comment_missing")
    assert duty.post(path, deciding(proposal, "Recall")).json()["status"] == "PUBLISHED"


def test_a_freeze_is_announced_shown_and_lifted(omar: Caller, asha: Caller) -> None:
    window = {
        "starts": {"date": "2027-12-20", "time": "00:00", "zone": "Asia/Kolkata"},
        "ends": {"date": "2027-12-27", "time": "00:00", "zone": "Asia/Kolkata"},
        "reason": "Year end",
    }
    assert code(asha.post("/api/freezes", window)) == (403, "not_allowed")
    made = [omar.post("/api/freezes", window, key="f").json() for _ in range(2)]
    listed = asha.get("/api/freezes").json()
    shown = asha.get("/api/calendar", params={"from": "2027-12-01T00:00:00Z", "to": "2028-01-01T00:00:00Z"}).json()
    lifted = omar.post(f"/api/freezes/{made[0]['id']}/lift", {"comment": "Not needed"})

    assert made[0] == made[1] == {**listed[0], "warning": ""}
    assert listed[0] == shown["freezes"][0]
    assert made[0]["starts"] == "2027-12-19T18:30:00Z"
    assert (lifted.status_code, asha.get("/api/freezes").json()) == (200, [])
    assert code(omar.post("/api/freezes", {**window, "ends": window["starts"]})) == (409, "freeze_makes_no_sense")


def test_publishing_is_stopped_and_resumed_by_those_who_may(asha: Caller, omar: Caller) -> None:
    path = "/api/publishing"
    assert code(asha.post(f"{path}/stop", {"comment": "x"})) == (403, "not_allowed")
    assert code(omar.post(f"{path}/stop", {})) == (422, "comment_missing")
    stopped = omar.post(f"{path}/stop", {"comment": "Wrong tax table"}).json()
    told = asha.get(path).json()
    again = omar.post(f"{path}/stop", {"comment": "Again"})
    resumed = omar.post(f"{path}/resume", {"comment": "Mended"}).json()

    assert stopped == told
    assert (told["state"], told["reason"], told["stop"]["stopped_by"]) == ("stopped", "Wrong tax table", "Omar T.")
    assert (code(again), resumed["state"]) == ((409, "already_stopped"), "open")


def test_the_calendar_tells_what_will_happen(asha: Caller) -> None:
    with_window = change(("T1", "104.00"), **at("2027-07-01", "06:00"), ends_at="2027-07-08T00:00:00Z")
    made = asha.post(CHANGES, with_window).json()
    shown = asha.get("/api/calendar", params={"from": "2027-06-30T00:00:00Z", "to": "2027-07-02T00:00:00Z"}).json()

    assert [(found["kind"], found["reference"]) for found in shown["appointments"]] == [
        ("publishes", made["reference"])
    ]
    assert code(asha.get("/api/calendar", params={"from": "2027-06-30T00:00:00Z", "to": "2020-01-01T00:00:00Z"})) == (
        422, "span_makes_no_sense",
    )  # fmt: skip


def test_the_calendar_and_a_proposals_appointments_tell_one_instant_and_the_freeze_that_holds_it(
    asha: Caller, omar: Caller
) -> None:
    """What is planned for 04:00 goes out at 09:00; the calendar told 04:00, five hours before any price moved."""
    made = asha.post(CHANGES, change(("T1", "104.00"), **at("2027-07-01", "06:00"))).json()
    window = {"starts": "2027-07-01T03:00:00Z", "ends": "2027-07-01T09:00:00Z", "reason": "Stocktake"}
    freeze = omar.post("/api/freezes", window).json()
    span = {"from": "2027-07-01T00:00:00Z", "to": "2027-07-02T00:00:00Z"}
    [found] = asha.get("/api/calendar", params=span).json()["appointments"]

    assert [found] == asha.get(f"{CHANGES}/{made['reference']}/appointments").json()
    assert found["at"] == window["ends"]
    assert found["held"] == {
        "freeze": freeze["id"], "reason": "Stocktake", "until": window["ends"], "planned": "2027-07-01T04:00:00Z",
    }  # fmt: skip
    omar.post(f"/api/freezes/{freeze['id']}/lift", {"comment": "Done early"})
    [free] = asha.get("/api/calendar", params=span).json()["appointments"]
    assert (free["at"], free["held"]) == ("2027-07-01T04:00:00Z", None)


def test_a_right_to_decide_is_lent_listed_used_and_taken_back(asha: Caller, kiran: Caller, omar: Caller) -> None:
    span = {
        "starts": (utc_now() - timedelta(minutes=1)).isoformat(),
        "ends": (utc_now() + timedelta(days=1)).isoformat(),
    }
    assert code(asha.post("/api/delegations", {"to": "demo-ravi", **span})) == (403, "not_allowed")
    lent = kiran.post("/api/delegations", {"to": "demo-omar", **span})
    assert lent.status_code == 201, lent.text
    shown = omar.get("/api/delegations").json()
    proposal = proposed(asha, ("T1", "120.00"))
    decided = omar.post(f"{CHANGES}/{proposal['id']}/approve", deciding(proposal))
    ended = kiran.post(f"/api/delegations/{lent.json()['id']}/end")

    assert (shown, lent.json()["borrower"]) == ([lent.json()], "Omar T.")
    assert (decided.status_code, decided.json()["status"]) == (200, "APPROVED")
    assert (ended.status_code, omar.get("/api/delegations").json()) == (200, [])


def test_reasons_of_brakes_are_kept_as_they_are_shown(omar: Caller, ruth: Caller) -> None:
    stopped = omar.post("/api/publishing/stop", {"comment": "Stop\u202e it\u200b"}).json()
    window = {"starts": "2027-12-20T00:00:00Z", "ends": "2027-12-21T00:00:00Z", "reason": "Year\u202e end"}
    frozen = omar.post("/api/freezes", window).json()
    told = [item["detail"]["comment"] for item in ruth.get("/api/audit").json()["items"][:2]]

    assert (stopped["reason"], frozen["reason"]) == ("Stop it", "Year end")
    assert not any("\u202e" in comment or "\u200b" in comment for comment in told)
    assert code(omar.post("/api/publishing/resume", {"comment": "\u200b"})) == (422, "comment_missing")
