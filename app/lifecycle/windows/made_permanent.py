"""What making the prices of a window permanent would keep, judged by the rules of today on the facts of today.

A price that was let pass for a week is a change for good from then on, so it is judged as that: from the price that
would return to the one that stays. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.lifecycle.proposing import policy
from app.lifecycle.proposing.more_facts import MONTH
from app.lifecycle.publishing.remembered import Memory
from app.lifecycle.records import Line, Proposal
from app.lifecycle.rolling_back.restored_prices import Broken
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.queries import price_in_force
from app.pricelist.records import Price, Product
from app.words.counting import count, noun, part
from rules.facts import Facts
from rules.finding import Finding, Severity
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class WouldStay:
    """How many SKUs would stay, how many at a price that breaks a hard rule or a soft limit, and the first of each."""

    skus: int
    hard: int
    soft: int
    first_hard: Broken | None
    first_soft: Broken | None

    @property
    def sentence(self) -> str:
        """Say what the rules hold of the prices that would stay."""
        told = (
            _told(self.hard, self.skus, "breaks a hard rule", self.first_hard),
            _told(self.soft, self.skus, "breaks a soft limit", self.first_soft),
        )
        which = noun(self.skus, "the only price breaks no", f"none of {count(self.skus)} prices breaks a")
        return " ".join(filter(None, told)) or f"Judged today as a change for good, {which} rule."


def keeping(session: Session, back: Proposal, now: datetime) -> WouldStay:
    """Judge every price that a window's return would end, as one that stays for good instead."""
    return _known.of(session, back, now)


def _told(number: int, skus: int, what: str, first: Broken | None) -> str:
    if first is None:
        return ""
    which = noun(skus, "The only price", part(number, skus, "price"))
    return f"{which} would stay for good although it {what} today: {first.sentence}"


def _judged(session: Session, back: Proposal, rules: RuleSet, now: datetime) -> WouldStay:
    facts = policy.with_more_facts(session, _facts(session, back.id, now), rules, now)
    verdicts = policy.judge_lines(facts, rules, now)
    found = [(fact, finding) for fact, line in zip(facts, verdicts, strict=True) for finding in line.findings]
    hard, soft = _of(found, Severity.HARD), _of(found, Severity.SOFT)
    return WouldStay(len(facts), len(hard), len(soft), next(iter(hard), None), next(iter(soft), None))


def _of(found: Sequence[tuple[Facts, Finding]], severity: Severity) -> list[Broken]:
    """Return one entry per SKU that has such a finding."""
    broken = {
        fact.sku: Broken(fact.sku, fact.new, fact.currency, finding.message)
        for fact, finding in reversed(found)
        if finding.severity is severity
    }
    return list(reversed(broken.values()))


def _facts(session: Session, back_id: str, now: datetime) -> list[Facts]:
    """Return one fact per SKU on which the window's price stands: from the price that would return to that one."""
    rows = session.execute(
        select(
            col(Line.sku),
            col(Product.category),
            col(Product.brand),
            col(Price.currency),
            col(Line.new),
            col(Price.amount),
            cost_at(now),
            competitor_at(now),
            price_in_force(col(Line.sku), now - MONTH),
            col(Product.subcategory),
        )
        .join(Price, (col(Price.sku) == col(Line.sku)) & (col(Price.version) == col(Line.base_version)))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == back_id)
        .order_by(col(Line.line))
    )
    return [
        Facts(
            sku, category, brand, currency, returns, stays, cost, competitor, month_ago=month_ago, sub_category=within
        )
        for sku, category, brand, currency, returns, stays, cost, competitor, month_ago, within in rows
    ]


_known = Memory(_judged)
