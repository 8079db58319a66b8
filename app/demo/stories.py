"""What has been going on in the demo shop, told as data: who proposed what, and what became of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Person = Literal["asha", "ravi", "kiran", "noor", "omar", "catalog"]
Deed = Literal["approve", "reject", "return", "withdraw", "pause", "roll-back", "confirm-roll-back", "expire"]


@dataclass(frozen=True, slots=True)
class DemoStep:
    """What somebody did with a proposal, so long after it was submitted."""

    after: timedelta
    deed: Deed
    by: Person = "kiran"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DemoStory:
    """One proposal. `about` are words of products; `clean`, `soft` and `hard` say how many lines get which verdict.

    `falls` lets clean prices go down; `beyond` makes lines soft by the competitor's price instead of the rise;
    `effective_in` counts from now, none means when decided; at `ends_in` the earlier prices return. `waves` are the
    cumulative shares in basis points of a canary, each with `bake` to look after it.
    """

    reason: str
    by: Person
    ago: timedelta
    about: tuple[str, ...]
    clean: int = 0
    soft: int = 0
    hard: int = 0
    falls: bool = False
    beyond: bool = False
    split: bool = False
    effective_in: timedelta | None = None
    ends_in: timedelta | None = None
    waves: tuple[int, ...] = ()
    bake: timedelta = timedelta(minutes=30)
    steps: tuple[DemoStep, ...] = field(default=())

    @property
    def lines(self) -> int:
        """Return how many lines the proposal has."""
        return self.clean + self.soft + self.hard


def _ago(*, days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


SETTLED = (
    DemoStory(
        "Sunflower oil: import duty cut passed on",
        "ravi",
        _ago(days=6, hours=3),
        ("Sunflower Oil",),
        clean=8,
        falls=True,
    ),
    DemoStory(
        "Filter coffee: arabica futures up 22 % since August",
        "asha",
        _ago(days=5, hours=5),
        ("Coffee",),
        clean=6,
        soft=5,
        steps=(DemoStep(_ago(hours=2, minutes=36), "approve", "kiran", "Checked against the September contract."),),
    ),
    DemoStory(
        "Detergent 4 kg: test a higher price before the festival",
        "ravi",
        _ago(days=4, hours=8),
        ("Detergent, 4 kg",),
        soft=6,
        steps=(DemoStep(_ago(hours=5), "reject", "noor", "Wait for the competitor, or we lose the basket."),),
    ),
    DemoStory(
        "Jowar and ragi flour: match the marketplace", "asha", _ago(days=4, hours=6), ("Jowar", "Ragi Flour"), hard=5
    ),
    DemoStory(
        "Cat litter: supplier surcharge",
        "ravi",
        _ago(days=4),
        ("Cat Litter", "Cat Gravy"),
        soft=5,
        steps=(DemoStep(_ago(hours=48, minutes=1), "expire"),),
    ),
    DemoStory(
        "Almonds and walnuts: new crop cost",
        "asha",
        _ago(days=3, hours=7),
        ("Almonds", "Walnut"),
        clean=2,
        soft=7,
        steps=(
            DemoStep(
                _ago(hours=1, minutes=12),
                "return",
                "kiran",
                "Split the walnuts off: their cost on file is last month's.",
            ),
        ),
    ),
    DemoStory(
        "Baby cereal: list price update from the supplier",
        "ravi",
        _ago(days=3, hours=2),
        ("Ragi Banana Cereal",),
        soft=4,
        steps=(DemoStep(_ago(minutes=50), "withdraw", "ravi", "The supplier postponed it to January."),),
    ),
    DemoStory(
        "Toor dal: harvest estimate raised",
        "asha",
        _ago(days=2, hours=6),
        ("Toor Dal",),
        clean=8,
        falls=True,
        steps=(
            DemoStep(_ago(hours=20), "roll-back", "omar", "Wrong unit cost in the file; the correction came today."),
            DemoStep(_ago(hours=20, minutes=1), "confirm-roll-back"),
        ),
    ),
    DemoStory(
        "Nappy pants: match the promotion next door",
        "ravi",
        _ago(days=1, hours=20),
        ("Nappy Pants",),
        clean=6,
        falls=True,
        steps=(
            DemoStep(
                _ago(minutes=1), "roll-back", "catalog", "A contract fixes the price of one SKU until 31 December."
            ),
            DemoStep(_ago(minutes=2), "confirm-roll-back"),
        ),
    ),
    DemoStory(
        "Cleaning and laundry: winter price review", "asha", _ago(days=1, hours=6), ("Cleaning", "Laundry"), clean=120
    ),
    DemoStory(
        "Weekend vegetables: mandi rates of Friday", "ravi", _ago(hours=19), ("Onions", "Potatoes", "Carrots"), clean=12
    ),
    DemoStory(
        "Spices: review after the Guntur chilli auction",
        "asha",
        _ago(hours=10),
        ("Spices",),
        clean=18,
        soft=5,
        hard=2,
        split=True,
    ),
)

SCHEDULED = (
    DemoStory(
        "Frozen snacks: cold chain cost",
        "asha",
        _ago(hours=5),
        ("Frozen",),
        soft=6,
        effective_in=_ago(days=1),
        steps=(DemoStep(_ago(hours=1, minutes=50), "approve", "noor", "In line with the logistics contract."),),
    ),
    DemoStory(
        "Bread and pav: flour contract of December",
        "ravi",
        _ago(hours=4),
        ("Bakery Bread", "Ladi Pav"),
        clean=14,
        effective_in=_ago(days=8),
    ),
    DemoStory("Eggs: NECC rate of today", "ravi", _ago(minutes=34), ("Eggs,",), clean=12, effective_in=_ago(minutes=2)),
    DemoStory(
        "Namkeen: festival packs back to list price",
        "asha",
        _ago(minutes=21),
        ("Namkeen", "Biscuits"),
        clean=45,
        effective_in=_ago(minutes=5),
        waves=(1_500, 5_000, 10_000),
        bake=_ago(minutes=2),
    ),
    DemoStory(
        "Tomatoes and beans: Nashik mandi rate",
        "ravi",
        _ago(minutes=9),
        ("Tomatoes", "Green Beans"),
        clean=9,
        effective_in=_ago(minutes=10),
    ),
    DemoStory("Staples: alignment with the wholesaler's list", "asha", _ago(minutes=1), ("Staples",), clean=205),
)

BY_THE_CLOCK = (
    DemoStory(
        "Soft drinks: offer while the cricket series runs",
        "asha",
        _ago(days=1, hours=3),
        ("Soft drinks",),
        clean=8,
        falls=True,
        ends_in=_ago(days=2, hours=4),
    ),
    DemoStory(
        "Hair and bath care: list price of December, in waves",
        "ravi",
        _ago(hours=3, minutes=10),
        ("Hair", "Bath"),
        clean=40,
        waves=(2_000, 10_000),
        steps=(DemoStep(_ago(minutes=21), "pause", "omar", "The web shop's conversion is not in yet; wait for it."),),
    ),
    DemoStory(
        "Tea: offer for the long weekend",
        "asha",
        _ago(hours=2, minutes=5),
        ("Tea & Coffee Tea",),
        clean=10,
        falls=True,
        effective_in=_ago(hours=9),
        ends_in=_ago(days=4),
    ),
    DemoStory(
        "Paneer and curd: the dairy union's new rate",
        "ravi",
        _ago(hours=1, minutes=20),
        ("Paneer", "Curd"),
        clean=10,
        effective_in=_ago(hours=36),
    ),
)

FREEZE = (_ago(hours=30), _ago(hours=42), "Stocktake in every store")
"""From when to when, counted from now, nothing will publish, and why."""

WAITING = (
    DemoStory("Basmati rice: kharif crop cost", "ravi", _ago(hours=26, minutes=48), ("Basmati Rice",), clean=2, soft=6),
    DemoStory("Ghee: winter procurement price", "asha", _ago(hours=23, minutes=24), ("Ghee, ",), soft=4),
    DemoStory(
        "Body lotion and face wash: new 100 ml pack",
        "ravi",
        _ago(hours=21),
        ("Lotion", "Face Wash"),
        soft=2,
        beyond=True,
    ),
    DemoStory(
        "Cold pressed oils: new supplier, better grade",
        "asha",
        _ago(hours=16, minutes=30),
        ("Cold Pressed",),
        clean=4,
        soft=6,
    ),
    DemoStory("Cashews: Kollam auction of Monday", "ravi", _ago(hours=12), ("Cashews",), soft=5),
    DemoStory("Dog food: import freight surcharge", "asha", _ago(hours=9), ("Dog ",), clean=5, soft=2, beyond=True),
    DemoStory(
        "Fabric conditioner: competitor delisted 1 l",
        "ravi",
        _ago(hours=5, minutes=30),
        ("Fabric Conditioner",),
        soft=3,
    ),
    DemoStory("Honey: smaller harvest in Bihar", "asha", _ago(hours=2, minutes=12), ("Honey",), soft=2, beyond=True),
    DemoStory("Juice: sugar cost and new deposit", "ravi", _ago(minutes=40), ("Juice",), clean=6, soft=5, beyond=True),
    DemoStory(
        "Garlic and ginger: hailstorm in Mandsaur", "asha", _ago(minutes=6), ("Garlic, ", "Ginger, "), clean=1, soft=3
    ),
)

STORIES = SETTLED + SCHEDULED + BY_THE_CLOCK + WAITING
MOVED_SINCE = "Cold pressed oils: new supplier, better grade"
"""In this one a cost moves after the verdict, so that an approval is refused until it is judged again."""
