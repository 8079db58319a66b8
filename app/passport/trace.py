"""Every verdict, decision, event and acknowledgement of one proposal, in order, with the side of the seam it is on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from app.deliveries import queries as deliveries
from app.lifecycle.audit.own_words import words_of
from app.lifecycle.records import AuditEntry
from app.lifecycle.views import queries as lifecycle
from app.words.counting import plural

Lane = Literal["people", "lifecycle", "seam", "context"]


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One entry. `lane` says whose it is: a person's, the lifecycle's, the seam's (a crossing) or a context's.

    `said` are a person's own words, `told` is what Baton or a context tells.
    """

    at: datetime
    lane: Lane
    who: str
    what: str
    told: str
    source: str | None = None
    target: str | None = None
    context: str | None = None
    said: str = ""

    @property
    def detail(self) -> str:
        """Return all of its words, whoever's they are."""
        return f"{self.said} {self.told}".strip()


_CROSSINGS = {
    **dict.fromkeys(("publish", "expedite", "release", "advance", "complete"), "PriceChangePublished"),
    **dict.fromkeys(("roll-back", "agree-roll-back"), "PriceChangeRolledBack"),
}


def trace(session: Session, reference: str) -> list[TraceEntry]:
    """Return the passport of a proposal, oldest entry first. Raises `NotFound`."""
    proposal = lifecycle.find(session, reference)
    entries = [*_lifecycle(session, proposal.id), *_contexts(session, proposal.id)]
    return sorted(entries, key=lambda entry: entry.at)


def _lifecycle(session: Session, proposal_id: str) -> Iterator[TraceEntry]:
    rows = session.scalars(select(AuditEntry).where(col(AuditEntry.chain) == proposal_id).order_by(col(AuditEntry.seq)))
    out = 0
    for row in rows:
        detail = json.loads(row.detail)
        words = words_of(row.actor, row.action, detail)
        person = not (row.actor == "system" or row.actor.startswith("context:"))
        if row.actor.startswith("context:"):
            yield TraceEntry(
                row.at,
                "seam",
                row.actor_name,
                "PriceChangeRollbackRequested",
                words.told,
                context=row.actor_name,
            )
        yield TraceEntry(
            row.at,
            "people" if person else "lifecycle",
            row.actor_name,
            row.action,
            words.told,
            source=detail["from"],
            target=detail["to"],
            said=words.said,
        )
        crossing = _CROSSINGS.get(row.action)
        if crossing == "PriceChangePublished":  # of a canary, `lines` is all that has gone out, this wave included
            out, before = detail["lines"], out
            if out > before:
                yield TraceEntry(row.at, "seam", "Baton", crossing, plural(out - before, "SKU"))
        elif crossing:
            yield TraceEntry(row.at, "seam", "Baton", crossing, plural(detail["lines"], "SKU"))


def _contexts(session: Session, proposal_id: str) -> Iterator[TraceEntry]:
    found = deliveries.repricing(session, proposal_id)
    if found is None:
        return
    for lane in found.row.lanes:
        steps = found.steps.get(lane.context, ())
        applied = [step for step in steps if step.reverted == 0 and step.applied > 0]
        reverted = [step for step in steps if step.reverted > 0]
        if applied:
            yield _ack(lane.context, "PricesApplied", applied[0].at, "first acknowledgement")
            yield _ack(
                lane.context,
                "PricesApplied",
                applied[-1].at,
                f"{applied[-1].applied:,} of {found.row.expected:,} applied",
            )
        if reverted:
            yield _ack(
                lane.context,
                "PricesReverted",
                reverted[-1].at,
                f"{reverted[-1].reverted:,} of {found.row.expected:,} reverted",
            )
    for trouble in found.troubles:
        what = "PriceParked" if trouble.state == "PARKED" else "PriceRetrying"
        yield _ack(trouble.context, what, trouble.at, f"{trouble.sku}: {trouble.cause}")


def _ack(context: str, what: str, at: datetime, detail: str) -> TraceEntry:
    return TraceEntry(at, "context", context, what, detail, context=context)
