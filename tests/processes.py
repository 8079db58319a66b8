"""Looking at processes that come and go: what was counted a moment ago may be gone, and that is an answer too."""

from collections.abc import Iterable
from contextlib import suppress

import psutil


def alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that only waits to be buried does not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def any_alive(processes: Iterable[psutil.Process]) -> bool:
    """Tell whether any of them still runs."""
    return any(alive(process) for process in processes)


def listening(processes: Iterable[psutil.Process]) -> set[str]:
    """Return the addresses that they listen on, read in one look at the whole machine."""
    ours = {process.pid for process in processes}
    found = psutil.net_connections("inet")
    return {one.laddr.ip for one in found if one.pid in ours and one.status == psutil.CONN_LISTEN}
