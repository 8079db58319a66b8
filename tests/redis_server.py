"""A private Valkey for tests: real, append-only file on, and one that can be stopped, killed and emptied."""

import socket
import subprocess
from pathlib import Path
from time import monotonic, sleep

from redis import Redis
from redis.exceptions import RedisError

from workers.machine.valkey import binary
from workers.streams.connection import connect


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder),
                 "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"], stdout=log, stderr=log)  # fmt: skip
        deadline = monotonic() + 20
        while not self._answers():
            assert monotonic() < deadline, "Valkey did not start"
            sleep(0.02)

    def stop(self) -> None:
        """Stop it the polite way."""
        self._end(kill=False)

    def kill(self) -> None:
        """Stop it as a power cut would (the file system survives)."""
        self._end(kill=True)

    def client(self) -> Redis:
        return connect(self.url)

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        self._process.wait(timeout=20)
        self._process = None

    def _answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()
