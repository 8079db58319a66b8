"""A private Valkey for tests: real, append-only file on, and one that can be stopped, killed and emptied."""

import subprocess
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.ports import Held
from tests.waiting import PATIENCE, wait_for
from workers.machine.valkey import binary
from workers.streams.connection import connect


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = Held()  # kept while it is down: it comes back where it was
        self.url = f"redis://127.0.0.1:{self._port.number}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary()), "--port", str(self._port.number), "--bind", "127.0.0.1", "--dir", str(self._folder),
                 "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"], stdout=log, stderr=log)  # fmt: skip
        wait_for(self._answers, "the start of Valkey")

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
        self._process.wait(PATIENCE)
        self._process = None

    def _answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()
