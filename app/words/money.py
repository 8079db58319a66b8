"""Money: exact integers in minor units with their currency inside, decimal strings in and out. Never a float.

The one home of what a currency is: its decimals, its sign, how an amount is read and written.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.words.counting import MINUS, UNKNOWN, noun

MAX_MINOR: Final = 10**12
"""Largest amount that may be a price, in minor units (for INR: ten thousand million rupees)."""

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR "
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
    "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES "
    "WST XCD YER ZAR ZMW ZWG"
)
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"

EXPONENTS: Final = {
    code: places for places, codes in ((2, _TWO), (0, _ZERO), (3, _THREE), (4, _FOUR)) for code in codes.split()
}
"""ISO 4217: decimals of every currency in use. Frozen here: no price may change with a library."""

SIGNS: Final = {"INR": "₹", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "KRW": "₩"}
"""How amounts of a currency begin where people read them; all others begin with their code."""

_PRICE = re.compile(r"[0-9]{1,13}(?:\.([0-9]{1,4}))?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{2,3})+(?:\.[0-9]+)?", re.ASCII)
_COMMA = re.compile(r"[0-9]+,[0-9]+", re.ASCII)
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+", re.ASCII)
_MAX_LENGTH = 32


class UnknownCurrency(ValueError):
    """A currency that ISO 4217 does not list."""


class CurrenciesMixed(TypeError):
    """Amounts of two currencies met where only one can be meant."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"Amounts in {one} and {other} cannot be compared, added or told as one.")
        self.one, self.other = one, other


class NotAPrice(ValueError):
    """A text that is not a price. `reason` says why, `hint` what to write instead; `code` is stable."""

    def __init__(self, reason: str, hint: str, *, code: str = "not_a_price") -> None:
        super().__init__(f"{reason} {hint}".strip())
        self.reason = reason
        self.hint = hint
        self.code = code


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: integer minor units of one currency. What has two of them in it is refused, never converted."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"Money is counted in whole minor units; {self.minor!r} is no integer.")
        exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read a price as typed. Raises `NotAPrice` with a reason."""
        return cls(parse_price(text, currency), currency)

    def in_units_of(self, currency: str) -> int:
        """Return the minor units where the currency is known to be this one. Raises `CurrenciesMixed`."""
        if currency != self.currency:
            raise CurrenciesMixed(self.currency, currency)
        return self.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + other.in_units_of(self.currency), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - other.in_units_of(self.currency), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < other.in_units_of(self.currency)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= other.in_units_of(self.currency)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > other.in_units_of(self.currency)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= other.in_units_of(self.currency)

    def __str__(self) -> str:
        return f"{format_price(self.minor, self.currency)} {self.currency}"


def one_currency(first: Money, *others: Money | None) -> str:
    """Return the currency that all these amounts are in. Raises `CurrenciesMixed`; what is unknown says nothing."""
    for other in others:
        if other is not None and other.currency != first.currency:
            raise CurrenciesMixed(first.currency, other.currency)
    return first.currency


def exponent(currency: str) -> int:
    """Return how many decimals a currency has. Raises `UnknownCurrency`."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not an ISO 4217 currency.") from None


def parse_price(text: str, currency: str) -> int:
    """Read a price as typed (`12.34`) into minor units, 1 to `MAX_MINOR`. Raises `NotAPrice` with a reason.

    Only ASCII digits and one point pass the gate; nothing is guessed, rounded or evaluated.
    """
    places = exponent(currency)
    found = _PRICE.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    decimals = found[1] or "" if found else ""
    if found is None or len(decimals) > places:
        raise _refusal(text, currency, places)
    minor = int(text.replace(".", "") + "0" * (places - len(decimals)))
    if not 1 <= minor <= MAX_MINOR:
        raise _out_of_range(minor, currency)
    return minor


def format_price(minor: int, currency: str) -> str:
    """Write minor units as a plain decimal string: `1234.50`."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}" + (f".{part:0{places}d}" if places else "")


def amount(minor: int | None, currency: str) -> str:
    """Write an amount for a sentence: `₹1,234.50`, `KWD 1.250`."""
    if minor is None:
        return UNKNOWN
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    number = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    return ("" if minor >= 0 else MINUS) + SIGNS.get(currency, f"{currency} ") + number


def _out_of_range(minor: int, currency: str) -> NotAPrice:
    if minor < 1:
        return NotAPrice("The price is zero.", "A price must be above zero.")
    return NotAPrice("The price is too large.", f"The largest price is {format_price(MAX_MINOR, currency)}.")


def _refusal(text: str, currency: str, places: int) -> NotAPrice:
    """Find out what is wrong with a text that is not a price, in the order in which a person would see it."""
    plain = text.strip()
    if not plain:
        return NotAPrice("The price is missing.", "")
    if len(plain) > _MAX_LENGTH:
        return NotAPrice(f"“{plain[:12]}…” is {len(plain)} characters long.", "That cannot be a price.")
    if _NUMBER.fullmatch(plain):
        return _wrong_number(text, plain, currency, places)
    return NotAPrice(f"“{_shown(plain)}” is not a price.", _hint(plain, places))


def _wrong_number(text: str, plain: str, currency: str, places: int) -> NotAPrice:
    decimals = len(plain.partition(".")[2])
    if decimals > places:
        allowed = f"{currency} has {places or 'no'} {noun(places, 'decimal')}"
        return NotAPrice(f"{allowed}, but “{plain}” has {decimals}.", "Round it yourself.", code="wrong_decimals")
    if text != plain:
        return NotAPrice("There are blanks around the price.", f"Write {plain}.")
    return _out_of_range(MAX_MINOR + 1, currency)


def _hint(plain: str, places: int) -> str:
    example = f"{12:d}.{'34567'[:places]}".rstrip(".")
    if plain[0] in "=@":
        return "It is a formula; put its result there."
    if plain.lower().strip("+-") in ("nan", "inf", "infinity", "null", "none", "n/a", "#n/a", "#value!", "-"):
        return "Leave the line out if there is no new price."
    if _EXPONENT.fullmatch(plain):
        return f"Write the number out, like {example}."
    if plain[0] in "-−(" and _NUMBER.fullmatch(plain.strip("-−()")):
        return "A price must be above zero."
    if _GROUPED.fullmatch(plain) and ("." in plain or len(plain.rpartition(",")[2]) == 3):
        return f"Leave out the thousands separators: {plain.replace(',', '')}."
    if _COMMA.fullmatch(plain):
        return f"Decimals are written with a point: {plain.replace(',', '.')}."
    if any(sign.isdigit() and not sign.isascii() for sign in plain):
        return f"Use the digits 0 to 9, like {example}."
    return f"Write digits and a point only, like {example}."


def _shown(plain: str) -> str:
    return "".join(sign if sign.isprintable() else "·" for sign in plain)
