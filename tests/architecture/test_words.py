"""Numbers are written in one place: no noun is chosen by hand, and no percentage is computed with a float."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = re.compile(
    r"""['"]\ if\ [^\n]*\ ==\ 1\ else\ f?['"]"""  # "row" if n == 1 else "rows"
    r"""|\ ==\ "1",\ f?['"]"""  # rx.cond(rows == "1", " row", " rows")
    r"""|[ }][a-z]+\(s\)"""  # row(s)
    r"""|(10_000|10000|WHOLE_BP)(\.0)?\)?\ /\ """  # basis points by true division
    r"""|/\ 100:[+]?\.\df"""  # basis points as a float percentage
)


def by_hand(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines() if BY_HAND.search(line)]


@pytest.mark.parametrize("package", ["app", "rules", "workers"])
def test_no_noun_is_chosen_and_no_percentage_computed_by_hand(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and path.parent.name != "words" and (lines := by_hand(path.read_text()))
    }

    assert not found


@pytest.mark.parametrize(
    "planted",
    [
        """told = f"{n:,} {'entry' if n == 1 else 'entries'} {what}\"""",
        """lines = "1 line" if count == 1 else f"{count:,} lines\"""",
        """text = f"{n} row(s)\"""",
        """rx.cond(draft.rows == "1", " row", " rows")""",
        "change = round((new - old) * 10_000 / old)",
        "share = (new - old) * 10_000.0 / old",
        """f"{mean_change_bp / 100:+.1f} %\"""",
    ],
)
def test_what_is_done_by_hand_is_seen(planted: str) -> None:
    assert by_hand(planted)
