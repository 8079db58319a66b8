"""The state diagram of the docs, drawn from the table: `python -m app.lifecycle.table.diagram > docs/lifecycle.md`."""

from collections.abc import Iterable, Sequence

from app.lifecycle.table.transitions import TRANSITIONS, Transition

_INTRO = """# The lifecycle of a proposal

Generated from `app/lifecycle/table/transitions.py`; a test keeps it true.
"""
_HEAD = ("from", "action", "to", "who may", "guards", "announces", "then")


def page() -> str:
    """Return the Markdown page: the state diagram and the table of transitions."""
    return drawn(_INTRO, ((row.source, row.action, row.target) for row in TRANSITIONS), _HEAD, map(_row, TRANSITIONS))


def drawn(
    intro: str, arrows: Iterable[tuple[str | None, str, str]], head: Sequence[str], rows: Iterable[Sequence[str]]
) -> str:
    """Draw a table of moves as a page: `intro`, the diagram of its `arrows`, and its rows."""
    diagram = [f"    {source or '[*]'} --> {target}: {action}" for source, action, target in arrows]
    table = [_line(head), f"|{'---|' * len(head)}", *map(_line, rows)]
    return "\n".join([intro, "```mermaid", "stateDiagram-v2", *diagram, "```", "", *table, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(transition: Transition) -> tuple[str, ...]:
    return (
        transition.source or "",
        transition.action,
        transition.target,
        " or ".join(transition.by) if transition.by else "Baton itself",
        ", ".join(transition.guards),
        transition.announces.__name__ if transition.announces else "",
        transition.then or "",
    )


if __name__ == "__main__":
    print(page(), end="")
