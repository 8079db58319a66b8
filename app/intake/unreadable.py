"""Why a whole file is refused. Anything that concerns single rows is a row's problem instead."""

from typing import Self

from app.lifecycle.errors import Refused


class UnreadableFile(Refused):
    """A file that was not read. `code` says why; nothing was stored."""

    code, status, title = "unreadable_file", 422, "The file cannot be read"

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
    def no_rows(cls) -> Self:
        """Refuse a file that holds nothing."""
        return cls("There is no row with a SKU and a price.", code="no_rows")

    @classmethod
    def columns_missing(cls, seen: list[str]) -> Self:
        """Refuse a table whose columns are not told by its first row."""
        names = ", ".join(f"“{name[:30]}”" for name in seen[:8]) or "nothing"
        return cls(
            f"The first row must name a column “sku” and a column “price” or “new_price”; it holds {names}.",
            code="columns_missing",
        )

    @classmethod
    def open_quote(cls, row: int) -> Self:
        """Refuse a table in which a quotation mark swallows the rows after it."""
        return cls(
            f"The quotation marks near row {row:,} do not pair up, so the rows cannot be told apart."
            " Write a quotation mark inside a cell twice.",
            code="broken_quotes",
        )
