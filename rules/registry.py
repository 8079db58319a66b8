"""Which kinds of rules there are: ours, and those that packages offer as entry points `baton.rules`."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from rules.kinds.change_frequency import ChangeFrequency
from rules.kinds.currency_is_sane import CurrencyIsSane
from rules.kinds.decrease_stays_above_limit import DecreaseStaysAboveLimit
from rules.kinds.increase_stays_below_limit import IncreaseStaysBelowLimit
from rules.kinds.kind import RuleKind
from rules.kinds.margin_stays_above_floor import MarginStaysAboveFloor
from rules.kinds.minimum_advertised_price import MinimumAdvertisedPrice
from rules.kinds.pack_price import PackPrice
from rules.kinds.price_ending import PriceEnding
from rules.kinds.price_ladder import PriceLadder
from rules.kinds.price_stays_near_competitor import PriceStaysNearCompetitor
from rules.kinds.reduction_from_lowest import ReductionFromLowest
from rules.kinds.words import KindWords, plain_words

ENTRY_POINTS = "baton.rules"
SEED_KINDS: tuple[type[RuleKind], ...] = (
    MarginStaysAboveFloor,
    IncreaseStaysBelowLimit,
    PriceStaysNearCompetitor,
    DecreaseStaysAboveLimit,
)
"""What a new installation starts with."""
OUR_KINDS: tuple[type[RuleKind], ...] = (
    *SEED_KINDS,
    ReductionFromLowest,
    CurrencyIsSane,
    MinimumAdvertisedPrice,
    PriceEnding,
    ChangeFrequency,
    PriceLadder,
    PackPrice,
)

Kinds = Mapping[str, type[RuleKind]]


@cache
def kinds() -> Kinds:
    """Return every usable kind by name.

    A plugin that cannot be imported is left out: rules that name it are then of an unknown kind, hence hard.
    A plugin that takes a name of ours does not replace ours.
    """
    found = {kind.name: kind for plugin in entry_points(group=ENTRY_POINTS) if (kind := _loaded(plugin))}
    return MappingProxyType(found | {kind.name: kind for kind in OUR_KINDS})


def kind_words(name: str) -> KindWords:
    """Return what people read of a kind, also of one that is not (or no longer) here."""
    kind = kinds().get(name)
    return (kind.words if kind else None) or plain_words(name)


def _loaded(plugin: EntryPoint) -> type[RuleKind] | None:
    try:
        kind = plugin.load()
    except Exception:  # whatever a foreign module raises while it is imported
        return None
    usable = isinstance(kind, type) and issubclass(kind, RuleKind) and getattr(kind, "name", None) == plugin.name
    return kind if usable else None
