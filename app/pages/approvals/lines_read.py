"""From the lifecycle's queries to the lines of the opened proposal."""

from sqlmodel import Session

from app.components import format as shown
from app.components import vocabulary
from app.components.changes import line_change, steep
from app.components.views import MoneyView
from app.lifecycle.proposing.policy import price_past
from app.lifecycle.views import queries
from app.lifecycle.views.values import FindingView, LineView
from app.pages.approvals.view import LineRow
from app.words.percent import as_found, margin_bp, percent
from rules.registry import kind_words

LINES = 100


def breaking_lines(session: Session, reference: str) -> list[LineRow]:
    """Read the lines that break a rule, the largest change first."""
    return [line_row(line) for line in queries.largest_breaches(session, reference, limit=LINES)]


def all_lines(session: Session, reference: str, cursor: str | None) -> tuple[list[LineRow], str]:
    """Read one page of all lines, and the cursor of the next."""
    page = queries.lines(session, reference, cursor=cursor, limit=LINES)
    return [line_row(line) for line in page.items], page.next_cursor or ""


def line_row(line: LineView) -> LineRow:
    """Show one line: what it was, what it would be, what it breaks, and the price that would pass."""
    tone = f"{vocabulary.verdict(line.verdict).tone} b"
    thin = next((found for found in line.findings if kind_words(found.rule).is_level), None)
    return LineRow(
        line=line.line,
        sku=line.sku,
        name=line.name,
        brand=line.brand,
        old=shown.money(line.old, line.currency),
        new=shown.money(line.new, line.currency),
        change=line_change(line.change_bp, line.findings),
        change_tone=tone if steep(line.findings) else "sec",
        breaks=", ".join(kind_words(found.rule).short for found in line.findings),
        words=" ".join(found.message for found in line.findings),
        margin="no cost"
        if line.cost is None
        else f"{_margin(line.old, line.cost)} → {_margin(line.new, line.cost, thin)}",
        passing=_passing(line),
        verdict=vocabulary.verdict(line.verdict or "CLEAN"),
    )


def plain(basis_points: int | None) -> str:
    """Show a percentage without its sign."""
    return percent(basis_points).removesuffix(" %")


def _margin(price: int, cost: int, finding: FindingView | None = None) -> str:
    """Show a margin without its sign, with the number of the finding that measured it."""
    margin = margin_bp(price, cost)
    if finding is None or margin is None:
        return plain(margin)
    return as_found(margin, finding.observed_bp, finding.limit_bp).removesuffix(" %")


def _passing(line: LineView) -> MoneyView:
    """Return the price that passes every rule this line breaks (none, if they contradict each other)."""
    return shown.money(price_past(line.findings), line.currency)
