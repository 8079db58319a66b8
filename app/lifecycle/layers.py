"""Which price stands beneath another: prices lie in layers, and a layer that ended lets the one beneath show.

A layer has ended when its proposal was rolled back, or when it was a price window whose prices have returned. A return
and a rollback are no layers of their own: they show the one beneath what they ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
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


def hollow(session: Session, proposal_id: str) -> dict[str, int]:
    """Return `{sku: version}` of a proposal's lines that started from a price which may not be a layer that stands."""
    rows = session.execute(
        select(col(Line.sku), col(Line.base_version))
        .join(
            PriceHistory,
            (col(PriceHistory.sku) == col(Line.sku)) & (col(PriceHistory.version) == col(Line.base_version)),
        )
        .join(Proposal, col(Proposal.id) == col(PriceHistory.proposal_id))
        .where(
            col(Line.proposal_id) == proposal_id,
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
    found: dict[str, tuple[Layer, str, Proposal | None]] = {}
    skus = list(versions)
    for start in range(0, len(skus), AT_ONCE):
        rows = session.execute(
            select(PriceHistory, Proposal)
            .outerjoin(Proposal, col(Proposal.id) == col(PriceHistory.proposal_id))
            .where(col(PriceHistory.sku).in_(skus[start : start + AT_ONCE]))
        )
        found.update(
            (row.sku, (Layer(row.amount, row.version, row.proposal_id), row.cause, proposal))
            for row, proposal in rows
            if versions[row.sku] == row.version
        )
    over = _over(session, {proposal.id for _, _, proposal in found.values() if proposal and proposal.ends_at})
    return {
        sku: _Found(layer, _through(cause, proposal, over, holding)) for sku, (layer, cause, proposal) in found.items()
    }


def _through(cause: str, proposal: Proposal | None, over: set[str], holding: str | None) -> str | None:
    if proposal is None:
        return None
    if cause == Cause.ROLLED_BACK:
        return proposal.id
    if proposal.id == holding:
        return None
    if proposal.status in UNDONE:
        return proposal.id
    return proposal.returns or (proposal.id if proposal.id in over else None)


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
