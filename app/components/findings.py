"""What the rules found, in a few words: a line's worst finding, and the number furthest beyond its limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.components.changes import FindingWords, furthest
from app.components.views import MoneyView, StatusView, Told, View
from app.words.percent import exact_percent, percent
from rules.finding import RuleOutcome
from rules.registry import kind_words


class FoundView(View):
    """The worst finding of a line: `margin` **8.9 %** `under 10.0 %`; `whole` is every finding as sentences."""

    kind: str = ""
    number: str = ""
    rest: str = ""
    tone: str = ""
    whole: str = ""


class PricedLine(View):
    """A line of a table with its change of price; what was found of it, and what a context holds of it."""

    key: str = ""
    sku: str = ""
    name: str = ""
    brand: str = ""
    old: MoneyView = MoneyView()
    new: MoneyView = MoneyView()
    change: str = ""
    verdict: StatusView = StatusView()
    found: FoundView = FoundView()
    lock: Told = ""
    passes: MoneyView = MoneyView()


def found(findings: Sequence[FindingWords]) -> FoundView:
    """Say the worst finding; hard comes before soft."""
    if not findings:
        return FoundView()
    worst = min(findings, key=lambda finding: finding.severity != "HARD")
    whole = " ".join(finding.message for finding in findings)
    tone = "bad" if worst.severity == "HARD" else "warn"
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    words = kind_words(worst.rule)
    if worst.observed_bp is None:
        number = words.short if worst.outcome == RuleOutcome.BREACHED else "not evaluated"
        return FoundView(number=number, rest=f"{worst.message}{more}", tone=tone, whole=whole)
    signed = words.judges_change and not words.breaks_low
    number = percent(worst.observed_bp, signed=signed, limit=worst.limit_bp)
    rest = f"{words.side} {exact_percent(worst.limit_bp or 0)}{more}"
    return FoundView(kind=words.observed, number=number, rest=rest, tone=tone, whole=whole)


def worst_of(rule: str | None, basis_points: int | None) -> str:
    """Show the value furthest beyond its limit, rounded away from the limit."""
    return "" if basis_points is None else furthest(rule or "", basis_points)
