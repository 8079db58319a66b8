"""What the rules found, in a few words: a line's worst finding, and the number furthest beyond its limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.components import format as shown
from app.components.changes import FindingWords, furthest
from app.components.views import View

KINDS = {
    "margin_stays_above_floor": ("margin", "under"),
    "increase_stays_below_limit": ("increase", "over"),
    "price_stays_near_competitor": ("above competitor", "over"),
    "decrease_stays_above_limit": ("decrease", "over"),
}
FAMILIES = {
    "increase_stays_below_limit": ("Increase", "increase", +1),
    "price_stays_near_competitor": ("Above the competitor", "competitor", +1),
    "margin_stays_above_floor": ("Margin under the floor", "margin", -1),
    "decrease_stays_above_limit": ("Decrease", "decrease", -1),
}


class FoundView(View):
    """The worst finding of a line: `margin` **8.9 %** `under 10.0 %`; `whole` is every finding as sentences."""

    kind: str = ""
    number: str = ""
    rest: str = ""
    tone: str = ""
    whole: str = ""


def found(findings: Sequence[FindingWords]) -> FoundView:
    """Say the worst finding; hard comes before soft."""
    if not findings:
        return FoundView()
    worst = min(findings, key=lambda finding: finding.severity != "HARD")
    whole = " ".join(finding.message for finding in findings)
    tone = "bad" if worst.severity == "HARD" else "warn"
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    if worst.observed_bp is None:
        return FoundView(number="not evaluated", rest=f"{worst.message}{more}", tone=tone, whole=whole)
    kind, side = KINDS.get(worst.rule, (worst.rule.replace("_", " "), "limit"))
    number = shown.percent(worst.observed_bp, signed=kind == "increase", limit=worst.limit_bp)
    rest = f"{side} {shown.exact_percent(worst.limit_bp or 0)}{more}"
    return FoundView(kind=kind, number=number, rest=rest, tone=tone, whole=whole)


def family_of(rule: str) -> tuple[str, str, int]:
    """Return a rule's title, its noun, and the sign of the direction in which it breaks."""
    word = rule.replace("_", " ")
    return FAMILIES.get(rule, (word.capitalize() or "No rule", word, +1))


def worst_of(rule: str | None, basis_points: int | None) -> str:
    """Show the value furthest beyond its limit, rounded away from the limit."""
    return "" if basis_points is None else furthest(rule or "", basis_points)
