"""Rows as typed against the price list and the rules: what is wrong, what would change, and what the verdict is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sqlmodel import Session

from app.intake import numbers, spellings
from app.intake.rows import RawRow
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.submission import Listed, listed
from app.lifecycle.views.values import FindingView, PriceLine
from app.lifecycle.windows import end_verdicts
from app.words.money import Money, NotAPrice, exponent, format_price, parse_price
from app.words.sku import storable, why_not

LONGEST_LISTED = 200
"""Products of before may have longer SKUs than the rule of today allows; they are found all the same."""
SUGGEST_UP_TO = 500
"""For so many unknown SKUs a known one in another spelling is looked for."""

Verdict = Literal["clean", "soft", "hard"]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be submitted: `code` is stable, `reason` a sentence for the analyst.

    `meant` is the only known SKU that is spelled like its own; `value` and `currency` are what was read of its price.
    """

    row: int
    sku: str
    price: str
    code: str
    reason: str
    meant: str = ""
    value: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLine(PriceLine):
    """A row that could be submitted; `passing_price` would get a milder verdict."""

    row: int
    verdict: Verdict
    passing_price: int | None


@dataclass(frozen=True, slots=True)
class UnchangedRow:
    """A row that proposes the price that already stands; it is left out, and no mistake."""

    row: int
    sku: str
    name: str
    brand: str
    price: int
    currency: str


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows there are of each kind; they add up to `rows`."""

    rows: int
    problem: int
    unchanged: int
    clean: int
    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would become of the rows, if they were submitted now under this rule set."""

    rule_set: int
    problems: tuple[RowProblem, ...]
    unchanged: tuple[UnchangedRow, ...]
    lines: tuple[JudgedLine, ...]
    counts: RowCounts


@dataclass(frozen=True, slots=True)
class _Priced:
    row: int
    found: Listed
    price: int


def dry_run(session: Session, rows: Sequence[RawRow], now: datetime, *, ends_at: datetime | None = None) -> DryRun:
    """Check and judge rows without writing anything; those of a price window together with their return."""
    known = listed(session, sorted({row.sku for row in rows if _can_be_looked_up(row.sku)}), now=now)
    alike = _other_spellings(session, rows, known, now)
    checked: list[RowProblem | _Priced] = []
    seen: dict[str, int] = {}
    for row in rows:
        checked.append(_checked(row, known, seen, alike))
        seen.setdefault(row.sku, row.row)
    problems = tuple(one for one in checked if isinstance(one, RowProblem))
    priced = [one for one in checked if isinstance(one, _Priced)]
    unchanged = tuple(_unchanged(line) for line in priced if line.price == line.found.amount)
    number, lines = _judged(session, [line for line in priced if line.price != line.found.amount], now, ends_at)
    return DryRun(number, problems, unchanged, lines, _counts(len(problems), len(unchanged), lines))


def judge_again(session: Session, prices: Sequence[tuple[int, str, int]], now: datetime) -> list[JudgedLine]:
    """Judge `(row, sku, price)` of rows that were checked before; SKUs that are gone are left out."""
    known = listed(session, [sku for _, sku, _ in prices], now=now)
    priced = [_Priced(row, known[sku], price) for row, sku, price in prices if sku in known]
    return list(_judged(session, priced, now)[1])


def _checked(
    row: RawRow, known: dict[str, Listed], seen: dict[str, int], alike: dict[str, list[str]]
) -> _Priced | RowProblem:
    def problem(code: str, reason: str, meant: str = "") -> RowProblem:
        value = row.value if not row.held or row.doubt else ""
        return RowProblem(row.row, row.sku, row.price, code, reason, meant, value, row.currency)

    if row.defect:
        return problem("bad_row", row.defect)
    if row.doubt:
        return problem("doubtful_row", row.doubt + _held(row))
    if row.sku not in known:
        return problem(*_sku_problem(row, alike))
    if row.sku in seen:
        return problem("duplicate_sku", f"The SKU already stands in row {seen[row.sku]:,}.")
    found = known[row.sku]
    if row.currency and not numbers.belongs(row.currency, found.currency):
        return problem(
            "wrong_currency", f"The price is in {row.currency}, but {row.sku} is priced in {found.currency}."
        )
    try:
        price = _price(row, found)
    except NotAPrice as refused:
        return problem(refused.code, str(refused))
    return _Priced(row.row, found, price) if price else problem("not_a_price", _hidden(row, found))


def _price(row: RawRow, found: Listed) -> int:
    """Return the price that a row asks for; 0 if its cell shows another number than it holds. Raises `NotAPrice`."""
    if row.value.endswith("%"):
        shown = Decimal(row.value[:-1])
        if row.held and Decimal(row.held) not in (shown, shown / 100):
            return 0
        return _within(numbers.changed(found.amount, row.value[:-1]), row, found.currency)
    price = parse_price(row.value or row.price, found.currency)
    if not row.value:
        raise NotAPrice(
            f"“{row.price}” can mean two things here.",
            "Write it as the other rows are, and a percentage below one with its sign: 0.52%.",
        )
    unit = Decimal(1).scaleb(-exponent(found.currency))
    exact = Decimal(row.held).quantize(unit, ROUND_HALF_UP) if row.held else None
    return price if exact in (None, Decimal(price) * unit) else 0


def _within(price: int, row: RawRow, currency: str) -> int:
    """Return the price that a percentage comes to, if it is one. Raises `NotAPrice`."""
    if price < 1:
        raise NotAPrice(f"“{row.price}” leaves no price.", "A price must be above zero.")
    return parse_price(format_price(price, currency), currency)


def _hidden(row: RawRow, found: Listed) -> str:
    return (
        f"The cell shows {row.price} but holds {row.held}. Type the number that is meant, with at most"
        f" {exponent(found.currency) or 'no'} decimals, in a cell that shows all of it."
    )


def _sku_problem(row: RawRow, alike: dict[str, list[str]]) -> tuple[str, str, str]:
    sku = row.sku
    why = why_not(sku)
    if why:
        return ("bad_sku" if sku else "missing_sku"), why, ""
    meant = alike.get(sku, [])
    asked = f" Is {' or '.join(meant[:3])} meant?" if meant else ""
    sure = meant[0] if len(meant) == 1 and not row.held else ""
    return "unknown_sku", f"No product has this SKU.{asked}{spellings.shortened(sku)}{_held(row)}", sure


def _held(row: RawRow) -> str:
    return f" The price is shown as {row.price}, but its cell holds {row.held}." if row.held else ""


def _can_be_looked_up(sku: str) -> bool:
    return 0 < len(sku) <= LONGEST_LISTED and storable(sku)


def _other_spellings(
    session: Session, rows: Sequence[RawRow], known: dict[str, Listed], now: datetime
) -> dict[str, list[str]]:
    unknown = sorted({row.sku for row in rows if row.sku not in known and _can_be_looked_up(row.sku)})
    tried = {sku: spellings.of(sku) for sku in unknown[:SUGGEST_UP_TO]}
    found = listed(session, sorted({other for others in tried.values() for other in others}), now=now)
    return {sku: [other for other in others if other in found] for sku, others in tried.items()}


def _judged(
    session: Session, priced: Sequence[_Priced], now: datetime, ends_at: datetime | None = None
) -> tuple[int, tuple[JudgedLine, ...]]:
    rules = policy.active_rule_set(session)
    prices = {line.found.sku: line.price for line in priced}
    known = policy.with_more(session, {line.found.sku: line.found for line in priced}, rules, now, lambda _: prices)
    facts = [policy.facts_for(known[line.found.sku], Money(line.price, line.found.currency)) for line in priced]
    verdicts = policy.judge_lines(facts, rules, now)
    if ends_at:
        verdicts = end_verdicts.judged_until(session, facts, verdicts, rules, now)
    return rules.number, tuple(
        JudgedLine(
            row=line.row,
            sku=line.found.sku,
            name=line.found.name,
            brand=line.found.brand,
            old=line.found.amount,
            new=line.price,
            currency=line.found.currency,
            cost=line.found.cost,
            competitor=line.found.competitor,
            verdict=_WORDS[verdict.verdict.value],
            findings=tuple(
                FindingView(
                    f.rule, f.severity.value, f.outcome.value, f.observed_bp, f.limit_bp, f.passing_price, f.message
                )
                for f in verdict.findings
            ),
            passing_price=policy.price_that_passes(fact, rules, now) if verdict.findings else None,
        )
        for line, fact, verdict in zip(priced, facts, verdicts, strict=True)
    )


_WORDS: dict[str, Verdict] = {"CLEAN": "clean", "SOFT": "soft", "HARD": "hard"}


def _unchanged(line: _Priced) -> UnchangedRow:
    found = line.found
    return UnchangedRow(line.row, found.sku, found.name, found.brand, line.price, found.currency)


def _counts(problems: int, unchanged: int, lines: Sequence[JudgedLine]) -> RowCounts:
    verdicts = [line.verdict for line in lines]
    return RowCounts(
        problems + unchanged + len(lines),
        problems,
        unchanged,
        verdicts.count("clean"),
        verdicts.count("soft"),
        verdicts.count("hard"),
    )
