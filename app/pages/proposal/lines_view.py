"""The lines and findings of a proposal as its page shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.changes import line_change
from app.components.findings import PricedLine, found
from app.components.views import StatusView, View
from app.deliveries.records import DeliveryState
from app.deliveries.views import ContextView
from app.lifecycle.proposing.policy import Breaches, price_past
from app.lifecycle.views.values import LineView
from app.words.counting import plural
from app.words.percent import percent
from rules.finding import Severity

NOT_OUT = "not-out"


class DeliveryMark(View):
    """One context's answer for one SKU."""

    context: str = ""
    icon: str = "dash"
    tone: str = "idle"
    word: str = ""


class ProposalLine(PricedLine):
    """One line of the proposal."""

    href: str = ""
    marks: list[DeliveryMark] = []


class FindingRow(View):
    """What one rule found across the proposal."""

    key: str = ""
    verdict: StatusView = StatusView()
    hard: bool = False
    sentence: str = ""
    lines: str = ""
    worst: str = ""


def rows(
    lines: Sequence[LineView],
    answers: Mapping[str, Mapping[str, str]],
    contexts: Sequence[ContextView],
    *,
    published: bool,
    all_out: bool = True,
) -> list[ProposalLine]:
    """Show lines with what was found and what each context did; unless all are out, an unanswered line is not."""
    silent = DeliveryState.PENDING if all_out else NOT_OUT
    return [_line(line, answers.get(line.sku, {}), contexts if published else (), silent) for line in lines]


def _line(line: LineView, answers: Mapping[str, str], contexts: Sequence[ContextView], silent: str) -> ProposalLine:
    return ProposalLine(
        key=str(line.line),
        sku=line.sku,
        href=routes.product(line.sku),
        name=line.name,
        brand=line.brand,
        old=shown.money(line.old, line.currency),
        new=shown.money(line.new, line.currency),
        change=line_change(line.change_bp, line.findings),
        verdict=vocabulary.verdict(line.verdict),
        lock=" ".join(f"When it was submitted: {hold.sentence()}" for hold in line.holds),
        found=found(line.findings),
        passes=shown.money(price_past(line.findings), line.currency),
        marks=[_mark(context.name, answers.get(context.name, silent)) for context in contexts],
    )


def _mark(context: str, state: str) -> DeliveryMark:
    view = vocabulary.NOT_OUT if state == NOT_OUT else vocabulary.delivery(state)
    word = f"{context}: {vocabulary.in_a_sentence(view)}"
    return DeliveryMark(context=context, icon=view.icon, tone=view.tone, word=word)


def findings(breaches: Sequence[Breaches]) -> list[FindingRow]:
    """Show what each rule found, hard first."""
    return [
        FindingRow(
            key=f"{breach.rule}-{breach.severity}",
            verdict=vocabulary.verdict(breach.severity),
            hard=breach.severity == Severity.HARD,
            sentence=breach.sentence,
            lines=plural(breach.lines, "line"),
            worst=percent(breach.worst_bp, limit=breach.limit_bp) if breach.worst_bp is not None else "",
        )
        for breach in breaches
    ]
