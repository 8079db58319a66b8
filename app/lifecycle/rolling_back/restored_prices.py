"""What a roll-back would bring back, judged by the hard rules of today. Reads only.

A price that was fine when it stood may break a hard rule by now: its cost rose, or the rule is new. One person alone
does not put such a price back; a context that cannot apply, and a wave that breached, still go back by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, select, true
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.lifecycle.proposing import facts, policy
from app.lifecycle.publishing import effects, remembered
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.publishing.remembered import Memory
from app.lifecycle.records import Effect, Line, Proposal, RollBackRequest
from app.lifecycle.rolling_back import agreed_limits
from app.lifecycle.table.status import Status
from app.lifecycle.windows import layers
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product
from app.words.counting import part, plural
from app.words.money import amount
from rules.facts import Facts
from rules.finding import Finding, LineVerdict, Severity
from rules.ruleset import RuleSet

RECENT = timedelta(seconds=10)
"""So old may be what a page says of a large proposal while prices of it move; nobody decides on that."""
LOOK_HOLDS = timedelta(minutes=10)
"""So long the steps of a roll-back rest on the look before the first: facts grow too old by the clock alone."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A SKU that would come back to a price that a hard rule forbids today; `when`, where that is not at once."""

    sku: str
    price: int
    currency: str
    message: str
    when: str = ""

    @property
    def sentence(self) -> str:
        """Name the SKU, the price, when it would show, and what the rule says of it."""
        return f"{self.sku} at {amount(self.price, self.currency)}{self.when}. {self.message}"


class Coming(NamedTuple):
    """A price that would come to show by a roll-back: at once, or when the price window above or beneath it ends."""

    facts: Facts
    when: str = ""


@dataclass(frozen=True, slots=True)
class Restoring:
    """What would come back now: how many SKUs, how many of them to a price that is hard, and the worst of these.

    `seen` is the hash of every price with the facts it was judged on, and of the rule set; `broken` says how far each
    price that is hard is from passing (see `agreed_limits`).
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
            return f"None of {plural(self.skus, 'SKU')} comes back to a price that breaks a hard rule today."
        worst = self.worst.sentence
        if self.skus == 1:
            return f"The only SKU would come back to a price that breaks a hard rule today: {worst}"
        return (
            f"{part(self.hard, self.skus, 'SKU')} would come back to a price that breaks a hard rule today."
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


def stands_for_steps(session: Session, proposal: Proposal, now: datetime) -> str:
    """Return what the answer of a moment ago rests on once this transaction has moved prices; nothing if not exact."""
    known = _known.recall(session, proposal, now)
    return known.rests_on.after_one_move().as_kept() if known and known.exact else ""


def still_looked_at(session: Session, effect: Effect, now: datetime) -> str:
    """Return what the look before the first step will rest on after this one; nothing if it no longer holds.

    It holds for a while, as long as nothing but the steps themselves has moved.
    """
    if not effect.rests_on or now - effect.begun_at > LOOK_HOLDS:
        return ""
    rests = remembered.rests_on(session, policy.active_rule_set(session), now)
    return rests.after_one_move().as_kept() if rests.as_kept() == effect.rests_on else ""


def look_ahead(session: Session, proposal_id: str, now: datetime) -> Restoring | None:
    """Judge what would come back in a session that only reads, so that nobody does it while holding the store."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or not comes_back(session, proposal):
        return None
    return _known.of(session, proposal, now)


def of_span(session: Session, proposal: Proposal, span: Span, now: datetime) -> Restoring:
    """Judge what would come back of some lines now."""
    rules = policy.active_rule_set(session)
    return _judged(_with_more(session, _coming(session, proposal, span.holds(), now), rules, now), rules, now)


def goes_too_far(session: Session, proposal: Proposal, effect: Effect, found: Restoring) -> bool:
    """Tell whether what would come back now is more than whoever ordered it may put back, or than two agreed to.

    Neither goes on upon a fact that they supplied themselves: since the proposal was submitted, since they agreed.
    """
    if not found.skus:
        return False
    if effect.alone:
        return bool(why_two(session, proposal, effect.alone, found))
    if not effect.note:
        return False
    farther = agreed_limits.exceeded(agreed_limits.unpacked(found.broken), agreed_limits.unpacked(effect.note))
    return farther or _agreed_and_supplied(session, proposal)


def why_two(session: Session, proposal: Proposal, user_id: str, found: Restoring) -> str:
    """Say why this person does not order a roll-back alone, or nothing."""
    own = facts.why_not_alone(session, proposal, user_id)
    return " ".join(filter(None, (found.sentence if found.hard else "", own)))


def _agreed_and_supplied(session: Session, proposal: Proposal) -> bool:
    """Tell whether one of the two who agreed last has changed a fact since."""
    last = _last_agreed(session, proposal)
    if last is None or last.agreed_at is None:
        return False
    both = [last.asked_by, last.agreed_by or ""]
    return facts.supplied_since(session, proposal, both, last.agreed_at) is not None


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
    return _judged(_with_more(session, _coming(session, proposal, true(), now), rules, now), rules, now)


def _with_more(session: Session, coming: Sequence[Coming], rules: RuleSet, now: datetime) -> list[Coming]:
    """Return prices that would come back with all that the rules read of them, in families that come back with them."""
    back = {one.facts.sku: one.facts.new for one in reversed(coming)}
    known = policy.with_more_facts(session, [one.facts for one in coming], rules, now, lambda _: back)
    return [one._replace(facts=facts) for one, facts in zip(coming, known, strict=True)]


def _judged(coming: Sequence[Coming], rules: RuleSet, now: datetime) -> Restoring:
    known = [one.facts for one in coming]
    verdicts = policy.judge_lines(known, rules, now)
    broken = [(one, found) for one, verdict in zip(coming, verdicts, strict=True) if (found := _hard(verdict))]
    worst = max(broken, key=lambda pair: _gap(pair[0].facts, pair[1]), default=None)
    distances = _distances(known, verdicts)
    return Restoring(
        len({fact.sku for fact in known}),
        len(distances),
        None if worst is None else _broken(*worst),
        sha256(repr((rules.number, [(f.sku, f.old, f.new, f.cost, f.competitor) for f in known])).encode()).hexdigest(),
        agreed_limits.packed(distances),
    )


def _broken(one: Coming, found: Finding) -> Broken:
    return Broken(one.facts.sku, one.facts.new, one.facts.currency, found.message, one.when)


def _distances(known: Sequence[Facts], verdicts: Sequence[LineVerdict]) -> agreed_limits.Distances:
    """Return how far each SKU that is hard is from passing, by the worse of two prices that would come to show."""
    found: dict[str, int | None] = {}
    for fact, verdict in zip(known, verdicts, strict=True):
        if _hard(verdict):
            distance, other = _distance(fact, verdict), found.get(fact.sku, 0)
            found[fact.sku] = None if distance is None or other is None else max(distance, other)
    return found


def last_found(session: Session, proposal: Proposal, now: datetime) -> Restoring:
    """Return what would come back; of a large proposal the last answer, exact or not (see `still_looked_at`)."""
    known = _known.recall(session, proposal, now)
    return restoring(session, proposal, now, looked=known.found if known else None)


def with_count(session: Session, proposal: Proposal, actor: Actor, reason: str, now: datetime) -> str:
    """Return the reason of a roll-back; where no person orders it, with what it brings back below a hard rule."""
    if actor.kind not in ("system", "context"):
        return reason
    try:
        found = last_found(session, proposal, now)
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
    last = _last_agreed(session, proposal)
    return last.asked_by if last else ""


def _last_agreed(session: Session, proposal: Proposal) -> RollBackRequest | None:
    agreed_to = select(RollBackRequest).where(
        col(RollBackRequest.proposal_id) == proposal.id, col(RollBackRequest.agreed_at).is_not(None)
    )
    return session.scalars(agreed_to.order_by(col(RollBackRequest.agreed_at).desc()).limit(1)).first()


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


def _coming(session: Session, proposal: Proposal, chosen: ColumnElement[bool], now: datetime) -> list[Coming]:
    """Return every price that would come to show, of each SKU on which the proposal's own shows, now or again.

    What lies under a price window would come back when that ends. What is taken back for good, and lies upon one, comes
    back to the window's price now and to the one beneath that when it ends. A SKU that a newer price for good has
    reached, or that a step has dealt with, is left out.
    """
    rows = [_Row(*row) for row in session.execute(_rows(session, proposal.id, chosen, now))]
    above = {row.sku: row.version for row in rows if not row.shows and row.left}
    under = layers.under_windows(session, proposal.id, above)
    mine = [row for row in rows if row.shows or row.sku in under]
    next_ones = layers.beneath(session, proposal.id, chosen) if mine else {}
    for_good = mine and proposal.ends_at is None
    last_ones = layers.beneath(session, proposal.id, chosen, lasting=True) if for_good else next_ones
    coming: list[Coming] = []
    for row in mine:
        shows, lasts = (
            beneath[row.sku].amount if row.sku in beneath else row.old for beneath in (next_ones, last_ones)
        )
        coming.append(Coming(row.facts(shows), "" if row.shows else _WHEN_IT_ENDS))
        coming += [Coming(row.facts(lasts), _WHEN_IT_ENDS)] if lasts != shows else []
    return coming


_WHEN_IT_ENDS = ", once a price window has ended"


class _Row(NamedTuple):
    """A line that is out, with what is known of its product. `shows` unless a newer price has reached it.

    `left` unless a step of the roll-back has dealt with it.
    """

    sku: str
    category: str
    brand: str
    currency: str
    version: int
    shows: bool
    left: bool
    new: int
    old: int
    cost: int | None
    competitor: int | None
    sub_category: str

    def facts(self, price: int) -> Facts:
        """Return the facts on which a price that comes back is judged: from the proposal's own to that one."""
        return Facts(
            self.sku,
            self.category,
            self.brand,
            self.currency,
            self.new,
            price,
            self.cost,
            self.competitor,
            sub_category=self.sub_category,
        )


def _rows(
    session: Session, proposal_id: str, chosen: ColumnElement[bool], now: datetime
) -> Select[str, str, str, str, int, bool, bool, int, int, int | None, int | None, str]:
    return (
        select(
            col(Line.sku),
            col(Product.category),
            col(Product.brand),
            col(Price.currency),
            col(Price.version),
            (col(Price.proposal_id) == proposal_id) & (col(Price.version) == col(Line.published_version)),
            effects.still_comes_back(session, proposal_id),
            col(Line.new),
            col(Line.old),
            cost_at(now),
            competitor_at(now),
            col(Product.subcategory),
        )
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal_id, chosen, col(Line.published_version).is_not(None))
        .order_by(col(Line.line))
    )


_known = Memory(_whole)
