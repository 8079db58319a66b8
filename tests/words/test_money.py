"""What passes as a price, and what a person is told about everything else."""

import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.words.money import (
    EXPONENTS,
    MAX_MINOR,
    CurrenciesMixed,
    Money,
    NotAPrice,
    UnknownCurrency,
    amount,
    exponent,
    format_price,
    one_currency,
    parse_price,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "INR", 12_34),
        ("12.3", "INR", 12_30),
        ("12", "INR", 12_00),
        ("0.01", "INR", 1),
        ("007.50", "INR", 7_50),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1_234),
        ("0.0001", "CLF", 1),
        ("10000000000.00", "INR", MAX_MINOR),
    ],
)
def test_a_plain_decimal_is_a_price(text: str, currency: str, minor: int) -> None:
    assert parse_price(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The price is missing."),
        ("1e3", "“1e3” is not a price. Write the number out, like 12.34."),
        ("１２.３４", "“１２.３４” is not a price. Use the digits 0 to 9, like 12.34."),
        ("١٢.٣٤", "“١٢.٣٤” is not a price. Use the digits 0 to 9, like 12.34."),
        ("12,34", "“12,34” is not a price. Decimals are written with a point: 12.34."),
        ("1,234.50", "“1,234.50” is not a price. Leave out the thousands separators: 1234.50."),
        ("NaN", "“NaN” is not a price. Leave the line out if there is no new price."),
        ("-1", "“-1” is not a price. A price must be above zero."),
        ("0", "The price is zero. A price must be above zero."),
        ("0.00", "The price is zero. A price must be above zero."),
        ("9" * 400, "“999999999999…” is 400 characters long. That cannot be a price."),
        ("=1+1", "“=1+1” is not a price. It is a formula; put its result there."),
        ("10000000000.01", "The price is too large. The largest price is 10000000000.00."),
        (" 12.34", "There are blanks around the price. Write 12.34."),
        ("12.34\n", "There are blanks around the price. Write 12.34."),
        ("₹12", "“₹12” is not a price. Write digits and a point only, like 12.34."),
        ("1\x00", "“1·” is not a price. Write digits and a point only, like 12.34."),
    ],
)
def test_anything_else_is_refused_with_a_reason_and_a_way_out(text: str, said: str) -> None:
    with pytest.raises(NotAPrice) as refused:
        parse_price(text, "INR")
    assert (refused.value.code, str(refused.value)) == ("not_a_price", said)


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("12.345", "INR", "INR has 2 decimals, but “12.345” has 3."),
        ("12.0", "JPY", "JPY has no decimals, but"),
        ("1.00000", "CLF", "CLF has 4 decimals, but"),
    ],
)
def test_too_many_decimals_are_their_own_reason(text: str, currency: str, said: str) -> None:
    with pytest.raises(NotAPrice) as refused:
        parse_price(text, currency)
    assert refused.value.code == "wrong_decimals"
    assert str(refused.value).startswith(said)


@given(st.integers(1, MAX_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_every_price_reads_back_as_it_was_written(minor: int, currency: str) -> None:
    assert parse_price(format_price(minor, currency), currency) == minor


@given(st.text(max_size=40))
def test_no_text_crashes_and_none_becomes_another_price(text: str) -> None:
    try:
        minor = parse_price(text, "INR")
    except NotAPrice:
        return
    assert text.isascii()
    assert format_price(minor, "INR").startswith(text.lstrip("0").partition(".")[0] or "0")


def test_an_unknown_currency_is_not_guessed() -> None:
    with pytest.raises(UnknownCurrency):
        exponent("BTC")


def test_a_sentence_has_an_amount_with_the_decimals_of_its_currency() -> None:
    assert all(
        amount(10**places, code).endswith("1" + "." * bool(places) + "0" * places) for code, places in EXPONENTS.items()
    )


RUPEES, YEN = Money(100_00, "INR"), Money(10_000, "JPY")


@pytest.mark.parametrize("meet", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge])
def test_amounts_of_two_currencies_never_meet(meet: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrenciesMixed, match="cannot be compared, added"):
        meet(RUPEES, YEN)


def test_the_same_number_in_another_currency_is_another_amount() -> None:
    assert Money(10_000, "INR") != YEN
    assert Money(10_000, "JPY") == YEN
    assert (str(RUPEES), str(YEN)) == ("100.00 INR", "10000 JPY")


def test_amounts_of_one_currency_are_counted_exactly() -> None:
    assert RUPEES + Money(1, "INR") - Money(2, "INR") == Money(99_99, "INR")
    assert Money.parse("100.00", "INR") == RUPEES
    with pytest.raises(CurrenciesMixed):
        one_currency(RUPEES, None, YEN)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_money_is_whole_minor_units_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "INR")  # type: ignore[arg-type]


def test_money_has_a_currency_that_exists() -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, "BTC")
