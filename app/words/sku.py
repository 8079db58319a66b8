"""What a SKU is: one rule at every door where products come in, one cleaning wherever a SKU is looked up.

A SKU is kept exactly as it was listed and travels in addresses percent-encoded, so `/ % ? #`, dots and blanks inside
are allowed. What is refused could not be told apart by a person, typed again, or asked for by address.
"""

import unicodedata

MAX_LENGTH = 64
_BLANKS = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff"
"""What spreadsheets and forms leave around a cell."""
_FORMULA = "=@+"
_ALIKE = ("Latin", "Cyrillic", "Greek")
"""Scripts whose letters look like one another's; others are mixed in good faith, as Japanese does."""


class NotASku(ValueError):
    """A text that cannot be a SKU; the message is a sentence with a way out."""


def clean(text: str) -> str:
    """Return a SKU as it is looked up: composed (NFC), without the blanks around it. Nothing else is changed."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip(_BLANKS)


def parse(text: str) -> str:
    """Return the SKU that a text is, cleaned. Raises `NotASku` with a reason."""
    sku = clean(text)
    why = why_not(sku)
    if why:
        raise NotASku(why)
    return sku


def why_not(sku: str) -> str:
    """Say why a cleaned text cannot be a SKU, or nothing."""
    if not sku:
        return "The SKU is missing."
    if len(sku) > MAX_LENGTH:
        return f"The SKU is {len(sku):,} characters long; at most {MAX_LENGTH} are possible."
    if sku[0] in _FORMULA:
        return "The SKU is a formula; put its result there."
    return _hidden(sku) or _look_alike(sku) or _lost_in_an_address(sku)


def storable(sku: str) -> bool:
    """Tell whether a store can even be asked for this text."""
    return sku.isprintable()


def to_look_up(text: str) -> str:
    """Return a SKU as a store is asked for it. Raises `ValueError` for a text that no store holds."""
    sku = clean(text)
    if not storable(sku):
        raise ValueError("no SKU holds characters that do not show")
    return sku


def _hidden(sku: str) -> str:
    if sku.isascii() and sku.isprintable():
        return _DOUBLED if "  " in sku else ""
    for place, sign in enumerate(sku, start=1):
        if not sign.isprintable() or unicodedata.category(sign) in ("Cf", "Co", "Cn"):
            return f"The SKU holds an invisible character (U+{ord(sign):04X}) in place {place}; type it anew."
    return _DOUBLED if "  " in sku else ""


_DOUBLED = "The SKU has two blanks in a row; leave one."


def _look_alike(sku: str) -> str:
    """Refuse signs that only look like others: full-width digits, and letters of a second script among the first."""
    if sku.isascii():
        return ""
    scripts: dict[str, str] = {}
    for place, sign in enumerate(sku, start=1):
        if unicodedata.normalize("NFKC", sign) != sign:
            return f"“{sign}” in place {place} only looks like “{unicodedata.normalize('NFKC', sign)}”; type it anew."
        if _script(sign) in _ALIKE:
            scripts.setdefault(_script(sign), sign)
        if sign.isdigit() and not sign.isascii():
            return f"“{sign}” in place {place} is a digit of another script; use 0 to 9."
    if len(scripts) > 1:
        (one, first), (other, second) = list(scripts.items())[:2]
        return f"The SKU mixes {one} (“{first}”) and {other} (“{second}”) letters, which look alike; type it anew."
    return ""


def _script(sign: str) -> str:
    return unicodedata.name(sign, "UNKNOWN").partition(" ")[0].capitalize()


def _lost_in_an_address(sku: str) -> str:
    """Refuse what browsers and proxies take for a folder: an address could never lead there."""
    if any(part in ("", ".", "..") for part in sku.split("/")):
        return "A SKU cannot be “.” or “..”, nor begin, end or double a “/”: no address would lead to it."
    return ""
