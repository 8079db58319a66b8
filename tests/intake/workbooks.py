"""Workbooks as people and programs make them."""

import io
import zipfile
from collections.abc import Callable

import openpyxl


def workbook(*rows: tuple[object, ...], name: str = "Prices") -> bytes:
    """A workbook of one sheet with these rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def rewritten(content: bytes, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> bytes:
    """A workbook whose parts were changed by hand."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zipped(change({name: archive.read(name) for name in archive.namelist()}))
