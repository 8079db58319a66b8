"""The calendar says what the clock will do, what keeps it from doing so, and who may change that."""

from datetime import date, datetime, timedelta

import pytest

from app import database
from app.canary.waves import Wave, WavePlan
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes
from app.lifecycle.views import lists
from app.pages.calendar import read
from app.pages.calendar.read import wanted
from app.pages.calendar.view import CalendarView, DayView
from app.pages.propagation.view import wave_of
from app.states.read import banner
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, open_shop, person, product, proposing

LEELA = person("Leela", Role.OWNER)
SKUS = [f"C{n:02}" for n in range(40)]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def shop(pricing_store: str) -> None:
    open_shop(product("T1"), product("T2"), *(product(sku) for sku in SKUS))


def dated(after: timedelta, *, sku: str = "T1", reason: str = "Tea tonight") -> str:
    with database.transaction() as session:
        asked = proposing((sku, 104_00), reason=reason, effective_at=MONDAY + after)
        return actions.submit(session, asked, actor=ASHA, now=MONDAY).id


def frozen(after: timedelta, length: timedelta = 2 * HOUR, *, now: datetime = MONDAY) -> None:
    with database.transaction() as session:
        starts = MONDAY + after
        brakes.freeze(session, starts=starts, ends=starts + length, actor=LEELA, reason="Stocktake", now=now)


def seen(actor: Actor = KIRAN, now: datetime = MONDAY, **asked: str) -> CalendarView:
    return read.calendar_page(actor, wanted(asked, now), now)


def day(view: CalendarView, key: str) -> DayView:
    return next(found for found in view.days if found.key == key)


def test_a_dated_change_stands_on_its_day_with_what_it_holds():
    dated(10 * HOUR)
    [row] = day(seen(), "2026-11-23").rows

    assert (row.status.word, row.title, row.note, row.left) == ("Publishes", "Tea tonight", "1 line", "in 10 h")
    assert not row.doubt


def test_a_waiting_change_has_its_three_deadlines_and_a_filter_for_them():
    with database.transaction() as session:
        actions.submit(session, proposing(("T1", 140_00)), actor=ASHA, now=MONDAY)
    dated(5 * HOUR, sku="T2")
    words = [row.status.word for found in seen(show="deadlines").days for row in found.rows]

    assert words == ["Reminds", "Escalates", "Expires"]
    assert [choice.word for choice in seen().filters] == [
        "All 4", "Publishes 1", "Waves 0", "Returns 0", "Deadlines 3",
    ]  # fmt: skip


def test_a_freeze_is_drawn_across_and_says_what_waits_for_its_end():
    dated(26 * HOUR)
    frozen(25 * HOUR)
    rows = day(seen(), "2026-11-24").rows

    assert [row.status.word for row in rows] == ["Freeze begins", "Freeze ends", "Publishes"]
    assert (rows[2].at, rows[2].left) == (rows[1].at, "in 27 h"), "an hour after it was planned"
    assert rows[2].doubt.startswith("planned for ")
    assert rows[2].doubt.endswith(", waits for the freeze to end: Stocktake")
    assert [len(column.bands) for column in seen().strip] == [0, 1, 0, 0, 0, 0, 0]
    assert seen().freezes[0].reason == "Stocktake"


def test_a_freeze_over_midnight_is_drawn_in_both_days():
    frozen(12 * HOUR, 6 * HOUR)

    assert [len(column.bands) for column in seen().strip] == [1, 1, 0, 0, 0, 0, 0]


def test_what_was_due_while_publishing_is_stopped_waits_for_its_resumption():
    proposal = dated(HOUR)
    with database.transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong rate", now=MONDAY)
    later = MONDAY + 2 * HOUR
    with database.transaction() as session:
        actions.publish(session, proposal, now=later)
    view = seen(OMAR, later)

    assert (view.stopped, view.held_note) == (True, "1 proposal due while publishing is stopped")
    assert view.resume_note == "1 proposal with 1 line goes out at once, late."


@pytest.mark.parametrize(
    ("actor", "freezes", "stops"),
    [(OMAR, True, True), (LEELA, True, True), (person("Dev", Role.EMERGENCY), False, True), (KIRAN, False, False)],
)
def test_who_may_not_reads_why(actor: Actor, freezes: bool, stops: bool):
    view = seen(actor)

    assert (view.may_freeze, view.may_stop) == (freezes, stops)
    assert bool(view.why) is not (freezes and stops)
    assert freezes or view.why.startswith("Operators and owners")


def test_an_address_that_makes_no_sense_is_this_week():
    assert wanted({"week": "soon", "day": "2026-13-45", "show": "magic"}, MONDAY).monday == date(2026, 11, 23)
    assert wanted({"week": "2026-12-03"}, MONDAY).monday == date(2026, 11, 30)
    assert wanted({"week": "2026-11-23", "day": "2026-12-09"}, MONDAY).day is None


def test_a_week_that_is_over_has_no_days_and_a_full_day_says_how_many_more():
    assert seen(week="2026-11-02").days == []
    for n, sku in enumerate(SKUS):
        dated(3 * HOUR + n * timedelta(minutes=1), sku=sku, reason=f"Tea {n}")

    assert (day(seen(), "2026-11-23").more, len(day(seen(), "2026-11-23").rows)) == ("10 more on this day", 30)
    assert day(seen(day="2026-11-23"), "2026-11-23").more == ""


def test_the_banner_says_who_why_and_until_when():
    with database.reading() as session:
        assert banner(session, MONDAY).lead == ""
    frozen(HOUR)
    with database.reading() as session:
        assert banner(session, MONDAY).lead == ""
        during = banner(session, MONDAY + 90 * timedelta(minutes=1))
    with database.transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong rate", now=MONDAY)
    with database.reading() as session:
        stopped = banner(session, MONDAY + 90 * timedelta(minutes=1))

    assert during.lead.startswith("Publishing is frozen until ")
    assert during.words.startswith("Leela: Stocktake. Approvals go on")
    assert (stopped.lead, "Omar, since" in stopped.words) == ("Publishing is stopped.", True)


def test_a_canary_says_its_wave_and_what_comes_next():
    plan = WavePlan(waves=tuple(Wave(share_bp=share, bake_seconds=600) for share in (2_500, 10_000)))
    lines = tuple(ProposedLine(sku, 104_00) for sku in SKUS)
    with database.transaction() as session:
        made = actions.submit(session, Submission("By waves", lines, waves=plan), actor=ASHA, now=MONDAY)
        actions.publish(session, made.id, now=MONDAY)
        reference = f"PC-{made.number}"
    with database.reading() as session:
        course = lists.courses(session, [reference])[reference]
    [row] = day(seen(), "2026-11-23").rows

    assert (row.note, row.doubt) == ("wave 1 of 2 is judged; wave 2 follows if it passes", "")
    assert wave_of(course).startswith("wave 1 of 2, ")
    assert course.next_at == MONDAY + timedelta(minutes=10)


def test_a_wave_is_judged_on_time_in_a_freeze_and_the_next_one_waits_for_its_end():
    plan = WavePlan(waves=tuple(Wave(share_bp=share, bake_seconds=600) for share in (2_500, 10_000)))
    lines = tuple(ProposedLine(sku, 104_00) for sku in SKUS)
    with database.transaction() as session:
        made = actions.submit(session, Submission("By waves", lines, waves=plan), actor=ASHA, now=MONDAY)
        actions.publish(session, made.id, now=MONDAY)
    frozen(timedelta(minutes=5))
    rows = day(seen(), "2026-11-23").rows

    assert [row.status.word for row in rows] == ["Freeze begins", "Judged", "Freeze ends"]
    assert rows[1].doubt == f"wave 2 waits for the freeze to end, {rows[2].at}: Stocktake"
