"""Costs, prices and minima of a whole file as numbers with a point: the file tells which mark is the decimal one."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from app.intake import numbers
from app.intake.numbers import Mark
from app.intake.unreadable import UnreadableFile

MINIMA = ("map", "minimum_advertised", "minimum_advertised_price")
AMOUNTS = ("cost", "price", "competitor_price", *MINIMA)


def mark_of(rows: Callable[[], Iterable[Sequence[str]]], columns: Sequence[str]) -> Mark:
    """Return the decimal mark of a text's amounts, for which its rows are gone through; a point if none has a comma.

    Raises `UnreadableFile` where numbers may be read in two ways.
    """
    places = [place for place, name in enumerate(columns) if name in AMOUNTS]
    if not any("," in text for text in _amounts(rows(), places)):
        return "."
    found = numbers.evidence(_amounts(rows(), places))
    if found.either and bool(found.point) == bool(found.comma):
        raise UnreadableFile(
            f"“{found.either[:40]}” may be read in two ways, and no other row tells which mark is the decimal"
            " one. Write all amounts with a point and without grouping, like 1104.50. Nothing was read.",
            code="ambiguous_decimal",
        )
    return "," if found.comma > found.point else "."


def is_plain(text: str, mark: Mark) -> bool:
    """Tell whether an amount needs no second look: digits, or what a point alone splits."""
    return text.isdigit() or not text or (mark == "." and "," not in text)


def written(text: str, mark: Mark) -> str | None:
    """Return an amount with a point and without groups; None if it is a number with the other decimal mark.

    What is no bare number stays as it is, for the row to be refused with its own words.
    """
    apart = numbers.taken_apart(text)
    if apart is None or apart.sign or apart.percent or apart.currency:
        return text
    return numbers.plain(apart.number, mark)


def _amounts(rows: Iterable[Sequence[str]], places: Sequence[int]) -> Iterator[str]:
    return (row[place].strip() for row in rows for place in places if place < len(row))
