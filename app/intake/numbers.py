"""Prices and percentages as people write them: which mark is the decimal one, and the number without its ornaments."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from app.words.money import EXPONENTS

Mark = Literal["", ".", ","]
_DOLLARS = frozenset(["USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "COP", "CLP", "ARS"])
_RUPEES = frozenset(["INR", "PKR", "LKR", "NPR"])
SIGNS: Final[dict[str, frozenset[str]]] = {
    "€": frozenset({"EUR"}), "£": frozenset({"GBP", "EGP"}), "₹": frozenset({"INR"}), "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}), "元": frozenset({"CNY"}), "円": frozenset({"JPY"}), "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}), "₺": frozenset({"TRY"}), "₫": frozenset({"VND"}), "฿": frozenset({"THB"}),
    "₪": frozenset({"ILS"}), "₱": frozenset({"PHP"}), "₴": frozenset({"UAH"}), "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}), "Ft": frozenset({"HUF"}), "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "kr.": frozenset({"SEK", "NOK", "DKK", "ISK"}), "Fr.": frozenset({"CHF"}), "$": _DOLLARS, "US$": frozenset({"USD"}),
    "R$": frozenset({"BRL"}), "A$": frozenset({"AUD"}), "C$": frozenset({"CAD"}), "Rs": _RUPEES, "Rs.": _RUPEES,
}  # fmt: skip
"""The currencies that a sign may stand for."""

_FOLDED: Final = {sign.casefold(): sign for sign in SIGNS}
_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_WRITTEN = re.compile(
    rf"(?P<before>[A-Z]{{3}}|{_SIGN})?\s*(?P<sign>[+\-−–])?\s*"
    rf"(?P<number>[0-9](?:[0-9.,'’\s]*[0-9])?\.?)\s*(?P<percent>%)?\s*(?P<after>[A-Z]{{3}}|{_SIGN}|,-|,–|\.-)?",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[\s'’]")
_GROUPS = {
    ".": re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+"),
    ",": re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}"),
}
_LOOSE_GROUPS = re.compile(r"[0-9]{1,3}(?:[\s'’][0-9]{3})+(?:[.,][0-9]+)?")
_LONGEST = 40
_FOR_CENTS = (",-", ",–", ".-")


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A text that is a number: its sign, its digits and marks, whether it is a percentage, the currency beside it."""

    sign: str
    number: str
    percent: bool
    currency: str = ""


@dataclass(frozen=True, slots=True)
class MarkEvidence:
    """What texts say of their decimal mark: an example of each that is sure of one, and of what may be either."""

    point: int
    comma: int
    either: str = ""


def taken_apart(text: str) -> WrittenNumber | None:
    """Return the parts of a text that is written as a number, or None."""
    found = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    beside = [currency_of(part) for part in (found["before"], found["after"]) if part and part not in _FOR_CENTS]
    if len(beside) > 1 or not all(is_currency(part) for part in beside):
        return None
    sign = {"": "", "+": "+"}.get(found["sign"] or "", "-")
    return WrittenNumber(sign, found["number"], bool(found["percent"]), beside[0] if beside else "")


def mark_of(number: str) -> Literal["", ".", ",", "either", "none"]:
    """Tell which decimal mark a number shows: a mark, "" if it has none, `either`, or `none` if it is no number."""
    if _BLANKS.search(number):
        if not _LOOSE_GROUPS.fullmatch(number):
            return "none"
        rest = _BLANKS.sub("", number)
        return "." if "." in rest else "," if "," in rest else ""
    marks = [sign for sign in number if sign in ".,"]
    if not marks:
        return ""
    last: Literal[".", ","] = "." if marks[-1] == "." else ","
    other: Literal[".", ","] = "," if last == "." else "."
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 and _GROUPS[other].fullmatch(number.partition(last)[0]) else "none"
    if len(marks) > 1:
        return other if _GROUPS[last].fullmatch(number) else "none"
    return "either" if _GROUPS[last].fullmatch(number) and number[0] != "0" else last


def evidence(texts: Iterable[str]) -> MarkEvidence:
    """Return what the numbers among texts say of their decimal mark."""
    point = comma = 0
    either = ""
    for text in texts:
        written = taken_apart(text)
        mark = mark_of(written.number) if written else "none"
        point += mark == "."
        comma += mark == ","
        either = either or (text if mark == "either" else "")
    return MarkEvidence(point, comma, either)


def plain(number: str, decimal: Mark) -> str | None:
    """Return a number as digits with a point, read with this decimal mark; None if it is not written that way.

    Where nothing else says which mark is the decimal one, the number itself may; one that may be read with either is
    none.
    """
    mark = mark_of(number)
    if mark in (".", ","):
        decimal = decimal or mark
    if mark == "none" or (mark in (".", ",") and mark != decimal) or (mark == "either" and not decimal):
        return None
    bare = _BLANKS.sub("", number)
    if mark == "":
        return bare
    grouping = "," if decimal == "." else "."
    return bare.replace(grouping, "").replace(",", ".").rstrip(".")


def currency_of(text: str) -> str:
    """Return the code or sign of a currency as it is known, whatever its case; other text as it is."""
    if text in SIGNS or text.upper() not in EXPONENTS:
        return _FOLDED.get(text.casefold(), text)
    return text.upper()


def is_currency(text: str) -> bool:
    """Tell whether a text is a currency's code or sign, as it is known."""
    return text in SIGNS or text in EXPONENTS


def belongs(beside: str, currency: str) -> bool:
    """Tell whether the code or sign beside a number may stand for a currency."""
    return beside == currency or currency in SIGNS.get(beside, ())


def same_currency(one: str, other: str) -> bool:
    """Tell whether two codes or signs may stand for one currency."""
    one, other = currency_of(one), currency_of(other)
    return belongs(one, other) or belongs(other, one) or not {*SIGNS.get(one, ())}.isdisjoint(SIGNS.get(other, ()))


def changed(amount: int, percent: str) -> int:
    """Return an amount changed by so many percent (`+4.5`), rounded half up to the currency's smallest unit."""
    exact = Decimal(amount) * (100 + Decimal(percent)) / 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
