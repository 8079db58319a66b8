"""What a replay found, in lines for a terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.words.counting import plural
from app.words.money import amount
from app.words.percent import percent

if TYPE_CHECKING:
    from app.lifecycle.rulebook.reckoned import MarginOf, Reckoned, TurnsOf, Waiting

MOST = 10


def told(found: "Reckoned") -> Iterator[str]:
    """Give what was found, the most important first."""
    yield f"{plural(found.lines, 'line')} of {plural(found.proposals, 'proposal')} judged again:"
    yield f"{found.turned:,} would get another verdict, in {plural(found.proposals_turned, 'proposal')}."
    for turn in found.turns:
        if turn.was is not turn.now:
            yield f"  {turn.lines:9,}  {turn.was} → {turn.now}"
    yield from _by("category", found.by_category)
    yield from _by("kind of rule", found.by_kind)
    for one in found.unjudged:
        yield f"{plural(one.lines, 'line')} could not be judged by {one.name}; a fact was not recorded then."
    yield _waiting(found.waiting)
    yield from _money("Would have been blocked", found.blocked)
    yield from _money("Would have been let through", found.let_through)
    caught = found.caught
    yield f"Of {plural(caught.rolled_back, 'proposal')} rolled back it would have caught {caught.caught:,}."
    for move in found.largest:
        change = percent(move.change_bp)
        yield f"  PC-{move.proposal} line {move.line}: {move.sku} {change}, {move.was} → {move.now}"


def _by(what: str, turns: "Sequence[TurnsOf]") -> Iterator[str]:
    for one in [one for one in turns if one.turned][:MOST]:
        yield f"  {one.turned:9,}  of {plural(one.lines, 'line')} by {what}: {one.name}"


def _waiting(found: "Waiting") -> str:
    pace = f"{found.seconds} s a decision, " + (
        f"measured on {plural(found.measured, 'decision')}" if found.measured else "assumed"
    )
    more = "more" if found.minutes_per_week >= 0 else "less"
    return (
        f"{found.more:,} more and {found.less:,} fewer would have waited for an approver:"
        f" {abs(found.minutes_per_week) / 60:.1f} h {more} per week ({pace})."
    )


def _money(what: str, margins: "Sequence[MarginOf]") -> Iterator[str]:
    for one in margins:
        gain, margin = amount(one.gain, one.currency), amount(one.margin, one.currency)
        lines = plural(one.lines, "line")
        yield f"{what}: {lines} in {one.currency}; of one unit each, prices by {gain} and a margin of {margin}."
