"""What people type, made safe to keep and to show: composed (NFC), and without signs that hide or reorder text."""

import unicodedata

_KEPT = {"\u200c", "\u200d"}
"""Joiners: invisible, but part of the spelling of several Indian languages."""
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
"""Letters and a symbol that show nothing: the fillers of Hangul and the Braille pattern without a dot."""


def plain(text: str) -> str:
    """Return text without control, bidirectional, zero-width and broken characters; a line break becomes a blank.

    Of a text of which nothing would be seen, nothing is left.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", " "))
    shown = "".join(" " if sign in "\n\r\t" else sign for sign in composed if _visible(sign)).strip()
    return shown if any(map(_seen, shown)) else ""


def _visible(sign: str) -> bool:
    return sign in "\n\r\t" or sign in _KEPT or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _seen(sign: str) -> bool:
    """Tell whether a sign can be seen by itself: a letter, digit, punctuation mark or symbol that is not blank."""
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK
