"""What a person said of a layout fills in what today's file leaves open, and never contradicts what it says."""

from dataclasses import replace

import openpyxl
import pytest

from app.database import reading, transaction
from app.intake import layouts
from app.intake.given import NOTHING, Given
from app.intake.price_file import Read, read_file
from app.intake.unreadable import UnreadableFile
from tests.builders import ASHA, MONDAY
from tests.intake.workbooks import saved

PRICES = b"sku,price\nT1,104.00\nT2,99.00\n"
WORDS = b"Ware;Betrag A;Betrag B\n"


def read(content: bytes, before: Given, given: Given = NOTHING) -> Read:
    return read_file(content, given=given, remembered=lambda layout: before)


def refusal(content: bytes, before: Given) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as refused:
        read(content, before)
    return refused.value


def test_a_price_column_is_not_a_change_because_it_was_one_before() -> None:
    """100.00 went to 204.00 by "+104 %": 104.00 too much."""
    found = read(PRICES, Given(sku=0, price=1, change=True))
    assert ([row.value for row in found.rows], found.reading.remembered) == (["104.00", "99.00"], ())


def test_a_column_of_changes_is_no_price_because_it_was_one_before() -> None:
    """100.00 went to 4.00: 96.00 too little."""
    found = read(b"sku,change %\nT1,4\n", Given(sku=0, price=1, change=False))
    assert ([row.value for row in found.rows], found.reading.remembered) == (["+4%"], ())


def test_another_column_that_was_chosen_before_does_not_win_over_the_one_that_the_file_names() -> None:
    found = read(b"sku,price,new price\nT1,100.00,104.00\n", Given(sku=0, price=1))
    assert (found.reading.price, found.rows[0].value) == (2, "104.00")


def test_bare_numbers_are_no_percentages_by_memory_alone() -> None:
    before = Given(sku=0, price=1, change=True)
    refused = refusal(WORDS + b"T1;104;x\n", before)
    assert (refused.code, refused.extra["readings"]) == (
        "prices_or_changes",
        [{"setting": "change", "value": "false"}, {"setting": "change", "value": "true"}],
    )
    signed = read(WORDS + b"T1;+4;x\nT2;5;x\n", before)
    assert [row.value for row in signed.rows] == ["+4%", "+5%"]
    assert signed.reading.remembered == ("sku", "price", "change")


def test_a_currency_beside_a_number_says_that_it_is_no_percentage() -> None:
    refused = refusal(WORDS + "T1;€ +4;x\n".encode(), Given(sku=0, price=1, change=True))
    assert refused.code == "prices_or_changes"


@pytest.mark.parametrize(("cost", "told"), [(b"90", ("decimal",)), (b"90,50", ("decimal",)), (b"90.50", None)])
def test_a_remembered_decimal_mark_yields_to_numbers_beside(cost: bytes, told: tuple[str, ...] | None) -> None:
    content = b"sku;cost;price\nT1;" + cost + b";1.104\n"
    if told is None:
        assert refusal(content, Given(decimal=",")).code == "ambiguous_decimal"
    else:
        found = read(content, Given(decimal=","))
        assert (found.rows[0].value, found.reading.remembered) == ("1104", told)


def test_a_column_that_was_chosen_while_it_was_seen_is_asked_for_again_once_it_is_hidden() -> None:
    book = openpyxl.Workbook()
    for row in (("Ware", "Betrag A", "Betrag B"), ("T1", 104, 99)):
        book.active.append(row)  # type: ignore[union-attr]
    seen = read_file(saved(book), given=Given(sku=0, price=1)).reading.layout
    book.active.column_dimensions["B"].hidden = True  # type: ignore[union-attr]

    def remembered(layout: str) -> Given | None:
        return Given(sku=0, price=1) if layout == seen else None

    with pytest.raises(UnreadableFile) as refused:
        read_file(saved(book), remembered=remembered)
    assert refused.value.code == "columns_missing"


def test_what_the_file_said_by_itself_is_not_remembered_as_a_choice(pricing_store: str) -> None:
    """The page sends its whole form; a point that all rows show is nobody's choice for the next file."""
    given = Given(sku=0, price=2, change=False, decimal=".")
    chosen = read_file(b"sku,sale price,regular price\nT1,90.00,104.00\n", given=given)
    with transaction() as session:
        layouts.remember(session, ASHA, chosen.reading, given, MONDAY)
        layouts.remember(session, ASHA, replace(chosen.reading, layout="other", said=()), given, MONDAY)
    with reading() as session:
        assert layouts.recall(session, ASHA, chosen.reading.layout) == Given(price=2)
        assert layouts.recall(session, ASHA, "other") is None


def test_headings_where_nothing_stands_are_refused() -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_file(PRICES, given=Given(heading=7))
    assert refused.value.code == "no_such_row"


def test_a_currency_column_is_chosen_and_remembered_where_two_contradict() -> None:
    content = b"sku,currency,price,W\xc3\xa4hrung\nT1,INR,104.00,EUR\n"
    assert refusal(content, NOTHING).code == "two_currency_columns"
    now, before = read(content, NOTHING, Given(currency=1)), read(content, Given(currency=3))
    assert (now.rows[0].currency, now.reading.said) == ("INR", ("currency",))
    assert (before.rows[0].currency, before.reading.remembered) == ("EUR", ("currency",))
