"""Ports for tests that nobody else is given between choosing one and listening on it."""

import socket


class Held:
    """A free port, bound and silent: whoever is told the number may listen on it, and no one else is given it."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = int(self._socket.getsockname()[1])

    def close(self) -> None:
        self._socket.close()
