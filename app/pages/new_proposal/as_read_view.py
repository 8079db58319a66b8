"""How a file was read, or why it could be read in two ways, as the New proposal page shows it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.components.views import OptionView, View
from app.intake.unreadable import NAMES
from app.words.counting import count, noun, plural
from app.words.typed import plain

MOST_COLUMNS = 26
MOST_SIGNS = 60


class ReadCell(View):
    """One cell of the first rows; `role` is `sku` or `price` where it was read as that."""

    text: str = ""
    role: str = ""


class CellsView(View):
    """One of the first rows."""

    number: str = ""
    cells: list[ReadCell] = []


class AsReadView(View):
    """A reading beside the first rows. `facts` are said in a line; the rest are the settings as they stand."""

    shown: bool = False
    facts: list[str] = []
    remembered: str = ""
    headings: list[ReadCell] = []
    first: list[CellsView] = []
    columns: list[OptionView] = []
    sku: str = ""
    price: str = ""
    change: str = ""
    decimal: str = ""
    delimiter: str = ""
    quotes: str = ""
    heading: str = ""
    hidden: str = ""
    sheet: str = ""
    text: bool = False
    hides: bool = False
    beside: str = ""
    slips: bool = False


class UnsureView(View):
    """Why a file was not read, and the ways in which it could be, each with its setting as JSON."""

    shown: bool = False
    why: str = ""
    ways: list[OptionView] = []
    as_read: AsReadView = AsReadView()


class _Way(BaseModel):
    setting: str = Field(max_length=20)
    value: str = Field(max_length=200)


class _Refusal(BaseModel):
    """What the page hands back of a refusal: its own text, so it is only shown."""

    model_config = ConfigDict(extra="ignore")

    detail: str = Field(max_length=2_000)
    readings: list[_Way] = Field(default=[], max_length=40)
    columns: str = Field(default="", max_length=400)
    first: list[dict[str, str | int | None]] = Field(default=[], max_length=20)


def as_read(kept: str | None) -> AsReadView:
    """Show the reading that a draft keeps."""
    if not kept:
        return AsReadView()
    was = json.loads(kept)
    sku, price, names = was["sku"], was["price"], was["headings"][:MOST_COLUMNS]
    return AsReadView(
        shown=True,
        facts=_facts(was),
        remembered=_remembered(was),
        headings=_cells(names, sku, price),
        first=[_first(number, cells, len(names), sku, price) for number, cells in was["first"]],
        columns=[OptionView(value=str(n), word=_cut(name)) for n, name in enumerate(was["headings"])],
        sku=str(sku), price=str(price), change=_chosen(was, "change"), decimal=_chosen(was, "decimal"),
        delimiter=was["delimiter"], quotes=was["quotes"], heading=str(was["heading"]),
        hidden="leave" if was["left"] else "", sheet=was["sheet"],
        text=not was["sheet"], hides=bool(was["hidden"]),
        beside=was.get("beside", ""), slips=not was["sheet"] and bool(was.get("slipped") or was.get("beside")),
    )  # fmt: skip


def _chosen(was: Mapping[str, object], name: str) -> str:
    """Return a setting as a person chose it; nothing where the file says it."""
    value = was[name] if name in _strings(was, "said") else ""
    return str(value).lower()


def _facts(was: Mapping[str, object]) -> list[str]:
    asked = "change of the price" if was["change"] else "new price"
    split, decimal = NAMES.get(str(was["delimiter"]), ""), {".": "point", ",": "comma"}.get(str(was["decimal"]), "")
    left = "left out" if was["left"] else "read like the others"
    said = (
        f"sheet “{_cut(str(was['sheet']))}”" if was["sheet"] else f"split by {split}" if split else "",
        f"headings in row {was['heading']}" if was["heading"] else "no headings",
        f"SKU from {_column(was, 'sku')}",
        f"{asked} from {_column(was, 'price')}",
        f"decimal {decimal}" if decimal else "",
        _counted(was["titles"], "row above the headings left out", "rows above the headings left out"),
        _counted(was["totals"], "total row left out", "total rows left out") + _numbered(was),
        _counted(was["empty"], "row without SKU and price left out", "rows without SKU and price left out"),
        _counted(was["hidden"], f"hidden row {left}", f"hidden rows {left}"),
        "cells without a heading are notes" if was.get("beside") else "",
        *(f"sheet “{_cut(name)}” not read" for name in _strings(was, "other_sheets")),
        *(f"hidden sheet “{_cut(name)}” not read" for name in _strings(was, "hidden_sheets")),
    )
    return [fact for fact in said if fact]


def _column(was: Mapping[str, object], role: str) -> str:
    """Say from which column something was read."""
    column, names = was[role], was["headings"]
    unseen = " (hidden column)" if column in _strings(was, "unseen") else ""
    return f"“{_cut(names[column])}”{unseen}"  # type: ignore[index]


def _numbered(was: Mapping[str, object]) -> str:
    """Say which rows the totals are."""
    rows = [count(int(row)) for row in _strings(was, "total_rows")]
    more = ", …" if isinstance(was["totals"], int) and was["totals"] > len(rows) else ""
    return f" ({noun(len(rows), 'row')} {', '.join(rows)}{more})" if rows else ""


def _strings(was: Mapping[str, object], name: str) -> Sequence[str]:
    """Return a list of a kept reading; one of before may lack it."""
    return was.get(name) or ()  # type: ignore[return-value]


_DECIDED = {
    "sku": "the SKU column", "price": "the price column", "change": "what its numbers are",
    "currency": "the currency column", "decimal": "the decimal mark",
}  # fmt: skip


def _remembered(was: Mapping[str, object]) -> str:
    """Say what was filled in from what the same person decided before."""
    decided = [_DECIDED[name] for name in _strings(was, "remembered")]
    return f"remembered from your earlier files with these headings: {', '.join(decided)}" if decided else ""


def _counted(number: object, one: str, many: str) -> str:
    return plural(number, one, many) if isinstance(number, int) and number else ""


def _cells(cells: Sequence[str], sku: int, price: int) -> list[ReadCell]:
    roles = {sku: "sku", price: "price"}
    return [ReadCell(text=_cut(cell), role=roles.get(n, "")) for n, cell in enumerate(cells)]


def _first(number: int, cells: Sequence[str], width: int, sku: int, price: int) -> CellsView:
    return CellsView(number=count(number), cells=_cells([*cells, *[""] * width][:width], sku, price))


def _cut(text: str) -> str:
    seen = plain(text)
    return seen if len(seen) <= MOST_SIGNS else f"{seen[: MOST_SIGNS - 1]}…"


def unsure(text: str) -> UnsureView:
    """Show a refusal that the page handed back; nothing if it is none."""
    try:
        refused = _Refusal.model_validate_json(text)
    except ValidationError:
        return UnsureView()
    letters = [letter for letter in refused.columns.split(",") if letter][:MOST_COLUMNS]
    rows = [[str(row.get(letter) or "") for letter in letters] for row in refused.first]
    open_ways = [way for way in refused.readings if way.value]
    return UnsureView(
        shown=bool(refused.readings),
        why=refused.detail,
        ways=[OptionView(value=_as_setting(way), word=_words(way, letters, rows)) for way in open_ways],
        as_read=AsReadView(
            shown=bool(rows),
            headings=_cells(letters, -1, -1),
            first=[
                CellsView(number=str(row.get("row") or ""), cells=_cells(cells, -1, -1))
                for row, cells in zip(refused.first, rows, strict=True)
            ],
            columns=[OptionView(value=str(n), word=_called(n, letters, rows)) for n in range(len(letters))],
            sku="0",
            price="1",
        ),
    )


def _as_setting(way: _Way) -> str:
    value: str | int | bool = way.value
    if way.setting in ("sku", "price", "currency") and way.value.isdecimal():
        value = int(way.value)
    elif way.setting == "change":
        value = way.value == "true"
    return json.dumps({way.setting: value}, ensure_ascii=False)


_ROLES = {"sku": "SKU", "currency": "Currency"}


def _words(way: _Way, letters: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if way.setting == "delimiter":
        return f"Split by {NAMES.get(way.value, way.value)}"
    if way.setting == "decimal":
        return f"Decimal {'comma' if way.value == ',' else 'point'}"
    if way.setting == "quotes":
        return "The marks are inches" if way.value == "text" else "It is one cell of several lines"
    if way.setting == "change":
        return "Its numbers are changes in percent" if way.value == "true" else "Its numbers are new prices"
    if way.setting == "sheet":
        return f"Read “{_cut(way.value)}”"
    number = int(way.value) if way.value.isdecimal() else 0
    return f"{_ROLES.get(way.setting, 'Price')} is “{_called(number, letters, rows)}”"


def _called(number: int, letters: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Call a column by the first words that stand in it, else by its letter."""
    letter = letters[number] if number < len(letters) else str(number + 1)
    first = next((row[number] for row in rows if number < len(row) and row[number]), "")
    return f"{letter}: {_cut(first)}" if first else letter
