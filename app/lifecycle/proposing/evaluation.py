"""Verdicts on a proposal: read its facts, judge its lines, write what was found, divide it if that was asked for.

Judging only reads. Writing goes in steps, each of which may be its own transaction (see `effects`): a step that is
written twice writes the same, and nothing counts before `conclude`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session, col

from app.clock import new_id
from app.lifecycle.deciding.content import Seen, content_hash
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.numbering import next_number
from app.lifecycle.proposing.submission import Listed
from app.lifecycle.publishing import comparison, effects
from app.lifecycle.publishing.comparison import STORED, Moved, Stored
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.words.counting import noun, part
from app.words.percent import change_bp, margin_bp, rounded
from rules.finding import LineVerdict, Verdict
from rules.ruleset import RuleSet

NEXT = {Verdict.CLEAN: Action.PASS, Verdict.SOFT: Action.HOLD, Verdict.HARD: Action.REFUSE}
_ORDER = (Verdict.CLEAN, Verdict.SOFT, Verdict.HARD)


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with what is known of its product now, and the verdict on that."""

    stored: Stored
    found: Listed
    verdict: LineVerdict

    @property
    def change_bp(self) -> int:
        """Return the change in basis points of the current price."""
        return change_bp(self.found.amount, self.stored.new)


@dataclass(frozen=True, slots=True)
class Sum:
    """Verdicts summed up, in the words and fields of `Proposal`."""

    verdict: Verdict
    lines: int
    clean: int
    soft: int
    hard: int
    content_hash: str
    mean_change_bp: int
    largest_change_bp: int
    margin_before_bp: int | None
    margin_after_bp: int | None
    headline: str
    worst_rule: str | None
    worst_bp: int | None


@dataclass(frozen=True, slots=True)
class PreparedVerdicts:
    """The verdicts on a proposal, reached while only reading; they count if it is still the one that was read.

    `sums` are what becomes of it: one, or one per verdict (the cleanest first) if it is to be split and they differ.
    `at` is the instant whose facts and rules they are.
    """

    version: int
    rule_set: int
    at: datetime
    lines: Sequence[Judged]
    sums: Sequence[Sum]

    def fits(self, proposal: Proposal) -> bool:
        """Tell whether nothing happened to the proposal since it was read; a return may have grown."""
        read = (self.version, Status.EVALUATING, len(self.lines))
        return read == (proposal.version, proposal.status, proposal.lines)

    def steps(self) -> Iterator[Sequence[Judged]]:
        """Give the lines in portions that one transaction may write."""
        for start in range(0, len(self.lines), effects.LINES_PER_STEP):
            yield self.lines[start : start + effects.LINES_PER_STEP]


def prepared(session: Session, proposal: Proposal, rules: RuleSet, now: datetime) -> PreparedVerdicts:
    """Judge every line on the facts of now; write nothing."""
    query = select(*STORED).where(col(Line.proposal_id) == proposal.id).order_by(col(Line.line))
    rows = [Stored(*row) for row in session.execute(query)]
    lines = [Judged(*found) for found in comparison.judge_afresh(session, proposal, rows, rules, now)]
    by_verdict = [[line for line in lines if line.verdict.verdict is kind] for kind in _ORDER]
    parts = [part for part in by_verdict if part] if proposal.mixed == "split" else [lines]
    return PreparedVerdicts(proposal.version, rules.number, now, lines, [_sum(part) for part in parts])


def write(session: Session, proposal_id: str, lines: Sequence[Judged] | Sequence[Moved]) -> None:
    """Write facts, verdict and findings of at most one step's lines."""
    if lines:
        session.connection().execute(_WRITE, [_values(line, proposal_id) for line in lines])


def rewrite(session: Session, proposal: Proposal, lines: Sequence[Moved]) -> None:
    """Write lines that were judged again while a person decides on them: what was seen before is no longer it."""
    write(session, proposal.id, lines)
    if lines:
        proposal.content_hash = content_hash(_content(lines), after=proposal.content_hash)
        session.add(proposal)


_WRITE = (
    update(Line)
    .where(col(Line.proposal_id) == bindparam("of"), col(Line.line) == bindparam("no"))
    .values(
        old=bindparam("price"),
        base_version=bindparam("seen"),
        cost=bindparam("costs"),
        competitor=bindparam("theirs"),
        month_ago=bindparam("before"),
        more_facts=bindparam("more"),
        category=bindparam("kind"),
        brand=bindparam("maker"),
        verdict=bindparam("found"),
        findings=bindparam("why"),
    )
)


def _values(line: Judged | Moved, proposal_id: str) -> dict[str, str | int | None]:
    found, verdict = line.found, line.verdict
    said = json.dumps([finding.as_json() for finding in verdict.findings], ensure_ascii=False)
    return {
        "of": proposal_id,
        "no": line.stored.line,
        "price": found.amount,
        "seen": found.version,
        "costs": found.cost,
        "theirs": found.competitor,
        "before": found.month_ago,
        "more": found.more.kept,
        "kind": found.category,
        "maker": found.brand,
        "found": verdict.verdict,
        "why": said if verdict.findings else None,
    }


def conclude(session: Session, proposal: Proposal, found: PreparedVerdicts, *, now: datetime) -> list[Proposal]:
    """Write what the verdicts sum up to, and make a sibling with its own number of every part but the first.

    The siblings' lines are carried over by `take_lines`. Every part is still being evaluated.
    """
    proposal.rule_set = proposal.stands_under = found.rule_set
    proposal.stands_at = found.at
    owners = [proposal, *(_sibling(session, proposal, next_number(session), now) for _ in found.sums[1:])]
    for owner, summed in zip(owners, found.sums, strict=True):
        for name, value in asdict(summed).items():
            setattr(owner, name, value)
        session.add(owner)
    session.flush()
    return owners


def take_lines(session: Session, first: Proposal, sibling: Proposal) -> int:
    """Carry at most one step's lines with the sibling's verdict over to it; return how many those were."""
    theirs = (col(Line.proposal_id) == first.id, col(Line.verdict) == sibling.verdict)
    first_of_them = select(col(Line.line)).where(*theirs).order_by(col(Line.line)).limit(effects.LINES_PER_STEP)
    numbers = session.scalars(first_of_them).all()
    if numbers:
        session.connection().execute(
            update(Line).where(*theirs, col(Line.line) <= numbers[-1]).values(proposal_id=sibling.id)
        )
    return len(numbers)


def recount(session: Session, proposal: Proposal) -> None:
    """Count the verdicts of a proposal's lines anew, after some of them were judged again, and say what is worst."""
    of = col(Line.proposal_id) == proposal.id
    rows = session.execute(select(col(Line.verdict), func.count()).where(of).group_by(col(Line.verdict)))
    counts: Mapping[str | None, int] = dict(iter(rows))
    proposal.clean, proposal.soft, proposal.hard = (counts.get(kind, 0) for kind in _ORDER)
    worst = next((kind for kind in reversed(_ORDER) if counts.get(kind)), Verdict.CLEAN)
    if worst is not proposal.verdict and worst is not Verdict.CLEAN:
        limit = "a hard rule" if worst is Verdict.HARD else "a soft limit"
        breaks = noun(counts[worst], "breaks", "break")
        proposal.headline = f"{part(counts[worst], proposal.lines, 'line')} {breaks} {limit} by now"
    proposal.verdict = worst
    session.add(proposal)


def _sibling(session: Session, first: Proposal, number: int, now: datetime) -> Proposal:
    values = first.model_dump(exclude={"id", "number", "version", "sibling_of", "updated_at"})
    sibling = Proposal(**values, id=new_id(), number=number, version=1, sibling_of=first.id, updated_at=now)
    session.add(sibling)
    session.flush()
    for hand in session.scalars(select(Hand).where(col(Hand.proposal_id) == first.id)).all():
        session.add(Hand(proposal_id=sibling.id, user_id=hand.user_id, how=hand.how))
    return sibling


def _sum(lines: Sequence[Judged]) -> Sum:
    counts = {kind: sum(line.verdict.verdict is kind for line in lines) for kind in _ORDER}
    changes = [line.change_bp for line in lines]
    worst = next(iter(policy.breaches([found for line in lines for found in line.verdict.findings], len(lines))), None)
    return Sum(
        verdict=next(kind for kind in reversed(_ORDER) if counts[kind]),
        lines=len(lines),
        clean=counts[Verdict.CLEAN],
        soft=counts[Verdict.SOFT],
        hard=counts[Verdict.HARD],
        content_hash=content_hash(_content(lines)),
        mean_change_bp=rounded(sum(changes), len(changes)),
        largest_change_bp=max(changes, key=abs),
        margin_before_bp=_margin_bp([(line.found.amount, line.found.cost) for line in lines]),
        margin_after_bp=_margin_bp([(line.stored.new, line.found.cost) for line in lines]),
        headline=worst.sentence if worst else "Every line is inside every limit",
        worst_rule=worst.rule if worst else None,
        worst_bp=worst.worst_bp if worst else None,
    )


def _content(lines: Sequence[Judged] | Sequence[Moved]) -> Iterator[Seen]:
    for line in lines:
        yield {
            "sku": line.stored.sku,
            "old": line.found.amount,
            "new": line.stored.new,
            "currency": line.stored.currency,
            "cost": line.found.cost,
            "competitor": line.found.competitor,
            "month_ago": line.found.month_ago,
            "more_facts": line.found.more.kept,
        }


def _margin_bp(prices: Sequence[tuple[int, int | None]]) -> int | None:
    """Return the margin over all lines with a known cost, weighted by price, in basis points of the price."""
    known = [(price, cost) for price, cost in prices if cost is not None]
    revenue = sum(price for price, _ in known)
    return margin_bp(revenue, sum(cost for _, cost in known))
