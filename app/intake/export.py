"""CSV out, safe to open: what a spreadsheet would run as a formula goes out as text."""

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


BOM = "\ufeff"
"""Without it a spreadsheet program takes UTF-8 for an encoding of its own, and returns other letters."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """Return a CSV (RFC 4180, CRLF). Text that could start a formula gets an apostrophe; numbers stay numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    visible = value.replace("\0", "")
    return f"'{visible}" if value.lstrip(" ").startswith(_STARTS_FORMULA) else visible
