"""Catalogs and facts as spreadsheet programs save them: other delimiters, decimal commas, workbooks."""

from io import BytesIO

import openpyxl
import pytest

from app.intake import problems
from app.intake.sheet_rows import read_sheet
from app.intake.unreadable import UnreadableFile
from tests.intake.workbooks import saved, workbook


def read(content: bytes | str) -> list[tuple[int, dict[str, str], str]]:
    sheet = read_sheet(content.encode() if isinstance(content, str) else content)
    return [(row.number, dict(row.cells), row.defect) for row in sheet.rows]


def costs(content: bytes | str) -> list[str]:
    return [cells["cost"] for _, cells, _ in read(content)]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_sign_beside_the_sku_splits_the_cells(sign: str) -> None:
    text = "\n".join(sign.join(cells) for cells in (("Name", "SKU", "Cost"), ("Tea", "T1", "70.00")))

    assert read(text) == [(2, {"name": "Tea", "sku": "T1", "cost": "70.00"}, "")]
    assert read(f"sep={sign}\n{text}") == read(text)


def test_a_decimal_comma_is_told_by_the_whole_file() -> None:
    assert costs("sku;cost\nT1;70,50\nT2;1.104,00\nT3;1.104\nT4;9\n") == ["70.50", "1104.00", "1104", "9"]
    assert costs('sku,cost\nT1,70.50\nT2,"1,104"\n') == ["70.50", "1104"]


def test_an_amount_with_the_other_decimal_mark_is_a_row_that_cannot_be_trusted() -> None:
    rows = read("sku;cost\nT1;70,50\nT2;71,50\nT3;72.50\n")

    assert [defect for _, _, defect in rows] == ["", "", "“72.50” has another decimal mark than the other rows."]


def test_an_amount_that_may_be_read_in_two_ways_refuses_the_file() -> None:
    with pytest.raises(UnreadableFile) as refused:
        read('sku,cost\nT1,"1,104"\n')

    assert refused.value.code == "ambiguous_decimal"


def test_a_workbook_is_read_with_its_own_row_numbers() -> None:
    content = workbook(("SKU", "Name", "Cost"), ("T1", "Tea", 70.5), (None, None, None), ("T2", "Coffee", 1104))

    assert read(content) == [
        (2, {"sku": "T1", "name": "Tea", "cost": "70.5"}, ""),
        (4, {"sku": "T2", "name": "Coffee", "cost": "1104"}, ""),
    ]


def test_a_cell_that_shows_another_number_than_it_holds_is_not_guessed_at() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "cost", "notes"), ("T1", 12.499, "=1/0"), (1234567, 5, "")):
        book.active.append(row)  # type: ignore[union-attr]
    book.active["B2"].number_format = "0.00"  # type: ignore[index]
    book.active["A3"].number_format = "#,##0"  # type: ignore[index]

    defects = [defect for _, _, defect in read(saved(book))]

    assert "B2 shows 12.50 but holds 12.499" in defects[0]
    assert "A3 shows a number as 1,234,567" in defects[1]


def test_the_sheet_that_has_skus_is_the_one_that_is_meant() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook(("sku", "cost"), ("T1", 7))))
    book.create_sheet("About").append(["made in", "Pune"])

    assert costs(saved(book)) == ["7"]


@pytest.mark.parametrize(
    "content",
    [
        b"sku,cost,price\nT1,70.00,100.00\nsku,price,cost\nT2,100.00,70.00\n",
        workbook(("sku", "cost", "price"), ("T1", 70, 100), (), ("sku", "price", "cost"), ("T2", 100, 70)),
    ],
    ids=["text", "workbook"],
)
def test_a_second_table_with_other_columns_is_never_read_by_the_first_ones(content: bytes) -> None:
    """Without its bad rows, the price of T2 was listed as its cost and 70.00 as its price: 30.00 too little."""
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert refused.value.code == "second_table"


def test_what_is_hidden_and_what_is_not_read_is_said() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "cost"), ("T1", 7), ("T2", 8)):
        book.active.append(row)  # type: ignore[union-attr]
    book.active.column_dimensions["B"].hidden = book.active.row_dimensions[3].hidden = True  # type: ignore[union-attr]
    book.create_sheet("About").append(["made in", "Pune"])
    old = book.create_sheet("Old")
    old.append(["sku", "cost"])
    old.sheet_state = "hidden"

    assert read_sheet(saved(book)).notes == (
        "Hidden rows were read like the others: 1.",
        "Hidden columns were read: cost.",
        "Sheets that were not read: About.",
        "Hidden sheets that were not read: Old.",
    )


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        (b"sku;cost\nT1;7,50\nT2;8,50\nT3;9.50\n", "another decimal mark than the other rows"),
        (b"sku,cost\nT1,7.50\nT3,9,50\n", "a comma that split the cost: 9.00 for 9.50"),
        (b"sku,cost,\nT1,7.50,\nT3,9,50\n", "the same under a heading that ends with a comma"),
    ],
)
def test_a_row_that_nobody_corrected_is_as_bad_when_it_comes_back(content: bytes, lost: str) -> None:
    sheet = read_sheet(content)
    found = [problems.bad(row, "bad_row", row.defect) for row in sheet.rows if row.defect]
    again = catalog_amounts(problems.as_csv(sheet.columns, found))
    assert (len(found), [cost for cost in again if cost.replace(".", "").isdigit()]) == (1, []), lost


def catalog_amounts(content: str) -> list[str]:
    return [row.cells["cost"] for row in read_sheet(content.encode()).rows if not row.defect]


@pytest.mark.parametrize(
    ("content", "read_as", "cell"),
    [
        (b"sku,name,price,\nA-1,x,1,200\nA-2,y,5.00,\n", "a first price of 1.00 for 1,200.00", "D2 holds “200”"),
        (b"sku,cost,\nA-1,70,50\nA-2,5.00,\n", "a cost of 70.00 for 70.50", "C2 holds “50”"),
        (b"sku;cost;\nA-1;70;50\nA-2;5,00;\n", "the same, split by semicolons", "C2 holds “50”"),
        (b"sku,competitor_price,cost,\nA-1,1,200,70\nA-2,1,2,\n", "1.00 for 1,200.00 and 200.00 for 70.00", "D2 holds"),
        (b"sku,name,,price\nA-1,Tea, green,5.00\nA-2,Tea,,5.00\n", "Tea for Tea, green", "C2 holds “green”"),
        (workbook(("sku", "cost", None), ("A-1", 70, 50), ("A-2", 5, None)), "70.00 by way of a workbook", "C2 holds"),
        (workbook(("sku", "cost"), ("A-1", 70, 50), ("A-2", 5, None)), "the same past the last heading", "C2 holds"),
    ],
)  # fmt: skip
def test_a_cell_under_no_heading_is_a_defect_of_its_row(content: bytes, read_as: str, cell: str) -> None:
    (_, cells, defect), (_, _, good) = read(content)

    assert (cell in defect, "" in cells, good) == (True, False, ""), read_as


def test_row_numbers_before_the_skus_need_no_heading() -> None:
    sheet = read_sheet(b",sku,cost\n0,T1,7\n")

    assert [(row.cells, row.defect) for row in sheet.rows] == [({"sku": "T1", "cost": "7"}, "")]
    assert sheet.notes == ("Columns without a heading that were not read: A.",)


def test_a_short_row_is_not_read_by_the_headings_that_have_a_name() -> None:
    assert [defect[:33] for _, _, defect in read(b",sku,cost\n0,T1,7\nT2,8\n")] == [
        "",
        "The row has 2 cells, the heading ",
    ]
