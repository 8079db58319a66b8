"""Which price stands beneath another: prices lie in layers, and a layer that ended lets the one beneath show.

A layer has ended when its proposal was rolled back, or when it was a price window whose prices have returned. A return
and a rollback are no layers of their own: they show the one beneath what they ended. Which one that is is known when
they are set, and kept with them (`PriceHistory.shows`): whatever came and went before need not be gone through again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import NamedFromClause
from sqlmodel import Session, col

from app.lifecycle.records import Effect, Line, Proposal
from app.lifecycle.table.status import Status
from app.pricelist.records import Cause, PriceHistory

UNDONE = (Status.ROLLING_BACK, Status.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Layer:
    """A price that stands: its amount, its version, and the proposal that set it (None: it was listed)."""

    amount: int
    version: int
    proposal_id: str | None


class _Found(NamedTuple):
    """A price version, whether it is a layer that stands, and the version beneath it."""

    sku: str
    amount: int
    version: int
    proposal_id: str | None
    stands: bool
    beneath: int | None


def standing(
    session: Session, versions: Mapping[str, int], *, holding: str | None = None, lasting: bool = False
) -> dict[str, Layer]:
    """Follow each SKU's price version down to the layer that stands; what `holding` set counts as standing.

    With `lasting` a price window does not: it will end. A SKU whose version the history does not know is absent from
    the answer.
    """
    stands: dict[str, Layer] = {}
    behind = dict(versions)
    while behind:
        found = [_Found(*row) for row in session.execute(_look(session, behind, holding, lasting))]
        stands |= {one.sku: Layer(one.amount, one.version, one.proposal_id) for one in found if one.stands}
        behind = {one.sku: one.beneath for one in found if not one.stands and one.beneath is not None}
    return stands


def beneath(
    session: Session,
    proposal_id: str,
    chosen: ColumnElement[bool],
    *,
    holding: str | None = None,
    lasting: bool = False,
) -> dict[str, Layer]:
    """Return what stands beneath a proposal's lines, of those that may not have started from what stands.

    `chosen` is the condition on `Line` that says which of its lines are asked for. With `lasting` it is what will stand
    once every price window beneath has ended.
    """
    return standing(session, _hollow(session, proposal_id, chosen), holding=holding, lasting=lasting)


def under_windows(session: Session, proposal_id: str, tops: Mapping[str, int]) -> set[str]:
    """Return those SKUs, of versions that stand above a proposal's own, whose price is its again once windows end."""
    shown = standing(session, tops, holding=proposal_id)
    above = {sku: layer.version for sku, layer in shown.items() if layer.proposal_id != proposal_id}
    shows_again = standing(session, above, holding=proposal_id, lasting=True)
    return {sku for sku, layer in shows_again.items() if layer.proposal_id == proposal_id}


def _hollow(session: Session, proposal_id: str, chosen: ColumnElement[bool]) -> dict[str, int]:
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


def _look(
    session: Session, versions: Mapping[str, int], holding: str | None, lasting: bool
) -> Select[str, int, int, str | None, bool, int | None]:
    """Select exactly these versions: a price's past is not read."""
    asked = _asked(session, versions)
    return (
        select(
            col(PriceHistory.sku),
            col(PriceHistory.amount),
            col(PriceHistory.version),
            col(PriceHistory.proposal_id),
            _stands(holding, lasting),
            _BENEATH,
        )
        .select_from(asked)
        .join(PriceHistory, (col(PriceHistory.sku) == asked.c.sku) & (col(PriceHistory.version) == asked.c.version))
        .outerjoin(Proposal, col(Proposal.id) == col(PriceHistory.proposal_id))
        .outerjoin(_ended, (col(_ended.sku) == col(PriceHistory.sku)) & (col(_ended.proposal_id) == _THROUGH))
    )


def _asked(session: Session, versions: Mapping[str, int]) -> NamedFromClause:
    pairs = json.dumps([{"sku": sku, "version": version} for sku, version in versions.items()])
    if session.get_bind().dialect.name == "postgresql":
        columns = column("sku", Text), column("version", Integer)
        rows = func.jsonb_to_recordset(cast(literal(pairs, Text), JSONB)).table_valued(*columns)
        return rows.render_derived(name="asked", with_types=True)
    each = func.json_each(pairs).table_valued("value")
    sku, version = (func.json_extract(each.c.value, f"$.{name}").label(name) for name in ("sku", "version"))
    return select(sku, version).subquery("asked")


def _stands(holding: str | None, lasting: bool) -> ColumnElement[bool]:
    """Return whether a version is a layer that stands, and will when every price window has ended."""
    return case(
        (col(Proposal.id).is_(None), true()),
        (col(PriceHistory.cause) == Cause.ROLLED_BACK, false()),
        (col(PriceHistory.proposal_id) == holding, true()),
        (col(Proposal.status).in_(UNDONE), _STOPPED_BEFORE),
        (col(Proposal.returns).is_not(None), false()),
        *([(col(Proposal.ends_at).is_not(None), false())] if lasting else []),
        else_=~_OVER,
    )


_ended, _back = aliased(Line), aliased(Proposal)
_TAKEN_BACK = col(PriceHistory.cause) == Cause.ROLLED_BACK
_AS_A_RETURN = ~col(Proposal.status).in_(UNDONE) & col(Proposal.returns).is_not(None)
_THROUGH = case((~_TAKEN_BACK & _AS_A_RETURN, col(Proposal.returns)), else_=col(PriceHistory.proposal_id))
"""The proposal that ended, or will have: its line says what lies beneath."""
_BENEATH = case(
    (_TAKEN_BACK | _AS_A_RETURN, func.coalesce(col(PriceHistory.shows), col(_ended.base_version))),
    else_=col(_ended.base_version),
)
"""What a return shows counts no more once the return itself was taken back: its window is on again."""
_OVER = exists().where(col(_back.returns) == col(PriceHistory.proposal_id), col(_back.status) == Status.PUBLISHED)
"""A price window whose prices have returned."""
_STOPPED_BEFORE = exists().where(
    col(Effect.proposal_id) == col(PriceHistory.proposal_id),
    col(Effect.finished_at).is_(None),
    col(Effect.waits),
    or_(
        col(_ended.wave) < col(Effect.wave),
        and_(col(_ended.wave) == col(Effect.wave), col(_ended.line) > col(Effect.after)),
    ),
)
"""A line before which a roll-back stopped until somebody decides: nobody has let what lies beneath it show."""
