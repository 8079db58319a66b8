"""What a change runs into, said when it is made: the earlier prices at its end, freezes, a stop, changes beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from app.lifecycle.proposing import policy
from app.lifecycle.proposing.submission import listed
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Freeze, Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.windows import end_verdicts
from app.words.counting import plural
from app.words.instants import written
from rules.finding import Severity

AT_ONCE = 10_000
COMING = (Status.EVALUATING, Status.PENDING_APPROVAL, Status.APPROVED)
LIVE = (*COMING, Status.CANARY, Status.HELD)
NAMED = 20
"""So many proposals beside it are named at most."""


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """From when to when a change is to stand; `ends` is None for good. `number` is its own, `out` if it is out."""

    begins: datetime
    ends: datetime | None
    number: int | None = None
    out: bool = False


@dataclass(frozen=True, slots=True)
class _Beside:
    """Another change of some of the same SKUs."""

    proposal: Proposal
    skus: int
    first: str

    @property
    def which(self) -> str:
        """Name the SKUs that both change."""
        return self.first if self.skus == 1 else f"{self.first} and {self.skus - 1:,} more"


def of_proposal(session: Session, proposal: Proposal, now: datetime) -> list[str]:
    """Warn of what a proposal that may still go out, or a window that is on, runs into."""
    on = proposal.status == Status.PUBLISHED and proposal.ends_at is not None and proposal.ends_at > now
    if proposal.returns or not (proposal.status in LIVE or on):
        return []
    skus = select(col(Line.sku)).where(col(Line.proposal_id) == proposal.id)
    begins = max(proposal.published_at or proposal.effective_at or now, now)
    span = PriceSpan(begins, proposal.ends_at, proposal.number, proposal.published_at is not None)
    beside = _beside(session, col(Line.sku).in_(skus), now)
    return [*_brakes(session, span, now), *_others(beside, span)]


def of_plan(session: Session, skus: Sequence[str], span: PriceSpan, now: datetime) -> list[str]:
    """Warn of what a change that is only being planned would run into."""
    found: dict[str, _Beside] = {}
    for start in range(0, len(skus), AT_ONCE):
        for one in _beside(session, col(Line.sku).in_(skus[start : start + AT_ONCE]), now):
            before = found.get(one.proposal.id)
            more = before.skus if before else 0
            found[one.proposal.id] = _Beside(one.proposal, one.skus + more, before.first if before else one.first)
    return [*_brakes(session, span, now), *_others(found.values(), span)]


def of_return(session: Session, skus: Sequence[str], now: datetime) -> tuple[str, str]:
    """Say what the rules hold of the prices that would return at a window's end today: what is hard, what is soft."""
    rules = policy.active_rule_set(session)
    known = policy.with_more(session, listed(session, skus, now=now), rules, now)
    facts = [policy.facts_for(found, found.price) for found in known.values()]
    verdicts = end_verdicts.at_the_end(facts, rules, now)
    found = [(fact.sku, finding) for fact, line in zip(facts, verdicts, strict=True) for finding in line.findings]
    hard = [(sku, finding.message) for sku, finding in found if finding.severity is Severity.HARD]
    soft = [(sku, finding.message) for sku, finding in found if finding.severity is Severity.SOFT]
    return (
        _breaks(hard, "breaks a hard rule today, so this is refused"),
        _breaks(soft, "breaks a soft limit today, so an approver must see it"),
    )


def _breaks(found: Sequence[tuple[str, str]], what: str) -> str:
    if not found:
        return ""
    sku, message = found[0]
    more = f" {len(found) - 1:,} more like it." if len(found) > 1 else ""
    return f"The earlier price of {sku} {what}. {message}{more}"


def _brakes(session: Session, span: PriceSpan, now: datetime) -> list[str]:
    stop, frozen = brakes.stopped(session), brakes.freezes(session, since=now)
    at_begin = None if span.out else _covering(frozen, span.begins)
    at_end = _covering(frozen, span.ends) if span.ends else None
    told = []
    if stop:
        told.append(
            f"Publishing is stopped: {stop.reason}. Until it is resumed nothing goes out, and no price window ends."
        )
    never = bool(at_begin and span.ends and span.ends <= brakes.opens_at(session, span.begins))
    if at_begin:
        then = "Its window is over by then, so it would never go out." if never else "It waits until then."
        told.append(f"Publishing is frozen from {_span(at_begin)}: {at_begin.reason}. {then}")
    if at_end and span.ends and not never:
        told.append(
            f"Its end on {written(span.ends)} falls into the freeze from {_span(at_end)}: {at_end.reason}."
            " An end does not wait: the earlier prices return on time."
        )
    return told


def _covering(frozen: Iterable[Freeze], instant: datetime) -> Freeze | None:
    return next((window for window in frozen if window.starts <= instant < window.ends), None)


def _span(window: Freeze) -> str:
    return f"{written(window.starts)} to {written(window.ends)}"


def _others(beside: Iterable[_Beside], span: PriceSpan) -> list[str]:
    told = [_sentence(one, span) for one in beside if one.proposal.number != span.number]
    kept = [sentence for sentence in told if sentence]
    others = plural(len(kept) - NAMED, "more proposal changes", "more proposals change")
    more = [f"{others} some of these SKUs."] if len(kept) > NAMED else []
    return kept[:NAMED] + more


def _sentence(one: _Beside, span: PriceSpan) -> str:
    other = one.proposal
    begins = max(other.effective_at or span.begins, other.published_at or span.begins)
    if other.ends_at is None:
        return _beside_a_change(one, span) if other.status in LIVE else ""
    if other.ends_at <= span.begins or (span.ends and span.ends <= begins and not other.published_at):
        return ""
    until = f"PC-{other.number} has {one.which} in a price window until {written(other.ends_at)}"
    if span.ends is None:
        return f"{until}. Where this goes out inside it, this price stays: that return leaves it alone."
    return (
        f"{until}. Where both are on, the one that went out last counts; when one ends, what stands beneath it returns,"
        " never the price of a window that is over."
    )


def _beside_a_change(one: _Beside, span: PriceSpan) -> str:
    other = one.proposal
    when = f" on {written(other.effective_at)}" if other.effective_at else ""
    told = f"PC-{other.number} changes {one.which} too{when}; the second to go out is judged again on what it finds"
    inside = span.ends is not None and (other.effective_at is None or other.effective_at < span.ends)
    return f"{told}." + (" If it goes out inside this window, its price stays at the end." if inside else "")


def _beside(session: Session, same: ColumnElement[bool], now: datetime) -> list[_Beside]:
    still_on = and_(col(Proposal.status) == Status.PUBLISHED, col(Proposal.ends_at) > now)
    query = (
        select(Proposal, func.count(), func.min(col(Line.sku)))
        .join(Line, col(Line.proposal_id) == col(Proposal.id))
        .where(same, col(Proposal.returns).is_(None), or_(col(Proposal.status).in_(LIVE), still_on))
        .group_by(col(Proposal.id))
        .order_by(col(Proposal.number))
    )
    return [_Beside(proposal, count, first) for proposal, count, first in session.execute(query)]
