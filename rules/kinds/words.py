"""How people read of a kind of rule: on the rules page, beside a number, in a summary."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindWords:
    """The words of one kind; its limit is put between or after them.

    `title` heads a group of breaches, `short` names one in a list. `observed` and `side` stand around the number that
    was found: `margin` 8.9 % `under` 10.0 %. `breaks` completes "3 lines ..." and holds `{limit}`. `says` is the rule
    as a sentence, before and after its limit; `condition` heads its row.
    """

    title: str
    short: str
    observed: str
    side: str
    breaks: str
    says: tuple[str, str]
    condition: str
    breaks_low: bool = False
    """A price breaks it by being too low: whatever is above the passing price passes too."""
    breaks_both: bool = False
    """A price may break it on either side, so that the passing price alone is known to pass."""
    judges_change: bool = False
    """What is observed is the change of the price itself."""
    is_level: bool = False
    """What is observed is a level, of which less is worse; it is shown without a sign."""


def plain_words(name: str) -> KindWords:
    """Return words for a kind that brings none: its name."""
    word = name.replace("_", " ")
    return KindWords(
        title=word.capitalize() or "No rule",
        short=word,
        observed=word,
        side="limit",
        breaks=f"break {word}",
        says=(f"{word.capitalize()} ", ""),
        condition="as configured",
    )
