"""Opening an XLSX that may be hostile: measured as a zip first, then read in a process with limits."""

import io
import json
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.intake.sheet_cells import NO_WORKBOOK, STRICT, TOO_LARGE, TOO_MANY_COLUMNS, TOO_MANY_ROWS, Cell
from app.intake.unreadable import UnreadableFile

MAX_ENTRIES = 2_000
MAX_UNPACKED = 150 * 1024 * 1024
SECONDS = 80
_LOCAL_HEADER = 30
_CHUNK = 1024 * 1024
_ROOT = str(Path(__file__).parents[2])
_READ = """
import sys
sys.path.insert(0, sys.argv[1])
from app.intake.sheet_cells import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""

Row = tuple[int, bool, list[Cell]]
"""Its number, whether it is hidden, and its cells."""


@dataclass(slots=True)
class RawSheet:
    """One sheet: the rows that have a cell, each with the number that the spreadsheet shows.

    Of one that is `hidden` nothing is read but that something stands in it.
    """

    name: str
    hidden: bool = False
    rows: list[Row] = field(default_factory=list)
    hidden_columns: tuple[int, ...] = ()
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By row, the first and last columns of cells that were made one."""


def sheets(content: bytes, *, max_rows: int, max_columns: int) -> list[RawSheet]:
    """Return every visible sheet of a workbook, whole, and the names of hidden ones that hold something.

    Raises `UnreadableFile` if any of it would be left out.
    """
    refuse_bomb(content)
    found: list[RawSheet] = []
    for line in _copied(content, max_rows, max_columns).splitlines():
        said = json.loads(line)
        if isinstance(said, list):
            found[-1].rows.append((said[0], said[1], [tuple(cell) for cell in said[2]]))
        elif "sheet" in said:
            found.append(RawSheet(said["sheet"], hidden=said["hidden"]))
        else:
            found[-1].hidden_columns = tuple(said["hidden_columns"])
            for row, first, last in said["merged"]:
                found[-1].merged.setdefault(row, []).append((first, last))
    return found


def refuse_bomb(content: bytes) -> None:
    """Raise `UnreadableFile` unless the file is a workbook that unpacks to a sane size.

    The sizes in a zip's directory are only claims, so every entry is really unpacked and counted.
    """
    entries = _entries(content)
    if not {"[Content_Types].xml", "_rels/.rels"} <= {entry.filename for entry in entries}:
        raise UnreadableFile.not_a_workbook()
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFile.bomb()
    left = MAX_UNPACKED
    for entry in entries:
        left -= _unpacked_size(content, entry, left)


def _entries(content: bytes) -> list[ZipInfo]:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            return archive.infolist()
    except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise UnreadableFile.broken_workbook() from error


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


def _copied(content: bytes, max_rows: int, max_columns: int) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell, nothing of the file on the command line
            [sys.executable, "-I", "-c", _READ, _ROOT, str(max_rows), str(max_columns)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile.bomb() from error
    _refuse(done.returncode, done.stderr, max_rows, max_columns)
    return done.stdout


def _refuse(status: int, said: bytes, max_rows: int, max_columns: int) -> None:
    if status == TOO_MANY_ROWS:
        raise UnreadableFile.too_many_rows(max_rows)
    if status == TOO_MANY_COLUMNS:
        raise UnreadableFile.too_many_columns(max_columns)
    if status == STRICT:
        raise UnreadableFile.strict_workbook()
    if status == NO_WORKBOOK:
        raise UnreadableFile.not_a_workbook()
    if status < 0 or status == TOO_LARGE or b"MemoryError" in said or b"memory allocation" in said:
        raise UnreadableFile.bomb()
    if status:
        raise UnreadableFile.broken_workbook()
