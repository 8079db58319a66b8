"""What stands under no heading: a cell slips to the right where a delimiter splits the one before it. Pure.

Whoever reads a table by its headings asks here, so that no reader takes half a cell for the whole.
"""

from collections.abc import Collection, Sequence

from app.intake.columns import letter


def filled(texts: Sequence[str], named: Collection[int], *, right_of: int) -> list[int]:
    """Return the columns right of one in which something stands that no heading names."""
    return [column for column, text in enumerate(texts) if column > right_of and text and column not in named]


def told(row: int, column: int, text: str) -> str:
    """Say which cell stands under no heading, and what that may mean."""
    return (
        f"The cell {letter(column)}{row} holds “{text[:40]}” under no heading, so it may be the rest of the cell"
        " before it."
    )
