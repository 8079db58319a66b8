"""What a roll-back would bring back, judged by the hard rules of today. Reads only.

A price that was fine when it stood may break a hard rule by now: its cost rose, or the rule is new. One person alone
does not put such a price back; a context that cannot apply, and a wave that breached, still go back by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, select, true
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.lifecycle import agreed, effects, layers, policy
from app.lifecycle.going_out import Span
from app.lifecycle.records import Effect, Line, Proposal, RollBackRequest
from app.lifecycle.remembering import Memory
from app.lifecycle.status import Status
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product
from rules.facts import Facts
from rules.finding import Finding, LineVerdict, Severity
from rules.ruleset import RuleSet
from rules.wording import money

RECENT = timedelta(seconds=10)
"""So old may be what a page says of a large proposal while prices of it move; nobody decides on that."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A SKU that would come back to a price that a hard rule forbids today."""

    sku: str
    price: int
    currency: str
    message: str

    @property
    def sentence(self) -> str:
        """Name the SKU, the price, and what the rule says of it."""
        return f"{self.sku} at {money(self.price, self.currency)}. {self.message}"


@dataclass(frozen=True, slots=True)
class Restoring:
    """What would come back now: how many SKUs, how many of them to a price that is hard, and the worst of these.

    `seen` is the hash of every price with the facts it was judged on, and of the rule set; `broken` says how far each
    price that is hard is from passing (see `agreed`).
    """

    skus: int
    hard: int
    worst: Broken | None
    seen: str
    broken: str

    @property
    def sentence(self) -> str:
        """Say how many SKUs break a hard rule, and the worst."""
        if self.worst is None:
            return f"None of {self.skus:,} SKUs comes back to a price that breaks a hard rule today."
        worst = self.worst.sentence
        if self.skus == 1:
            return f"The only SKU would come back to a price that breaks a hard rule today: {worst}"
        return (
            f"{self.hard:,} of {self.skus:,} SKUs would come back to a price that breaks a hard rule today."
            f" The worst: {worst}"
        )


def restoring(session: Session, proposal: Proposal, now: datetime, *, looked: Restoring | None = None) -> Restoring:
    """Judge every price that a roll-back would bring back by the active rule set on today's facts.

    The answer is remembered until a price, a product, the proposal or the rules in force change (whoever changes a
    price or a product pulses `prices`), so that open pages and the command itself need not judge again. Where a price
    moved since, `looked` counts for a large proposal: what was found just before the store was taken, since nobody may
    judge all its lines while holding it. The steps that follow compare each its own lines.
    """
    known = _known.recall(session, proposal, now)
    recent = known is not None and timedelta() <= now - known.at <= RECENT
    if known and (known.exact or (recent and _only_shows(session, proposal))):
        return known.found
    if looked is not None and not effects.fits_one_step(proposal.published_lines):
        return looked
    return _known.of(session, proposal, now)


def still_stands(session: Session, proposal: Proposal, now: datetime) -> bool:
    """Tell whether the answer of a moment ago is still exact, or can be had while holding the store."""
    known = _known.recall(session, proposal, now)
    return effects.fits_one_step(proposal.published_lines) or (known is not None and known.exact)


def look_ahead(session: Session, proposal_id: str, now: datetime) -> Restoring | None:
    """Judge what would come back in a session that only reads, so that nobody does it while holding the store."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or not comes_back(session, proposal):
        return None
    return _known.of(session, proposal, now)


def of_span(session: Session, proposal: Proposal, span: Span, now: datetime) -> Restoring:
    """Judge what would come back of some lines now."""
    return _judged(_facts(session, proposal.id, span.holds(), now), policy.active_rule_set(session), now)


def goes_too_far(effect: Effect, found: Restoring) -> bool:
    """Tell whether what would come back now is more than whoever ordered it may put back, or than two agreed to."""
    if effect.alone:
        return bool(found.hard)
    return bool(effect.note) and agreed.exceeded(agreed.unpacked(found.broken), agreed.unpacked(effect.note))


def comes_back(session: Session, proposal: Proposal) -> bool:
    """Tell whether a proposal can be rolled back: it is out, or its roll-back stopped half-way."""
    half_way = proposal.status == Status.ROLLING_BACK and effects.waiting(session, proposal.id) is not None
    return proposal.status in OUT or half_way


def _only_shows(session: Session, proposal: Proposal) -> bool:
    """Tell whether nobody decides here, of a large proposal whose own prices are moving."""
    reads = session.connection().get_execution_options().get("read_only", False)
    large = not effects.fits_one_step(proposal.published_lines)
    return bool(reads) and large and effects.under_way(session, proposal.id) is not None


def _whole(session: Session, proposal: Proposal, rules: RuleSet, now: datetime) -> Restoring:
    return _judged(_facts(session, proposal.id, true(), now), rules, now)


def _judged(facts: Sequence[Facts], rules: RuleSet, now: datetime) -> Restoring:
    verdicts = policy.judge_lines(facts, rules, now)
    broken = [(fact, found) for fact, verdict in zip(facts, verdicts, strict=True) if (found := _hard(verdict))]
    worst = max(broken, key=lambda pair: _gap(*pair), default=None)
    return Restoring(
        len(facts),
        len(broken),
        None if worst is None else Broken(worst[0].sku, worst[0].new, worst[0].currency, worst[1].message),
        sha256(repr((rules.number, [(f.sku, f.old, f.new, f.cost, f.competitor) for f in facts])).encode()).hexdigest(),
        agreed.packed(
            {fact.sku: _distance(fact, line) for fact, line in zip(facts, verdicts, strict=True) if _hard(line)}
        ),
    )


def with_count(session: Session, proposal: Proposal, actor: Actor, reason: str, now: datetime) -> str:
    """Return the reason of a roll-back; where no person orders it, with what it brings back below a hard rule."""
    if actor.kind not in ("system", "context"):
        return reason
    try:
        known = _known.recall(session, proposal, now)
        found = restoring(session, proposal, now, looked=known.found if known else None)
    except policy.NoRuleSet:  # who cannot apply a price goes back, whatever can be said of the earlier one
        return reason
    return f"{reason} {found.sentence}".strip() if found.hard else reason


def open_request(session: Session, proposal: Proposal) -> RollBackRequest | None:
    """Return what was last asked for and not agreed to, or None."""
    asked = select(RollBackRequest).where(
        col(RollBackRequest.proposal_id) == proposal.id, col(RollBackRequest.agreed_at).is_(None)
    )
    newest = asked.order_by(col(RollBackRequest.at).desc(), col(RollBackRequest.id).desc()).limit(1)
    return session.scalars(newest).first() if comes_back(session, proposal) else None


def last_asker(session: Session, proposal: Proposal) -> str:
    """Return who asked for the roll-back that was agreed to last; nobody if none was."""
    agreed_to = select(col(RollBackRequest.asked_by)).where(
        col(RollBackRequest.proposal_id) == proposal.id, col(RollBackRequest.agreed_at).is_not(None)
    )
    return session.scalar(agreed_to.order_by(col(RollBackRequest.agreed_at).desc()).limit(1)) or ""


def asker(session: Session, request: RollBackRequest) -> str:
    """Return the name of whoever asked."""
    return session.scalar(select(col(User.name)).where(col(User.id) == request.asked_by)) or request.asked_by


OUT = (Status.CANARY, Status.HELD, Status.PUBLISHED)


def _hard(verdict: LineVerdict) -> Finding | None:
    return next((finding for finding in verdict.findings if finding.severity is Severity.HARD), None)


def _distance(fact: Facts, verdict: LineVerdict) -> int | None:
    """Return how far a price is from passing every hard rule; None if one of them cannot say."""
    passing = [found.passing_price for found in verdict.findings if found.severity is Severity.HARD]
    known = [abs(price - fact.new) for price in passing if price is not None]
    return max(known) if len(known) == len(passing) else None


def _gap(fact: Facts, finding: Finding) -> float:
    """Return how far a price is from one that would pass, as a share of it; what cannot be judged comes last."""
    return 0.0 if finding.passing_price is None else abs(finding.passing_price - fact.new) / fact.new


def _facts(session: Session, proposal_id: str, chosen: ColumnElement[bool], now: datetime) -> list[Facts]:
    """Return one fact per SKU that no newer price has reached: from the price that stands to the one that returns."""
    rows = session.execute(
        select(
            col(Line.sku),
            col(Product.category),
            col(Product.brand),
            col(Price.currency),
            col(Price.amount),
            col(Line.old),
            cost_at(now),
            competitor_at(now),
        )
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(
            col(Line.proposal_id) == proposal_id,
            chosen,
            col(Price.proposal_id) == proposal_id,
            col(Price.version) == col(Line.published_version),
        )
        .order_by(col(Line.line))
    ).all()
    beneath = layers.beneath(session, proposal_id, chosen)
    return [
        Facts(sku, category, brand, currency, stands, beneath[sku].amount if sku in beneath else old, cost, competitor)
        for sku, category, brand, currency, stands, old, cost, competitor in rows
    ]


_known = Memory(_whole)
