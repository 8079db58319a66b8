"""Rows are locked in one order because few places lock any (see docs/decisions/0015-one-order-of-locks.md)."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAIT_FOR_ROWS = {
    "app/lifecycle/table/moves.py",
    "app/outbox/__init__.py",
    "app/intake/drafts/draft.py",
    "app/lifecycle/audit/evidence/head.py",
}
"""Where somebody waits for a row: proposals by family, a job, a draft, the head of the audit trail.

Others pass over what is locked.
"""


def waiting(source: str) -> bool:
    """Tell whether source locks rows in a way that may wait for somebody else."""
    return bool(re.search(r"with_for_update(\(\)|=True|\((?!skip_locked=True))|FOR UPDATE", source))


def test_rows_are_waited_for_in_the_places_listed_here_alone() -> None:
    files = [*ROOT.glob("app/**/*.py"), *ROOT.glob("workers/orchestration/**/*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if waiting(file.read_text())}
    assert found == WAIT_FOR_ROWS


def test_a_planted_lock_is_found() -> None:
    assert waiting("query.with_for_update()")
    assert waiting("session.get(Proposal, id, with_for_update=True)")
    assert not waiting("query.with_for_update(skip_locked=True)")
