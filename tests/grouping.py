"""Which tests share one test process, and which of these begin first.

Tests of one running installation stay together, in their order. They wait more than they reckon, so they go first and
everything else runs beside them, wherever there is room.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOGETHER = {"e2e": "browser", "faults": "processes", "machine": "processes"}
"""Folder to group. The longest first."""


def group(items: list[pytest.Item]) -> None:
    """Mark what stays together, and put it first, the groups in the order of `TOGETHER`."""
    names = list(dict.fromkeys(TOGETHER.values()))
    places = [_group_of(item) for item in items]
    for item, place in zip(items, places, strict=True):
        if place:
            item.add_marker(pytest.mark.xdist_group(place))
    order = {place: at for at, place in enumerate([*names, ""])}
    items[:] = [item for _, item in sorted(zip(places, items, strict=True), key=lambda pair: order[pair[0]])]


def _group_of(item: pytest.Item) -> str:
    return TOGETHER.get(item.path.relative_to(HERE).parts[0], "")
