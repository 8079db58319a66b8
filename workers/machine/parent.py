"""Children that do not outlive their supervisor, not even one that was killed with -9, nor their children."""

import ctypes
import os
import signal
import sys
from multiprocessing import parent_process
from threading import Thread
from time import sleep

SUPERVISED = "BATON_SUPERVISOR"
_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 1.0


def end_with_supervisor() -> None:
    """Ask the kernel to stop this process when the supervisor that started it is gone (Linux; else nothing).

    Survives `exec`, so it covers Valkey and the web server's main process too.
    """
    expected = os.environ.get(SUPERVISED)
    if expected is None or not sys.platform.startswith("linux"):
        return
    _ask_the_kernel(signal.SIGTERM)
    if str(os.getppid()) != expected:  # it was gone before the kernel was asked
        sys.exit(
            f"The supervisor that this process was told of ({SUPERVISED}={expected}) is gone or did not start it, so it"
            f" ends. If that variable came out of a `running.env`, unset it: `unset {SUPERVISED}`."
        )


def end_with_parent() -> None:
    """End this process, at once, when the process of ours that started it is gone.

    A process that a server starts for itself inherits nothing of the above. Nobody is left to ask it politely, and it
    may keep a port: so it is killed. Where the kernel offers no such thing, it looks every second itself.
    """
    parent = parent_process()
    if parent is None or parent.pid is None:
        return
    if sys.platform.startswith("linux"):
        _ask_the_kernel(signal.SIGKILL)
    else:
        Thread(target=_keep_looking, args=(parent.pid,), name="parent", daemon=True).start()
    if os.getppid() != parent.pid:
        os._exit(1)


def _ask_the_kernel(signum: signal.Signals) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum)


def _keep_looking(parent: int) -> None:
    while os.getppid() == parent:
        sleep(_LOOK_SECONDS)
    os._exit(1)
