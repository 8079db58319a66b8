"""The log: one line for each thing, with its time, no secret in it, and no room for strangers to push others out."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import engineio
import pytest
import socketio

from app import logs

COOKIE = "baton_session=kbt2Zx9rVq1mWc0pLs8dTy"
TOKEN = "baton_Yk3JxN5hR7vE2mQ9aT1cW4zL6sB8dF0g"


@pytest.fixture
def log(tmp_path: Path) -> logging.Logger:
    """A logger that writes as a process does, into a file."""
    logger = logging.getLogger(f"test.{tmp_path.name}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers[:] = [logs._prepared(logging.FileHandler(tmp_path / "web.log"), "web")]
    return logger


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "web.log").read_text().split("\n") if line]


def test_a_line_has_its_time_process_level_and_place(log: logging.Logger, tmp_path: Path) -> None:
    log.warning("the store is slow: %d ms", 700)

    (line,) = lines(tmp_path)
    assert (line["event"], line["process"], line["level"]) == ("the store is slow: 700 ms", "web", "warning")
    assert line["timestamp"].endswith("Z")
    assert line["logger"] == log.name


@pytest.mark.parametrize("forged", [
    "a\nERROR root the store is lost", "a\r\nforged", "a\x1b[2J\x1b[31m", "a\u2028b\u2029c", "a\x00b", "\x9b31m",
])  # fmt: skip
def test_what_a_stranger_sends_never_makes_a_second_line_or_moves_a_cursor(
    log: logging.Logger, tmp_path: Path, forged: str
) -> None:
    log.warning("event refused name=%r", forged)
    log.warning("event refused name=%s", forged)

    raw = (tmp_path / "web.log").read_bytes()
    assert raw.count(b"\n") == 2
    assert all(32 <= byte < 127 or byte == 10 for byte in raw)


@pytest.mark.parametrize("said", [
    f"headers={{'cookie': '{COOKIE}; a=b', 'host': 'x'}}", f"Cookie: {COOKIE}", f'{{"cookie": "{COOKIE}"}}',
    f"__Host-{COOKIE}", f"Authorization: Bearer {TOKEN}", f"made {TOKEN} for you",
    f"{{'password': '{COOKIE}', 'email': 'a'}}", f"POST /?password={COOKIE}&x=1",
    f"redis://:{COOKIE}@127.0.0.1:6390/0 is away", f"postgresql://baton:{COOKIE}@db/pricing",
])  # fmt: skip
def test_no_secret_is_written(log: logging.Logger, tmp_path: Path, said: str) -> None:
    secrets = (COOKIE.split("=")[1], TOKEN)
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("it broke: %s", said, extra={"detail": said, "nested": {"password": said}})

    raw = (tmp_path / "web.log").read_text()
    assert not any(secret in raw for secret in secrets)
    assert logs.HIDDEN in raw


def test_the_whole_event_that_the_framework_would_log_hides_its_cookie(log: logging.Logger, tmp_path: Path) -> None:
    from reflex_base.event import Event

    log.error("Error processing event queue entry for %s", Event(
        name="nothing.here", payload={}, router_data={"headers": {"cookie": COOKIE, "user-agent": "x"}}))  # fmt: skip

    assert COOKIE.split("=")[1] not in (tmp_path / "web.log").read_text()


def test_a_line_is_not_long(log: logging.Logger, tmp_path: Path) -> None:
    log.warning("event refused name=%s", "a" * 250_000)

    (line,) = lines(tmp_path)
    assert len(line["event"]) < 2_100
    assert "250,019 characters" in line["event"]


def test_a_flood_is_counted_and_not_written(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])

    def refuse() -> None:
        log.warning("event refused")

    for _ in range(500):
        refuse()
    log.warning("something else")
    now[0] = 61
    refuse()

    written = lines(tmp_path)
    assert len(written) == logs.PER_MINUTE + 2
    assert written[-2]["event"] == "something else"
    assert written[-1]["left_out"] == 500 - logs.PER_MINUTE


@pytest.fixture
def put_back() -> Iterator[None]:
    """Put back whatever `begin` changes for the whole process."""
    names = ("", *logs._OF_STRANGERS, "engineio.server", "socketio.server", "rq.worker", "_granian", "alembic")
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger, logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    for logger, handlers, propagate, level in before:
        logger.handlers[:], logger.propagate, logger.level = handlers, propagate, level


def test_what_strangers_cause_goes_to_a_file_of_its_own(tmp_path: Path, put_back: None) -> None:
    logs.begin("web", folder=tmp_path)
    logging.getLogger("baton.guard").warning("event refused")
    logging.getLogger("reflex.app").warning("Frontend version 'evil' does not match")

    written = [json.loads(line)["logger"] for line in (tmp_path / logs.STRANGERS).read_text().splitlines()]
    assert written == ["baton.guard", "reflex.app"]


@pytest.mark.parametrize("first", ["the server", "the log"])
@pytest.mark.parametrize("server", [engineio.AsyncServer, socketio.AsyncServer])
def test_what_a_stranger_says_to_the_websocket_makes_no_line_beside_the_log(
    server: Callable[[], engineio.AsyncServer | socketio.AsyncServer],
    first: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    put_back: None,
) -> None:
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).level = logging.NOTSET
    if first == "the server":
        server()
    logs.begin("web", folder=tmp_path)
    server().logger.error('Invalid session a\n{"event": "signed in user=owner"} %s', COOKIE)

    (line,) = (tmp_path / logs.STRANGERS).read_text().splitlines()
    assert json.loads(line)["level"] == "error"
    assert COOKIE not in line
    assert capsys.readouterr().err == "", "as it came: a line of its own, with the cookie"
