"""Children that do not outlive their supervisor, not even one that was killed with -9."""

import ctypes
import os
import signal
import sys

SUPERVISED = "BATON_SUPERVISOR"
_PR_SET_PDEATHSIG = 1


def end_with_supervisor() -> None:
    """Ask the kernel to stop this process when the supervisor that started it is gone (Linux; else nothing).

    Survives `exec`, so it covers Valkey and the web server too.
    """
    expected = os.environ.get(SUPERVISED)
    if expected is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if str(os.getppid()) != expected:  # it was gone before the kernel was asked
        sys.exit("The supervisor is gone.")
