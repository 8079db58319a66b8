"""Other spellings of a SKU that spreadsheets and people make: zeros lost, case changed, blanks added. Pure."""

import re

MOST_ZEROS = 8
LONGEST = 18
_NUMBERS = re.compile(r"\d+")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")


def of(sku: str) -> list[str]:
    """Return how else a SKU may be spelled, the nearest first; never as it is."""
    bare = re.sub(r"[\s'\"’]", "", sku)
    bare = bare[:-2] if re.fullmatch(r"\d+\.0", bare) else bare
    spelled: dict[str, None] = {}
    for base in dict.fromkeys((bare, bare.upper(), bare.lower())):
        spelled |= dict.fromkeys((base, *_padded(base)))
    return [other for other in spelled if other and other != sku]


def shortened(sku: str) -> str:
    """Return what to do about a number that a spreadsheet program shortened, which no spelling brings back."""
    if _SHORTENED.fullmatch(sku) is None:
        return ""
    return " A spreadsheet shortened a long number; format its column as text and bring the file again."


def _padded(sku: str) -> list[str]:
    """Return a SKU with zeros before one of its numbers, and without those that stand there."""
    spelled = []
    for found in list(_NUMBERS.finditer(sku))[-2:]:
        digits = found[0].lstrip("0") or "0"
        for zeros in range(MOST_ZEROS + 1):
            if len(digits) + zeros <= LONGEST:
                spelled.append(sku[: found.start()] + "0" * zeros + digits + sku[found.end() :])
    return spelled
