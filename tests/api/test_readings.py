"""Files over HTTP: how they were read, why they could not be, and the reading that a caller chooses."""

import json
from dataclasses import replace

import openpyxl
import pytest

from app.clock import utc_now
from app.database import transaction
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.builders import product
from tests.intake.workbooks import saved, workbook

DRAFTS, IMPORT = "/api/drafts", "/api/price-changes/import"
TWO = "sku,sale price,regular price\nT1,90.00,104.00\n"


def sent(by: Caller, content: str, reading: dict[str, object] | None = None):  # type: ignore[no-untyped-def]
    data = {} if reading is None else {"reading": json.dumps(reading)}
    return by.post(DRAFTS, key=None, files={"file": ("x.csv", content.encode())}, data=data)


def test_a_draft_says_how_its_file_was_read(asha: Caller) -> None:
    answer = sent(asha, "Preisliste;\nArtikel;Neuer Preis\nT1;104,00\nSumme;104,00\n")
    reading = answer.json()["reading"]
    assert (answer.status_code, reading["headings"], reading["heading"]) == (201, ["Artikel", "Neuer Preis"], 2)
    assert (reading["delimiter"], reading["decimal"], reading["titles"], reading["totals"]) == (";", ",", 1, 1)


def test_a_file_that_could_mean_two_things_is_refused_with_both_and_its_first_rows(asha: Caller) -> None:
    refused = sent(asha, TWO).json()
    assert (refused["status"], refused["code"]) == (422, "two_price_columns")
    assert refused["readings"] == [{"setting": "price", "value": "1"}, {"setting": "price", "value": "2"}]
    assert refused["first"][1] == {"row": 2, "A": "T1", "B": "90.00", "C": "104.00"}


def test_what_a_person_chose_for_a_layout_is_theirs_the_next_time(asha: Caller) -> None:
    assert sent(asha, TWO, {"price": 2}).status_code == 201
    again = sent(asha, TWO.replace("104.00", "105.00"))
    assert (again.status_code, again.json()["reading"]["price"], again.json()["clean"]) == (201, 2, 1)


def test_a_reading_that_is_none_is_refused(asha: Caller) -> None:
    assert sent(asha, TWO, {"prize": 2}).json()["code"] == "malformed_reading"


def test_typed_rows_are_cells_of_their_own_beside_pasted_lines(asha: Caller) -> None:
    """Joined into one text, a tab in the second row made one cell of the first."""
    answer = asha.post(DRAFTS, {"text": "T1,104.00", "typed": [["T2", "105.00"]]}, key=None)
    assert (answer.status_code, answer.json()["rows"], answer.json()["clean"]) == (201, 2, 2)


def test_an_import_takes_a_reading_and_remembers_nothing_for_a_machine(asha: Caller) -> None:
    files = {"file": ("x.csv", TWO.encode())}
    refused = asha.post(IMPORT, files=files, data={"reason": "Auction"})
    read = asha.post(IMPORT, files=files, data={"reason": "Auction", "reading": '{"price": 2}'})
    assert (refused.json()["code"], read.status_code) == ("two_price_columns", 201)
    assert asha.post(IMPORT, files=files, data={"reason": "Auction"}).status_code == 422


def submitted(by: Caller, content: bytes) -> tuple[int, object]:
    """Import a file and return the lines of the proposal, or the first bad row's reason, or why it was refused."""
    answer = by.post(IMPORT, files={"file": ("x", content)}, data={"reason": "Auction"})
    told = answer.json()
    if answer.status_code == 201:
        lines = by.get(f"/api/price-changes/{told['id']}/lines").json()["items"]
        return 201, [(line["sku"], line["new"]) for line in lines]
    return answer.status_code, told["rows"][0]["reason"] if "rows" in told else told["code"]


def shown_with_its_zero() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(("sku", "price"))
    book.active.append((448167, 95))
    book.active["A2"].number_format = "0000000"
    return saved(book)


def on_two_sheets() -> bytes:
    book = openpyxl.Workbook()
    for sheet, sku in ((book.active, "T1"), (book.create_sheet("Green"), "T2")):
        sheet.append(("sku", "price"))
        sheet.append((sku, 95))
    return saved(book)


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (shown_with_its_zero(), 201, [("0448167", "95.00")]),
        (on_two_sheets(), 422, "several_sheets"),
        (workbook(("sku", "price", *[""] * 70, "note"), ("T1", 95, *[""] * 70, "x")), 201, [("T1", "95.00")]),
        (b"sku,price,\nT1,104,50,\nT2,95.00,\n", 422, "A comma splits the price: is 104.50 meant?"),
        (b"sku,price,price\nT1,104.00,90.00\n", 422, "two_price_columns"),
        (b'sku,name,price\nT1,"Tube 3,95.00\nT2,Tube 5",105.00\n', 422, "ambiguous_quotes"),
        (b"sku;Old price, net, EUR;new price\nT1;100.00;95.00\n", 201, [("T1", "95.00")]),
        (b"sep=;\r\nArtikel;Preis\r\nT1;95,00\r\nSumme;95,00\r\n", 201, [("T1", "95.00")]),
        ("sku;price\nT1;₹ 95,00\n".encode(), 201, [("T1", "95.00")]),
        (b"sku,currency,price\nT1,INR,$ 95.00\n", 422, "The row says INR and $; leave the one that is meant."),
        ("sku,currency,price\nT1,INR,₹ 95.00\n".encode(), 201, [("T1", "95.00")]),
        (b"sku,currency,price (USD)\nT1,INR,95.00\n", 422, "The row says INR and USD; leave the one that is meant."),
        ("sku;price\nT1;€ 95,00\n".encode(), 422, "The price is in €, but T1 is priced in INR."),
        (b"sku,change %\nT1,-5\nT2,+4 %\n", 201, [("T1", "95.00"), ("T2", "104.00")]),
    ],
)
def test_a_file_is_submitted_as_what_a_person_sees_or_not_at_all(
    asha: Caller, content: bytes, status: int, told: object
) -> None:
    """Before: 448167 fell by 5.00 for 0448167; T1 went to 104.00 for 104.50, and to 105.00 that was the price of T2."""
    with transaction() as session:
        import_catalog(session, [product("448167"), product("0448167")], now=utc_now())
    answered, said = submitted(asha, content)
    assert answered == status
    assert said == told or str(said).startswith(str(told))


@pytest.mark.parametrize(
    ("rows", "more", "code"),
    [
        ("T1,104.00\nU1,104.00", {}, "mixed_currencies"),
        ("T1,104.00", {"waves": '{"waves": []}'}, "broken_wave_plan"),
        ("T1,104.00", {"ends_at": "2020-01-01T00:00:00Z"}, "window_makes_no_sense"),
        ("T1,104.00", {"reason": "x" * 501}, "reason_too_long"),
    ],
)
def test_the_dry_run_refuses_what_the_submission_refuses(
    asha: Caller, rows: str, more: dict[str, str], code: str
) -> None:
    with transaction() as session:
        import_catalog(session, [replace(product("U1"), currency="USD")], now=utc_now())
    files = {"file": ("x.csv", f"sku,price\n{rows}\n".encode())}
    data = {"reason": "Auction"} | more
    submitted = asha.post(IMPORT, files=files, data=data)
    tried = asha.post(f"{IMPORT}?dry_run=true", key=None, files=files, data=data)
    assert (tried.status_code, tried.json()["detail"]) == (submitted.status_code, submitted.json()["detail"])
    assert tried.json()["code"] == submitted.json()["code"] == code


@pytest.mark.parametrize("written", ["0.52", "0.95"])
def test_a_share_in_a_column_of_changes_is_no_price(asha: Caller, written: str) -> None:
    """A 100.00 product went out at 0.52, 99.48 below."""
    answer = sent(asha, f"sku,change %\nT1,{written}\nT2,4\n").json()
    assert (answer["problem"], answer["clean"] + answer["soft"] + answer["hard"]) == (1, 1)


def test_a_number_that_is_not_written_like_its_column_is_no_price(asha: Caller) -> None:
    answer = sent(asha, "sku;price\nT1;104,00\nT2;105,50\nT3;106.00\n").json()
    assert (answer["problem"], answer["rows"]) == (1, 3)


@pytest.mark.parametrize(("heading", "value", "number_format"), [
    ("change", -0.03, "0%;[Red]0%"), ("change %", -3, "0.00;[Red]0.00"), ("price", -104, "0.00;0.00"),
])  # fmt: skip
def test_a_number_that_is_negative_by_its_colour_alone_is_not_read_as_an_increase(
    asha: Caller, heading: str, value: float, number_format: str
) -> None:
    """Three percent off 100.00 went out as 103.00."""
    book = openpyxl.Workbook()
    book.active.append(("sku", heading))
    book.active.append(("T1", value))
    book.active["B2"].number_format = number_format
    answer = asha.post(DRAFTS, key=None, files={"file": ("x.xlsx", saved(book))}).json()
    assert (answer["problem"], answer["clean"], answer["soft"]) == (1, 0, 0)


def test_a_note_under_no_heading_is_refused_with_its_row_until_the_caller_calls_it_one(asha: Caller) -> None:
    noted = "sku,price,\nT1,104.00,new\nT2,1,200\n"
    files = {"file": ("x.csv", noted.encode())}
    refused = asha.post(f"{IMPORT}?dry_run=true", key=None, files=files).json()
    read = asha.post(f"{IMPORT}?dry_run=true", key=None, files=files, data={"reading": '{"beside": "notes"}'}).json()
    assert [(row["row"], row["code"]) for row in refused["rows"]] == [(2, "bad_row"), (3, "bad_row")]
    assert [(row["row"], row["price"]) for row in read["rows"]] == [(3, "1,200")], "1,200.00 is not 1.00"
    assert (refused["reading"]["slipped"], read["reading"]["slipped"]) == (2, 1)
