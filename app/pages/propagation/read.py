"""Reads the Propagation page in one consistent look at the tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from app import contexts
from app.alarms import raised
from app.components import format as shown
from app.components.score.layout import lay_out
from app.database import reading
from app.deliveries import queries as deliveries
from app.deliveries.records import DeliveryState
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


class Parked(NamedTuple):
    """What a context could not take for one cause: prices as SKU and version."""

    context: str
    cause: str
    prices: Sequence[tuple[str, int]]


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
        held = _held(session, failing)
    lead, sentence = view.stale(found, alarms, kept=kept, may_retire=may_redrive)
    return PropagationPage(
        board=view.board(board, [context.name for context in found], opened=item, show=show, now=now, courses=courses),
        columns=view.columns(found),
        failures=view.failures(failing, held, now=now, may_redrive=may_redrive),
        failures_say=_failures_say(failing),
        in_flight=count(moving),
        failing=count(failed),
        stale_lead=lead,
        stale=sentence,
        opened=opened,
        clock=shown.clock(now, seconds=True),
    )


def parked_for(key: str) -> Parked | None:
    """Return what was parked for the one cause that a row showed, or None if nothing is in trouble for it any more."""
    with reading() as session:
        for failure in deliveries.failures(session):
            if view.failure_key(failure) == key:
                prices = deliveries.prices_in_trouble(session, failure.context, failure.state, failure.cause)
                return Parked(failure.context, failure.cause, prices)
    return None


def _held(session: Session, failing: Sequence[Failure]) -> Mapping[str, int]:
    """Count, by the key of its row, how much of each group of failures its context has still parked."""
    groups = [failure for failure in failing if failure.state == DeliveryState.PARKED]
    parked = {name: contexts.parked(name) for name in {failure.context for failure in groups} & set(contexts.names())}
    return {
        view.failure_key(group): len(
            parked[group.context].intersection(
                deliveries.prices_in_trouble(session, group.context, group.state, group.cause)
            )
        )
        for group in groups
        if parked.get(group.context)
    }


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
