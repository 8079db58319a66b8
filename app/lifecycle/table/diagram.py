"""The state diagram of the docs, drawn from the table: `python -m app.lifecycle.table.diagram > docs/lifecycle.md`."""

from app.lifecycle.table.transitions import TRANSITIONS, Transition

_INTRO = """# The lifecycle of a proposal

Generated from `app/lifecycle/table/transitions.py`; a test keeps it true.
"""


def page() -> str:
    """Return the Markdown page: the state diagram and the table of transitions."""
    return "\n".join([_INTRO, "```mermaid", "stateDiagram-v2", *map(_arrow, TRANSITIONS), "```", "", *_table(), ""])


def _arrow(transition: Transition) -> str:
    source = transition.source or "[*]"
    return f"    {source} --> {transition.target}: {transition.action}"


def _table() -> list[str]:
    head = ["| from | action | to | who may | guards | announces | then |", "|---|---|---|---|---|---|---|"]
    return head + [_row(transition) for transition in TRANSITIONS]


def _row(transition: Transition) -> str:
    cells = (
        transition.source or "",
        transition.action,
        transition.target,
        " or ".join(transition.by) if transition.by else "Baton itself",
        ", ".join(transition.guards),
        transition.announces.__name__ if transition.announces else "",
        transition.then or "",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
