"""What a rule set would have done to past proposals: frozen values, kept as JSON, read alike by page, API and shell."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from rules.finding import Verdict


@dataclass(frozen=True, slots=True)
class TurnCount:
    """So many lines had one verdict and would have another (or the same)."""

    was: Verdict
    now: Verdict
    lines: int


@dataclass(frozen=True, slots=True)
class TurnsOf:
    """The lines of a category, or those that a kind of rule finds something on; most turned first."""

    name: str
    lines: int
    turned: int
    turns: tuple[TurnCount, ...]


@dataclass(frozen=True, slots=True)
class CountOf:
    """Lines that a kind could not judge, such as for a fact that was not recorded then."""

    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class MarginOf:
    """What lines would earn, in minor units of one currency and on one unit of each: Baton knows no quantities.

    `gain` is by how much their prices were to change, `margin` the new prices less costs, over the lines with a known
    cost, whose new prices are `revenue`; `unknown` lines have none.
    """

    currency: str
    lines: int
    unknown: int
    gain: int
    revenue: int
    margin: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What it means for approvers: proposals that would wait for one and did not, or did and would not.

    `minutes_per_week` are more of them (or, below 0, less): the difference times the `seconds` that a decision takes,
    per week of the period. `measured` is on how many decisions those seconds rest; 0: they are assumed.
    """

    more: int
    less: int
    seconds: int
    measured: int
    minutes_per_week: int


@dataclass(frozen=True, slots=True)
class Caught:
    """Proposals that were rolled back, and those that it would have judged more severely; the first are named."""

    rolled_back: int
    caught: int
    lines: int
    proposals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TurnedLine:
    """A past line that would get another verdict. `kinds` are those that find something on it now."""

    proposal: int
    line: int
    sku: str
    category: str
    change_bp: int
    was: Verdict
    now: Verdict
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """All that was counted. `kept` of the `turned` lines are listed one by one.

    `blocked` would have been refused and were not, `let_through` were refused and would not have been.
    """

    lines: int
    turned: int
    kept: int
    proposals: int
    proposals_turned: int
    turns: tuple[TurnCount, ...]
    by_category: tuple[TurnsOf, ...]
    by_kind: tuple[TurnsOf, ...]
    unjudged: tuple[CountOf, ...]
    waiting: Waiting
    blocked: tuple[MarginOf, ...]
    let_through: tuple[MarginOf, ...]
    caught: Caught
    largest: tuple[TurnedLine, ...]


AS_JSON = TypeAdapter(Reckoned)
