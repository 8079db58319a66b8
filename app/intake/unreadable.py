"""Why a whole file is refused. Anything that concerns single rows is a row's problem instead."""

from collections.abc import Collection, Mapping, Sequence
from typing import Self

from app.lifecycle.errors import Refused

NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "blank"}
"""What the signs are called that split cells."""
_ROLES = {"sku": "SKU", "price": "price", "currency": "currency of the price"}


class UnreadableFile(Refused):
    """A file that was not read. `code` says why; nothing was stored."""

    code, status, title = "unreadable_file", 422, "The file cannot be read"

    def showing(self, columns: Sequence[str], rows: Sequence[Mapping[str, str | int | None]]) -> Self:
        """Add the first rows of the table, by which a person sees which reading is right."""
        self.extra = {**self.extra, "columns": ",".join(columns), "first": rows}
        return self

    @classmethod
    def bomb(cls) -> Self:
        """Refuse a workbook that would need far more room than its size suggests."""
        return cls(
            "The workbook unpacks to far more than a price list needs, so it was not opened."
            " Copy the two columns into a new workbook, or save them as CSV.",
            code="workbook_too_large",
        )

    @classmethod
    def broken_workbook(cls) -> Self:
        """Refuse a workbook that is damaged or locked with a password."""
        return cls(
            "The workbook is damaged or locked with a password. Save it again as XLSX or CSV.",
            code="broken_workbook",
        )

    @classmethod
    def not_a_workbook(cls) -> Self:
        """Refuse a kind of file that is neither a workbook nor a table in text form."""
        return cls("This is neither CSV nor an XLSX workbook. Save it as one of the two.", code="not_a_table")

    @classmethod
    def too_many_rows(cls, most: int) -> Self:
        """Refuse a file with more rows than one proposal may have."""
        return cls(
            f"The file has more than {most:,} rows, the most one proposal may have. Split it.",
            code="too_many_rows",
        )

    @classmethod
    def too_large(cls, size: int, most: int) -> Self:
        """Refuse a file by its size alone."""
        return cls(
            f"The file is {size / 1e6:.0f} MB; at most {most / 1e6:.0f} MB are read."
            " Leave out all columns but SKU and price, or split it.",
            code="file_too_large",
        )

    @classmethod
    def no_rows(cls, hidden_sheets: Sequence[str] = ()) -> Self:
        """Refuse a file that holds nothing, at least nothing that it shows."""
        hidden = f" Hidden sheets were not read: {_listed(hidden_sheets)}." if hidden_sheets else ""
        return cls(f"There is no row with a SKU and a price.{hidden}", code="no_rows")

    @classmethod
    def columns_missing(cls, seen: Sequence[str]) -> Self:
        """Refuse a table whose columns are not told by its headings."""
        names = _listed([name for name in seen if name]) or "nothing"
        return cls(
            "No row names a column “sku” and a column “price” or “new_price”, in any language known here;"
            f" the first holds {names}. Say which columns are meant, or name them in the first row.",
            code="columns_missing",
            extra={"readings": ways(sku=("",), price=("",))},
        )

    @classmethod
    def two_columns(cls, role: str, columns: Sequence[tuple[int, str]]) -> Self:
        """Refuse to choose among columns that all may be the SKU, the price or its currency."""
        word = _ROLES[role]
        return cls(
            f"{len(columns)} columns may be the {word}: {_listed([name for _, name in columns])}."
            " Say which one it is; nothing was read.",
            code=f"two_{role}_columns",
            extra={"readings": ways(**{role: [str(column) for column, _ in columns]})},
        )

    @classmethod
    def hidden_column(cls, role: str, columns: Sequence[tuple[int, str]], hidden: Collection[int]) -> Self:
        """Refuse to take a column that a person does not see in the sheet."""
        seen = [f"“{_short(name)}”" for column, name in columns if column not in hidden]
        unseen = _listed([name for column, name in columns if column in hidden])
        beside = f"; the sheet shows {', '.join(seen)}" if seen else ""
        return cls(
            f"The {_ROLES[role]} may stand in a column that the sheet hides: {unseen}{beside}."
            " Say which column is meant, or show it in the sheet; nothing was read.",
            code=f"hidden_{role}_column",
            extra={"readings": ways(**{role: [str(column) for column, _ in columns]})},
        )

    @classmethod
    def price_or_change(cls, columns: Sequence[tuple[int, str]]) -> Self:
        """Refuse to choose between a column of prices and one of percentages."""
        (_, price), (_, change) = columns
        return cls(
            f"“{_short(price)}” may be the new price, or the current one that “{_short(change)}” changes."
            " Say which column is meant; nothing was read.",
            code="price_or_change",
            extra={"readings": ways(price=[str(column) for column, _ in columns])},
        )

    @classmethod
    def prices_or_changes(cls, name: str, example: str) -> Self:
        """Refuse to take bare numbers for percentages because the same person once said so of their heading."""
        return cls(
            f"“{_short(name)}” held changes in percent when you brought these headings before, but numbers such as"
            f" “{_short(example)}” show neither a sign nor a %. Say what they are; nothing was read.",
            code="prices_or_changes",
            extra={"readings": ways(change=("false", "true"))},
        )

    @classmethod
    def change_of_what(cls, name: str, example: str) -> Self:
        """Refuse to take numbers for percentages of which the heading only says that they are changes."""
        return cls(
            f"“{_short(name)}” may be a change in percent or in money: “{_short(example)}” shows no %, nor does"
            " any other row. Say that it is percent, or bring the new prices instead; nothing was read.",
            code="change_of_what",
            extra={"readings": ways(change=("true",))},
        )

    @classmethod
    def second_table(cls, row: int, cells: Sequence[str]) -> Self:
        """Refuse a sheet in which another table with other columns begins below the first."""
        return cls(
            f"In row {row:,} a second table begins, with other columns: {_listed([cell for cell in cells if cell])}."
            " Bring the two tables in files or on sheets of their own; nothing was read.",
            code="second_table",
        )

    @classmethod
    def no_such_row(cls, row: int) -> Self:
        """Refuse to read headings where nothing stands."""
        return cls(
            f"Nothing stands in row {row:,}, so it cannot name the columns. Say which row does, or 0 for none.",
            code="no_such_row",
        )

    @classmethod
    def two_decimals(cls, example: str, *, mixed: bool) -> Self:
        """Refuse numbers of which nobody can tell which mark is the decimal one."""
        digits = example.replace(",", "").replace(".", "")
        why = "other rows use either as the decimal mark" if mixed else "no other row tells which is the decimal mark"
        return cls(
            f"“{_short(example)}” may be {_short(digits)}, or {_short(example.replace(',', '.'))}: {why}."
            " Say whether it is the point or the comma; nothing was read.",
            code="ambiguous_decimal",
            extra={"readings": ways(decimal=(".", ","))},
        )

    @classmethod
    def open_quote(cls, row: int) -> Self:
        """Refuse a table in which a quotation mark swallows the rows after it."""
        return cls(
            f"The quotation marks near row {row:,} do not pair up, so the rows cannot be told apart."
            " Say that they are part of the text (inch marks), or write a quotation mark inside a cell twice.",
            code="broken_quotes",
            extra={"readings": ways(quotes=("text",))},
        )

    @classmethod
    def swallowed_rows(cls, row: int, cell: str) -> Self:
        """Refuse a table in which two inch marks may have made one cell of several rows."""
        first, _, rest = cell.strip().partition("\n")
        return cls(
            f"A quotation mark in row {row:,} opens before “{_short(first)}” and closes after “{_short(rest)}”."
            " Either this is one cell of several lines, or the marks are inches and these are rows of their own."
            " Say which; nothing was read.",
            code="ambiguous_quotes",
            extra={"readings": ways(quotes=("text", "cells"))},
        )

    @classmethod
    def too_many_columns(cls, most: int) -> Self:
        """Refuse a table that is wider than any price list."""
        return cls(
            f"A row has more than {most:,} columns, which is no price list. Leave out what is not needed.",
            code="too_many_columns",
        )

    @classmethod
    def long_text(cls, row: int, most: int) -> Self:
        """Refuse a cell with more text than any price list has."""
        return cls(
            f"A cell in row {row:,} is longer than {most:,} characters, or a quotation mark before it never closes."
            " Leave that column out, or correct the mark.",
            code="long_text",
        )

    @classmethod
    def strict_workbook(cls) -> Self:
        """Refuse a dialect of XLSX that hardly any program writes."""
        return cls(
            "This is a “Strict Open XML” workbook, which is not read. Save it as an ordinary Excel workbook (.xlsx).",
            code="strict_workbook",
        )

    @classmethod
    def several_sheets(cls, sheets: Sequence[str]) -> Self:
        """Refuse to choose among the sheets of a workbook."""
        return cls(
            f"Prices may stand on {len(sheets)} sheets: {_listed(sheets)}. Choose one; nothing was read.",
            code="several_sheets",
            extra={"readings": ways(sheet=sheets)},
        )

    @classmethod
    def no_such_sheet(cls, asked: str, sheets: Sequence[str]) -> Self:
        """Refuse a sheet that the workbook does not show."""
        return cls(
            f"The workbook shows no sheet “{_short(asked)}”; it has {_listed(sheets)}.",
            code="no_such_sheet",
            extra={"readings": ways(sheet=sheets)},
        )

    @classmethod
    def two_delimiters(cls, one: str, other: str) -> Self:
        """Refuse a text whose headings are told by either of two delimiters."""
        return cls(
            f"The cells may be split by {NAMES[one]} or by {NAMES[other]}, and both read well."
            " Say which one it is; nothing was read.",
            code="ambiguous_delimiter",
            extra={"readings": ways(delimiter=(one, other))},
        )

    @classmethod
    def mixed_delimiters(cls, one: str, other: str, line: str) -> Self:
        """Refuse a text whose lines are split by different signs."""
        return cls(
            f"Some lines are split by {NAMES[one]}, others by {NAMES[other]}, such as “{_short(line)}”."
            " Use one of them in every line.",
            code="mixed_delimiters",
            extra={"readings": ways(delimiter=(one, other))},
        )

    @classmethod
    def comma_or_blank(cls, line: str) -> Self:
        """Refuse a pasted line whose comma may split the cells or stand in the price."""
        sku, _, price = line.rpartition(" ")
        left, _, right = line.partition(",")
        return cls(
            f"“{_short(line)}” may mean SKU “{_short(sku)}” at {_short(price)}, or SKU “{_short(left)}” at"
            f" {_short(right.strip())}. Say what splits SKU and price, or put a tab between them; nothing was read.",
            code="ambiguous_delimiter",
            extra={"readings": ways(delimiter=(" ", ","))},
        )


def ways(**choices: Sequence[str]) -> list[dict[str, str | int | None]]:
    """Name the ways in which a file may be read, each as the setting that chooses it."""
    return [{"setting": setting, "value": value} for setting, values in choices.items() for value in values]


def _short(text: str) -> str:
    kept = " ".join(text.split())
    return kept if len(kept) <= 40 else f"{kept[:39]}…"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{_short(name)}”" for name in names[:8])
