"""What people type, made safe to keep and to show: composed (NFC), and without signs that hide or reorder text."""

import unicodedata

_KEPT = {"\u200c", "\u200d"}
"""Joiners: invisible, but part of the spelling of several Indian languages."""


def plain(text: str) -> str:
    """Return text without control, bidirectional, zero-width and broken characters; a line break becomes a blank."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", " "))
    shown = (" " if sign in "\n\r\t" else sign for sign in composed if _visible(sign))
    return "".join(shown).strip()


def _visible(sign: str) -> bool:
    return sign in "\n\r\t" or sign in _KEPT or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")
