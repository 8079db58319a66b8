"""Which price each line of a return goes from and goes back to, as the prices above and beneath it come and go."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, true, update
from sqlmodel import Session, col

from app import outbox
from app.lifecycle.deciding.content import Seen, content_hash
from app.lifecycle.publishing import effects
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.records import Line, Proposal
from app.lifecycle.table.transitions import Job
from app.lifecycle.windows import layers
from app.lifecycle.windows.bounds import OPEN
from app.pricelist.records import Price


class _Pointed(NamedTuple):
    """A line of a return, from which price to which. Money in minor units."""

    line: int
    sku: str
    old: int
    new: int
    currency: str
    cost: int | None
    competitor: int | None
    month_ago: int | None
    more_facts: str | None

    def seen(self) -> Seen:
        """Return what a person would see of it."""
        return self._asdict()


def aim(session: Session, back: Proposal, chosen: ColumnElement[bool] | None = None) -> None:
    """Point the lines of a return (or those `chosen`) from the price that stands to the one that they go back to.

    What stands counts as the window's own where a change above it was taken back or ended meanwhile. The price beneath
    may have ended too; then it is the one beneath that.
    """
    moved = point(session, back, true() if chosen is None else chosen)
    if moved:
        back.content_hash = content_hash(moved, after=back.content_hash)
        session.add(back)
    session.flush()


def aim_all_sharing(session: Session, proposal_id: str, span: Span, now: datetime) -> None:
    """Aim every return to come at the SKUs that it shares with a span of lines whose prices just ended.

    One that somebody else has in hand is waited for by nobody: it is aimed by a job, and anyhow before it goes back.
    """
    skus = session.scalars(select(col(Line.sku)).where(col(Line.proposal_id) == proposal_id, span.holds())).all()
    coming = select(col(Proposal.id)).where(
        col(Proposal.returns).is_not(None), col(Proposal.status).in_(OPEN), col(Proposal.id) != proposal_id
    )
    sharing = select(col(Line.proposal_id)).where(col(Line.proposal_id).in_(coming), col(Line.sku).in_(skus))
    backs = set(session.scalars(sharing.distinct()))
    mine = select(Proposal).where(col(Proposal.id).in_(backs)).with_for_update(skip_locked=True)
    for back in session.scalars(mine.order_by(col(Proposal.id)).execution_options(populate_existing=True)).all():
        aim(session, back, col(Line.sku).in_(skus))
        backs.discard(back.id)
    outbox.ask_each(session, Job.AIM, [{"proposal_id": back_id} for back_id in sorted(backs)], now)


def point(session: Session, back: Proposal, chosen: ColumnElement[bool]) -> list[Seen]:
    """Point the chosen lines; return what is different now. Their facts stay those that they were judged on."""
    session.flush()
    return [*_aim_from(session, back, chosen), *_aim_at(session, back, chosen)]


def _aim_from(session: Session, back: Proposal, chosen: ColumnElement[bool]) -> list[Seen]:
    """Start each line from the price that stands now, if what stands is the window's own."""
    found = session.execute(
        select(*_POINTED, col(Price.version), col(Price.amount))
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(lines_of(back), chosen, col(Price.version) != col(Line.base_version))
    )
    moved = [(_Pointed(*row[:-2]), int(row[-2]), int(row[-1])) for row in found]
    tops = layers.standing(session, {line.sku: version for line, version, _ in moved}, holding=back.returns)
    own = [one for one in moved if one[0].sku in tops and tops[one[0].sku].proposal_id == back.returns]
    if own:
        session.connection().execute(
            update(Line)
            .where(lines_of(back), col(Line.line) == bindparam("no"))
            .values(base_version=bindparam("stands"), old=bindparam("at")),
            [{"no": line.line, "stands": version, "at": amount} for line, version, amount in own],
        )
    return [line._replace(old=amount).seen() for line, _, amount in own]


def _aim_at(session: Session, back: Proposal, chosen: ColumnElement[bool]) -> list[Seen]:
    """Lead each line to the price that stands beneath the window."""
    rows = [_Pointed(*row) for row in session.execute(select(*_POINTED).where(lines_of(back), chosen))]
    mine = col(Line.sku).in_([row.sku for row in rows]) if len(rows) <= effects.LINES_PER_STEP else true()
    beneath = layers.beneath(session, back.returns or "", mine, holding=back.returns)
    other = [row for row in rows if row.sku in beneath and beneath[row.sku].amount != row.new]
    if other:
        session.connection().execute(
            update(Line).where(lines_of(back), col(Line.line) == bindparam("no")).values(new=bindparam("to")),
            [{"no": row.line, "to": beneath[row.sku].amount} for row in other],
        )
    return [row._replace(new=beneath[row.sku].amount).seen() for row in other]


_POINTED = (
    col(Line.line),
    col(Line.sku),
    col(Line.old),
    col(Line.new),
    col(Line.currency),
    col(Line.cost),
    col(Line.competitor),
    col(Line.month_ago),
    col(Line.more_facts),
)


def lines_of(back: Proposal) -> ColumnElement[bool]:
    """Return the condition that a line belongs to a return."""
    return col(Line.proposal_id) == back.id


def ready(session: Session, back_id: str) -> int:
    """Return how many lines of a return that has been aimed would go back now."""
    query = (
        select(func.count())
        .select_from(Line)
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == back_id, col(Price.version) == col(Line.base_version))
    )
    return session.scalar(query) or 0
