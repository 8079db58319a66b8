"""`baton up`: everything starts, stays up, and goes down together."""

import re
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from app.contexts import names
from tests.machine.conftest import Installation
from tests.processes import any_alive, listening
from tests.waiting import PATIENCE, wait_for


def handshake(port: int, origin: str) -> int:
    """Open the websocket as a browser on a page of `origin` would; return the status of the answer."""
    request = (
        f"GET /_event/?EIO=4&transport=websocket&token=t HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(200).split()[1])


def test_a_killed_one_leaves_nothing_running_and_the_next_starts_there_stays_up_and_stops_together(
    start: Callable[..., Installation], tmp_path: Path
) -> None:
    folder = str(tmp_path / "data")
    killed_after_it_passed_a_taken_port_over(start, folder)
    baton = start(folder).ready()

    everything_runs_on_loopback(baton)
    a_killed_server_leaves_no_worker_and_comes_back(baton)
    a_second_one_in_the_same_folder_is_refused(baton, start)
    a_killed_context_comes_back(baton)
    everything_stops_by_itself_when_asked(baton)


def killed_after_it_passed_a_taken_port_over(start: Callable[..., Installation], folder: str) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        taken = int(somebody.getsockname()[1])
        baton = start(folder, port=taken).ready()

    assert f"Port {taken} is taken" in baton.said
    assert baton.answers("/")
    only_its_own_pages_open_a_websocket(baton)
    nothing_outlives_a_killed_supervisor(baton)


def everything_runs_on_loopback(baton: Installation) -> None:
    expected = {"relay", "orchestrate", "track", *(f"worker {name}" for name in names())}
    wait_for(lambda: expected <= set(baton.processes()), "every process under its own name")
    assert baton.answers("/healthz")
    assert baton.answers("/readyz")

    for kept in (baton.data / "redis" / "valkey.conf", baton.data / "running.env"):
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(baton.data.stat().st_mode) == 0o700
    assert listening(baton.family()) == {"127.0.0.1"}


def only_its_own_pages_open_a_websocket(baton: Installation) -> None:
    port = baton.port()

    assert handshake(port, f"http://localhost:{port}") == 101
    assert handshake(port, "http://evil.example") == 403
    assert handshake(port, "null") == 403


def nothing_outlives_a_killed_supervisor(baton: Installation) -> None:
    family = baton.family()
    assert len(family) > 6

    baton.process.send_signal(signal.SIGKILL)
    baton.process.wait(PATIENCE)

    wait_for(lambda: not any_alive(family), "the end of every child")


def a_killed_server_leaves_no_worker_and_comes_back(baton: Installation) -> None:
    main = next(process for command, process in baton.processes().items() if "granian" in command)
    workers = main.children(recursive=True)
    assert workers, "the server has a worker of its own"

    main.kill()

    wait_for(lambda: not any_alive(workers), "the end of a worker whose main process was killed")
    wait_for(lambda: baton.answers("/readyz"), "a new server on the same port")


def a_second_one_in_the_same_folder_is_refused(baton: Installation, start: Callable[..., Installation]) -> None:
    port = baton.port()
    second = start(str(baton.data), port=port)
    assert second.process.wait(PATIENCE) == 1
    assert f"already runs on {baton.data} at http://localhost:{port}" in second.said


def a_killed_context_comes_back(baton: Installation) -> None:
    killed = baton.processes()["worker catalog"]
    killed.kill()
    wait_for(lambda: baton.processes().get("worker catalog", killed) != killed, "a new worker")


def everything_stops_by_itself_when_asked(baton: Installation) -> None:
    family = baton.family()

    baton.stop()

    assert baton.process.returncode == 0
    wait_for(lambda: not any_alive(family), "the end of every child")
    assert [file.name for file in baton.data.glob("*.db-wal") if file.stat().st_size] == [], "not in the one file"
    log = (baton.data / "log" / "supervisord.log").read_text()
    assert re.findall(r"killing '.*' \(\d+\) with SIGKILL", log) == [], "somebody had to be killed to stop"
