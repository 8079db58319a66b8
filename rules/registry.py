"""Which kinds of rules there are: ours, and those that packages offer as entry points `baton.rules`."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import ClassVar

from rules.entry_point import ENTRY_POINTS
from rules.foreign import Child, ForeignKind, child_of, words_of
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


@dataclass(frozen=True, slots=True)
class Origin:
    """The package that a kind comes from."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@cache
def kinds() -> Kinds:
    """Return every kind by name. Nothing of another package is imported here: its kinds are asked in a child process.

    A package that takes a name of ours does not replace ours, and a name that two packages offer is nobody's: rules
    that name it are then of an unknown kind, hence hard.
    """
    found = {name: _foreign(name, origin) for name, origin in _offered().items()}
    return MappingProxyType(found | {kind.name: kind for kind in OUR_KINDS})


def origin(kind: str) -> Origin | None:
    """Return where a kind comes from; None for ours and for those that are not installed."""
    return None if kind in _OURS else _offered().get(kind)


def kind_words(name: str) -> KindWords:
    """Return what people read of a kind, also of one that is not (or no longer) here."""
    kind = kinds().get(name)
    if kind is None:
        return plain_words(name)
    return (words_of(kind) if issubclass(kind, ForeignKind) else kind.words) or plain_words(name)


_OURS = frozenset(kind.name for kind in OUR_KINDS)


@cache
def _offered() -> Mapping[str, Origin]:
    offers: dict[str, list[Origin]] = defaultdict(list)
    for point in entry_points(group=ENTRY_POINTS):
        package = Origin(point.dist.name, point.dist.version) if point.dist else Origin("unknown package", "?")
        offers[point.name].append(package)
    return {name: origins[0] for name, origins in offers.items() if len(origins) == 1 and name not in _OURS}


def _foreign(name: str, origin: Origin) -> type[ForeignKind]:
    return type("ForeignKindOf" + name.title().replace("_", ""), (ForeignKind,), {
        "__module__": __name__, "name": name, "origin": str(origin), "child": child_of(name),
        "__annotations__": {"name": ClassVar[str], "origin": ClassVar[str], "child": ClassVar[Child]},
    })  # fmt: skip
