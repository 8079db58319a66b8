"""Past lines as they were judged, from the facts that stand with them: read in portions, in columns and not as objects.

What was not recorded then (a kind of rule that did not exist yet may read more) is not known now either: nothing is
looked up in today's catalog.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from app.lifecycle.records import Line, Proposal
from rules.facts import Facts, FamilyMember
from rules.finding import Verdict
from rules.replay import PastLine

PROPOSALS_AT_ONCE, LINES_AT_ONCE = 500, 20_000
Store = Callable[[], AbstractContextManager[Session]]


class PastProposal(NamedTuple):
    """A proposal that was judged. `rolled_back` tells that its prices were taken back."""

    id: str
    number: int
    lines: int
    rolled_back_at: datetime | None

    @property
    def rolled_back(self) -> bool:
        """Return whether its prices were taken back."""
        return self.rolled_back_at is not None


class PastRow(NamedTuple):
    """A line as it is stored."""

    proposal_id: str
    line: int
    sku: str
    category: str
    brand: str
    currency: str
    old: int
    new: int
    cost: int | None
    competitor: int | None
    month_ago: int | None
    verdict: str
    more_facts: str | None


@dataclass(frozen=True, slots=True)
class Portion:
    """Lines of some proposals, in order, each as it is stored and as it can be judged again."""

    proposals: dict[str, PastProposal]
    rows: Sequence[PastRow]
    lines: Sequence[PastLine]


@dataclass(frozen=True, slots=True)
class Period:
    """What was submitted from one instant on and before another."""

    since: datetime
    until: datetime

    @property
    def weeks(self) -> float:
        """Return how long it is."""
        return (self.until - self.since).total_seconds() / 604_800


_ROW = (
    col(Line.proposal_id),
    col(Line.line),
    col(Line.sku),
    col(Line.category),
    col(Line.brand),
    col(Line.currency),
    col(Line.old),
    col(Line.new),
    col(Line.cost),
    col(Line.competitor),
    col(Line.month_ago),
    col(Line.verdict),
    col(Line.more_facts),
)
_PROPOSAL = (col(Proposal.id), col(Proposal.number), col(Proposal.lines), col(Proposal.rolled_back_at))
_VERDICTS: Final = {verdict.value: verdict for verdict in Verdict}


def count(session: Session, period: Period) -> int:
    """Return about how many lines there are in a period."""
    return session.scalar(select(func.sum(col(Proposal.lines))).where(*_within(period))) or 0


def portions(store: Store, period: Period) -> Iterator[Portion]:
    """Give every line that was judged in a period. Each portion is read in a session of its own; none is held open."""
    after = 0
    while some := _proposals(store, period, after):
        after = some[-1].number
        for bundle in _bundles(some):
            yield from _lines(store, bundle)


def of_proposal(store: Store, proposal_id: str) -> Iterator[Portion]:
    """Give the judged lines of one proposal, if there is one."""
    with store() as session:
        found = session.execute(select(*_PROPOSAL).where(col(Proposal.id) == proposal_id)).first()
    if found is not None:
        yield from _lines(store, [PastProposal(*found)])


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Price windows that end are left out: they go back to what was approved once, whatever the rules say."""
    at = col(Proposal.submitted_at)
    return (at >= period.since, at < period.until, col(Proposal.returns).is_(None))


def _proposals(store: Store, period: Period, after: int) -> list[PastProposal]:
    number = col(Proposal.number)
    query = select(*_PROPOSAL).where(number > after, *_within(period)).order_by(number).limit(PROPOSALS_AT_ONCE)
    with store() as session:
        return [PastProposal(*row) for row in session.execute(query)]


def _bundles(proposals: Sequence[PastProposal]) -> Iterator[list[PastProposal]]:
    """Put proposals together that fit into one portion; a larger one stands alone."""
    bundle: list[PastProposal] = []
    size = 0
    for one in proposals:
        if bundle and size + one.lines > LINES_AT_ONCE:
            yield bundle
            bundle, size = [], 0
        bundle.append(one)
        size += one.lines
    if bundle:
        yield bundle


def _lines(store: Store, bundle: Sequence[PastProposal]) -> Iterator[Portion]:
    proposals = {one.id: one for one in bundle}
    if len(bundle) > 1:
        yield from _portion(store, proposals)
        return
    after = 0
    while found := _portion(store, proposals, after=after, most=LINES_AT_ONCE):
        yield from found
        after = found[0].rows[-1].line


def _portion(
    store: Store, proposals: dict[str, PastProposal], *, after: int = 0, most: int | None = None
) -> list[Portion]:
    """Read the judged lines of proposals (of one of them those behind `after`); nothing if there are none."""
    where = (col(Line.proposal_id).in_(proposals), col(Line.verdict).is_not(None), col(Line.line) > after)
    query = select(*_ROW).where(*where).order_by(col(Line.proposal_id), col(Line.line)).limit(most)
    with store() as session:
        rows = list(map(PastRow._make, session.connection().execute(query)))
    lines = [_past(row, proposals[row.proposal_id].number) for row in rows]
    return [Portion(proposals, rows, lines)] if rows else []


def _past(row: PastRow, number: int) -> PastLine:
    _, line, sku, category, brand, currency, old, new, cost, competitor, month_ago, verdict, more = row
    if more is None:
        facts = Facts(sku, category, brand, currency, old, new, cost, competitor, None, month_ago)
    else:
        facts = _with_more(row, more)
    return PastLine(facts, _VERDICTS[verdict], f"{number}/{line}")


def _with_more(row: PastRow, more: str) -> Facts:
    """Return the facts of a line of which more was read; what stands there only is what was read."""
    read = json.loads(more)
    return Facts(
        row.sku,
        row.category,
        row.brand,
        row.currency,
        row.old,
        row.new,
        row.cost,
        row.competitor,
        month_ago=row.month_ago,
        sub_category=read.get("sub_category", ""),
        lowest_month=read.get("lowest_month"),
        changes_month=read.get("changes_month"),
        minimum_advertised=read.get("minimum_advertised"),
        pack_size=read.get("pack_size"),
        content=read.get("content"),
        rank=read.get("rank"),
        family=tuple(FamilyMember(*member) for member in read.get("family", ())),
    )
