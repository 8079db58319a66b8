"""Which facts or rules of a verdict are others now."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy import case as when
from sqlmodel import Session, col

from app.lifecycle.proposing import more_facts, policy
from app.lifecycle.proposing.more_facts import AT_ONCE, KEPT, LineRead, ReadNow
from app.lifecycle.publishing import comparison, effects
from app.lifecycle.records import Line, Proposal
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class MovedFact:
    """A fact that differs from the one the verdict was reached on. Money in minor units, None for unknown."""

    sku: str
    what: str
    before: int | None
    after: int | None
    currency: str
    words: str = ""
    """It in words, where it is no amount."""


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
    return moved + _more_moved(session, proposal, now) if lines is None or len(moved) < lines else moved


def _more_moved(session: Session, proposal: Proposal, now: datetime) -> list[MovedFact]:
    """Return what else the rules read otherwise now, but for what moves as days pass.

    Of a large proposal nobody looks it through while holding the store: it is judged again in the background, and
    compared before it goes out.
    """
    if proposal.returns or not effects.fits_one_step(proposal.lines):
        return []
    return list(_differences(session, proposal, policy.active_rule_set(session), now))


def more_differs(session: Session, proposal: Proposal, rules: RuleSet, now: datetime) -> bool:
    """Tell whether the rules read something else now of what they read before, but for what moves as days pass."""
    return any(True for _ in _differences(session, proposal, rules, now))


def _differences(session: Session, proposal: Proposal, rules: RuleSet, now: datetime) -> Iterator[MovedFact]:
    reads = policy.reads_more(rules) - more_facts.BY_TIME
    if not reads:
        return
    lines = _kept_of(session, proposal)
    read = more_facts.known(session, [line.sku for line in lines], reads, now)
    more = read.of(read.products, comparison.going_out(session, proposal)(read.members))
    for line in lines:
        for told in more_facts.differences(line.kept, more[line.sku].kept, proposal.currency):
            yield MovedFact(line.sku, "what the rules read", None, None, proposal.currency, f"{line.sku} {told}")


def _kept_of(session: Session, proposal: Proposal) -> list[LineRead]:
    of_proposal = (col(Line.proposal_id) == proposal.id, _NOT_OUT)
    return [LineRead(*row) for row in session.execute(select(*KEPT).where(*of_proposal).order_by(col(Line.line)))]


def count_moved(session: Session, proposal: Proposal, now: datetime) -> int:
    """Return how many facts `moved_facts` would list, without reading them."""
    others = [cost_at(now).is_distinct_from(col(Line.cost)), competitor_at(now).is_distinct_from(col(Line.competitor))]
    parts = others + ([_PRICE_MOVED] if proposal.returns is None else [])
    of_line = sum((when((part, 1), else_=0) for part in parts), start=literal(0))
    amounts = session.scalar(select(func.sum(of_line)).where(*_moved(now), col(Line.proposal_id) == proposal.id)) or 0
    return amounts + len(_more_moved(session, proposal, now))


def rules_moved(session: Session, proposal: Proposal) -> int | None:
    """Return the number of the active rule set if the proposal was judged by another one, else None."""
    active = policy.active_number(session)
    return active if active != proposal.rule_set else None


def anything_moved(session: Session, proposal: Proposal, now: datetime) -> bool:
    """Tell whether a proposal was judged on other facts or by other rules than those of now."""
    rules = policy.active_rule_set(session)
    if policy.others_in_force(rules, proposal, now):
        return True
    moved = (
        select(col(Line.line))
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal.id, comparison.has_moved(now))
    )
    if session.scalar(moved.limit(1)) is not None:
        return True
    reads = policy.reads_more(rules)
    lines = _kept_of(session, proposal) if reads and not proposal.returns else []
    return bool(more_facts.read_otherwise(session, lines, reads, comparison.going_out(session, proposal), now))


def read_otherwise(session: Session, waiting: Select[str], but_for: Collection[str], now: datetime) -> Iterator[str]:
    """Give the ids of waiting proposals, but for some, of which the rules would read something else now."""
    reads = policy.reads_more(policy.active_rule_set(session))
    if not reads:
        return
    sizes = session.execute(select(col(Proposal.id), col(Proposal.lines)).where(col(Proposal.id).in_(waiting)))
    for some in _batches((proposal, lines) for proposal, lines in sizes.all() if proposal not in but_for):
        rows = [
            _Going(*row) for row in session.execute(select(*_GOING).where(col(Line.proposal_id).in_(some), _NOT_OUT))
        ]
        read = more_facts.known(session, list({row.sku for row in rows}), reads, now)
        by_proposal = groupby(sorted(rows, key=_proposal_of), key=_proposal_of)
        yield from (proposal for proposal, lines in by_proposal if _reads_otherwise(list(lines), read))


class _Going(NamedTuple):
    proposal_id: str
    sku: str
    new: int
    kept: str | None


def _proposal_of(line: _Going) -> str:
    return line.proposal_id


def _reads_otherwise(lines: Sequence[_Going], read: ReadNow) -> bool:
    prices = {line.sku: line.new for line in lines}
    more = read.of(prices, prices)
    return any(more[line.sku].kept != line.kept for line in lines if line.sku in more)


def _batches(sizes: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Put proposals together that have about so many lines as are looked up at once."""
    some, lines = list[str](), 0
    for proposal, more in sizes:
        some.append(proposal)
        lines += more
        if lines >= AT_ONCE or len(some) >= PROPOSALS_AT_ONCE:
            yield some
            some, lines = [], 0
    if some:
        yield some


PROPOSALS_AT_ONCE = 500
_NOT_OUT = col(Line.published_version).is_(None)
_GOING = (col(Line.proposal_id), col(Line.sku), col(Line.new), col(Line.more_facts))
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
