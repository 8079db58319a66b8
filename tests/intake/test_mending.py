"""From a reading to lines: currencies, percentages, rounded cells, SKUs without their zeros, bad rows corrected."""

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from app.database import reading, transaction
from app.intake import draft_lines, drafts, known_products, layouts
from app.intake.dry_run import DryRun, dry_run
from app.intake.given import Given
from app.intake.price_file import read_file, read_typed
from app.intake.records import Draft
from app.intake.rows import RawRow
from app.intake.unreadable import UnreadableFile
from app.lifecycle.errors import NotFound
from tests.builders import ASHA, MONDAY, RAVI, product, stocked
from tests.intake.workbooks import saved


@pytest.fixture
def shop(pricing_store: str) -> None:
    """Teas at 100.00 that cost 70.00; of one number there are two, told apart by a zero; one is priced in dollars."""
    with transaction() as session:
        skus = ("T1", "T2", "BB-01255", "448167", "0448167", "00900", "0900", "CK-5")
        stocked(session, *(product(sku) for sku in skus), replace(product("U1"), currency="USD"))


def tried(*rows: RawRow) -> DryRun:
    with reading() as session:
        return dry_run(session, rows, MONDAY)


def kept(content: str) -> Draft:
    read = read_file(content.encode(), products=known_products.products)
    return draft_lines.keep(ASHA, "x.csv", read.rows, MONDAY, reading_was=read.reading)


def problems(draft: Draft) -> list[drafts.DraftRow]:
    with reading() as session:
        return drafts.page(session, draft.id, ASHA, kind="problem").items


def lines(draft: Draft) -> list[tuple[str, int | None]]:
    with reading() as session:
        found = drafts.page(session, draft.id, ASHA).items
    return [(row.sku, row.new) for row in found if row.kind != "problem"]


@pytest.mark.usefixtures("shop")
def test_a_number_shown_with_its_zero_reprices_no_other_product() -> None:
    """Product 448167 stands at 100.00; the file is about 0448167. Read by its number, it fell by 20.00."""
    book = openpyxl.Workbook()
    book.active.append(("sku", "price"))
    book.active.append((448167, 80))
    book.active["A2"].number_format = "0000000"
    (line,) = tried(*read_file(saved(book)).rows).lines
    assert (line.sku, line.new) == ("0448167", 80_00)


@pytest.mark.usefixtures("shop")
def test_a_price_in_another_currency_is_refused_with_its_row() -> None:
    (problem,) = tried(*read_typed("T1\t€ 104,50", []).rows).problems
    assert (problem.row, problem.code) == (1, "wrong_currency")
    assert problem.reason == "The price is in €, but T1 is priced in INR."


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("percent", "new"),
    [("+4 %", 104_00), ("-2,5%", 97_50), ("+0.125 %", 100_13), ("−0.125 %", 99_88), ("+4.0049 %", 104_00)],
)
def test_a_percentage_changes_the_current_price_rounded_half_up(percent: str, new: int) -> None:
    (line,) = tried(*read_typed(f"T1\t{percent}", []).rows).lines
    assert (line.old, line.new) == (100_00, new)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("percent", "code"), [("5 %", "not_a_price"), ("-100 %", "not_a_price"), ("+5", "not_a_price")]
)
def test_a_percentage_without_its_sign_or_without_a_price_left_is_refused(percent: str, code: str) -> None:
    assert [p.code for p in tried(*read_typed(f"T1\t{percent}", []).rows).problems] == [code]


@pytest.mark.usefixtures("shop")
def test_a_cell_that_is_shown_rounded_counts_only_to_the_decimals_of_its_currency() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T1", 104.0416), ("T2", 99.5)):
        book.active.append(row)
    book.active["B2"].number_format, book.active["B3"].number_format = "0.00", "0"
    found = tried(*read_file(saved(book)).rows)
    assert [(line.sku, line.new) for line in found.lines] == [("T1", 104_04)]
    assert found.problems[0].reason.startswith("The cell shows 100 but holds 99.5.")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("sku", "said", "meant"),
    [
        ("BB-1255", "No product has this SKU. Is BB-01255 meant?", "BB-01255"),
        ("bb- 01255", "No product has this SKU. Is BB-01255 meant?", "BB-01255"),
        ("ck-05", "No product has this SKU. Is CK-5 meant?", "CK-5"),
        ("900", "No product has this SKU. Is 0900 or 00900 meant?", ""),
        ("NOPE", "No product has this SKU.", ""),
        ("4.48E+05", "No product has this SKU. A spreadsheet shortened a long number;", ""),
    ],
)
def test_a_sku_that_lost_its_zeros_is_offered_if_only_one_product_is_meant(sku: str, said: str, meant: str) -> None:
    (problem,) = tried(RawRow(1, sku, "104.00", value="104.00")).problems
    assert problem.reason.startswith(said)
    assert problem.meant == meant


BAD = "sku;price\nT1;104,00\nbb-1255;1.105,50\nck-05;103,00\nT2;12,345\nNOPE;99,00\n"


@pytest.mark.usefixtures("shop")
def test_what_is_meant_is_taken_in_one_row_or_in_all() -> None:
    draft = kept(BAD)
    assert draft_lines.take_meant(draft.id, ASHA, MONDAY, row=3) == 1
    assert [row.meant for row in problems(draft)] == ["CK-5", None, None]
    assert draft_lines.take_meant(draft.id, ASHA, MONDAY) == 1
    assert lines(draft) == [("T1", 104_00), ("BB-01255", 1_105_50), ("CK-5", 103_00)]


@pytest.mark.usefixtures("shop")
def test_a_bad_row_is_corrected_in_its_place_and_the_counts_follow() -> None:
    draft = kept(BAD)
    assert draft_lines.correct(draft.id, ASHA, 5, "T2", "98,50", MONDAY)
    assert not draft_lines.correct(draft.id, ASHA, 6, "T1", "99,00", MONDAY)
    assert lines(draft) == [("T1", 104_00), ("T2", 98_50)]
    assert problems(draft)[-1].reason == "The SKU already stands in row 2."
    with reading() as session:
        again = drafts.find(session, draft.id, ASHA)
        assert (again.rows, again.problem, again.clean) == (5, 3, 2)


@pytest.mark.usefixtures("shop")
def test_only_its_owner_corrects_a_draft_and_only_its_bad_rows() -> None:
    draft = kept(BAD)
    assert not draft_lines.correct(draft.id, ASHA, 2, "T1", "1,00", MONDAY)
    with pytest.raises(NotFound):
        draft_lines.correct(draft.id, RAVI, 5, "T2", "98,50", MONDAY)
    with pytest.raises(NotFound):
        draft_lines.take_meant(draft.id, RAVI, MONDAY)
    assert lines(draft) == [("T1", 104_00)]


@pytest.mark.usefixtures("shop")
def test_the_downloaded_bad_rows_read_as_the_same_prices_once_they_are_corrected() -> None:
    draft = kept("sku;price\nT1;99,50\nNOPE;1.104\n=T2;+4,5 %\nNIX;€ 5,00\n")
    with reading() as session:
        sheet = drafts.problems_csv(session, draft.id, ASHA)
    corrected = sheet.replace("NOPE", "T1").replace("'=T2", "T2").replace("NIX", "BB-01255")
    read = read_file(corrected.encode())
    found = tried(*read.rows)
    assert [(line.sku, line.new) for line in found.lines] == [("T1", 1_104_00), ("T2", 104_50)]
    assert [(problem.sku, problem.code) for problem in found.problems] == [("BB-01255", "wrong_currency")]


@pytest.mark.usefixtures("shop")
def test_columns_that_a_person_chose_are_remembered_for_them_and_that_layout_alone() -> None:
    content = b"Ware;Betrag A;Betrag B\nT1;1.104;x\n"
    with pytest.raises(UnreadableFile):
        read_file(content)
    given = Given(sku=0, price=1, decimal=",")
    chosen = read_file(content, given=given)
    with transaction() as session:
        layouts.remember(session, ASHA, chosen.reading, given, MONDAY)

    with reading() as session:
        again = read_file(content, remembered=lambda layout: layouts.recall(session, ASHA, layout))
        assert layouts.recall(session, RAVI, chosen.reading.layout) is None
    assert (again.rows, again.reading.remembered) == (chosen.rows, ("sku", "price", "decimal"))
    assert again.rows[0].value == "1104"


def test_a_remembered_decimal_mark_never_overrules_what_a_file_shows() -> None:
    before = Given(sku=0, price=1, decimal=",")
    read = read_file(b"Ware;Betrag A;Betrag B\nT1;1104.50;x\n", remembered=lambda layout: before)
    assert (read.reading.decimal, read.rows[0].value) == (".", "1104.50")


def test_hidden_rows_are_read_or_left_out_as_a_person_says() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T1", 1), ("T2", 2)):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    everything, seen = read_file(saved(book)), read_file(saved(book), given=Given(hidden="leave"))
    assert (len(everything.rows), len(seen.rows), seen.reading.hidden) == (2, 1, 1)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("content", "lost"),
    [
        ("sku;price\nBB-01255;104,00\nCK-5;98,50\nT2;106.00\n", "another decimal mark"),
        ("sku,price,\nBB-01255,104.00,\nT2,98,50\n", "a comma that split the price: 98 for 98.50"),
        ("sku,price,\nBB-01255,104.00,\nT2,1,200\n", "the same in its thousands: 1.00 for 1,200.00"),
        ("sku,price,\nBB-01255,104.00,\nT2,98.00,new\n", "a note under no heading"),
        ("T2,98.00\nsku,price\nBB-01255,104.00\n", "a row above the headings"),
        ("sku,change %\nBB-01255,4\nT2,0.52\n", "a share among changes: 0.52 for 100.00"),
        ("sku,currency,price\nT2,INR,$ 95.00\n", "two currencies"),
        ("sku,price\nT2,104.00\nT2,98.00\n", "a SKU that stood there before"),
    ],
)
def test_a_downloaded_bad_row_that_nobody_corrected_is_as_bad_when_it_comes_back(content: str, lost: str) -> None:
    draft = kept(content)
    with reading() as session:
        sheet = drafts.problems_csv(session, draft.id, ASHA)
    again = tried(*read_file(sheet.encode()).rows)
    assert (len(problems(draft)), again.counts.rows, again.counts.problem) == (1, 1, 1), lost


@pytest.mark.usefixtures("shop")
def test_a_cell_that_hides_what_it_holds_is_not_taken_from_the_downloaded_row() -> None:
    """Shown as 100 and held as 99.50 it came back as 100."""
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T2", 99.5), ("NOPE", 99.5)):
        book.active.append(row)
    book.active["B2"].number_format = book.active["B3"].number_format = "0"
    read = read_file(saved(book))
    draft = draft_lines.keep(ASHA, "x.xlsx", read.rows, MONDAY, reading_was=read.reading)
    with reading() as session:
        sheet = drafts.problems_csv(session, draft.id, ASHA)
    again = tried(*read_file(sheet.replace("NOPE", "T1").encode()).rows)
    assert [line.sku for line in again.lines] == []
    assert "but its cell holds 99.5" in problems(draft)[1].reason


@pytest.mark.usefixtures("shop")
def test_the_downloaded_rows_show_what_stood_in_the_cells() -> None:
    draft = kept("sku;price\nT1;99,50\nNOPE;1.104\nNIX;€ 5,00\n")
    with reading() as session:
        rows = list(csv.DictReader(io.StringIO(drafts.problems_csv(session, draft.id, ASHA))))
    assert [(row["price"], row["as it came"]) for row in rows] == [("1104", "1.104"), ("5.00 €", "€ 5,00")]


@pytest.mark.usefixtures("shop")
def test_a_price_that_was_shown_beside_a_wrong_sku_counts_once_the_sku_is_corrected() -> None:
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("NOPE", 104.0416)):
        book.active.append(row)
    book.active["B2"].number_format = "0.00"
    read = read_file(saved(book))
    draft = draft_lines.keep(ASHA, "x.xlsx", read.rows, MONDAY, reading_was=read.reading)
    assert draft_lines.correct(draft.id, ASHA, 2, "T1", "104.04", MONDAY)
    assert lines(draft) == [("T1", 104_04)]


@pytest.mark.usefixtures("shop")
def test_a_decomposed_letter_is_the_same_sku() -> None:
    with transaction() as session:
        stocked(session, product("Café-1"))
    (line,) = tried(*read_file("sku,price\nCafe\u0301-1,104.00\n".encode()).rows).lines
    assert (line.sku, line.new) == ("Café-1", 104_00)


@pytest.mark.usefixtures("shop")
def test_a_product_that_is_called_total_is_repriced_and_a_total_is_told_from_it() -> None:
    with transaction() as session:
        stocked(session, product("Total"))
    content = "sku,price\nT1,104.00\n{}\n"
    sold = read_file(content.format("Total,98.00").encode(), products=known_products.products)
    doubtful = read_file(content.format("Total,104.00").encode(), products=known_products.products)
    dropped = read_file(content.format("Summe,104.00").encode(), products=known_products.products)
    assert [line.sku for line in tried(*sold.rows).lines] == ["T1", "Total"]
    (doubt,) = tried(*doubtful.rows).problems
    assert doubt.reason.startswith("The row may be the product Total, or the total of the rows above")
    assert (dropped.reading.totals, dropped.reading.total_rows) == (1, (3,))


@pytest.mark.usefixtures("shop")
def test_a_number_format_that_adds_digits_reprices_nothing() -> None:
    """A cell that holds 105 was shown, and read, as 1105.00: 1,000.00 too much."""
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T1", 105)):
        book.active.append(row)
    book.active["B2"].number_format = '"1"0.00'
    found = tried(*read_file(saved(book)).rows)
    assert (found.lines, [problem.code for problem in found.problems]) == ((), ["not_a_price"])


TOTAL = "sku;price\nT1;104,00\nTotal;104,00\n"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("content", "row", "sku", "price", "new"),
    [
        (TOTAL, 3, "Total", "104,00", 104_00),
        (TOTAL, 3, "Total", "104,50", 104_50),
        ("sku;change %\nT1;+4,5\nTotal;+4,5\n", 3, "Total", "+4,5", 104_50),
        ("Total;€ 98,50\nsku;price\nT1;104,00\n", 1, "U1", "98,50", 98_50),
        ("Total;98,50\nsku;price\nT1;104,00\n", 1, "Total", "98,50", 98_50),
        ("Total;98,50\nsku;price\nT1;104\n", 1, "Total", "98,50", 98_50),
        ("sku;price\nT1;104\nTotal;104,00\n", 3, "Total", "104,00", 104_00),
    ],
)
def test_a_row_that_may_be_none_counts_once_a_person_keeps_it(
    content: str, row: int, sku: str, price: str, new: int
) -> None:
    """Kept as it stood, the row was refused for ever: “104,00” could mean two things."""
    with transaction() as session:
        stocked(session, product("Total"))
    draft = kept(content)
    (problem,) = problems(draft)
    assert (problem.row, problem.code) == (row, "doubtful_row")
    assert "check it as it stands" in (problem.reason or "")
    assert draft_lines.correct(draft.id, ASHA, row, sku, price, MONDAY)
    assert (sku, new) in lines(draft)


@pytest.mark.usefixtures("shop")
def test_a_doubtful_price_that_is_shown_rounded_says_so_before_it_is_kept() -> None:
    with transaction() as session:
        stocked(session, product("Total"))
    book = openpyxl.Workbook()
    for row in (("sku", "price"), ("T1", 104.04), ("Total", 104.0416)):
        book.active.append(row)
    book.active["B3"].number_format = "0.00"
    read = read_file(saved(book), products=known_products.products)
    draft = draft_lines.keep(ASHA, "x.xlsx", read.rows, MONDAY, reading_was=read.reading)
    assert "The price is shown as 104.04, but its cell holds 104.0416." in (problems(draft)[0].reason or "")
    assert draft_lines.correct(draft.id, ASHA, 3, "Total", "104.04", MONDAY)
    assert lines(draft) == [("T1", 104_04), ("Total", 104_04)]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("content", "row", "said", "meant"),
    [
        ("sku,price,\nT1,104.00,\nT2,1,200\n", 3, "1,200", "1200"),
        ("sku;price;\nT1;104,00;\nT2;1200;00\n", 3, "1200;00", "1200,00"),
        ("T2,1,200\nsku,price,\nT1,104.00,\n", 1, "1,200", "1200.00"),
    ],
)
def test_a_price_whose_half_slipped_is_typed_anew_and_never_only_confirmed(
    content: str, row: int, said: str, meant: str
) -> None:
    """The price of 1,200.00 went out as 1.00."""
    draft = kept(content)
    assert [(problem.row, problem.raw_price) for problem in problems(draft)] == [(row, said)]
    assert not draft_lines.correct(draft.id, ASHA, row, "T2", said, MONDAY)
    assert draft_lines.correct(draft.id, ASHA, row, "T2", meant, MONDAY)
    assert ("T2", 1_200_00) in lines(draft)


@pytest.mark.parametrize(
    ("content", "said", "expected"),
    [
        ("sku,price,\nT1,5.00,new\nT2,6,50\nT3,€6,50\n", Given(beside="notes"), ["5.00", "", ""]),
        ("sku,qty,price,\nT1,1,200,5.00\nT2,2,6.00,new\n", Given(beside="notes"), ["", "6.00"]),
        ("sku,price,note,\nT1,1,200,good\nT2,6.00,good,\n", Given(beside="notes"), ["", "6.00"]),
        ("sku,qty,price,note\nT1,1,200,5.00,good\nT2,2,6.00,good\n", Given(beside="notes"), ["", "6.00"]),
        ("T1,5.00,new\nT2,6,50,new\n", Given(heading=0, sku=0, price=1, beside="notes"), ["5.00", ""]),
    ],
)
def test_cells_without_a_heading_are_notes_where_a_person_says_so_unless_they_read_as_numbers(
    content: str, said: Given, expected: list[str]
) -> None:
    assert [row.value for row in read_file(content.encode(), given=said).rows] == expected


@pytest.mark.usefixtures("shop")
def test_half_a_price_in_the_currency_column_is_no_currency() -> None:
    found = tried(*read_file(b"sku,price,\nT1,98.00,INR\nT2,98,50\n", given=Given(currency=2)).rows)
    assert ([line.sku for line in found.lines], [problem.code for problem in found.problems]) == (
        ["T1"],
        ["wrong_currency"],
    )
