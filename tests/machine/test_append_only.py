"""A private Valkey starts again whatever became of its append-only file: all of it can be rebuilt."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.machine.conftest import ROOT
from tests.waiting import wait_for
from workers.machine import append_only, valkey
from workers.streams.connection import connect


class Valkey:
    """The private Valkey of a data directory, started as the supervisor does."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.prepared = valkey.prepare(data)
        (data / "log").mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> Redis:
        return connect(self.prepared.url)

    @property
    def said(self) -> str:
        return (self.data / "log" / "valkey.log").read_text()

    def start(self) -> None:
        with (self.data / "log" / "valkey.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers", "valkey", str(self.prepared.binary), str(self.prepared.config)],
                cwd=ROOT, stdout=log, stderr=log)  # fmt: skip

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def answers(self) -> bool:
        with suppress(RedisError):
            return bool(self.client.ping())
        return False

    def gave_up(self) -> bool:
        return self._process is not None and self._process.poll() is not None


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    monkeypatch.delenv("BATON_SUPERVISOR", raising=False)
    made = Valkey(tmp_path)
    yield made
    made.kill()


def filled(server: Valkey) -> Path:
    """Let it keep something, and end as in a power cut; return its append-only file."""
    server.start()
    wait_for(server.answers, "the first start")
    for number in range(500):
        server.client.xadd("s", {"e": f"event {number}"})
    on_disk, _ = server.client.waitaof(1, 0, 60_000)  # until then it may keep writes to itself, for up to two seconds
    assert on_disk == 1
    server.kill()
    return next((server.data / "redis" / "appendonlydir").glob("*.incr.aof"))


def test_a_file_damaged_in_the_middle_is_set_aside_and_it_starts_empty_and_says_so(server: Valkey) -> None:
    file = filled(server)
    kept = bytearray(file.read_bytes())
    middle = kept.index(b"*", len(kept) // 2)
    kept[middle : middle + 8] = b"\0\0gone\0\0"
    file.write_bytes(kept)

    server.start()
    wait_for(server.gave_up, "the server's own verdict")
    server.start()  # as the supervisor does
    wait_for(server.answers, "a start all the same")

    assert server.client.dbsize() == 0
    (aside,) = (server.data / "redis").glob("appendonlydir.damaged-*")
    assert (aside / file.name).read_bytes() == kept
    assert f"set aside as {aside}" in server.said
    assert "Nothing is lost" in server.said


def test_a_tail_cut_off_by_a_power_cut_is_no_damage(server: Valkey) -> None:
    file = filled(server)
    file.write_bytes(file.read_bytes()[:-5])

    server.start()
    wait_for(server.answers, "a start")

    assert server.client.xlen("s") == 499
    assert append_only.set_aside_damaged(server.prepared.binary, server.data) is None
