"""Which facts or rules of a verdict are others now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy import case as when
from sqlmodel import Session, col

from app.lifecycle.proposing import policy
from app.lifecycle.publishing import comparison
from app.lifecycle.records import Line, Proposal
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product


@dataclass(frozen=True, slots=True)
class MovedFact:
    """A fact that differs from the one the verdict was reached on. Money in minor units, None for unknown."""

    sku: str
    what: str
    before: int | None
    after: int | None
    currency: str


def moved_facts(session: Session, proposal: Proposal, now: datetime, *, lines: int | None = None) -> list[MovedFact]:
    """Return every fact of a proposal (or of its first moved `lines`) that moved since its lines were read.

    That a newer price stands is no such fact of a return: it leaves that line alone.
    """
    of_proposal = (*_moved(now), col(Line.proposal_id) == proposal.id)
    query = select(*_FACTS, cost_at(now), competitor_at(now)).where(*of_proposal)
    rows = session.execute(query.order_by(col(Line.line)).limit(lines))
    moved: list[MovedFact] = []
    for sku, currency, old, seen, cost, theirs, amount, version, cost_now, theirs_now in rows:
        now_and_then = (
            (version != seen and proposal.returns is None, MovedFact(sku, "price", old, amount, currency)),
            (cost_now != cost, MovedFact(sku, "cost", cost, cost_now, currency)),
            (theirs_now != theirs, MovedFact(sku, "competitor", theirs, theirs_now, currency)),
        )
        moved += [fact for differs, fact in now_and_then if differs]
    return moved


def count_moved(session: Session, proposal: Proposal, now: datetime) -> int:
    """Return how many facts `moved_facts` would list, without reading them."""
    others = [cost_at(now).is_distinct_from(col(Line.cost)), competitor_at(now).is_distinct_from(col(Line.competitor))]
    parts = others + ([_PRICE_MOVED] if proposal.returns is None else [])
    of_line = sum((when((part, 1), else_=0) for part in parts), start=literal(0))
    return session.scalar(select(func.sum(of_line)).where(*_moved(now), col(Line.proposal_id) == proposal.id)) or 0


def rules_moved(session: Session, proposal: Proposal) -> int | None:
    """Return the number of the active rule set if the proposal was judged by another one, else None."""
    active = policy.active_number(session)
    return active if active != proposal.rule_set else None


def anything_moved(session: Session, proposal: Proposal, now: datetime) -> bool:
    """Tell whether a proposal was judged on other facts or by other rules than those of now."""
    if policy.others_in_force(policy.active_rule_set(session), proposal, now):
        return True
    moved = (
        select(col(Line.line))
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal.id, comparison.has_moved(now))
    )
    return session.scalar(moved.limit(1)) is not None


_PRICE_MOVED = col(Price.version) != col(Line.base_version)


def _moved(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(Price.sku) == col(Line.sku), col(Product.sku) == col(Line.sku), comparison.facts_differ(now))


_FACTS = (
    col(Line.sku),
    col(Line.currency),
    col(Line.old),
    col(Line.base_version),
    col(Line.cost),
    col(Line.competitor),
    col(Price.amount),
    col(Price.version),
)
