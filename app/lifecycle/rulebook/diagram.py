"""The state diagram of rule sets: `python -m app.lifecycle.rulebook.diagram > docs/rules.md`."""

from app.lifecycle.rulebook.transitions import RULE_SET_TRANSITIONS, RuleSetTransition
from app.lifecycle.table.diagram import drawn

_INTRO = """# The lifecycle of a rule set

Generated from `app/lifecycle/rulebook/transitions.py`; a test keeps it true. Why it is so:
[decision 34](decisions/0034-rules-that-people-own.md).
"""
_HEAD = ("from", "action", "to", "who may", "guards", "needs a comment", "recorded as")


def page() -> str:
    """Return the Markdown page: the state diagram and the table of transitions."""
    arrows = ((row.source, row.action, row.target) for row in RULE_SET_TRANSITIONS)
    return drawn(_INTRO, arrows, _HEAD, map(_row, RULE_SET_TRANSITIONS))


def _row(row: RuleSetTransition) -> tuple[str, ...]:
    return (
        row.source or "",
        row.action,
        row.target,
        " or ".join(row.by) if row.by else "Baton itself",
        ", ".join(row.guards),
        "yes" if row.needs_comment else "",
        row.recorded,
    )


if __name__ == "__main__":
    print(page(), end="")
