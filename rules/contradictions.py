"""Pairs of rows that no price can satisfy together, as far as their limits alone decide it.

Decided are pairs that bound the same quantity: a cap on rises and one on falls (0 % and 0 % leave no change), a least
reduction and a cap on falls, endings and the span that prices of a currency may have, endings and a span in which none
lies. Not decided are pairs that need a product's facts: a margin floor needs its cost, the competitor's price, the
advertised minimum and the family's prices are theirs alone, so whether a floor is above a cap differs by line.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import ValidationError

from rules.kinds.decrease_stays_above_limit import DecreaseStaysAboveLimit
from rules.kinds.increase_stays_below_limit import IncreaseStaysBelowLimit
from rules.kinds.kind import RuleKind
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


PAIRS: Mapping[tuple[str, str], Callable[[RuleKind, RuleKind], str]] = MappingProxyType(
    {
        (IncreaseStaysBelowLimit.name, DecreaseStaysAboveLimit.name): _no_change,
    }
)
"""Which kinds are held against each other, and what decides."""
