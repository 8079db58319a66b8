"""Where the lifecycle asks the rules: no other module of ours calls the rule engine."""

import json
from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, select

from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import Refused
from app.lifecycle.proposing import more_facts
from app.lifecycle.proposing.more_facts import NOTHING_MORE, MoreFacts, Proposed, nothing_proposed
from app.lifecycle.proposing.submission import Listed
from app.lifecycle.records import Proposal
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.views.values import FindingView
from app.words.counting import part
from app.words.money import MAX_MINOR, Money
from app.words.percent import exact_percent
from rules.engine import judge_many, passing_price
from rules.facts import Facts
from rules.finding import Finding, LineVerdict, RuleOutcome, Severity, verdict_of
from rules.reads import reads
from rules.registry import kind_words
from rules.ruleset import SEED_RULE_SET, RuleSet

CHAIN = "rules"


class NoRuleSet(Refused):
    """No rule set is active, so nothing can be judged, so nothing can pass."""

    code, title = "no_rule_set", "No rule set is active"


@dataclass(frozen=True, slots=True)
class Breaches:
    """What one rule found across a proposal. `worst_bp` is the observed value furthest beyond the limit."""

    rule: str
    severity: str
    lines: int
    limit_bp: int | None
    worst_bp: int | None
    sentence: str


def install_seed_rules(session: Session, now: datetime) -> None:
    """Make rule set 1 active if there is no rule set at all."""
    audit_trail.hold(session, CHAIN)
    if session.exec(select(StoredRuleSet)).first() is None:
        rules = SEED_RULE_SET.to_json()
        session.add(
            StoredRuleSet(
                number=SEED_RULE_SET.number,
                rules=rules,
                status=RuleSetStatus.ACTIVE,
                content_hash=SEED_RULE_SET.content_hash,
                activated_at=now,
            )
        )


def active_rule_set(session: Session) -> RuleSet:
    """Return the active rule set. Raises `NoRuleSet`: without rules nothing passes."""
    stored = session.exec(select(StoredRuleSet).where(StoredRuleSet.status == RuleSetStatus.ACTIVE)).first()
    if stored is None:
        raise NoRuleSet("No rule set is active, so nothing can be judged. Ask the rule owner to activate one.")
    return _read(stored.rules)


def active_number(session: Session) -> int:
    """Return the number of the active rule set. Raises `NoRuleSet`."""
    number = session.exec(select(StoredRuleSet.number).where(StoredRuleSet.status == RuleSetStatus.ACTIVE)).first()
    if number is None:
        raise NoRuleSet("No rule set is active, so nothing can be judged. Ask the rule owner to activate one.")
    return number


def rule_set(session: Session, number: int) -> RuleSet:
    """Return a rule set by its number, active or not."""
    stored = session.get(StoredRuleSet, number)
    if stored is None:
        raise NoRuleSet(f"Rule set {number} does not exist.")
    return rule_set_of(stored)


def rule_set_of(stored: StoredRuleSet) -> RuleSet:
    """Return what a stored rule set says."""
    return _read(stored.rules)


def others_in_force(rules: RuleSet, proposal: Proposal, now: datetime) -> bool:
    """Tell whether other rules judge now than did: another set, or one of its rules began or ended since then."""
    since = proposal.stands_at or proposal.submitted_at
    return rules.number != proposal.rule_set or any(since < edge <= now for edge in edges(rules))


def edges(rules: RuleSet) -> Iterator[datetime]:
    """Give the instants at which rules of a set begin or end."""
    for rule in rules.rules:
        yield from (edge for edge in (rule.valid_from, rule.valid_to) if edge is not None)


def facts_for(found: Listed, price: Money) -> Facts:
    """Return the facts on which a price that is only being considered would be judged now.

    Raises `CurrenciesMixed` for a price in another currency than the product's.
    """
    facts = Facts(
        sku=found.sku,
        category=found.category,
        brand=found.brand,
        currency=found.currency,
        old=found.amount,
        new=price.in_units_of(found.currency),
        cost=found.cost,
        competitor=found.competitor,
        month_ago=found.month_ago,
        too_old=frozenset(found.too_old),
        sub_category=found.sub_category,
    )
    return facts if found.more is NOTHING_MORE else _told_more(facts, found.more)


def _told_more(facts: Facts, more: MoreFacts) -> Facts:
    return replace(
        facts,
        lowest_month=more.lowest_month,
        changes_month=more.changes_month,
        minimum_advertised=more.minimum_advertised,
        pack_size=more.pack_size,
        content=more.content,
        rank=more.rank,
        family=more.family,
    )


def reads_more(rules: RuleSet) -> frozenset[str]:
    """Return which facts a rule set reads beside those that every line has."""
    return reads(rules)


def with_more(
    session: Session, found: Mapping[str, Listed], rules: RuleSet, now: datetime, proposed: Proposed = nothing_proposed
) -> dict[str, Listed]:
    """Return what is known of SKUs with all that a rule set reads of them, their families at the proposed prices."""
    in_force = {sku: one.month_ago for sku, one in found.items() if one.month_ago is not None}
    read = more_facts.known(session, list(found), reads(rules), now, in_force)
    more = read.of(found, proposed(read.members))
    return {sku: replace(one, more=more[sku]) if sku in more else one for sku, one in found.items()}


def with_more_facts(
    session: Session, facts: Sequence[Facts], rules: RuleSet, now: datetime, proposed: Proposed = nothing_proposed
) -> list[Facts]:
    """Return facts that were put together elsewhere with all that a rule set reads of them."""
    read = more_facts.known(session, [fact.sku for fact in facts], reads(rules), now)
    more = read.of({fact.sku for fact in facts}, proposed(read.members))
    return [_told_more(fact, more[fact.sku]) if fact.sku in more else fact for fact in facts]


def stored_findings(stored: str | None) -> list[Finding]:
    """Read back what was found on a line."""
    return [Finding.from_json(finding) for finding in json.loads(stored or "[]")]


def in_another_currency(before: str, now: str, rules: RuleSet) -> LineVerdict:
    """Return the verdict on a price proposed in a currency that is no longer its product's: nothing can judge it."""
    message = f"The product is priced in {now} now, and this price was proposed in {before}; propose it again."
    found = Finding("currency", None, rules.number, Severity.HARD, RuleOutcome.NOT_EVALUATED, None, None, None, message)
    return verdict_of([found])


def price_that_passes(facts: Facts, rules: RuleSet, at: datetime) -> int | None:
    """Return the price nearest to the proposed one that gets a milder verdict from all rules together, or None."""
    return passing_price(facts, rules, at)


def price_past(findings: Sequence[FindingView]) -> int | None:
    """Return the price that passes every rule these findings are of; None if no price is named, or they contradict."""
    named = [(kind_words(found.rule), found.passing_price) for found in findings if found.passing_price is not None]
    exact = {price for words, price in named if words.breaks_both}
    lowest = max((price for words, price in named if words.breaks_low), default=0)
    highest = min((price for words, price in named if not (words.breaks_low or words.breaks_both)), default=MAX_MINOR)
    if not named or lowest > highest or len(exact) > 1:
        return None
    nearest = exact.pop() if exact else lowest or highest
    return nearest if lowest <= nearest <= highest else None


def judge_lines(facts: Sequence[Facts], rules: RuleSet, at: datetime) -> list[LineVerdict]:
    """Judge many lines; the answer has the same order."""
    return judge_many(facts, rules, at)


def breaches(findings: Sequence[Finding], of: int) -> list[Breaches]:
    """Summarise findings by rule and severity, hard first, then by the number of lines."""
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.rule, finding.severity), []).append(finding)
    summed = [_breach(found, of) for found in grouped.values()]
    return sorted(summed, key=lambda b: (b.severity != "HARD", -b.lines))


def _breach(found: list[Finding], of: int) -> Breaches:
    first = found[0]
    observed = [f.observed_bp for f in found if f.observed_bp is not None]
    worst = (min(observed) if kind_words(first.rule).is_level else max(observed)) if observed else None
    limit = Tally(f.limit_bp for f in found).most_common(1)[0][0]
    return Breaches(first.rule, first.severity, len(found), limit, worst, _sentence(found, of, limit))


def _sentence(found: list[Finding], of: int, limit: int | None) -> str:
    lines = part(len(found), of, "line") if of != 1 else "The only line"
    if all(f.outcome is RuleOutcome.NOT_EVALUATED for f in found):
        return f"{lines} could not be judged"
    phrase = kind_words(found[0].rule).breaks
    if of == 1 or len(found) == 1:
        first, _, rest = phrase.partition(" ")
        phrase = f"{first}s {rest}"
    return f"{lines} {phrase}".format(limit=exact_percent(limit or 0))


@lru_cache(maxsize=32)
def _read(rules: str) -> RuleSet:
    return RuleSet.from_json(rules)
