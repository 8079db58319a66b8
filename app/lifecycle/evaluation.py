"""Verdicts on a proposal: judge its lines, write what was found, and divide a mixed proposal if that was asked for."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from app.clock import new_id
from app.lifecycle import endings, policy
from app.lifecycle.content import content_hash
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.transitions import Action
from rules.finding import Finding, LineVerdict, Verdict
from rules.ruleset import RuleSet

_NEXT = {Verdict.CLEAN: Action.PASS, Verdict.SOFT: Action.HOLD, Verdict.HARD: Action.REFUSE}
_ORDER = (Verdict.CLEAN, Verdict.SOFT, Verdict.HARD)


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal with the verdict on each of its lines, in line order."""

    proposal: Proposal
    lines: Sequence[Line]
    verdicts: Sequence[LineVerdict]


@dataclass(frozen=True, slots=True)
class Part:
    """A proposal and the action that its verdict calls for."""

    proposal: Proposal
    action: Action


@dataclass(frozen=True, slots=True)
class Prepared:
    """Verdicts reached while only reading, so that a large proposal does not keep a store with one writer."""

    version: int
    content_hash: str
    rule_set: int
    lines: Sequence[Line]
    verdicts: Sequence[LineVerdict]

    def fits(self, proposal: Proposal, rules: RuleSet) -> bool:
        """Tell whether the proposal is still the one that was read, under the rules that it was judged by."""
        read = (self.version, self.content_hash, self.rule_set)
        return read == (proposal.version, proposal.content_hash, rules.number)


def prepared(session: Session, proposal: Proposal, rules: RuleSet, now: datetime) -> Prepared:
    """Judge every line on its stored facts; write nothing."""
    lines = session.exec(select(Line).where(Line.proposal_id == proposal.id).order_by(col(Line.line))).all()
    verdicts = endings.judged(proposal, lines, rules, now)
    return Prepared(proposal.version, proposal.content_hash, rules.number, lines, verdicts)


def judged(
    session: Session, proposal: Proposal, rules: RuleSet, now: datetime, before: Prepared | None = None
) -> Judged:
    """Judge every line on its stored facts (unless that was done `before`) and write verdicts and findings."""
    found = before if before and before.fits(proposal, rules) else prepared(session, proposal, rules, now)
    lines, verdicts = found.lines, found.verdicts
    connection = session.connection()
    connection.execute(
        update(Line).where(col(Line.proposal_id) == proposal.id).values(verdict=Verdict.CLEAN, findings=None)
    )
    breached = [
        {
            "of": proposal.id,
            "no": line.line,
            "found": verdict.verdict,
            "why": json.dumps([finding.as_json() for finding in verdict.findings], ensure_ascii=False),
        }
        for line, verdict in zip(lines, verdicts, strict=True)
        if verdict.verdict is not Verdict.CLEAN
    ]
    if breached:
        connection.execute(
            update(Line)
            .where(col(Line.proposal_id) == bindparam("of"), col(Line.line) == bindparam("no"))
            .values(verdict=bindparam("found"), findings=bindparam("why")),
            breached,
        )
    return Judged(proposal, lines, verdicts)


def split(session: Session, found: Judged, *, next_number: Callable[[], int], now: datetime) -> list[Part]:
    """Divide a mixed proposal by verdict if it asks for that; otherwise its worst verdict decides for all.

    The cleanest part stays in the proposal; each other verdict becomes a sibling with its own number.
    """
    kinds = [v for v in _ORDER if any(line.verdict is v for line in found.verdicts)]
    if found.proposal.mixed != "split" or len(kinds) == 1:
        _summarise(found, list(zip(found.lines, found.verdicts, strict=True)), found.proposal)
        return [Part(found.proposal, _NEXT[kinds[-1]])]
    parts = []
    for kind in kinds:
        pairs = [(line, v) for line, v in zip(found.lines, found.verdicts, strict=True) if v.verdict is kind]
        owner = found.proposal if kind is kinds[0] else _sibling(session, found.proposal, kind, next_number(), now)
        _summarise(found, pairs, owner)
        parts.append(Part(owner, _NEXT[kind]))
    return parts


def _sibling(session: Session, first: Proposal, kind: Verdict, number: int, now: datetime) -> Proposal:
    values = first.model_dump(exclude={"id", "number", "version", "sibling_of", "updated_at"})
    sibling = Proposal(**values, id=new_id(), number=number, version=1, sibling_of=first.id, updated_at=now)
    session.add(sibling)
    session.flush()
    for hand in session.exec(select(Hand).where(Hand.proposal_id == first.id)).all():
        session.add(Hand(proposal_id=sibling.id, user_id=hand.user_id, how=hand.how))
    session.connection().execute(
        update(Line).where(col(Line.proposal_id) == first.id, col(Line.verdict) == kind).values(proposal_id=sibling.id)
    )
    return sibling


def _summarise(found: Judged, pairs: list[tuple[Line, LineVerdict]], owner: Proposal) -> None:
    """Write totals, margins, headline and content hash of the given lines onto their proposal."""
    lines = [line for line, _ in pairs]
    counts = {kind: sum(v.verdict is kind for _, v in pairs) for kind in _ORDER}
    findings = [finding for _, v in pairs for finding in v.findings]
    owner.lines, owner.clean = len(lines), counts[Verdict.CLEAN]
    owner.soft, owner.hard = counts[Verdict.SOFT], counts[Verdict.HARD]
    owner.verdict = next(kind for kind in reversed(_ORDER) if counts[kind])
    owner.content_hash = content_hash([line.model_dump() for line in lines])
    changes = [round((line.new - line.old) * 10_000 / line.old) for line in lines]
    owner.mean_change_bp = round(sum(changes) / len(changes))
    owner.largest_change_bp = max(changes, key=abs)
    owner.margin_before_bp = _margin_bp(lines, [line.old for line in lines])
    owner.margin_after_bp = _margin_bp(lines, [line.new for line in lines])
    _headline(owner, findings)


def _headline(owner: Proposal, findings: list[Finding]) -> None:
    worst = policy.breaches(findings, owner.lines)
    owner.headline = worst[0].sentence if worst else "Every line is inside every limit"
    owner.worst_rule = worst[0].rule if worst else None
    owner.worst_bp = worst[0].worst_bp if worst else None


def _margin_bp(lines: Sequence[Line], prices: Sequence[int]) -> int | None:
    """Return the margin over all lines with a known cost, weighted by price, in basis points of the price."""
    known = [(price, line.cost) for line, price in zip(lines, prices, strict=True) if line.cost is not None]
    revenue = sum(price for price, _ in known)
    return round((revenue - sum(cost for _, cost in known)) * 10_000 / revenue) if revenue else None
