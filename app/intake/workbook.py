"""Opening an XLSX that may be hostile: measured as a zip first, then read in a process with limits."""

import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.intake.sheet_cells import TOO_LARGE
from app.intake.unreadable import UnreadableFile

MAX_ENTRIES = 500
MAX_UNPACKED = 150 * 1024 * 1024
SECONDS = 40
_LOCAL_HEADER = 30
_CHUNK = 1024 * 1024

Row = tuple[int, list[str]]


def sheets(content: bytes, *, max_rows: int) -> dict[str, list[Row]]:
    """Return the non-empty rows of every visible sheet, with the row numbers shown in the spreadsheet."""
    refuse_bomb(content)
    found: dict[str, list[Row]] = {}
    for line in _cells(content, max_rows).splitlines():
        sheet, row, *cells = json.loads(line)
        found.setdefault(sheet, []).append((row, cells))
    return found


def refuse_bomb(content: bytes) -> None:
    """Raise `UnreadableFile` unless the file is a workbook that unpacks to a sane size.

    The sizes in a zip's directory are only claims, so every entry is really unpacked and counted.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise UnreadableFile.broken_workbook() from error
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise UnreadableFile.not_a_workbook()
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFile.bomb()
    left = MAX_UNPACKED
    for entry in entries:
        left -= _unpacked_size(content, entry, left)


def _unpacked_size(content: bytes, entry: ZipInfo, limit: int) -> int:
    packed = _packed(content, entry)
    if entry.compress_type == ZIP_STORED:
        size = len(packed)
    elif entry.compress_type == ZIP_DEFLATED and not entry.flag_bits & 0x1:
        size = _inflated_size(packed, limit)
    else:
        raise UnreadableFile.broken_workbook()
    if size > limit:
        raise UnreadableFile.bomb()
    return size


def _packed(content: bytes, entry: ZipInfo) -> bytes:
    at = entry.header_offset
    header = content[at : at + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise UnreadableFile.broken_workbook()
    name, extra = struct.unpack("<HH", header[26:30])
    start = at + _LOCAL_HEADER + name + extra
    return content[start : start + entry.compress_size]


def _inflated_size(packed: bytes, limit: int) -> int:
    inflate, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, packed
    try:
        while rest and not inflate.eof and size <= limit:
            size += len(inflate.decompress(rest, _CHUNK))
            rest = inflate.unconsumed_tail
    except zlib.error as error:
        raise UnreadableFile.broken_workbook() from error
    return size


def _cells(content: bytes, max_rows: int) -> bytes:
    script = Path(__file__).with_name("sheet_cells.py")
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell, nothing of the file on the command line
            [sys.executable, "-I", str(script), str(max_rows)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile.bomb() from error
    if (
        done.returncode < 0
        or done.returncode == TOO_LARGE
        or b"MemoryError" in done.stderr
        or b"memory allocation" in done.stderr
    ):
        raise UnreadableFile.bomb()
    if done.returncode:
        raise UnreadableFile.broken_workbook()
    return done.stdout
