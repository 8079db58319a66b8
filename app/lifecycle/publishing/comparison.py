"""A verdict is good only while its facts are: what is about to go out, against the facts and the rules of now.

Whenever prices are about to go out (publication, each wave, expedite, continue, resume, the opening of a window) this
one comparison is asked. It reads in sets; only lines whose facts or rules moved are judged again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlmodel import Session, col

from app.lifecycle.proposing import more_facts, policy
from app.lifecycle.proposing.more_facts import AT_ONCE, KEPT, MONTH, LineRead, Prices, Proposed
from app.lifecycle.proposing.submission import Listed, listed
from app.lifecycle.records import CanaryWave, Line, Proposal
from app.lifecycle.windows import end_verdicts
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.queries import price_in_force
from app.pricelist.records import Price, Product
from app.words.counting import plural
from app.words.money import Money, amount
from rules.finding import CLEAN_LINE, Finding, LineVerdict, RuleOutcome, Severity, Verdict
from rules.ruleset import RuleSet

SHOWN = 3  # lines that a sentence names; the count is always whole


class Standing(StrEnum):
    """How a line whose facts moved stands to what was passed or approved.

    `SEEN_AS_HARD` was hard already when a person let the rest go on; it stays behind without stopping anything.
    `OVERTAKEN` is a price that would return and has moved on meanwhile: it is left alone.
    """

    HOLDS = "holds"
    THERE_ALREADY = "there-already"
    WORSE = "worse"
    HARD = "hard"
    SEEN_AS_HARD = "seen-as-hard"
    OVERTAKEN = "overtaken"


class Span(NamedTuple):
    """Some lines of a proposal: those of one wave (0: of all), after one line number and up to another.

    With `onward` those of the waves behind it too.
    """

    wave: int = 0
    after: int = 0
    upto: int | None = None
    onward: bool = False

    def holds(self) -> ColumnElement[bool]:
        """Return the condition on `Line` that selects them."""
        chosen = true() if self.wave == 0 else col(Line.wave) == self.wave
        chosen = col(Line.wave) >= self.wave if self.onward else chosen
        chosen = chosen & (col(Line.line) > self.after) if self.after else chosen
        return chosen if self.upto is None else chosen & (col(Line.line) <= self.upto)


ALL = Span()


class Stored(NamedTuple):
    """A line as it was judged. Money in minor units."""

    line: int
    sku: str
    old: int
    new: int
    currency: str
    base_version: int
    cost: int | None
    competitor: int | None
    category: str
    brand: str
    verdict: str | None
    findings: str | None
    wave: int
    month_ago: int | None
    more_facts: str | None


STORED = (
    col(Line.line),
    col(Line.sku),
    col(Line.old),
    col(Line.new),
    col(Line.currency),
    col(Line.base_version),
    col(Line.cost),
    col(Line.competitor),
    col(Line.category),
    col(Line.brand),
    col(Line.verdict),
    col(Line.findings),
    col(Line.wave),
    col(Line.month_ago),
    col(Line.more_facts),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """A line that was judged again, with what is known of it now and how it stands."""

    stored: Stored
    found: Listed
    verdict: LineVerdict
    standing: Standing

    @property
    def stays_behind(self) -> bool:
        """Tell whether it must not go out now, although another price stands there."""
        return self.standing not in (Standing.HOLDS, Standing.THERE_ALREADY)

    def sentence(self) -> str:
        """Say what moved and what the rules say of it now: `T1: cost ₹50.00 → ₹110.00. Margin −5.8 % is under …`."""
        if self.standing is Standing.OVERTAKEN:
            return f"{self.stored.sku}: a newer price stands there."
        told = "seen as hard before" if self.standing is Standing.SEEN_AS_HARD else "the rules changed"
        facts = ", ".join(self._facts()) or told
        said = " ".join(finding.message for finding in self.verdict.findings)
        return f"{self.stored.sku}: {facts}. {said}".strip()

    def _facts(self) -> list[str]:
        before, now, currency = self.stored, self.found, self.stored.currency
        pairs = (
            ("price", before.old, now.amount),
            ("cost", before.cost, now.cost),
            ("competitor", before.competitor, now.competitor),
            ("price of 30 days ago", before.month_ago, now.month_ago),
        )
        told = [f"{name} {_amount(a, currency)} → {_amount(b, currency)}" for name, a, b in pairs if a != b]
        told += more_facts.differences(before.more_facts, now.more.kept, currency)
        if now.currency != currency:
            told.append(f"currency {currency} → {now.currency}")
        if (now.category, now.brand) != (before.category, before.brand):
            told.append(f"now {now.category} by {now.brand}")
        return told


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, under which rule set, and every line that moved."""

    compared: int
    rule_set: int
    moved: tuple[Moved, ...]

    def standing(self, *kinds: Standing) -> tuple[Moved, ...]:
        """Return the moved lines that stand so."""
        return tuple(moved for moved in self.moved if moved.standing in kinds)

    @property
    def stopped(self) -> tuple[Moved, ...]:
        """Return the lines that a person did not let pass like this, the hard ones first."""
        return self.standing(Standing.HARD) + self.standing(Standing.WORSE)

    @property
    def left_out(self) -> tuple[Moved, ...]:
        """Return the lines that must not go out now, those whose price stands there already included."""
        return self.stopped + self.standing(Standing.SEEN_AS_HARD, Standing.THERE_ALREADY, Standing.OVERTAKEN)

    def of_wave(self, wave: CanaryWave) -> "Comparison":
        """Return what was compared of one wave, where more than that was."""
        mine = tuple(moved for moved in self.moved if moved.stored.wave == wave.number)
        return Comparison(wave.lines, self.rule_set, mine)

    def renewed(self, newer: "Comparison", wave: CanaryWave) -> "Comparison":
        """Return this comparison with what was found of one wave since."""
        others = tuple(moved for moved in self.moved if moved.stored.wave != wave.number)
        return Comparison(self.compared, newer.rule_set, (*newer.moved, *others))

    def record(self) -> str:
        """Say for the record what was compared: nothing if nothing had moved."""
        held = self.standing(Standing.HOLDS)
        if not held:
            return ""
        lines = plural(len(held), "of them moved and passes", "of them moved and pass")
        compared = plural(self.compared, "line")
        return f"{compared} compared with their facts under rule set {self.rule_set}; {lines} still."

    def difference(self) -> str:
        """Say which lines no longer stand, and why."""
        return _named(self.stopped)


def named_left_out(lines: Sequence[Moved]) -> str:
    """Say which lines stay behind, and why: `2 lines left out: T1: cost …`."""
    return f"{plural(len(lines), 'line')} left out: {_named(lines)}" if lines else ""


def compare(session: Session, proposal: Proposal, *, now: datetime, span: Span = ALL) -> Comparison:
    """Compare lines about to go out with all facts of their verdict and with the active rule set.

    Where a price (and its version), cost, competitor price, currency or scope moved, whatever else the rules read, the
    price of another member of the family among it, or other rules are in force, the line is judged again and stands as
    `Standing` says. Prices that return at the end of a window were approved with it, so of them only those that moved
    on are told apart. Reads only.
    """
    rules = policy.active_rule_set(session)
    of_these = (col(Line.proposal_id) == proposal.id, span.holds())
    compared = session.scalar(select(func.count()).select_from(Line).where(*of_these)) or 0
    if proposal.returns:
        rows = _rows(session, *of_these, col(Price.sku) == col(Line.sku), col(Price.version) != col(Line.base_version))
        return Comparison(compared, rules.number, _overtaken(session, rows, now))
    everything = policy.others_in_force(rules, proposal, now)
    left: dict[int, Moved] = {}
    while True:
        proposed = going_out(session, proposal, span, without={moved.stored.sku for moved in left.values()})
        rows = _rows(session, *of_these) if everything else _moved_rows(session, of_these, rules, proposed, now)
        found = {moved.stored.line: moved for moved in _judged_again(session, proposal, rows, rules, now, proposed)}
        more = {line: moved for line, moved in found.items() if moved.stays_behind and line not in left}
        left |= more
        if not any(moved.found.more.family for moved in more.values()):  # then nobody counts on one that stays behind
            return Comparison(compared, rules.number, tuple(dict(sorted((found | left).items())).values()))


def going_out(
    session: Session, proposal: Proposal, span: Span = ALL, *, without: Collection[str] = frozenset()
) -> Proposed:
    """Return what tells the proposed prices that are still to go out; lines before a span stayed behind or are out.

    Those `without` which the others go out stay behind too.
    """
    passed = col(Line.line) <= span.after
    behind = passed if span.wave == 0 else (col(Line.wave) < span.wave) | ((col(Line.wave) == span.wave) & passed)
    still = (col(Line.proposal_id) == proposal.id, col(Line.published_version).is_(None), ~behind)

    def proposed(skus: Sequence[str]) -> Prices:
        found: dict[str, int] = {}
        for start in range(0, len(skus), AT_ONCE):
            some = col(Line.sku).in_(skus[start : start + AT_ONCE])
            rows = session.execute(select(col(Line.sku), col(Line.new)).where(*still, some))
            found.update((sku, new) for sku, new in rows)
        return {sku: price for sku, price in found.items() if sku not in without}

    return proposed


def _rows(session: Session, *where: ColumnElement[bool]) -> list[Stored]:
    return [Stored(*row) for row in session.execute(select(*STORED).where(*where).order_by(col(Line.line)))]


def _moved_rows(
    session: Session, of_these: Sequence[ColumnElement[bool]], rules: RuleSet, proposed: Proposed, now: datetime
) -> list[Stored]:
    """Return the lines of which any fact moved, and those that were hard."""
    known = (col(Price.sku) == col(Line.sku), col(Product.sku) == col(Line.sku))
    rows = _rows(session, *of_these, *known, has_moved(now) | (col(Line.verdict) == Verdict.HARD))
    reads = policy.reads_more(rules)
    if not reads:
        return rows
    kept = [LineRead(*row) for row in session.execute(select(*KEPT).where(*of_these))]
    others = sorted(more_facts.read_otherwise(session, kept, reads, proposed, now) - {row.line for row in rows})
    for start in range(0, len(others), AT_ONCE):
        rows += _rows(session, *of_these, col(Line.line).in_(others[start : start + AT_ONCE]))
    return sorted(rows, key=lambda row: row.line)


def facts_differ(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a line, joined with its price and product, was judged on another fact than now's.

    A fact that became too old to count differs from the one that was read.
    """
    return (
        (col(Price.version) != col(Line.base_version))
        | cost_at(now).is_distinct_from(col(Line.cost))
        | competitor_at(now).is_distinct_from(col(Line.competitor))
        | (col(Product.currency) != col(Line.currency))
        | (col(Product.category) != col(Line.category))
        | (col(Product.brand) != col(Line.brand))
    )


def facts_stand(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a line's product is as its verdict says: the last look, as its price is set."""
    return (
        exists()
        .where(
            col(Product.sku) == col(Line.sku),
            cost_at(now).is_not_distinct_from(col(Line.cost)),
            competitor_at(now).is_not_distinct_from(col(Line.competitor)),
            col(Product.currency) == col(Line.currency),
            col(Product.category) == col(Line.category),
            col(Product.brand) == col(Line.brand),
        )
        .correlate(Line)
    )


def has_moved(now: datetime) -> ColumnElement[bool]:
    """Return the condition that any fact moved, the one that time alone moves included: the price of 30 days ago."""
    return facts_differ(now) | price_in_force(col(Line.sku), now - MONTH).is_distinct_from(col(Line.month_ago))


def judge_afresh(
    session: Session,
    proposal: Proposal,
    rows: Sequence[Stored],
    rules: RuleSet,
    now: datetime,
    proposed: Proposed | None = None,
) -> list[tuple[Stored, Listed, LineVerdict]]:
    """Judge lines on what is known of their products now, in the order given.

    A return starts from the price that it is to end, whatever stands there now. Families stand at what is `proposed`.
    """
    found = listed(session, [row.sku for row in rows], now=now)
    known = policy.with_more(session, found, rules, now, proposed or going_out(session, proposal))
    if proposal.returns:
        known |= {row.sku: replace(known[row.sku], amount=row.old, version=row.base_version) for row in rows}
    facts = {
        row.line: policy.facts_for(known[row.sku], Money(row.new, row.currency))
        for row in rows
        if row.currency == known[row.sku].currency
    }
    verdicts = dict(zip(facts, end_verdicts.judged(session, proposal, list(facts.values()), rules, now), strict=True))
    return [
        (row, known[row.sku], verdicts.get(row.line) or _in_another_currency(row, known[row.sku], rules))
        for row in rows
    ]


def _in_another_currency(row: Stored, found: Listed, rules: RuleSet) -> LineVerdict:
    return policy.in_another_currency(row.currency, found.currency, rules)


def _overtaken(session: Session, rows: Sequence[Stored], now: datetime) -> tuple[Moved, ...]:
    known = listed(session, [row.sku for row in rows], now=now)
    return tuple(Moved(row, known[row.sku], CLEAN_LINE, Standing.OVERTAKEN) for row in rows)


def _judged_again(
    session: Session,
    proposal: Proposal,
    rows: Sequence[Stored],
    rules: RuleSet,
    now: datetime,
    proposed: Proposed,
) -> tuple[Moved, ...]:
    if not rows:
        return ()
    return tuple(
        Moved(row, found, verdict, _standing(row, found, verdict))
        for row, found, verdict in judge_afresh(session, proposal, rows, rules, now, proposed)
        if found.version != row.base_version
        or _differs(row, found)
        or not row.verdict == verdict.verdict == Verdict.CLEAN
    )


def _differs(row: Stored, found: Listed) -> bool:
    return (row.cost, row.competitor, row.month_ago, row.currency, row.category, row.brand, row.more_facts) != (
        found.cost,
        found.competitor,
        found.month_ago,
        found.currency,
        found.category,
        found.brand,
        found.more.kept,
    )


def _standing(row: Stored, found: Listed, verdict: LineVerdict) -> Standing:
    if verdict.verdict is Verdict.HARD:
        return Standing.SEEN_AS_HARD if row.verdict == Verdict.HARD else Standing.HARD
    if found.amount == row.new:
        return Standing.THERE_ALREADY
    passed = {finding.rule: finding for finding in policy.stored_findings(row.findings)}
    worse = any(not _no_worse(finding, passed.get(finding.rule)) for finding in verdict.findings)
    return Standing.WORSE if worse else Standing.HOLDS


def _no_worse(now: Finding, passed: Finding | None) -> bool:
    """Tell whether a person passed this breach already: the same rule, broken by no more, whatever its limit was."""
    if passed is None or passed.severity is not Severity.SOFT or now.outcome is not RuleOutcome.BREACHED:
        return False
    if now.observed_bp is None or now.limit_bp is None or passed.observed_bp is None or passed.limit_bp is None:
        return False
    falls = now.observed_bp < now.limit_bp  # below its limit, as a margin is under a floor
    further = passed.observed_bp - now.observed_bp if falls else now.observed_bp - passed.observed_bp
    beyond = abs(now.observed_bp - now.limit_bp) - abs(passed.observed_bp - passed.limit_bp)
    return further <= 0 and beyond <= 0


def _named(lines: Sequence[Moved]) -> str:
    told = " ".join(moved.sentence() for moved in lines[:SHOWN])
    rest = len(lines) - SHOWN
    return f"{told} And {plural(rest, 'line')} more." if rest > 0 else told


def _amount(minor: int | None, currency: str) -> str:
    return "unknown" if minor is None else amount(minor, currency)
