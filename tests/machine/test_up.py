"""`baton up`: everything starts, stays up, and goes down together."""

import signal
import socket
import stat
import time
from collections.abc import Callable

import psutil

from app.contexts import names
from tests.machine.conftest import Installation, free_port
from tests.waiting import wait_for


def listening(processes: list[psutil.Process]) -> set[str]:
    connections = [found for process in processes for found in process.net_connections("inet")]
    return {found.laddr.ip for found in connections if found.status == psutil.CONN_LISTEN}


def handshake(port: int, origin: str) -> int:
    """Open the websocket as a browser on a page of `origin` would; return the status of the answer."""
    request = (
        f"GET /_event/?EIO=4&transport=websocket&token=t HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(200).split()[1])


def test_everything_starts_on_loopback_stays_up_and_stops_together(start: Callable[..., Installation]) -> None:
    baton = start().ready()

    assert {"relay", "orchestrate", "track", *(f"worker {name}" for name in names())} <= set(baton.processes())
    assert baton.answers("/healthz")
    assert baton.answers("/readyz")

    for kept in (baton.data / "redis" / "valkey.conf", baton.data / "running.env"):
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(baton.data.stat().st_mode) == 0o700
    assert listening(baton.family()) == {"127.0.0.1"}

    assert handshake(baton.port, f"http://localhost:{baton.port}") == 101
    assert handshake(baton.port, "http://evil.example") == 403
    assert handshake(baton.port, "null") == 403

    second = start(port=baton.port)
    assert second.process.wait(30) == 1
    assert f"already runs on {baton.data} at http://localhost:{baton.port}" in second.said

    before = baton.processes()["worker catalog"].pid
    psutil.Process(before).kill()
    wait_for(
        lambda: (now := baton.processes().get("worker catalog")) is not None and now.pid != before, "a new worker"
    )

    family, began = baton.family(), time.monotonic()
    baton.stop()

    assert time.monotonic() - began < 15
    assert baton.process.returncode == 0
    assert not any(member.is_running() for member in family)


def test_a_taken_port_is_passed_over_and_nothing_outlives_a_killed_supervisor(
    start: Callable[..., Installation],
) -> None:
    taken = free_port()
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", taken))
        somebody.listen()
        baton = start(port=taken).ready()

    assert f"Port {taken} is taken" in baton.said
    assert baton.answers("/")

    family = baton.family()
    assert len(family) > 6
    baton.process.send_signal(signal.SIGKILL)
    baton.process.wait(10)

    wait_for(
        lambda: not any(member.is_running() and member.status() != "zombie" for member in family),
        "the end of every child", patience=20,
    )
    assert start().ready().answers("/readyz")
