"""Reads the Propagation page in one consistent look at the tracker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app import contexts
from app.alarms import raised
from app.components import format as shown
from app.components.score.layout import lay_out
from app.database import reading
from app.deliveries import queries as deliveries
from app.deliveries.views import ContextView, Failure, Filter
from app.lifecycle.errors import NotFound
from app.lifecycle.views import lists
from app.lifecycle.views import queries as lifecycle
from app.outbox import kept_entries
from app.pages.propagation import view
from app.pages.propagation.view import BoardView, ContextColumn, FailureView, OpenedView
from app.passport import trace
from app.passport.gather import story
from app.words.counting import count

SHOWN = 30
HELD = 1000


@dataclass(frozen=True)
class PropagationPage:
    """The page's content."""

    board: BoardView
    columns: list[ContextColumn]
    failures: list[FailureView]
    failures_say: str
    in_flight: str
    failing: str
    stale_lead: str
    stale: str
    opened: OpenedView
    clock: str


def propagation_page(show: Filter, *, item: str, after: str, may_redrive: bool, now: datetime) -> PropagationPage:
    """Read the board, the contexts' health, what fails, and the opened repricing's lanes."""
    with reading() as session:
        found = deliveries.contexts(session)
        board = deliveries.board(session, show=show, cursor=after or None, limit=SHOWN)
        courses = lists.courses(session, [row.reference for row in board.rows])
        failing = deliveries.failures(session)
        moving, failed = deliveries.in_flight(session), deliveries.failing(session)
        opened = _opened(session, item, found, now) if item else OpenedView()
        alarms, kept = raised(session), kept_entries.number_kept(session)
    lead, sentence = view.stale(found, alarms, kept=kept, may_retire=may_redrive)
    return PropagationPage(
        board=view.board(board, [context.name for context in found], opened=item, show=show, now=now, courses=courses),
        columns=view.columns(found),
        failures=view.failures(failing, _held(failing), now=now, may_redrive=may_redrive),
        failures_say=_failures_say(failing),
        in_flight=count(moving),
        failing=count(failed),
        stale_lead=lead,
        stale=sentence,
        opened=opened,
        clock=shown.clock(now, seconds=True),
    )


def cause_of(position: int) -> tuple[str, str] | None:
    """Return the context and cause of the failure shown at a position, or None if it is gone."""
    with reading() as session:
        failing = deliveries.failures(session)
    return (failing[position].context, failing[position].cause) if 0 <= position < len(failing) else None


def _held(failing: Sequence[Failure]) -> Counter[tuple[str, str]]:
    known = contexts.names()
    held: Counter[tuple[str, str]] = Counter()
    for name in {failure.context for failure in failing} & set(known):
        held.update(
            (name, trouble.cause) for trouble in contexts.troubles(name, limit=HELD) if trouble.state == "parked"
        )
    return held


def _failures_say(failing: Sequence[Failure]) -> str:
    parked = sum(failure.count for failure in failing if failure.state == "PARKED")
    retrying = sum(failure.count for failure in failing if failure.state == "RETRYING")
    if not parked + retrying:
        return "nothing is parked or retrying"
    return (
        f"{count(parked)} parked, {count(retrying)} retrying."
        " Other SKUs go on; later prices of the same SKU wait behind it."
    )


def _opened(session: Session, reference: str, found: Sequence[ContextView], now: datetime) -> OpenedView:
    try:
        proposal = lifecycle.summary(session, reference)
    except NotFound:
        return OpenedView(reference=reference)
    repricing = deliveries.repricing(session, proposal.id)
    entries = trace(session, proposal.id)
    found_story = story(proposal, entries, repricing, found, now=now, zone=shown.local(now).tzinfo)
    return OpenedView(reference=proposal.reference, score=lay_out(found_story))
