"""What a bulk approval is about to do, in words."""

from dataclasses import dataclass

import pytest

from app.pages.approvals.bulk_read import _worst


@dataclass
class Row:
    reference: str
    worst_rule: str
    worst_bp: int


@pytest.mark.parametrize(
    ("rule", "mild", "steep", "shown"),
    [
        ("decrease_stays_above_limit", 2_100, 4_500, "−45.0 %"),
        ("increase_stays_below_limit", 1_100, 2_500, "+25.0 %"),
        ("margin_stays_above_floor", 900, 100, "1.0 %"),
    ],
)
def test_the_worst_is_the_one_furthest_beyond_its_limit(rule: str, mild: int, steep: int, shown: str) -> None:
    (worst,) = _worst([Row("PC-1", rule, mild), Row("PC-2", rule, steep)])  # type: ignore[list-item]

    assert (worst.note, worst.value) == ("in PC-2", shown)
