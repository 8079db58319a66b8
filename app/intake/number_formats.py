"""What a spreadsheet program shows of a number under its number format. Pure; a format it does not know is refused.

Digits are grouped by commas and split by a point, whatever the reader's own language shows: only how many digits stand
there, and what stands beside them, is the file's.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from app.intake import numbers

MOST_DIGITS = 15
"""A spreadsheet program keeps so many digits of a number."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*[^0-9]|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<colour>Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+)\]"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<unknown>[\[@/*]|[Ee][+-]|[A-Za-z])|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """A number as a person sees it. `held` is the number itself, where what is shown is rounded or scaled."""

    text: str
    held: str = ""


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format (for positive numbers, negative ones, zero), taken apart."""

    whole: tuple[tuple[str, str], ...]
    point: bool
    part: tuple[tuple[str, str], ...]
    grouped: bool
    thousands: int
    percents: int


def shown(number: float, number_format: str) -> ShownNumber | None:
    """Return what is shown of a number, or None under a format that shows something that cannot be told here."""
    exact = as_decimal(number)
    if number_format.strip().casefold() in ("", "general", "@"):
        return ShownNumber(written(exact))
    sections = _sections(number_format)
    if sections is None:
        return None
    which = 1 if exact < 0 and len(sections) > 1 else 2 if exact == 0 and len(sections) > 2 else 0
    section = sections[which]
    scaled = abs(exact) * Decimal(100) ** section.percents / Decimal(1000) ** section.thousands
    rounded = scaled.quantize(Decimal(1).scaleb(-_count(section.part)), ROUND_HALF_UP)
    text = _filled(section, rounded).strip()
    sign = "-" if exact < 0 and which == 0 else ""
    unsigned = which == 1 and not any(mark in text for mark in "-−(")  # what only a colour says is nothing that is read
    changed = section.thousands or rounded != scaled or unsigned or _reads_as_another(sign + text, exact, rounded)
    return ShownNumber(sign + text, written(exact) if changed or not text else "")


def _reads_as_another(text: str, exact: Decimal, rounded: Decimal) -> bool:
    """Tell whether what is shown reads as another number than is held: signs that a format adds may be digits."""
    apart = numbers.taken_apart(text)
    if apart is None:
        return False
    number = numbers.plain(apart.number, ".")
    return number is None or Decimal(number) != rounded or (apart.sign == "-") != (exact < 0 and rounded != 0)


def as_decimal(number: float) -> Decimal:
    """Return a number with at most the digits that a spreadsheet program shows of it."""
    return Decimal(number) if isinstance(number, int) else Decimal(format(number, f".{MOST_DIGITS}g"))


def written(number: Decimal) -> str:
    """Write a number out, without an exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=500)
def _sections(number_format: str) -> tuple[_Section, ...] | None:
    sections = tuple(_section(part) for part in _split(number_format)[:3])
    known = tuple(section for section in sections if section is not None)
    return known if known and len(known) == len(sections) else None


def _split(number_format: str) -> list[str]:
    parts, at = [], 0
    while at <= len(number_format):
        found = _SECTION.match(number_format, at)
        end = found.end() if found else len(number_format)
        parts.append(number_format[at:end])
        at = end + 1
    return parts


def _section(text: str) -> _Section | None:
    whole: list[tuple[str, str]] = []
    part: list[tuple[str, str]] = []
    point, percents, commas, grouped = False, 0, 0, False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or ""
        if kind == "unknown":
            return None
        if kind == "point" and not point:
            point = True
        elif kind == "comma":
            commas += 1
        elif kind == "digit":
            grouped, commas = grouped or bool(commas and _count(tuple(whole))), 0
            (part if point else whole).append(("digit", token[0]))
        elif kind and kind != "colour":
            percents += kind == "percent"
            (part if point else whole).append(("text", token[kind]))
    return _Section(tuple(whole), point, tuple(part), grouped, commas, percents)


def _count(tokens: tuple[tuple[str, str], ...]) -> int:
    return sum(1 for kind, _ in tokens if kind == "digit")


def _filled(section: _Section, number: Decimal) -> str:
    whole, _, part = format(number, "f").partition(".")
    point = "." if section.point else ""
    return _whole(section, whole.lstrip("0")) + point + _part(section.part, part)


def _whole(section: _Section, digits: str) -> str:
    out: list[str] = []
    left, taken, places = list(digits), 0, _count(section.whole)
    for kind, sign in reversed(section.whole):
        if kind == "text":
            out.append(sign)
            continue
        places -= 1
        for _ in range(len(left) if places == 0 and left else 1):
            digit = left.pop() if left else {"0": "0", "#": "", "?": " "}[sign]
            if digit.isdigit() and section.grouped and taken and taken % 3 == 0:
                out.append(",")
            out.append(digit)
            taken += digit.isdigit()
    return "".join(reversed(out))


def _part(tokens: tuple[tuple[str, str], ...], digits: str) -> str:
    out, at = [], 0
    for kind, sign in tokens:
        if kind == "text":
            out.append(sign)
            continue
        needed = sign == "0" or digits[at:].strip("0") != ""
        out.append(digits[at : at + 1] if needed else " " if sign == "?" else "")
        at += 1
    return "".join(out)
