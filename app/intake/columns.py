"""Which columns hold the SKU and the price: told by their headings, by their number, or by a person. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.intake import headings, numbers
from app.intake.given import Given
from app.intake.table import Table, TableRow
from app.intake.unreadable import UnreadableFile

HEAD = 50
"""So many rows may stand above the headings."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where SKU, price and currency (-1: nowhere) stand, and whether the numbers are percentages."""

    sku: int
    price: int
    currency: int
    change: bool
    beside: str
    """The currency that the price's heading names."""


def headed(table: Table) -> bool:
    """Tell whether a row of a table names its columns."""
    return heading_of(table) is not None


def heading_of(table: Table) -> TableRow | None:
    """Return the first row that names the columns."""
    return next((row for row in table.rows[:HEAD] if names_columns(row.texts())), None)


def names_columns(cells: Sequence[str]) -> bool:
    """Tell whether cells name a SKU and what is asked for it; in which columns is another question."""
    names = [headings.money_of(cell)[0] for cell in cells]
    wanted = (*headings.PRICE, headings.CHANGE)
    return any(_in(names, tier) for tier in headings.SKU) and any(_in(names, tier) for tier in wanted)


def _in(names: Sequence[str], known: frozenset[str]) -> list[int]:
    return [column for column, name in enumerate(names) if name in known]


def by_headings(cells: Sequence[str], given: Given) -> Columns:
    """Find the columns by their names, the surest names first. Raises `UnreadableFile` where two would do."""
    if given.sku is not None and given.sku == given.price:
        raise UnreadableFile.columns_missing(cells)
    known = [headings.money_of(cell) for cell in cells]
    names = [name for name, _ in known]
    sku = given.sku if given.sku is not None else _only(cells, names, headings.SKU, "sku")
    change = given.change
    if given.price is not None:
        price = given.price
        change = (names[price] in headings.CHANGE if price < len(names) else False) if change is None else change
    else:
        price, change = _price(cells, names, change)
    currency = next(iter(_in(names, headings.CURRENCY)), -1)
    return Columns(sku, price, currency, bool(change), known[price][1] if price < len(known) else "")


def _price(cells: Sequence[str], names: Sequence[str], change: bool | None) -> tuple[int, bool]:
    new, plain = (_in(names, tier) for tier in headings.PRICE)
    shares = _in(names, headings.CHANGE)
    if change is None and shares and plain and not new:
        raise UnreadableFile.price_or_change([(n, cells[n]) for n in (plain[0], shares[0])])
    if shares and (change or not (new or plain)):
        return _only(cells, names, (headings.CHANGE,), "price"), True
    return _only(cells, names, headings.PRICE, "price"), False


def _only(
    cells: Sequence[str], names: Sequence[str], tiers: Sequence[frozenset[str]], role: Literal["sku", "price"]
) -> int:
    for tier in tiers:
        found = _in(names, tier)
        if len(found) > 1:
            raise UnreadableFile.two_columns(role, [(n, cells[n]) for n in found])
        if found:
            return found[0]
    raise UnreadableFile.columns_missing(cells)


def bare(table: Table, given: Given, *, pasted: bool) -> Columns:
    """Return the columns of a table without headings: as said, or SKU and price where there are just two."""
    if given.sku is not None and given.price is not None:
        return Columns(given.sku, given.price, -1, bool(given.change), "")
    if not table.rows:
        raise UnreadableFile.no_rows()
    first = table.rows[0].texts()
    two = len(first) <= 2 or not any(first[2:])
    priced = len(first) > 1 and any(sign.isdigit() for sign in first[1])
    swapped = all(_looks_swapped(row.texts()) for row in table.rows)
    if not two or swapped or not (priced or (pasted and len(first) <= 2)):
        raise UnreadableFile.columns_missing(first)
    return Columns(0, 1, -1, bool(given.change), "")


def _looks_swapped(cells: Sequence[str]) -> bool:
    """Tell whether a price with decimals stands where the SKU should be, and none where the price should be."""
    first, second = (numbers.taken_apart(cell) for cell in [*cells, "", ""][:2])
    if first is None or numbers.mark_of(first.number) not in (".", ","):
        return False
    return second is None or numbers.mark_of(second.number) == ""


def called(cells: Sequence[str], columns: Columns, width: int) -> tuple[str, ...]:
    """Return what each column is called: by its heading, else by its letter."""
    width = max(width, columns.sku + 1, columns.price + 1)
    return tuple((cells[n] if n < len(cells) else "") or letter(n) for n in range(width))


def letter(column: int) -> str:
    """Return what a spreadsheet program calls a column."""
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name
