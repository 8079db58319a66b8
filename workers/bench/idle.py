"""What Baton costs while nothing happens: memory and processor time of all its processes (Linux)."""

import os
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from time import sleep
from typing import TypedDict

from workers.bench.rig import CONTEXTS, Rig, list_products, rig, settled_everywhere, wait_for
from workers.machine import supervision

TICKS = os.sysconf("SC_CLK_TCK")
SETTLE_SECONDS = 5


class Idle(TypedDict):
    """Of all processes together. Proportional memory counts a page shared by n processes as 1/n in each."""

    processes: int
    seconds: int
    rss_mb: int
    proportional_mb: int
    cpu_percent_of_a_core: float


class _Usage(TypedDict):
    name: str
    rss_kb: int
    pss_kb: int
    ticks: int


def measure(*, seconds: int = 20) -> Idle:
    """Measure the installation that runs on this data directory, or else one without the web made for it."""
    data = Path(os.environ.get("BATON_DATA_DIR", "var"))
    with nullcontext() if supervision.is_running(data) else _own() as built:
        supervisor = os.getpid() if built else int((data / supervision.PID).read_text())
        sleep(SETTLE_SECONDS)
        before = _usages(supervisor, itself=not built)
        sleep(seconds)
        after = _usages(supervisor, itself=not built)
    return _reported(before, after, seconds)


def _own() -> "_OwnRig":
    return _OwnRig()


class _OwnRig:
    """A rig with every process but the web, caught up."""

    def __enter__(self) -> Rig:
        workers = [["worker", name] for name in CONTEXTS]
        self._rig = rig(["relay"], ["track"], ["orchestrate"], *workers)
        built = self._rig.__enter__()
        list_products([f"I{n:04d}" for n in range(2000)])
        wait_for(lambda: settled_everywhere(built.client(), CONTEXTS), "settling the listings", pause=0.2)
        return built

    def __exit__(self, *error: object) -> None:
        self._rig.__exit__(None, None, None)


def _reported(before: dict[int, _Usage], after: dict[int, _Usage], seconds: int) -> Idle:
    for pid, usage in after.items():
        spent = usage["ticks"] - before[pid]["ticks"] if pid in before else usage["ticks"]
        print(f"{usage['name'][:60]:60} {usage['rss_kb'] // 1024:5d} MB {100 * spent / TICKS / seconds:6.2f} %")
    ticks = sum(after[pid]["ticks"] - before[pid]["ticks"] for pid in after.keys() & before.keys())
    return Idle(
        processes=len(after), seconds=seconds, rss_mb=sum(u["rss_kb"] for u in after.values()) // 1024,
        proportional_mb=sum(u["pss_kb"] for u in after.values()) // 1024,
        cpu_percent_of_a_core=round(100 * ticks / TICKS / seconds, 2))  # fmt: skip


def _usages(supervisor: int, *, itself: bool) -> dict[int, _Usage]:
    found = {pid: _usage(pid) for pid in _descendants(supervisor)}
    if itself:
        found[supervisor] = _usage(supervisor)
    return found


def _descendants(pid: int) -> Iterable[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from _descendants(child)


def _usage(pid: int) -> _Usage:
    folder = Path(f"/proc/{pid}")
    memory = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
    stat = (folder / "stat").read_text().rpartition(")")[2].split()
    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    return {
        "name": " ".join(Path(word).name for word in words), "rss_kb": int(memory["Rss"].split()[0]),
        "pss_kb": int(memory["Pss"].split()[0]), "ticks": int(stat[11]) + int(stat[12])}  # fmt: skip
