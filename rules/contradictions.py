"""Pairs of rows that no price can satisfy together, as far as their limits alone decide it.

Decided are pairs that bound the same quantity: a cap on rises and one on falls (0 % and 0 % leave no change), a least
reduction and a cap on falls, endings and the span that prices of a currency may have (where none lies in it). Not
decided are pairs that need a product's facts: a margin floor needs its cost, the competitor's price, the advertised
minimum and the family's prices are theirs alone, so whether a floor is above a cap differs from line to line.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import ValidationError

from app.words.percent import exact_percent
from rules.kinds.currency_is_sane import CurrencyIsSane
from rules.kinds.decrease_stays_above_limit import DecreaseStaysAboveLimit
from rules.kinds.increase_stays_below_limit import IncreaseStaysBelowLimit
from rules.kinds.kind import RuleKind
from rules.kinds.price_ending import PriceEnding
from rules.kinds.reduction_from_lowest import ReductionFromLowest
from rules.registry import Kinds
from rules.rule import Rule


def against(first: Rule, second: Rule, kinds: Kinds) -> str:
    """Say why two rows contradict each other, or nothing. Rows that do not fit their kinds are told elsewhere."""
    decide = PAIRS.get((first.kind, second.kind))
    one, other = _read(first, kinds), _read(second, kinds)
    return decide(one, other) if decide and one is not None and other is not None else ""


def _read(rule: Rule, kinds: Kinds) -> RuleKind | None:
    if rule.kind not in kinds:
        return None
    try:
        return kinds[rule.kind].model_validate(rule.parameters)
    except ValidationError:
        return None


def _no_change(rise: RuleKind, fall: RuleKind) -> str:
    assert isinstance(rise, IncreaseStaysBelowLimit)
    assert isinstance(fall, DecreaseStaysAboveLimit)
    if rise.limit_bp or fall.limit_bp:
        return ""
    return "a price may neither rise nor fall, so no change can pass both. Raise one of the limits."


def _no_reduction(reduction: RuleKind, fall: RuleKind) -> str:
    """The lowest price of 30 days is never above the price that a fall is measured from."""
    assert isinstance(reduction, ReductionFromLowest)
    assert isinstance(fall, DecreaseStaysAboveLimit)
    if fall.limit_bp and reduction.limit_bp <= fall.limit_bp:
        return ""
    least = f"by {exact_percent(reduction.limit_bp)}" if reduction.limit_bp else "at all"
    most = exact_percent(fall.limit_bp)
    return (
        f"a reduction has to go below the lowest price of 30 days {least}, and a price may fall by {most} at most, "
        "so no reduction can pass both. Allow a larger fall or ask for a smaller reduction."
    )


def _no_ending(ending: RuleKind, span: RuleKind) -> str:
    assert isinstance(ending, PriceEnding)
    assert isinstance(span, CurrencyIsSane)
    if ending.nearest(span.least, span.least, span.most) is not None:
        return ""
    return "no price between the least and the most plausible one ends as prices have to. Widen one of them."


PAIRS: Mapping[tuple[str, str], Callable[[RuleKind, RuleKind], str]] = MappingProxyType(
    {
        (IncreaseStaysBelowLimit.name, DecreaseStaysAboveLimit.name): _no_change,
        (ReductionFromLowest.name, DecreaseStaysAboveLimit.name): _no_reduction,
        (PriceEnding.name, CurrencyIsSane.name): _no_ending,
    }
)
"""Which kinds are held against each other, and what decides."""
