"""The title of a proposal: the beginning of its reason. Pure."""

TITLE = 90


def title_of(reason: str) -> tuple[str, str]:
    """Split a reason into a title (its first line or sentence) and the rest."""
    first, _, rest = reason.strip().partition("\n")
    head, dot, tail = first.partition(". ")
    if dot and len(head) <= TITLE:
        first, rest = head + ".", f"{tail}\n{rest}".strip()
    if len(first) <= TITLE:
        return first.rstrip(".") if not rest else first, rest.strip()
    cut = first.rfind(" ", 0, TITLE)
    cut = cut if cut > 0 else TITLE
    return first[:cut] + " …", reason.strip()
