"""Which SKU goes out in which wave. A SKU's wave follows from the plan and a salt; of few lines no share is empty.

A wave is a share of the lines by a stable hash of the SKU, or names what it takes. What is named goes with the first
wave that names it; shares are of the lines that no wave names. The last wave takes all that is left. Of few lines a
share may draw none: then the line nearest to it goes with it, so that "5 % first" never means everything at once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.canary.evidence import GuardLimits
from app.words.counting import plural
from app.words.percent import WHOLE_BP, exact_percent, short_percent

MAX_WAVES = 10
MAX_BAKE_SECONDS = 30 * 24 * 3_600
MAX_LISTED_SKUS = 100_000
MAX_NAMES = 1_000
EXAMPLES = 5
"""How many SKUs of each wave a preview shows."""

FEW_LINES = 50
"""Below this a canary learns nothing that the whole change would not."""
MANY_LINES, MOST_LINES = 1_000, 10_000
BOLD_CHANGE_BP = 3_000
BOLD_SOFT_BP = 1_000
"""From this share of soft findings on, or a change this large, a plan is careful."""

_FROZEN = ConfigDict(frozen=True, extra="forbid")
_NOWHERE = MAX_WAVES + 1

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Names = Annotated[tuple[Text, ...], Field(max_length=MAX_NAMES)]
Line = tuple[str, str, str]
"""SKU, category, brand."""


class BrokenWavePlan(ValueError):
    """A plan that nobody could follow without guessing. The text says what to change."""


class Selector(BaseModel):
    """What a wave takes by name: products of a category, of a brand, of a brand within a category, or listed SKUs.

    Categories and brands are compared without regard to case and blanks, SKUs exactly.
    """

    model_config = _FROZEN

    categories: Names = ()
    brands: Names = ()
    skus: Annotated[tuple[Text, ...], Field(max_length=MAX_LISTED_SKUS)] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if not (self.categories or self.brands or self.skus):
            raise ValueError("a wave must name at least one category, brand or SKU")
        if self.skus and (self.categories or self.brands):
            raise ValueError("a wave lists SKUs or names categories and brands, not both; make two waves of it")
        return self

    def sentence(self) -> str:
        """Say what is taken: `Tea and Coffee by Kettle`, `40 listed SKUs`."""
        if self.skus:
            return plural(len(self.skus), "listed SKU")
        brands = " and ".join(self.brands)
        if not self.categories:
            return f"everything by {brands}"
        return " and ".join(self.categories) + (f" by {brands}" if brands else "")


class Wave(BaseModel):
    """One step of a plan. `share_bp` is cumulative: 500, 2,500, 10,000 are waves of 5 %, 20 % and 75 %.

    After a wave has gone out it bakes for `bake_seconds`; then the guards are judged.
    """

    model_config = _FROZEN

    share_bp: Annotated[int, Field(strict=True, ge=1, le=WHOLE_BP)] | None = None
    selector: Selector | None = None
    bake_seconds: Annotated[int, Field(strict=True, ge=0, le=MAX_BAKE_SECONDS)]

    @model_validator(mode="after")
    def _is_a_share_or_a_name(self) -> Self:
        if (self.share_bp is None) is (self.selector is None):
            raise ValueError("a wave takes either a share of the lines or what it names")
        return self

    def sentence(self) -> str:
        """Say what the wave takes: `up to 25 %`, `all that is left`, `Tea by Kettle`."""
        if self.selector is not None:
            return self.selector.sentence()
        share = self.share_bp or 0
        return "all that is left" if share == WHOLE_BP else f"up to {short_percent(share)}"


class WavePlan(BaseModel):
    """The waves in order, and what must hold after each. `why` is the sentence of whoever suggested it."""

    model_config = _FROZEN

    waves: Annotated[tuple[Wave, ...], Field(min_length=1, max_length=MAX_WAVES)]
    guards: GuardLimits = GuardLimits()
    why: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _reaches_everything(self) -> Self:
        shares = [wave.share_bp for wave in self.waves if wave.share_bp is not None]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError("each share must be larger than the one before; shares are cumulative")
        if self.waves[-1].share_bp != WHOLE_BP:
            raise ValueError("the last wave must take all that is left (a share of 100 %)")
        return self

    def to_json(self) -> str:
        """Write the plan for storage."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, stored: str | bytes) -> "WavePlan":
        """Read a stored or posted plan. Raises `BrokenWavePlan` on anything that is not one."""
        try:
            return cls.model_validate_json(stored)
        except ValidationError as error:
            raise BrokenWavePlan(_sentences(error)) from error


@dataclass(frozen=True, slots=True)
class WavePreview:
    """What a wave will take. `share_bp` is this wave's part of all lines; the parts of a plan add up to 10,000."""

    number: int
    lines: int
    share_bp: int
    skus: tuple[str, ...]


def assign(plan: WavePlan, lines: Iterable[Line], *, salt: str) -> list[int]:
    """Return the wave, from 1, of each line of a proposal; no share is left without a line while there are lines."""
    kept = list(lines)
    return _none_empty(plan, kept, draw(plan, kept, salt=salt), salt)


def draw(plan: WavePlan, lines: Iterable[Line], *, salt: str) -> list[int]:
    """Return the wave, from 1, of each of some lines of a large proposal, whatever stands beside them.

    The salt (the proposal's id) keeps two plans from correlating.
    """
    slots, place = _slots(plan), _places(salt)
    if all(wave.selector is None for wave in plan.waves):
        return [slots[place(sku) * WHOLE_BP >> 64] for sku, _, _ in lines]
    by_name = _by_name(plan)
    named = ((sku, by_name(sku, category, brand)) for sku, category, brand in lines)
    return [slots[place(sku) * WHOLE_BP >> 64] if number == _NOWHERE else number for sku, number in named]


def preview(plan: WavePlan, lines: Iterable[Line], *, salt: str) -> list[WavePreview]:
    """Return what each wave would take of these lines, the empty waves too."""
    kept = list(lines)
    taken: list[list[str]] = [[] for _ in plan.waves]
    for (sku, _, _), number in zip(kept, assign(plan, kept, salt=salt), strict=True):
        taken[number - 1].append(sku)
    previews: list[WavePreview] = []
    gone = reached = 0
    for number, skus in enumerate(taken, start=1):
        before, gone = reached, gone + len(skus)
        reached = gone * WHOLE_BP // len(kept) if kept else 0
        previews.append(WavePreview(number, len(skus), reached - before, tuple(skus[:EXAMPLES])))
    return previews


def suggest(lines: int, soft: int, largest_change_bp: int) -> WavePlan | None:
    """Suggest waves by the size and the risk of a change, with a sentence why; None if it can go out at once."""
    bold = abs(largest_change_bp) >= BOLD_CHANGE_BP or soft * WHOLE_BP >= BOLD_SOFT_BP * lines > 0
    if lines < FEW_LINES or (lines < MANY_LINES and not bold):
        return None
    shares, bake_seconds = _steps(lines, bold)
    facts = [plural(lines, "line"), f"the largest change {exact_percent(largest_change_bp, signed=True)}"]
    if soft:
        facts.insert(1, f"{soft:,} past a soft limit")
    steps = ", ".join(short_percent(share) for share in shares)
    why = f"{', '.join(facts)}: {steps}, then the rest, with {bake_seconds // 60} min to look after each."
    waves = tuple(Wave(share_bp=share, bake_seconds=bake_seconds) for share in (*shares, WHOLE_BP))
    return WavePlan(waves=waves, why=why)


def _steps(lines: int, bold: bool) -> tuple[tuple[int, ...], int]:
    """Return the shares before the last wave, and the bake."""
    if lines >= MOST_LINES and bold:
        return (100, 1_000, 5_000), 3_600
    if lines >= MOST_LINES or (lines >= MANY_LINES and bold):
        return (500, 2_500), 1_800
    return (2_000,), 1_800


def _places(salt: str) -> Callable[[str], int]:
    """Return the function that hashes a SKU onto a place from 0 up to 2^64."""
    if not salt:
        raise ValueError("A split needs a salt, or every proposal would treat the same SKUs first.")
    salted = blake2b(digest_size=8, person=blake2b(salt.encode(), digest_size=16).digest())

    def place(sku: str) -> int:
        digest = salted.copy()
        digest.update(sku.encode())
        return int.from_bytes(digest.digest(), "big")

    return place


def _none_empty(plan: WavePlan, lines: Sequence[Line], numbers: list[int], salt: str) -> list[int]:
    """Move the cuts between the shares, in the order of the lines' places, just so far that no share is empty."""
    shares = [number for number, wave in enumerate(plan.waves, start=1) if wave.share_bp is not None]
    taken = Counter(numbers)
    if all(taken[number] for number in shares):
        return numbers
    place = _places(salt)
    drawn = [index for index, number in enumerate(numbers) if number in shares]
    drawn.sort(key=lambda index: place(lines[index][0]))
    moved, begin, reached = list(numbers), 0, 0
    for later, number in zip(reversed(range(len(shares))), shares, strict=True):
        reached += taken[number]
        end = max(begin + 1, min(reached, len(drawn) - later))
        for index in drawn[begin:end]:
            moved[index] = number
        begin = end
    return moved


def _slots(plan: WavePlan) -> list[int]:
    slots: list[int] = []
    for number, wave in enumerate(plan.waves, start=1):
        slots += [number] * ((wave.share_bp or 0) - len(slots))
    return slots


def _by_name(plan: WavePlan) -> Callable[[str, str, str], int]:
    """Return the function that finds the first wave naming a line, or `_NOWHERE`."""
    named = [(number, wave.selector) for number, wave in enumerate(plan.waves, start=1) if wave.selector is not None]
    listed = {sku: number for number, selector in reversed(named) for sku in selector.skus}
    scopes = [(n, _folded(s.categories), _folded(s.brands)) for n, s in named if not s.skus]

    @cache
    def scoped(category: str, brand: str) -> int:
        kind, maker = _fold(category), _fold(brand)
        found = (n for n, kinds, makers in scopes if kind in (kinds or {kind}) and maker in (makers or {maker}))
        return next(found, _NOWHERE)

    return lambda sku, category, brand: min(listed.get(sku, _NOWHERE), scoped(category, brand))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_fold, names))


def _fold(name: str) -> str:
    """Return a name as rule scopes compare it."""
    return " ".join(name.split()).casefold()


def _sentences(error: ValidationError) -> str:
    parts = ((".".join(map(str, found["loc"])), found["msg"]) for found in error.errors(include_url=False))
    said = (f"{where}: {what}" if where else what for where, what in parts)
    return "; ".join(said).replace("Value error, ", "")
