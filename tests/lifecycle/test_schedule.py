"""What the schedule tells is what the clock does: which freeze holds something, and until when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.database import reading, transaction
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import Appointment, Due
from app.lifecycle.publishing import brakes
from app.lifecycle.table.status import Status
from app.lifecycle.views import queries
from tests.builders import ASHA, HOUR, MONDAY, open_shop, person, product, proposing

LEELA = person("Leela", Role.OWNER)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def shop(pricing_store: str) -> None:
    open_shop(product("T1"), product("T2"))


def dated(at: datetime, *, ends: datetime | None = None) -> str:
    with transaction() as session:
        asked = replace(proposing(("T1", 104_00), effective_at=at), ends_at=ends)
        return queries.reference_of(actions.submit(session, asked, actor=ASHA, now=MONDAY).number)


def frozen(starts: datetime, ends: datetime, reason: str = "Stocktake") -> str:
    with transaction() as session:
        return brakes.freeze(session, starts=starts, ends=ends, actor=LEELA, reason=reason, now=MONDAY).id


def told(start: datetime = MONDAY, end: datetime = MONDAY + WEEK) -> list[Appointment]:
    with reading() as session:
        return schedule.calendar(session, start, end)


def published(reference: str, at: datetime) -> Status:
    with transaction() as session:
        return Status(actions.publish(session, queries.find(session, reference).id, now=at).status)


def test_the_calendar_tells_when_it_really_goes_out_and_which_freeze_holds_it_until_then():
    planned, until = MONDAY + 10 * HOUR, MONDAY + 15 * HOUR
    reference = dated(planned)
    freeze = frozen(MONDAY + 9 * HOUR, until)

    [one] = told()
    with reading() as session:
        assert schedule.appointments_of(session, reference) == [one]
    assert one.held is not None
    assert (one.at, one.held.freeze, one.held.reason) == (until, freeze, "Stocktake")
    assert (one.held.until, one.held.planned) == (until, planned)
    assert published(reference, planned) is Status.APPROVED, "it would have been 5 hours too early to say so"
    assert told() == [one], "also once it has come due and was put to the end"
    assert published(reference, until) is Status.PUBLISHED


def test_a_span_holds_what_goes_out_in_it_and_nothing_that_only_was_planned_in_it():
    dated(MONDAY + 10 * HOUR)
    frozen(MONDAY + 9 * HOUR, MONDAY + 12 * HOUR)
    last = frozen(MONDAY + 12 * HOUR, MONDAY + 15 * HOUR, "Audit")

    assert told(end=MONDAY + 12 * HOUR) == []
    for start in (13 * HOUR, 15 * HOUR):
        [one] = told(MONDAY + start)
        assert one.held is not None
        assert (one.at, one.held.freeze) == (MONDAY + 15 * HOUR, last)


def test_what_is_planned_for_the_end_of_a_freeze_is_not_held_by_it():
    dated(MONDAY + 15 * HOUR)
    frozen(MONDAY + 9 * HOUR, MONDAY + 15 * HOUR)

    assert [one.held for one in told()] == [None]


def test_what_a_freeze_outlasts_is_said_to_expire():
    ends = MONDAY + 15 * HOUR
    reference = dated(MONDAY + 10 * HOUR, ends=MONDAY + 14 * HOUR)
    frozen(MONDAY + 9 * HOUR, ends)

    [one] = [one for one in told() if one.reference == reference]
    assert (one.kind, one.at) == (Due.EXPIRES, ends)
    assert published(reference, ends) is Status.EXPIRED
