"""A table is read whole and as a person sees it, or refused with the ways in which it could be read."""

from datetime import date

import openpyxl
import pytest

from app.intake.number_formats import ShownNumber, shown
from app.intake.tables import How, Limits, Table, read_pasted_table, read_table
from app.intake.unreadable import UnreadableFile
from tests.intake.workbooks import rewritten, saved, workbook

LARGE = Limits(bytes=1_000_000, rows=1_000, columns=50)


def named(table: Table) -> bool:
    return any({"sku", "price"} <= {cell.strip('"').casefold() for cell in row.cells} for row in table.rows[:50])


def texts(table: Table) -> list[list[str]]:
    return [[row.text(column) for column in range(len(row.cells))] for row in table.rows]


def refused(content: bytes | str, how: How | None = None) -> UnreadableFile:
    how = how or How()
    with pytest.raises(UnreadableFile) as caught:
        _read(content, how)
    assert caught.value.detail.endswith(".")
    return caught.value


def _read(content: bytes | str, how: How) -> Table:
    if isinstance(content, str):
        return read_pasted_table(content, named, how=how, limits=LARGE)
    return read_table(content, named, how=how, limits=LARGE)


@pytest.mark.parametrize(
    ("number", "number_format", "seen"),
    [
        (448167, "0000000", ShownNumber("0448167")),
        (448167, "General", ShownNumber("448167")),
        (448167, "00-00000", ShownNumber("04-48167")),
        (5, '"SKU-"000', ShownNumber("SKU-005")),
        (0.1 + 0.2, "General", ShownNumber("0.3")),
        (1234.5, "#,##0.00", ShownNumber("1,234.50")),
        (197.6, "[$€-407] #,##0.00", ShownNumber("€ 197.60")),
        (5, '_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', ShownNumber("5.00 €")),
        (12.345, "0.00", ShownNumber("12.35", "12.345")),
        (99.5, "0", ShownNumber("100", "99.5")),
        (12345, "0,", ShownNumber("12", "12345")),
        (0.04, "+0.0%;-0.0%", ShownNumber("+4.0%")),
        (-0.045, "0%", ShownNumber("-5%", "-0.045")),
        (-0.03, "+0%;[Red]-0%", ShownNumber("-3%")),
        (-0.03, "0%;[Red]0%", ShownNumber("3%", "-0.03")),
        (-104, "0.00;0.00", ShownNumber("104.00", "-104")),
        (-104, "0.00;(0.00)", ShownNumber("(104.00)")),
        (5, ";;;", ShownNumber("", "5")),
        (12, "#.##", ShownNumber("12.")),
        (8901234567890, "0.00E+00", None),
        (0.5, "# ?/?", None),
        (3, "[<10]0;0.0", None),
    ],
)
def test_a_number_is_what_its_format_shows(number: float, number_format: str, seen: ShownNumber | None) -> None:
    assert shown(number, number_format) == seen


def formatted(value: object, number_format: str) -> Table:
    book = openpyxl.Workbook()
    book.active.append(("sku", "price"))
    book.active.append((value, 110))
    book.active["A2"].number_format = number_format
    return read_table(saved(book), named)


def test_a_numeric_sku_keeps_the_zeros_that_a_person_sees() -> None:
    assert texts(formatted(448167, "0000000"))[1] == ["0448167", "110"]


@pytest.mark.parametrize(
    ("value", "number_format", "said"),
    [
        (4006381333931, "0.00E+00", "is shown by the number format 0.00E+00, which hides its digits"),
        (1234567890123456789, "0", "has more than 15 digits, of which the spreadsheet keeps 15"),
        (7, ";;;", "is hidden by its number format; it holds 7"),
        (date(2026, 12, 10), "DD-MM", "holds a date or time (2026-12-10 00:00:00)"),
        ("=1+1", "General", "is a formula without a value; open the file in a spreadsheet program and save it"),
        ("#N/A", "General", "holds the error #N/A"),
    ],
)
def test_a_cell_that_does_not_show_what_it_holds_says_so(value: object, number_format: str, said: str) -> None:
    assert formatted(value, number_format).rows[1].troubles[0].startswith(said)


def test_a_rounded_number_keeps_the_one_behind_it() -> None:
    book = openpyxl.Workbook()
    book.active.append(("sku", "price"))
    book.active.append(("T1", 104.0416))
    book.active["B2"].number_format = "0.00"
    row = read_table(saved(book), named).rows[1]
    assert (row.text(1), row.is_number(1), row.held[1]) == ("104.04", True, "104.0416")


def two_sheets() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Tea"
    for sheet, price in ((book.active, 1), (book.create_sheet("Coffee"), 2)):
        sheet.append(("sku", "price"))
        sheet.append(("T1", price))
    return saved(book)


def test_two_sheets_that_would_do_are_refused_by_name_and_one_may_be_chosen() -> None:
    said = refused(two_sheets())
    assert (said.code, said.detail) == (
        "several_sheets",
        "Prices may stand on 2 sheets: “Tea”, “Coffee”. Choose one; nothing was read.",
    )
    assert said.extra["readings"] == [{"setting": "sheet", "value": "Tea"}, {"setting": "sheet", "value": "Coffee"}]
    table = read_table(two_sheets(), named, how=How(sheet="Coffee"))
    assert (table.sheet, texts(table)[1]) == ("Coffee", ["T1", "2"])
    assert refused(two_sheets(), How(sheet="Salt")).code == "no_such_sheet"


def test_the_only_sheet_that_fits_is_named_and_hidden_ones_are_not_looked_at() -> None:
    book = openpyxl.Workbook()
    book.active.append(("Read me", "version 2"))
    hidden, prices = book.create_sheet("old"), book.create_sheet("prices")
    hidden.append(("sku", "price"))
    hidden.sheet_state = "hidden"
    prices["A7"], prices["B7"] = "sku", "price"
    table = read_table(saved(book), named)
    assert (table.sheet, [row.number for row in table.rows]) == ("prices", [7])


def test_rows_that_a_filter_hides_are_read_and_counted() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T1", 1), ("T2", 2)):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    table = read_table(saved(book), named)
    assert (len(table.rows), table.hidden, table.rows[2].hidden) == (3, 1, True)


def test_blank_rows_in_between_hide_nothing() -> None:
    book = openpyxl.Workbook()
    book.active.append(("sku", "price"))
    book.active["A200001"], book.active["B200001"] = "LAST", 9
    assert read_table(saved(book), named, limits=LARGE).rows[-1].number == 200_001


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (workbook(("sku", "price"), *[("T", 1)] * 1_000), "too_many_rows"),
        (workbook(("sku", "price"), ("T", 1, *[""] * 60, "x")), "too_many_columns"),
        (b"sku,price\n" + b"T,1\n" * 1_000, "too_many_rows"),
        (b"sku,price\nT,1" + b"," * 60 + b"x\n", "too_many_columns"),
        (b"sku,price,text\nT,1," + b"x" * 200_000, "long_text"),
        (b"x" * 1_000_001, "file_too_large"),
    ],
)
def test_what_is_larger_than_the_limits_is_refused_and_never_cut(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_a_long_text_is_whole() -> None:
    assert texts(read_table(workbook(("sku", "price"), ("T" * 5_000, 1)), named))[1][0] == "T" * 5_000


def test_the_workbook_part_may_have_any_name() -> None:
    def renamed(parts: dict[str, bytes]) -> dict[str, bytes]:
        parts["xl/book7.xml"] = parts.pop("xl/workbook.xml")
        parts["xl/_rels/book7.xml.rels"] = parts.pop("xl/_rels/workbook.xml.rels")
        for name in ("[Content_Types].xml", "_rels/.rels"):
            parts[name] = parts[name].replace(b"xl/workbook.xml", b"xl/book7.xml")
        return parts

    content = rewritten(workbook(("sku", "price"), ("T1", 1)), renamed)
    assert texts(read_table(content, named))[1] == ["T1", "1"]


def test_a_dialect_that_is_not_read_is_named() -> None:
    def strict(parts: dict[str, bytes]) -> dict[str, bytes]:
        parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"schemas.openxmlformats.org", b"purl.oclc.org/ooxml")
        return parts

    assert refused(rewritten(workbook(("sku", "price")), strict)).code == "strict_workbook"


def test_the_delimiter_is_told_by_the_headings_that_it_yields() -> None:
    table = read_table(b"sku;Price, old, net;price\nT1;1,00;2,00\n", named)
    assert (table.delimiter, texts(table)[1]) == (";", ["T1", "1,00", "2,00"])


def test_what_excel_writes_in_the_first_line_is_obeyed_and_not_counted() -> None:
    table = read_table("sep=;\nsku;price\nT1;1,5\n".encode("utf-8-sig"), named)
    assert [(row.number, row.cells) for row in table.rows] == [(1, ("sku", "price")), (2, ("T1", "1,5"))]


INCHES = 'sku,name,price\nH-3,"Tube 3,10.00\nH-5,Tube 5",20.00\n'


def test_inch_marks_give_no_sku_the_price_of_another() -> None:
    said = refused(INCHES.encode())
    assert said.code == "ambiguous_quotes"
    assert "“Tube 3,10.00” and closes after “H-5,Tube 5”" in said.detail
    assert texts(read_table(INCHES.encode(), named, how=How(quotes="text")))[1:] == [
        ["H-3", '"Tube 3', "10.00"],
        ["H-5", 'Tube 5"', "20.00"],
    ]
    assert texts(read_table(INCHES.encode(), named, how=How(quotes="cells")))[1][2] == "20.00"


def test_a_cell_of_two_lines_is_one_cell() -> None:
    table = read_table(b'sku,name,price\nT1,"Tea\nfrom Assam",1.00\nT2,Salt,2.00\n', named)
    assert [(row.number, row.text(0)) for row in table.rows[1:]] == [(2, "T1"), (3, "T2")]


@pytest.mark.parametrize(
    ("text", "delimiter", "first"),
    [
        ("T1\t12.34\nT2\t20.00", "\t", ["T1", "12.34"]),
        ("T1;12,34\nT2;20,00", ";", ["T1", "12,34"]),
        ("T1, 12.34\nT2, 20.00", ",", ["T1", "12.34"]),
        ("T1 12.34\n\nT2   20.00", " ", ["T1", "12.34"]),
        ("H-1 1,104.00", " ", ["H-1", "1,104.00"]),
        ("A b 12.34", " ", ["A b", "12.34"]),
        ("A € 12.34", " ", ["A", "€ 12.34"]),
        ("A 12.34 EUR", " ", ["A", "12.34 EUR"]),
        ("A +4 %", " ", ["A", "+4 %"]),
        ("T1", " ", ["T1"]),
    ],
)
def test_the_lines_of_a_pasted_text_say_what_splits_them(text: str, delimiter: str, first: list[str]) -> None:
    table = read_pasted_table(text, named)
    assert (table.delimiter, texts(table)[0]) == (delimiter, first)


@pytest.mark.parametrize(
    ("text", "code"),
    [("A,104.00\nB\t105.00", "mixed_delimiters"), ("A 1,104", "ambiguous_delimiter")],
)
def test_lines_that_could_be_split_in_two_ways_are_refused(text: str, code: str) -> None:
    said = refused(text)
    assert said.code == code
    assert len(said.extra["readings"]) == 2


def test_what_an_export_wrote_to_keep_a_cell_from_running_is_undone() -> None:
    (row,) = read_pasted_table("'=A1\t'-1\t'+4 %\t''=x\t'n' roll\t=\"0448167\"", named).rows
    assert [row.text(column) for column in range(7)] == ["=A1", "-1", "+4 %", "'=x", "'n' roll", "0448167", ""]


def test_an_endless_line_takes_no_time() -> None:
    (row,) = read_pasted_table("a" + " " * 900_000 + "b", named, limits=LARGE).rows
    assert [row.text(0), row.text(1)] == ["a", "b"]
