"""Which columns hold the SKU and the price: told by their headings, by their number, or by a person. Pure.

What headings say, they say alone; a person's word decides where they leave something open, and what the same person
said of these headings before, where neither says anything.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.intake import headings, numbers
from app.intake.given import NOTHING, Given
from app.intake.table import Table, TableRow
from app.intake.unreadable import UnreadableFile

HEAD = 50
"""So many rows may stand above the headings."""
Role = Literal["sku", "price"]
Kind = Literal["price", "percent", "change", ""]
From = Literal["", "given", "before"]
"""Who decided: the headings alone, a person now, or the same person before."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where SKU, price and currencies stand, and whether the numbers are percentages.

    `said` names what the headings left open and a person decided, `remembered` those of them that were decided when
    the same person brought these headings before.
    """

    sku: int
    price: int
    currencies: tuple[int, ...]
    change: bool
    beside: str
    """The currency that the price's heading names."""
    kind: Kind = ""
    said: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()

    def same_places(self, other: "Columns") -> bool:
        """Tell whether another heading gives the same columns the same meaning."""
        mine, theirs = (
            (one.sku, one.price, one.currencies, one.change, numbers.currency_of(one.beside)) for one in (self, other)
        )
        return mine == theirs


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


def by_headings(
    cells: Sequence[str], given: Given, *, before: Given = NOTHING, hidden: Collection[int] = ()
) -> Columns:
    """Find the columns by their names, the surest names first. Raises `UnreadableFile` where two would do.

    A column that the sheet hides is never taken unless a person says so.
    """
    if given.sku is not None and given.sku == given.price:
        raise UnreadableFile.columns_missing(cells)
    heading = _Heading(cells, hidden)
    sku, sku_from = _settled(given.sku, before.sku, lambda: heading.only(headings.SKU, "sku"))
    price, price_from = _settled(given.price, before.price, lambda: heading.price(given.change))
    kind = heading.kind(price)
    change, change_from = _change(kind, given.change, before.change)
    found = _in(heading.names, headings.CURRENCY)
    currencies = (given.currency,) if given.currency is not None else tuple(found)
    from_whom = {"sku": sku_from, "price": price_from, "change": change_from}
    return Columns(
        sku, price, currencies, change, heading.currency(price), kind,
        said=tuple(name for name, who in from_whom.items() if who),
        remembered=tuple(name for name, who in from_whom.items() if who == "before"),
    )  # fmt: skip


def _settled(given: int | None, before: int | None, by_file: Callable[[], int]) -> tuple[int, From]:
    """Return a column by what a person says, else by its heading, else by what the person said before."""
    try:
        found = by_file()
    except UnreadableFile:
        if given is not None:
            return given, "given"
        if before is not None:
            return before, "before"
        raise
    return (found, "") if given is None or given == found else (given, "given")


def _change(kind: Kind, given: bool | None, before: bool | None) -> tuple[bool, From]:
    """Tell whether the numbers of a column are percentages; its heading knows that first, if it does."""
    known = {"price": False, "percent": True}.get(kind)
    if given is not None:
        return given, "" if given == known else "given"
    if known is None and before is not None:
        return before, "before"
    return kind in ("percent", "change"), ""


class _Heading:
    """One row of headings, without their currencies, and which of its columns are hidden."""

    def __init__(self, cells: Sequence[str], hidden: Collection[int]) -> None:
        self._cells, self._hidden = cells, hidden
        self._known = [headings.money_of(cell) for cell in cells]
        self.names = [name for name, _ in self._known]

    def currency(self, column: int) -> str:
        """Return the currency that the heading of a column names."""
        return self._known[column][1] if column < len(self._known) else ""

    def kind(self, column: int) -> Kind:
        """Tell what a column is by its heading; a change may be one in percent or in money."""
        name = self.names[column] if column < len(self.names) else ""
        if name in headings.CHANGE:
            return "percent" if name in headings.PERCENT else "change"
        return "price" if any(name in tier for tier in headings.PRICE) else ""

    def price(self, change: bool | None) -> int:
        """Return the column of the price, or of its change."""
        new, plain = (_in(self.names, tier) for tier in headings.PRICE)
        shares = _in(self.names, headings.CHANGE)
        if change is None and shares and plain and not new:
            raise UnreadableFile.price_or_change([(n, self._cells[n]) for n in (plain[0], shares[0])])
        if shares and (change or not (new or plain)):
            return self.only((headings.CHANGE,), "price")
        return self.only(headings.PRICE, "price")

    def only(self, tiers: Sequence[frozenset[str]], role: Role) -> int:
        """Return the only column with the surest name. Raises `UnreadableFile` unless it is one that is seen."""
        found: list[int] = []
        for tier in tiers:
            found += _in(self.names, tier)
            if any(column not in self._hidden for column in found):
                break
        if not found:
            raise UnreadableFile.columns_missing(self._cells)
        named = [(n, self._cells[n]) for n in found]
        if any(column in self._hidden for column in found):
            raise UnreadableFile.hidden_column(role, named, self._hidden)
        if len(found) > 1:
            raise UnreadableFile.two_columns(role, named)
        return found[0]


def bare(table: Table, given: Given, *, pasted: bool) -> Columns:
    """Return the columns of a table without headings: as said, or SKU and price where there are just two."""
    if given.sku is not None and given.price is not None:
        said = ("sku", "price", *(("change",) if given.change else ()))
        return Columns(given.sku, given.price, _given(given.currency), bool(given.change), "", said=said)
    if not table.rows:
        raise UnreadableFile.no_rows()
    first = table.rows[0].texts()
    two = len(first) <= 2 or not any(first[2:])
    priced = len(first) > 1 and any(sign.isdigit() for sign in first[1])
    swapped = all(_looks_swapped(row.texts()) for row in table.rows)
    unseen = not {0, 1}.isdisjoint(table.hidden_columns)
    if unseen or not two or swapped or not (priced or (pasted and len(first) <= 2)):
        raise UnreadableFile.columns_missing(first)
    return Columns(0, 1, _given(given.currency), bool(given.change), "")


def _given(column: int | None) -> tuple[int, ...]:
    return () if column is None else (column,)


def _looks_swapped(cells: Sequence[str]) -> bool:
    """Tell whether a price with decimals stands where the SKU should be, and none where the price should be."""
    first, second = (numbers.taken_apart(cell) for cell in [*cells, "", ""][:2])
    if first is None or numbers.mark_of(first.number) not in (".", ","):
        return False
    return second is None or numbers.mark_of(second.number) == ""


def with_one_currency(
    columns: Columns, rows: Sequence[TableRow], cells: Sequence[str], given: Given, before: Given
) -> Columns:
    """Return columns whose currencies agree in every row; where several do not, a person says which one is meant.

    Raises `UnreadableFile`.
    """
    said = (*columns.said, "currency")
    if given.currency is not None:
        return replace(columns, said=said)
    if len(columns.currencies) < 2 or not any(_contradicts(row, columns.currencies) for row in rows):
        return columns
    if before.currency is not None and before.currency in columns.currencies:
        remembered = (*columns.remembered, "currency")
        return replace(columns, currencies=(before.currency,), said=said, remembered=remembered)
    raise UnreadableFile.two_columns("currency", [(n, cells[n]) for n in columns.currencies])


def _contradicts(row: TableRow, columns: Sequence[int]) -> bool:
    first, *others = [text for text in map(row.text, columns) if text] or [""]
    return not all(numbers.same_currency(first, other) for other in others)


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
