"""The queue before the one writer of a SQLite store."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import Engine, text

from app.database import open_engine
from app.turns import Queue


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def store(path: str) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{path}")
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE written (who TEXT)"))
    yield opened
    opened.dispose()


def write(store: Engine, who: str) -> None:
    with store.begin() as connection:
        connection.execute(text("INSERT INTO written VALUES (:who)"), {"who": who})


def test_who_writes_again_and_again_keeps_nobody_waiting_for_more_than_a_few_turns(store: Engine):
    enough, turns, waited = Event(), [0], []

    def again_and_again() -> None:
        while not enough.is_set():
            with store.begin() as connection:
                connection.execute(text("INSERT INTO written VALUES ('busy')"))
                enough.wait(0.005)  # what one step of something large does while it holds the store
            turns[0] += 1

    with ThreadPoolExecutor() as pool:
        busy = pool.submit(again_and_again)
        try:
            for _ in range(40):
                before = turns[0]
                write(store, "person")
                waited.append(turns[0] - before)
        finally:
            enough.set()
        busy.result()

    assert max(waited) <= 3, "SQLite itself lets one who waits look every 100 ms, so 20 turns go by"


def test_of_many_threads_none_is_passed_over_again_and_again(path: str):
    """Thirty calls of the API at once: whoever came first was served by chance, one of them after 8 s."""
    queue, crowd, each = Queue(path), 30, 12
    turns, passed = [0], []

    def again_and_again() -> None:
        for _ in range(each):
            before = turns[0]
            turn = queue.turn(patience=60)
            assert turn is not None
            turns[0] += 1
            passed.append(turns[0] - before)
            turn.give_back()

    with ThreadPoolExecutor(crowd) as pool:
        for done in [pool.submit(again_and_again) for _ in range(crowd)]:
            done.result()

    assert turns[0] == crowd * each
    assert max(passed) <= 2 * crowd


def test_who_dies_in_the_queue_or_with_the_turn_holds_nobody_up(path: str):
    program = "import sys; from app.turns import Queue; Queue(sys.argv[1]).turn(); print('mine', flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", program, path], stdin=-1, stdout=-1, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"
    assert Queue(path).turn(patience=0) is None

    os.kill(other.pid, signal.SIGKILL)
    other.communicate()

    turn = Queue(path).turn(patience=0)
    assert turn is not None
    turn.give_back()


def test_a_process_forked_in_the_middle_of_a_turn_does_not_keep_it(path: str):
    turn = Queue(path).turn()
    assert turn is not None
    child = os.fork()
    if child == 0:
        signal.pause()
    try:
        turn.give_back()
        assert Queue(path).turn(patience=0) is not None
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_turn_that_never_comes_is_done_without(path: str, store: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.turns.PATIENCE_SECONDS", 0.05)
    stopped = Queue(path).turn()
    assert stopped is not None

    write(store, "person")

    with store.connect() as connection:
        assert connection.execute(text("SELECT who FROM written")).scalars().all() == ["person"]


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE])
def test_who_cannot_stand_in_the_queue_writes_all_the_same(
    trouble: int, store: Engine, monkeypatch: pytest.MonkeyPatch
):
    """A full disk, a folder that takes no new file, files of another user's, no descriptor left."""
    opens = os.open

    def refused(name: str, *how: int) -> int:
        if name.endswith(("-queue", "-turn")):
            raise OSError(trouble, os.strerror(trouble), name)
        return opens(name, *how)

    monkeypatch.setattr(os, "open", refused)

    write(store, "person")

    with store.connect() as connection:
        assert connection.execute(text("SELECT who FROM written")).scalars().all() == ["person"]


def test_a_turn_ends_with_its_transaction_however_that_ends(path: str, store: Engine):
    with pytest.raises(ZeroDivisionError), store.begin():
        1 / 0  # noqa: B018

    turn = Queue(path).turn(patience=0)
    assert turn is not None
    turn.give_back()


def test_who_only_reads_waits_for_no_turn(path: str, store: Engine):
    write(store, "person")
    held = Queue(path).turn()
    begun = monotonic()
    with store.connect().execution_options(read_only=True) as connection:
        assert connection.execute(text("SELECT who FROM written")).scalars().all() == ["person"]
    assert held is not None
    assert monotonic() - begun < 1
    held.give_back()
