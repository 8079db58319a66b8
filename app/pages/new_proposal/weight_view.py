"""What a large change weighs, and what contexts hold of it, as the New proposal page shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.components import format as shown
from app.components.findings import PricedLine
from app.components.views import FactView, Told, View
from app.contracts.holds import Held
from app.intake.weight import Weighed, Weight
from app.words import money
from app.words import percent as percents
from app.words.counting import noun, plural
from app.words.percent import percent


class WeightView(View):
    """What goes out without a person, if it is `large`: why that is, the figures, and the worst lines."""

    large: bool = False
    lead: str = ""
    why: str = ""
    facts: list[FactView] = []
    up: list[PricedLine] = []
    down: list[PricedLine] = []


class LocksView(View):
    """What contexts would refuse: how many lines, the first of them in words, and what comes of
    submitting it all the same; and whose locks are not known."""

    lines: int = 0
    lead: str = ""
    say: Told = ""
    comes_of_it: str = ""
    button: str = ""
    unknown: str = ""


def show(weight: Weight | None) -> WeightView:
    """Show a large change; a small one has nothing to show."""
    if weight is None or not weight.large:
        return WeightView()
    return WeightView(
        large=True,
        lead=f"{plural(weight.lines, 'line goes', 'lines go')} out without a person.",
        why=f"This is large: {', '.join(weight.large)}.",
        facts=[
            FactView(label="Mean change", value=percent(weight.mean_bp, signed=True), note=_size(weight)),
            FactView(label="At list prices", value=_money(weight), note="one of each product, before and after"),
            FactView(label="Moved", value=money.amount(weight.moved, weight.currency), note="rises and falls added"),
        ],
        up=_worst(weight.up),
        down=_worst(weight.down),
    )


def _size(weight: Weight) -> str:
    """Say what the mean hides where rises and falls cancel out."""
    if abs(weight.mean_bp) == weight.size_bp:
        return "per line"
    return f"per line; {percent(weight.size_bp)} whichever way"


def _money(weight: Weight) -> str:
    before, after = (money.amount(amount, weight.currency) for amount in (weight.before, weight.after))
    return f"{before} → {after} ({percents.change(weight.before, weight.after)})"


def _worst(changes: Sequence[Weighed]) -> list[PricedLine]:
    return [
        PricedLine(
            sku=change.sku,
            name=change.name,
            old=shown.money(change.old, change.currency),
            new=shown.money(change.new, change.currency),
            change=percents.change(change.old, change.new),
        )
        for change in changes
    ]


def locks(held: Held) -> LocksView:
    """Show which lines would be refused, and whose locks could not be looked up."""
    lines = len(held.holds)
    first = next((hold for holds in held.holds.values() for hold in holds), None)
    return LocksView(
        lines=lines,
        lead=f"{plural(lines, 'line is', 'lines are')} locked." if lines else "",
        say=f"{first.sku}: {first.sentence()}" if first else "",
        comes_of_it=_taken_back(lines),
        button=f"Leave out the {plural(lines, 'locked line')}",
        unknown=_unknown(held.unasked),
    )


def _taken_back(lines: int) -> str:
    it = noun(lines, "it is", "they are")
    return f"As long as {it} in this, every line of the same proposal goes out and is taken back again."


def _unknown(unasked: Sequence[str]) -> str:
    if not unasked:
        return ""
    names = ", ".join(unasked)
    return f"{names} cannot be asked now. A line that is locked there would be refused later, and take the change back."
