"""Rule sets in shadow: what they say of each proposal beside the set that judged it, without effect.

They are asked behind the evaluation, from the facts that it recorded, so nobody waits for them. Counts are kept by day
and version of the set, and the lines on which the two differ, as they were judged last.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, select, tuple_
from sqlmodel import Session, col

from app import bulk, outbox
from app.database import alone, pulse
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.records import Proposal
from app.lifecycle.rule_records import RuleShadowDay, RuleShadowLine, StoredRuleSet
from app.lifecycle.rulebook import recorded
from app.lifecycle.rulebook.reckoned import TurnedLine
from app.lifecycle.rulebook.recorded import Store
from app.lifecycle.rulebook.replaying import turned_line
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Job
from app.lifecycle.views.values import Page
from rules.finding import Verdict
from rules.ruleset import RuleSet

MOST_LISTED: Final = 5_000
"""So many lines of one proposal are listed one by one; the counts are always whole."""
_LINE = (
    "rule_set", "proposal_id", "line", "version", "proposal", "at", "sku", "category", "change_bp", "was", "now",
    "kinds",
)  # fmt: skip


@dataclass(slots=True)
class ShadowVerdicts:
    """What one set in shadow says of one proposal."""

    rule_set: int
    version: int
    lines: int
    stricter: int
    milder: int
    differ: list[TurnedLine]


@dataclass(frozen=True, slots=True)
class ShadowDay:
    """How a set agreed on one day (in UTC), in one version of it; lines that were judged again count again."""

    day: str
    version: int
    proposals: int
    lines: int
    stricter: int
    milder: int

    @property
    def agreed(self) -> int:
        """Return on how many lines it said what the other said."""
        return self.lines - self.stricter - self.milder

    @property
    def agreement_bp(self) -> int:
        """Return that as a share, in basis points; never all of it while there is a difference."""
        return 10_000 * self.agreed // self.lines if self.lines else 10_000


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A line on which a set in shadow says something else, and when the line was judged."""

    at: datetime
    version: int
    line: TurnedLine


def ask_along(session: Session, proposal: Proposal, now: datetime) -> None:
    """Have the sets in shadow look at a proposal that was just judged, once this transaction has committed."""
    riding = select(col(StoredRuleSet.number)).where(col(StoredRuleSet.shadow).is_(True))
    if session.scalar(riding.limit(1)) is not None:
        outbox.ask(session, Job.SHADOW, {"proposal_id": proposal.id}, now)


def look(store: Store, proposal_id: str) -> list[ShadowVerdicts]:
    """Ask every set in shadow about a proposal; reads only. Nothing of one that is being judged again."""
    with store() as session:
        proposal = session.get(Proposal, proposal_id)
        if proposal is None or proposal.status == Status.EVALUATING or proposal.returns is not None:
            return []
        rows = session.scalars(select(StoredRuleSet).where(col(StoredRuleSet.shadow).is_(True))).all()
        riding = [(ShadowVerdicts(row.number, row.version, 0, 0, 0, []), policy.rule_set_of(row)) for row in rows]
    at = proposal.stands_at or proposal.submitted_at
    for portion in recorded.of_proposal(store, proposal_id) if riding else ():
        for found, rules in riding:
            _add(found, portion, rules, at)
    return [found for found, _ in riding]


def keep(session: Session, proposal_id: str, found: list[ShadowVerdicts], now: datetime) -> None:
    """Count what sets in shadow said, and keep the lines on which they differ in place of those of before."""
    alone(session, "rule shadows")
    for one in found:
        row = session.get(StoredRuleSet, one.rule_set)
        if row is None or not row.shadow or not one.lines:
            continue
        _count(session, one, now)
        of = (col(RuleShadowLine.rule_set) == one.rule_set, col(RuleShadowLine.proposal_id) == proposal_id)
        session.connection().execute(delete(RuleShadowLine).where(*of))
        rows = [_stored(one, proposal_id, line, now) for line in one.differ]
        bulk.insert(session.connection(), RuleShadowLine, _LINE, rows)
        pulse(session, "shadow")


def forget(session: Session, number: int) -> None:
    """Forget what a set said in shadow."""
    alone(session, "rule shadows")
    session.connection().execute(delete(RuleShadowDay).where(col(RuleShadowDay.rule_set) == number))
    session.connection().execute(delete(RuleShadowLine).where(col(RuleShadowLine.rule_set) == number))


def days(session: Session, number: int) -> list[ShadowDay]:
    """Return how a set agreed with those that judged, day by day. Raises `NotFound`."""
    _refuse_unknown(session, number)
    query = select(RuleShadowDay).where(col(RuleShadowDay.rule_set) == number)
    rows = session.scalars(query.order_by(col(RuleShadowDay.day), col(RuleShadowDay.version)))
    return [ShadowDay(row.day, row.version, row.proposals, row.lines, row.stricter, row.milder) for row in rows]


def disagreements(session: Session, number: int, *, cursor: str | None = None, limit: int = 100) -> Page[Disagreement]:
    """Return the lines on which a set says something else, those that were proposed last first. Raises `NotFound`."""
    _refuse_unknown(session, number)
    place = (col(RuleShadowLine.proposal), col(RuleShadowLine.line))
    query = select(RuleShadowLine).where(col(RuleShadowLine.rule_set) == number)
    if after := _place(cursor):
        query = query.where(tuple_(*place) < tuple_(*after))
    rows = session.scalars(query.order_by(*(column.desc() for column in place)).limit(limit + 1)).all()
    more = f"{rows[limit - 1].proposal}-{rows[limit - 1].line}" if len(rows) > limit else None
    return Page([_disagreement(row) for row in rows[:limit]], more)


def _add(found: ShadowVerdicts, portion: recorded.Portion, rules: RuleSet, at: datetime) -> None:
    verdicts = policy.judge_lines([line.facts for line in portion.lines], rules, at)
    found.lines += len(verdicts)
    for row, line, verdict in zip(portion.rows, portion.lines, verdicts, strict=True):
        if verdict.verdict is line.was:
            continue
        found.stricter += verdict.verdict.rank > line.was.rank
        found.milder += verdict.verdict.rank < line.was.rank
        if len(found.differ) < MOST_LISTED:
            found.differ.append(turned_line(portion.proposals[row.proposal_id], row, line, verdict))


def _count(session: Session, one: ShadowVerdicts, now: datetime) -> None:
    today = now.astimezone(UTC).date().isoformat()
    day = session.get(RuleShadowDay, (one.rule_set, one.version, today)) or RuleShadowDay(
        rule_set=one.rule_set, version=one.version, day=today, proposals=0, lines=0, stricter=0, milder=0
    )
    day.proposals += 1
    day.lines += one.lines
    day.stricter += one.stricter
    day.milder += one.milder
    session.add(day)


def _stored(one: ShadowVerdicts, proposal_id: str, line: TurnedLine, now: datetime) -> bulk.Row:
    return (
        one.rule_set, proposal_id, line.line, one.version, line.proposal, now, line.sku, line.category,
        line.change_bp, line.was, line.now, ",".join(line.kinds),
    )  # fmt: skip


def _disagreement(row: RuleShadowLine) -> Disagreement:
    kinds = tuple(row.kinds.split(",")) if row.kinds else ()
    was, now = Verdict(row.was), Verdict(row.now)
    line = TurnedLine(row.proposal, row.line, row.sku, row.category, row.change_bp, was, now, kinds)
    return Disagreement(row.at, row.version, line)


def _place(cursor: str | None) -> tuple[int, int] | None:
    """Read a cursor; one that is none begins at the first page."""
    parts = list(_numbers(cursor or ""))
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _numbers(text: str) -> Iterator[int]:
    return (int(part) for part in text.split("-") if part.isascii() and part.isdecimal() and len(part) < 10)


def _refuse_unknown(session: Session, number: int) -> None:
    if session.get(StoredRuleSet, number) is None:
        raise NotFound(f"There is no rule set {number}.")
