"""The canary panel: gauges that show how much of a limit is used, and a strip that says where each wave stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.canary.evidence import (
    ContextCounts,
    Direction,
    Evidence,
    GuardLimits,
    Judgement,
    Measure,
    MeasureLimit,
    Outcome,
    Reading,
    Unit,
    WaveGuard,
)
from app.canary.wave_guards import judge
from app.canary.waves import Wave, WavePlan
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import Appointment, CanaryView, WaveView
from app.lifecycle.table.status import Status
from app.lifecycle.views import queries
from app.pages.proposal.canary_view import Foretold, coming, panel
from app.pages.proposal.gauges_view import _number, used_of
from tests.builders import MONDAY, open_shop

PLAN = WavePlan(waves=tuple(Wave(share_bp=share, bake_seconds=600) for share in (500, 2_500, 10_000)), why="Careful.")


def reading(guard: WaveGuard, observed: int | None, limit: int, outcome: Outcome = Outcome.PASS) -> Reading:
    unit = {WaveGuard.ROLLED_BACK: Unit.COUNT, WaveGuard.LANDED: Unit.MILLISECONDS}.get(guard, Unit.BASIS_POINTS)
    return Reading(
        guard=guard, about="catalog", observed=observed, limit=limit, unit=unit, outcome=outcome, sentence="."
    )


@pytest.mark.parametrize(
    ("guard", "observed", "limit", "used"),
    [
        (WaveGuard.APPLIED, 10_000, 9_900, 0.0),
        (WaveGuard.APPLIED, 9_950, 9_900, 0.5),
        (WaveGuard.APPLIED, 9_800, 9_900, 2.0),
        (WaveGuard.PARKED, 25, 50, 0.5),
        (WaveGuard.ROLLED_BACK, 0, 0, 0.0),
        (WaveGuard.ROLLED_BACK, 2, 0, 1.5),
        (WaveGuard.LANDED, 5_000, 10_000, 0.5),
        (WaveGuard.MEASURE, -250, -500, 0.5),
        (WaveGuard.MEASURE, 300, -500, 0.0),
        (WaveGuard.LANDED, None, 10_000, None),
    ],
)
def test_a_gauge_shows_how_much_of_its_limit_is_used(guard, observed, limit, used):
    assert used_of(reading(guard, observed, limit)) == used


def judged(applied: int, parked: int, treated: str, direction: Direction, tolerance_bp: int) -> Judgement:
    conversion = MeasureLimit(
        name="conversion", direction=direction, tolerance_bp=tolerance_bp, min_sample=1, required=True
    )
    posted = Measure(name="conversion", treated=treated, control="0.0400", sample=9, at=MONDAY + timedelta(minutes=1))
    counts = ContextCounts(applied=applied, ignored=0, parked=parked, retrying=0, pending=1_361 - applied - parked)
    evidence = Evidence(
        lines=1_361, published_at=MONDAY, contexts={"catalog": counts}, rollback_requests=0, landed_after_ms=12_340,
        estimate_ms=9_000, measures=(posted,),
    )  # fmt: skip
    return judge(GuardLimits(measures=(conversion,)), evidence)


@pytest.mark.parametrize("tolerance_bp", [0, 500, 725])
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("treated", ["0.03999", "0.0381", "0.04123", "0.04001"])
@pytest.mark.parametrize(("applied", "parked"), [(1_361, 0), (1_360, 1), (1_340, 8), (1_300, 61)])
def test_a_gauge_has_the_number_of_its_sentence(applied, parked, treated, direction, tolerance_bp):
    """99.96 % applied was 99.9 % in the sentence and 100.0 % beside it."""
    for one in judged(applied, parked, treated, direction, tolerance_bp).readings:
        if one.observed and one.guard in (WaveGuard.APPLIED, WaveGuard.PARKED, WaveGuard.MEASURE):
            assert _number(one, one.observed).lstrip("+−") in one.sentence


def wave(number: int, lines: int, **changes: object) -> WaveView:
    return replace(WaveView(number, lines, 600, None, None, None, None, ()), **changes)  # type: ignore[arg-type]


def canary(*waves: WaveView, out: int = 0) -> CanaryView:
    return CanaryView(PLAN, out, waves, ())


@pytest.fixture
def proposal(pricing_store: str, monkeypatch: pytest.MonkeyPatch):
    from app.database import reading as look
    from app.lifecycle import commands
    from app.lifecycle.proposing.submission import ProposedLine, Submission
    from tests.builders import ASHA, product

    open_shop(product("A"))
    made = commands.submit(ASHA, Submission("Tea", (ProposedLine("A", 105_00),), waves=PLAN), key="k", now=MONDAY)
    with look() as session:
        assert schedule.canary_of(session, made.id) is not None
        return queries.summary(session, made.id)


def test_a_plan_that_has_not_gone_out_shows_its_waves_and_limits(proposal):
    view = panel(canary(wave(1, 50), wave(2, 200), wave(3, 750)), proposal, [], MONDAY)

    assert (view.lead, view.rest) == ("Goes out in 3 waves, not all at once.", "Careful.")
    assert [step.status.word for step in view.steps] == ["Waits"] * 3
    assert (view.gauges, view.steered) == ([], False)
    assert view.limits


def test_a_wave_that_no_line_falls_into_is_named(proposal):
    view = panel(canary(wave(2, 1), wave(3, 4)), proposal, [], MONDAY)

    assert view.lead == "Goes out in 2 waves, not all at once."
    assert view.rest == "Careful. No line falls into wave 1."


def test_a_held_canary_is_steered_and_shows_the_worst_reading_first(proposal):
    readings = (reading(WaveGuard.APPLIED, 10_000, 9_900), reading(WaveGuard.LANDED, None, 10_000, Outcome.UNCLEAR))
    first = wave(1, 50, published_at=MONDAY, bakes_until=MONDAY, judged_at=MONDAY, outcome="UNCLEAR", readings=readings)
    held = replace(proposal, status=Status.HELD, published_lines=50, lines=1_000)
    view = panel(canary(first, wave(2, 200), wave(3, 750), out=1), held, [], MONDAY)

    assert view.steered
    assert view.lead == "Held after wave 1 of 3, 50 of 1,000 lines out."
    assert [gauge.status.word for gauge in view.gauges] == ["Unclear", "Passed"]
    assert view.gauges[0].observed == "not measured"
    assert view.go_on == "Continue with wave 2"


def test_what_comes_next_is_said_with_the_time_left():
    due = MONDAY + timedelta(minutes=3)
    soon = [
        Appointment(due, "wave", "PC-1", "Tea", 2, 10),
        Appointment(due + timedelta(days=1), "returns", "PC-1", "", 0, 10),
    ]

    view = coming(soon, 3, MONDAY)

    assert view.words.startswith("wave 1 is judged at ")
    assert view.left == "in 3 min"
    assert "the earlier prices return" in view.whole
    assert coming([replace(soon[0], wave=4)], 3, MONDAY).words.startswith("wave 3, the last, is judged")
    assert coming([], 3, MONDAY).words == ""


FIRST = wave(1, 50, published_at=MONDAY, bakes_until=MONDAY + timedelta(minutes=10))
BREACH = reading(WaveGuard.PARKED, 400, 50, Outcome.BREACH)
UNCLEAR = reading(WaveGuard.LANDED, None, 10_000, Outcome.UNCLEAR)
HOLDS = reading(WaveGuard.APPLIED, 10_000, 9_900)


@pytest.mark.parametrize(
    ("so_far", "brake", "says"),
    [
        ((HOLDS,), "", "As it stands every guard passes: wave 2 goes out."),
        ((HOLDS, UNCLEAR), "", "wave 2 goes out; if not everything is clear, a person decides."),
        ((HOLDS, UNCLEAR, BREACH), "", "As it stands this is a breach: every wave goes back then."),
        ((), "", "a breach takes every wave back, and what is unclear waits for a person."),
        ((HOLDS,), "publishing is stopped (Tax)", "wave 2 waits: publishing is stopped (Tax)."),
    ],
)
def test_what_comes_next_is_what_will_happen(proposal, so_far, brake, says):
    baking = replace(proposal, status=Status.CANARY, published_lines=50, lines=1_000)

    view = panel(canary(FIRST, wave(2, 200), out=1), baking, [], MONDAY, Foretold(so_far, brake))

    assert says in view.rest


def test_a_breach_never_announces_the_next_wave(proposal):
    baking = replace(proposal, status=Status.CANARY, published_lines=50, lines=1_000)
    due = Appointment(MONDAY + timedelta(minutes=10), "wave", "PC-1", "Tea", 2, 10)

    view = panel(canary(FIRST, wave(2, 200), out=1), baking, [], MONDAY, Foretold((BREACH,)))
    clock = coming([due], 3, MONDAY, Foretold((BREACH,)))

    assert view.tone == "bad"
    assert view.rest.endswith("Only if that changes, wave 2 goes out.")
    assert clock.words.startswith("every wave goes back at ")
    assert "wave 2" not in clock.words + clock.whole


def test_the_last_wave_is_closed_and_not_followed(proposal):
    baking = replace(proposal, status=Status.CANARY, published_lines=50, lines=50)

    view = panel(canary(FIRST, out=1), baking, [], MONDAY, Foretold((HOLDS,), "publishing is stopped (Tax)"))

    assert view.rest.endswith("As it stands every guard passes: it is closed as published.")


def test_a_wave_that_passed_in_a_freeze_says_what_it_waits_for(proposal):
    passed = replace(FIRST, judged_at=MONDAY, outcome="PASS", readings=(HOLDS,))
    waiting = replace(proposal, status=Status.CANARY, published_lines=50, lines=1_000)

    view = panel(
        canary(passed, wave(2, 200), out=1), waiting, [], MONDAY, Foretold(brake="nothing publishes until noon (Sale)")
    )

    assert view.lead == "Wave 1 of 2 is judged, 50 of 1,000 lines out."
    assert view.rest.startswith("Wave 2 waits: nothing publishes until noon (Sale).")


def test_a_held_canary_under_a_stop_does_not_promise_that_it_can_go_on(proposal):
    held = replace(proposal, status=Status.HELD, published_lines=50, lines=1_000)

    free = panel(canary(FIRST, wave(2, 200), out=1), held, [], MONDAY)
    stopped = panel(canary(FIRST, wave(2, 200), out=1), held, [], MONDAY, Foretold(brake="publishing is stopped (Tax)"))

    assert "does not go out by itself" in free.rest
    assert "wave 2 cannot go out now: publishing is stopped (Tax)." in stopped.rest
