"""Where processes of this machine meet: free ports on the loopback interface, and sockets in the file system."""

import socket
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

LOOPBACK = "127.0.0.1"
TRIED = 100
_LONGEST = 90
"""Bytes of a socket's path that every system takes."""


class NoFreePort(Exception):
    """Every port that was tried is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that is ours before anybody listens on it: no other Baton takes it as long as `claim` is open."""

    number: int
    claim: socket.socket


def take(first: int) -> Taken:
    """Take `first`, or the next port after it that nobody listens on and no other Baton has taken."""
    for number in range(first, min(first + TRIED, 65_536)):
        claim = _claimed(number)
        if claim is not None and is_free(number):
            return Taken(number, claim)
        if claim is not None:
            claim.close()
    raise NoFreePort(f"The ports {first} to {first + TRIED - 1} are all taken. Choose another with --port.")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def socket_path(inside: Path) -> Path:
    """Return where a socket goes: `inside` a data directory, or under /tmp where that path is too long for one."""
    if len(str(inside).encode()) <= _LONGEST:
        return inside
    return Path(tempfile.gettempdir()) / f"baton-{sha256(str(inside).encode()).hexdigest()[:16]}.sock"


def _claimed(port: int) -> socket.socket | None:
    """Claim a port under a name in the kernel (Linux), for the seconds between looking at it and listening on it."""
    claim = socket.socket(socket.AF_UNIX)
    if sys.platform.startswith("linux"):
        try:
            claim.bind(f"\0baton-port-{port}")
        except OSError:
            claim.close()
            return None
    return claim
