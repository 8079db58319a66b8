"""Files over HTTP: how they were read, why they could not be, and the reading that a caller chooses."""

import json
from dataclasses import replace

import pytest

from app.clock import utc_now
from app.database import transaction
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.builders import product

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
