"""Files and pasted text as people really have them, and as an attacker would make them."""

import io
import struct
import zipfile

import openpyxl
import pytest

from app.intake.price_file import MAX_BYTES, MAX_ROWS, Read, read_file, read_typed
from app.intake.rows import RawRow
from app.intake.unreadable import UnreadableFile
from tests.intake.workbooks import saved, workbook, zipped

TWO = [("T1", "12.34"), ("T2", "20.00")]


def pairs(read: Read) -> list[tuple[str, str]]:
    return [(row.sku, row.price) for row in read.rows]


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_file(content)
    assert refused.value.detail.endswith(".")
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        "sku,new_price\nT1,12.34\nT2,20.00\n",
        "sku,new_price\r\nT1,12.34\r\n\r\nT2,20.00\r\n\r\n",
        "sku;price\nT1;12.34\nT2;20.00",
        "SKU\tNew price\nT1\t12.34\nT2\t20.00",
        '"Product SKU","Proposed price"\n"T1","12.34"\n" T2 ","20.00 "',
        'name,price,new_price,sku,note\nTea,9.00,12.34,T1,\n"Tea, green",9.00,20.00,T2,x\n',
        "T1,12.34\nT2,20.00",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_is_read_whatever_its_encoding_and_delimiter(text: str, encoding: str) -> None:
    assert pairs(read_file(text.encode(encoding))) == TWO


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    assert [row.row for row in read_file(b'name,sku,price\n"a\nb",T1,1\n\n,T2,2\n').rows] == [2, 4]


def test_names_in_an_old_encoding_do_not_stop_a_price_list() -> None:
    assert pairs(read_file("name,sku,price\nCafé,T1,12.34\n".encode("latin-1"))) == TWO[:1]


def test_a_row_that_falls_short_has_no_price_and_one_with_more_cells_than_the_heading_is_not_trusted() -> None:
    read = read_file(b"sku,price\nT1\nT2,12,34\nT3,5,,\n")
    assert [(row.sku, row.price, row.defect[:36]) for row in read.rows] == [
        ("T1", "", ""),
        ("T2", "12,34", "A comma splits the price: is 12.34 m"),
        ("T3", "5", "The row has 4 cells, more than the h"),
    ]


def test_a_row_whose_cells_have_slipped_is_not_trusted() -> None:
    (row,) = read_file(b"sku,price,name\nT1,12.34,Tea, green\n").rows
    assert row.defect == "The row has 4 cells, more than the heading; put a cell with commas in quotation marks."


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_rows"),
        (b"sku,price\n", "no_rows"),
        (b"\n\n", "no_rows"),
        (b"sku,cost\nT1,5\n", "columns_missing"),
        (b"just a sentence", "columns_missing"),
        (b'sku,price\nT1,"12.34\nT2,20.00\n', "broken_quotes"),
        (b"\x7fELF\x00\x00\x01", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "not_a_table"),
        (b"x" * (MAX_BYTES + 1), "file_too_large"),
        (b"PK\x03\x04" + b"x" * MAX_BYTES, "file_too_large"),
        (b"sku,price\n" + b"T,1\n" * (MAX_ROWS + 1), "too_many_rows"),
        (b"PK\x03\x04garbage", "broken_workbook"),
    ],
)
def test_a_file_that_is_no_price_list_is_refused_with_its_reason(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_sixty_megabytes_are_refused() -> None:
    assert refusal(b"sku,price\n" + b"T1,1.00\n" * 7_500_000) == "file_too_large"


@pytest.mark.parametrize(
    "text",
    [
        "T1\t12.34\nT2\t20.00\n",
        "T1, 12.34\nT2, 20.00",
        "T1 12.34\n\nT2   20.00",
        "sku\tprice\nT1\t12.34\nT2\t20.00",
    ],
)
def test_pasted_lines_need_no_heading(text: str) -> None:
    assert pairs(read_typed(text, [])) == TWO


def test_a_pasted_line_without_a_price_is_kept_to_be_complained_about() -> None:
    assert pairs(read_typed("T1", [])) == [("T1", "")]


def test_a_workbook_is_read_as_a_person_sees_it() -> None:
    content = workbook(
        ("sku", "name", "new price"), ("T1", "Tea", 12.34), (10023, "Coffee", 0.1 + 0.2), ("T3", "", "12,34")
    )
    assert pairs(read_file(content)) == [("T1", "12.34"), ("10023", "0.3"), ("T3", "12,34")]
    assert [row.row for row in read_file(content).rows] == [2, 3, 4]


def test_the_sheet_with_the_columns_is_found_and_hidden_ones_are_not_looked_at() -> None:
    book = openpyxl.Workbook()
    book.active.append(("Read me", "version 2"))
    hidden = book.create_sheet("old")
    hidden.append(("sku", "price"))
    hidden.append(("X", 1))
    hidden.sheet_state = "hidden"
    prices = book.create_sheet("prices")
    for row in ((None, None), ("sku", "price"), ("T1", 12.34)):
        prices.append(row)
    read = read_file(saved(book))
    assert (read.reading.sheet, read.rows) == ("prices", (RawRow(3, "T1", "12.34", value="12.34"),))


def test_a_formula_that_was_never_calculated_reads_as_a_missing_price() -> None:
    assert pairs(read_file(workbook(("sku", "price"), ("T1", "=1+1")))) == [("T1", "")]


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert refusal(zipped({"readme.txt": b"hello"})) == "not_a_table"


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = zipped({"[Content_Types].xml": b"", "_rels/.rels": b"", "xl/worksheets/sheet1.xml": b"0" * 200_000_000})
    assert len(bomb) < 300_000
    assert refusal(bomb) == "workbook_too_large"


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too() -> None:
    bomb = zipped({"[Content_Types].xml": b"", "_rels/.rels": b"", "x": b"0" * 200_000_000})
    lying = bomb.replace(struct.pack("<I", 200_000_000), struct.pack("<I", 1_000))
    assert lying != bomb
    assert refusal(lying) == "workbook_too_large"


def test_a_cell_in_the_last_row_and_column_fills_no_memory() -> None:
    plain = workbook(("sku", "price"), ("T1", 1))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    assert refusal(zipped(parts)) == "too_many_columns"


def test_a_workbook_that_repeats_a_long_text_without_end_is_refused() -> None:
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 60 + b"</row>"
    with zipfile.ZipFile(io.BytesIO(workbook(("sku", "price")))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet, links = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", row * 5_000 + b"</sheetData>")
    parts["xl/sharedStrings.xml"] = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 30_000
        + b"</t></si></sst>"
    )
    parts[links] = parts[links].replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Target="/xl/sharedStrings.xml" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/sharedStrings"/></Relationships>',
    )
    assert refusal(zipped(parts)) == "workbook_too_large"


def test_a_cut_off_workbook_is_refused() -> None:
    content = workbook(("sku", "price"), ("T1", 1))
    assert refusal(content[: len(content) // 2]) == "broken_workbook"
