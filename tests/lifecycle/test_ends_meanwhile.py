"""The end of a price window that comes while its prices still go out: nothing goes out after it, what is out returns.

Ten teas at 100.00 go to 104.00 in steps of three lines; the window ends ten seconds after it began.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col

from app.canary.waves import Selector, Wave, WavePlan
from app.contracts.events import PriceChangePublished
from app.database import reading, transaction
from app.deliveries import projection
from app.deliveries import queries as deliveries
from app.lifecycle import actions, commands
from app.lifecycle.proposing import verdicts
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes, effects
from app.lifecycle.records import Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import end_state
from tests.builders import ASHA, HOUR, MONDAY, OMAR, acts, open_shop, product
from tests.lifecycle.test_effects import SKUS, all_that_is_open, events, prices, work
from tests.lifecycle.test_proposals import found
from tests.lifecycle.test_windows import back_of, told, until
from workers.orchestration import jobs

SECOND = timedelta(seconds=1)
ENDS = 10 * SECOND
TOO_LONG = "4.00 too much on every piece of the ten, for as long as the expired price is out"


class Clock:
    """What the jobs take for now."""

    def __init__(self) -> None:
        self.now = MONDAY

    def at(self, after: timedelta) -> datetime:
        self.now = MONDAY + after
        return self.now


@pytest.fixture
def clock(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    monkeypatch.setattr(jobs, "utc_now", lambda: clock.now)
    open_shop(*(product(sku) for sku in SKUS))
    return clock


def going_out(clock: Clock, *, steps: int, waves: WavePlan | None = None) -> ProposalSummary:
    """A window of which so many steps have gone out, one a second."""
    lines = tuple(ProposedLine(sku, 104_00) for sku in SKUS)
    made = commands.submit(ASHA, Submission("Tonight", lines, ends_at=MONDAY + ENDS, waves=waves), key="w", now=MONDAY)
    jobs.judge(made.id)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY, looked=actions.look(session, made.id, now=MONDAY))
    for second in range(1, steps + 1):
        step(clock, made, second * SECOND)
    return found(made)


def step(clock: Clock, proposal: ProposalSummary, after: timedelta) -> None:
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=clock.at(after))


def clockwork(clock: Clock, after: timedelta) -> None:
    """Keep what is due at an instant, and do what follows from it at that same instant."""
    clock.at(after)
    until(after)
    work()


def out_of(proposal: ProposalSummary) -> int:
    return len([event for event in events(PriceChangePublished) if event.correlation_id == proposal.id])


def stop(after: timedelta) -> str:
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong feed", now=MONDAY + after)
        return brakes.ends_held_by_stop(session, MONDAY + after)


def resume(clock: Clock, after: timedelta) -> None:
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Mended", now=MONDAY + after)
    clockwork(clock, after)


def test_a_publication_stopped_over_its_end_sends_nothing_more_out_when_it_is_resumed(clock: Clock):
    tonight = going_out(clock, steps=2)
    stop(3 * SECOND)
    clockwork(clock, ENDS)

    resume(clock, 5 * HOUR)

    back = back_of(tonight)
    assert (out_of(tonight), prices()) == (6, {100_00}), TOO_LONG
    assert (back.status, back.published_lines, all_that_is_open()) == (Status.PUBLISHED, 6, 0)
    assert "6 of 10 gone out" in told(tonight)
    assert "The window ended on 2026-11-23T09:00:10Z: 4 of its lines never went out." in told(tonight)


def test_whoever_stops_publishing_is_told_of_the_end_of_what_is_going_out_before_and_after_it(clock: Clock):
    tonight = going_out(clock, steps=0)
    nothing_out = stop(SECOND)
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Mended", now=MONDAY + SECOND)
    step(clock, tonight, SECOND)
    partly_out = stop(2 * SECOND)
    clockwork(clock, ENDS)
    with reading() as session:
        over = brakes.ends_held_by_stop(session, MONDAY + HOUR)

    named = f"({tonight.reference} on 2026-11-23T09:00:10Z)"
    assert f"1 price window ends {named} within 24 h." in nothing_out
    assert nothing_out == partly_out
    assert f"1 price window is over and still out {named}." in over, "three SKUs, 4.00 too much on each piece"


def test_a_step_that_comes_after_the_end_takes_back_at_once_what_is_out(clock: Clock):
    tonight = going_out(clock, steps=1)
    between = back_of(tonight)

    step(clock, tonight, ENDS + SECOND)
    work()

    assert (between.status, between.lines, between.effective_at) == (Status.EVALUATING, 3, MONDAY + ENDS)
    assert (out_of(tonight), prices()) == (3, {100_00}), "the other seven went out after the end, at 4.00 too much"
    assert "7 of its lines never went out" in told(tonight)
    with transaction() as session:
        for event in events(object):
            projection.hear(session, event)
    with reading() as session:
        board = deliveries.repricing(session, tonight.id)
    assert board is not None
    assert board.row.expected == 3, "the board would wait for seven SKUs for ever"


def test_a_publication_that_never_began_before_its_end_is_over_and_ends_nothing(clock: Clock):
    tonight = going_out(clock, steps=0)

    step(clock, tonight, ENDS)
    work()

    with reading() as session:
        end = end_state.end_of(session, tonight.id, MONDAY + HOUR)
    assert (out_of(tonight), prices(), all_that_is_open(), end) == (0, {100_00}, 0, None)
    assert "10 of its lines never went out" in told(tonight)


TWO_WAVES = WavePlan(
    waves=(Wave(selector=Selector(skus=("T00",)), bake_seconds=1), Wave(share_bp=10_000, bake_seconds=1))
)


@pytest.mark.parametrize("by", ["its step", "the clock"])
def test_a_canary_whose_end_falls_into_its_second_wave_is_back_at_the_instant_of_the_end(clock: Clock, by: str):
    tonight = going_out(clock, steps=0, waves=TWO_WAVES)
    work()
    with transaction() as session:
        at = clock.at(2 * SECOND)
        actions.advance(session, tonight.id, now=at, looked=actions.look(session, tonight.id, now=at))
    step(clock, tonight, 3 * SECOND)

    end: Callable[[], None] = (
        (lambda: step(clock, tonight, ENDS)) if by == "its step" else (lambda: clockwork(clock, ENDS))
    )
    end()
    work()

    assert (out_of(tonight), prices()) == (4, {100_00}), TOO_LONG
    assert (found(tonight).status, back_of(tonight).published_lines) == (Status.PUBLISHED, 4)
    assert back_of(tonight).published_at == MONDAY + ENDS, "it was back half a minute later"


def test_a_return_grows_with_every_step_and_is_judged_once_everything_is_out(clock: Clock):
    tonight = going_out(clock, steps=2)
    grown = back_of(tonight)
    work()

    back = back_of(tonight)
    assert (grown.lines, grown.status) == (6, Status.EVALUATING)
    assert (back.lines, back.status, back.clean) == (10, Status.APPROVED, 10)
    with reading() as session:
        rows = queries.lines(session, back.id).items
    assert [(row.sku, row.old, row.new) for row in rows] == [(sku, 104_00, 100_00) for sku in SKUS]


def test_a_return_that_grew_while_it_was_being_judged_is_judged_whole(clock: Clock):
    tonight = going_out(clock, steps=1)
    with reading() as session:
        early = actions.prepare(session, back_of(tonight).id, now=clock.now)
    assert early is not None
    step(clock, tonight, 2 * SECOND)

    with transaction() as session:
        actions.evaluate(session, back_of(tonight).id, now=clock.now, kept=early)

    assert (back_of(tonight).status, back_of(tonight).lines) == (Status.EVALUATING, 6), "three would never return"


def test_of_a_window_in_flight_when_the_installation_was_upgraded_everything_returns(clock: Clock):
    tonight = going_out(clock, steps=2)
    with transaction() as session:  # the return of before grew only when all was out
        back = session.get_one(Proposal, back_of(tonight).id)
        session.execute(delete(Line).where(col(Line.proposal_id) == back.id))
        back.lines = 0
    clockwork(clock, ENDS)
    clockwork(clock, ENDS + 6 * SECOND)

    assert (out_of(tonight), prices(), all_that_is_open()) == (6, {100_00}, 0), TOO_LONG


@pytest.mark.parametrize("steps", [2, 4, 5])
def test_a_window_rolled_back_while_it_goes_out_or_its_return_is_judged_calls_its_return_off(clock: Clock, steps: int):
    tonight = going_out(clock, steps=steps)

    acts(OMAR, tonight.id, Action.ROLL_BACK, comment="Wrong", key="r", now=clock.at(6 * SECOND))
    work()
    clockwork(clock, HOUR)

    assert (found(tonight).status, back_of(tonight).status) == (Status.ROLLING_BACK, Status.WITHDRAWN)
    assert (out_of(tonight), prices(), all_that_is_open()) == (min(3 * steps, 10), {100_00}, 0)
    assert "call-off" in told(back_of(tonight)), "the job died, and its roll-back was finished by a later one"
