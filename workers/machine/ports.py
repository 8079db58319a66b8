"""Free ports on the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"
TRIED = 100


class NoFreePort(Exception):
    """Every port that was tried is taken."""


def next_free(first: int) -> int:
    """Return `first`, or the next port after it that nobody listens on."""
    for port in range(first, min(first + TRIED, 65_536)):
        if is_free(port):
            return port
    raise NoFreePort(f"The ports {first} to {first + TRIED - 1} are all taken. Choose another with --port.")


def any_free() -> int:
    """Return a free port that the system chooses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
