"""How a file was read, in words, and the ways that a refusal offers; what a browser hands back is only shown."""

import json
from dataclasses import asdict

import pytest

from app.intake.given import Given
from app.intake.price_file import read_file
from app.intake.unreadable import UnreadableFile
from app.pages.new_proposal.as_read_view import UnsureView, as_read, unsure


def test_a_reading_names_what_it_took_and_what_it_left_out() -> None:
    read = read_file(b"Preise;;\nArtikel;Ware;Neuer Preis\nT1;Tee;1.104,00\nSumme;;1.104,00\n")
    view = as_read(json.dumps(asdict(read.reading)))
    assert view.facts == [
        "split by semicolon",
        "headings in row 2",
        "SKU from “Artikel”",
        "new price from “Neuer Preis”",
        "decimal comma",
        "1 row above the headings left out",
        "1 total row left out (row 4)",
    ]
    assert [(cell.text, cell.role) for cell in view.first[0].cells] == [
        ("T1", "sku"),
        ("Tee", ""),
        ("1.104,00", "price"),
    ]


def test_cells_without_a_heading_may_be_called_notes_where_rows_are_refused_for_them() -> None:
    content = b"sku,price,\nT1,104.00,new\n"
    asked = as_read(json.dumps(asdict(read_file(content).reading)))
    noted = as_read(json.dumps(asdict(read_file(content, given=Given(beside="notes")).reading)))
    clear = as_read(json.dumps(asdict(read_file(b"sku,price,\nT1,104.00,\n").reading)))
    assert [(view.slips, view.beside) for view in (asked, noted, clear)] == [(True, ""), (True, "notes"), (False, "")]
    assert "cells without a heading are notes" in noted.facts


def test_a_draft_of_before_says_nothing_of_its_reading() -> None:
    assert not as_read(None).shown


def test_both_readings_of_a_file_are_offered_as_settings() -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_file(b"sku,sale price,regular price\nT1,90.00,104.00\n")
    view = unsure(json.dumps({"detail": refused.value.detail, **refused.value.extra}))
    assert [(way.word, json.loads(way.value)) for way in view.ways] == [
        ("Price is “B: sale price”", {"price": 1}),
        ("Price is “C: regular price”", {"price": 2}),
    ]
    assert view.as_read.first[1].number == "2"


@pytest.mark.parametrize("told", ["", "{}", "[]", "null", '{"detail": 1}', '{"detail": "x", "readings": "y"}'])
def test_what_is_no_refusal_shows_nothing(told: str) -> None:
    assert unsure(told) == UnsureView()
