"""Which price stands beneath another: prices lie in layers, and a layer that ended lets the one beneath show.

A layer has ended when its proposal was rolled back, or when it was a price window whose prices have returned. A return
and a rollback are no layers of their own: they show the one beneath what they ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from app.lifecycle.records import Line, Proposal
from app.lifecycle.status import Status
from app.pricelist.records import Cause, PriceHistory

AT_ONCE = 10_000
UNDONE = (Status.ROLLING_BACK, Status.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Layer:
    """A price that stands: its amount, its version, and the proposal that set it (None: it was listed)."""

    amount: int
    version: int
    proposal_id: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A price version, and the proposal whose line says what lies beneath it (None: it stands)."""

    layer: Layer
    through: str | None


class _Set(NamedTuple):
    """How a price version came about; `status`, `returns` and `ends_at` are those of its proposal."""

    version: int
    amount: int
    cause: str
    proposal_id: str | None
    status: str | None
    returns: str | None
    ends_at: datetime | None


_HISTORY = select(
    col(PriceHistory.sku),
    col(PriceHistory.version),
    col(PriceHistory.amount),
    col(PriceHistory.cause),
    col(PriceHistory.proposal_id),
    col(Proposal.status),
    col(Proposal.returns),
    col(Proposal.ends_at),
).outerjoin(Proposal, col(Proposal.id) == col(PriceHistory.proposal_id))


def standing(session: Session, versions: Mapping[str, int], *, holding: str | None = None) -> dict[str, Layer]:
    """Follow each SKU's price version down to the layer that stands; what `holding` set counts as standing.

    A SKU whose version the history does not know is absent from the answer.
    """
    stands: dict[str, Layer] = {}
    behind = dict(versions)
    while behind:
        found = _look(session, behind, holding)
        stands |= {sku: one.layer for sku, one in found.items() if one.through is None}
        behind = _beneath(session, {sku: one.through for sku, one in found.items() if one.through is not None})
    return stands


def hollow(session: Session, proposal_id: str, chosen: ColumnElement[bool]) -> dict[str, int]:
    """Return `{sku: version}` of a proposal's lines that started from a price which may not be a layer that stands.

    `chosen` is the condition on `Line` that says which of its lines are asked for.
    """
    rows = session.execute(
        select(col(Line.sku), col(Line.base_version))
        .join(
            PriceHistory,
            (col(PriceHistory.sku) == col(Line.sku)) & (col(PriceHistory.version) == col(Line.base_version)),
        )
        .join(Proposal, col(Proposal.id) == col(PriceHistory.proposal_id))
        .where(
            col(Line.proposal_id) == proposal_id,
            chosen,
            or_(
                col(PriceHistory.cause) == Cause.ROLLED_BACK,
                col(Proposal.status).in_(UNDONE),
                col(Proposal.returns).is_not(None),
                col(Proposal.ends_at).is_not(None),
            ),
        )
    )
    return dict(iter(rows))


def _look(session: Session, versions: Mapping[str, int], holding: str | None) -> dict[str, _Found]:
    found: dict[str, _Set] = {}
    skus = list(versions)
    for start in range(0, len(skus), AT_ONCE):
        rows = session.execute(_HISTORY.where(col(PriceHistory.sku).in_(skus[start : start + AT_ONCE])))
        found.update((sku, _Set(*rest)) for sku, *rest in rows if versions[sku] == rest[0])
    over = _over(session, {one.proposal_id for one in found.values() if one.proposal_id and one.ends_at})
    return {
        sku: _Found(Layer(one.amount, one.version, one.proposal_id), _through(one, over, holding))
        for sku, one in found.items()
    }


def _through(one: _Set, over: set[str], holding: str | None) -> str | None:
    if one.status is None:
        return None
    if one.cause == Cause.ROLLED_BACK:
        return one.proposal_id
    if one.proposal_id == holding:
        return None
    if one.status in UNDONE:
        return one.proposal_id
    return one.returns or (one.proposal_id if one.proposal_id in over else None)


def _over(session: Session, windows: set[str]) -> set[str]:
    """Return those price windows whose prices have returned."""
    if not windows:
        return set()
    query = select(col(Proposal.returns)).where(
        col(Proposal.returns).in_(windows), col(Proposal.status) == Status.PUBLISHED
    )
    return {window for window in session.scalars(query) if window}


def _beneath(session: Session, through: Mapping[str, str]) -> dict[str, int]:
    """Return the version from which the line of each SKU's proposal started."""
    found: dict[str, int] = {}
    skus = list(through)
    for start in range(0, len(skus), AT_ONCE):
        chosen = skus[start : start + AT_ONCE]
        rows = session.execute(
            select(col(Line.sku), col(Line.proposal_id), col(Line.base_version)).where(
                col(Line.sku).in_(chosen), col(Line.proposal_id).in_({through[sku] for sku in chosen})
            )
        )
        found.update((sku, base) for sku, proposal_id, base in rows if through[sku] == proposal_id)
    return found
