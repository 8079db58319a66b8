"""What a change that needs nobody's approval weighs: its mean, its money and its worst lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Literal, NamedTuple

from app.lifecycle.proposing.submission import Mixed
from app.words.money import exponent
from app.words.percent import change_bp, rounded, short_percent

LARGE_LINES = 50
"""From here on nobody reads every line before submitting it."""
LARGE_MEAN_BP = 1_000
"""10 % per line on average, ups and downs not cancelling each other: shoppers and competitors notice."""
LARGE_MONEY = 100_000
"""List-price money moved, in whole units of the currency: more than one person puts their name to by themselves."""
WORST = 5

Verdict = Literal["clean", "soft", "hard"]


class Weighed(NamedTuple):
    """One line of what would be submitted. Money in minor units of `currency`."""

    sku: str
    name: str
    verdict: Verdict
    old: int
    new: int
    currency: str

    @property
    def bp(self) -> int:
        """Return the change in basis points of the old price."""
        return change_bp(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Weight:
    """What goes out without a person. `before` and `after` are list-price money: one of each product.

    `size_bp` is the mean of every line's change without its direction. `large` says why it is one to confirm, in words
    that complete "This is large: "; empty if it is not large.
    """

    lines: int
    mean_bp: int
    size_bp: int
    before: int
    after: int
    moved: int
    currency: str
    up: tuple[Weighed, ...]
    down: tuple[Weighed, ...]
    large: tuple[str, ...]


def weigh(changes: Sequence[Weighed], mixed: Mixed) -> Weight | None:
    """Weigh those changes that would go out without a person; None if there are none, or in several currencies."""
    alone = _alone(changes, mixed)
    if not alone or len({change.currency for change in alone}) > 1:
        return None
    sizes = [change.bp for change in alone]
    lines, size = len(alone), rounded(sum(map(abs, sizes)), len(alone))
    moved, currency = sum(abs(change.new - change.old) for change in alone), alone[0].currency
    return Weight(
        lines=lines,
        mean_bp=rounded(sum(sizes), lines),
        size_bp=size,
        before=sum(change.old for change in alone),
        after=sum(change.new for change in alone),
        moved=moved,
        currency=currency,
        up=_worst([change for change in alone if change.new > change.old]),
        down=_worst([change for change in alone if change.new < change.old]),
        large=_large(lines, size, moved, currency),
    )


def _alone(changes: Sequence[Weighed], mixed: Mixed) -> list[Weighed]:
    clean = [change for change in changes if change.verdict == "clean"]
    return clean if mixed == "split" or len(clean) == len(changes) else []


def _worst(changes: Sequence[Weighed]) -> tuple[Weighed, ...]:
    return tuple(nlargest(WORST, changes, key=lambda change: abs(change.bp)))


def _large(lines: int, size_bp: int, moved: int, currency: str) -> tuple[str, ...]:
    reasons = (
        (lines >= LARGE_LINES, f"{LARGE_LINES} lines or more"),
        (size_bp >= LARGE_MEAN_BP, f"{short_percent(LARGE_MEAN_BP)} or more per line on average"),
        (moved >= LARGE_MONEY * 10 ** exponent(currency), f"{LARGE_MONEY:,} {currency} or more at list prices"),
    )
    return tuple(words for holds, words in reasons if holds)
