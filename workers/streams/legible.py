"""What strangers wrote, in a form that every store takes and a person can read."""

LONGEST, WHOLE = 10_000, 10_000_000


def legible(raw: bytes | str, most: int = LONGEST) -> str:
    """Return text of so many characters, without what cannot be decoded or kept (PostgreSQL takes no NUL)."""
    words = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
    kept = words.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    return kept if len(kept) <= most else f"{kept[:most]} ... ({len(kept):,} characters)"
