"""Which tests share one test process. The others go, one by one, wherever there is room.

Tests of one running installation stay together, in their order. They wait more than they reckon, so everything else
runs beside them. (Groups by mark, `--dist loadgroup`, are lost on pytest 9.2: it reads no changed node id.)
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {"e2e": "browser", "faults": "processes", "machine": "processes",
            "architecture": "architecture", "demo": "demo"}  # fmt: skip
"""Folder to group. The largest groups begin first."""


class Together(LoadScopeScheduling):
    """Hands out groups as `TOGETHER` says."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the group of a test: its folder's, or one of its own."""
    folder = nodeid.removeprefix("tests/").partition("/")[0]
    return TOGETHER.get(folder, nodeid)
