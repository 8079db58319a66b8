"""The queue before the one writer of a SQLite store."""

import errno
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest
from sqlalchemy import Engine, text

from app.database import open_engine
from app.writer_queue import WriterQueue
from tests.waiting import wait_for


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def store(path: str) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{path}")
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE written (who INTEGER)"))
    yield opened
    opened.dispose()


def write(store: Engine, who: int = 1, *, for_seconds: float = 0) -> None:
    with store.begin() as connection:
        connection.execute(text("INSERT INTO written VALUES (:who)"), {"who": who})
        sleep(for_seconds)  # the work of whoever holds the store


def written(store: Engine) -> list[int]:
    with store.connect().execution_options(read_only=True) as connection:
        return list(connection.execute(text("SELECT who FROM written ORDER BY rowid")).scalars())


def is_free(path: str) -> bool:
    turn = WriterQueue(path).turn(patience=0)
    if turn is not None:
        turn.give_back()
    return turn is not None


def test_of_six_who_write_again_and_again_nobody_is_passed_over(store: Engine):
    together = Barrier(6)

    def again_and_again(who: int) -> None:
        together.wait()
        for _ in range(20):
            write(store, who, for_seconds=0.003)

    with ThreadPoolExecutor(6) as pool:
        for running in [pool.submit(again_and_again, who) for who in range(6)]:
            running.result()

    order = written(store)
    assert len(order) == 120
    rounds = [order[start : start + 8] for start in range(12, 100, 4)]  # at both ends not all six are there
    assert all(set(turns) == set(range(6)) for turns in rounds), "SQLite alone lets one write all its twenty in a row"


def test_who_dies_with_the_turn_or_in_the_queue_holds_nobody_up(path: str):
    Path(path).touch()
    program = (
        "import sys; from app.writer_queue import WriterQueue as Q\n"
        "turn = Q(sys.argv[1])._drawn(1e18); print('drawn', flush=True)\n"
        "input()"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, path], stdin=-1, stdout=-1, text=True) for _ in range(2)]
    assert [other.stdout.readline() for other in others if other.stdout] == ["drawn\n", "drawn\n"]
    assert not is_free(path)

    for other in others:
        os.kill(other.pid, signal.SIGKILL)
        other.communicate()

    assert is_free(path)


def test_the_turn_of_a_process_that_dies_does_not_live_on_in_its_children(path: str):
    Path(path).touch()
    program = (
        "import os, signal, sys; from app.writer_queue import WriterQueue as Q\n"
        "t = Q(sys.argv[1]).turn(); child = os.fork()\n"
        "if child: print(child, flush=True)\n"
        "signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, path], stdout=-1, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        assert not is_free(path)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        wait_for(lambda: is_free(path))
    finally:
        os.kill(child, signal.SIGKILL)
        parent.stdout.close()


def test_a_turn_that_never_comes_is_done_without(path: str, store: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.writer_queue.PATIENCE_SECONDS", 0.05)
    stopped = WriterQueue(path).turn()
    assert stopped is not None

    write(store)

    assert written(store) == [1]
    stopped.give_back()


def test_of_many_threads_none_is_passed_over_again_and_again(path: str):
    """Thirty calls of the API at once: where luck decides, one of them comes after 8 s."""
    Path(path).touch()
    queue, crowd, each = WriterQueue(path), 30, 8
    turns, passed = [0], []

    def again_and_again() -> None:
        for _ in range(each):
            before = turns[0]
            turn = queue.turn(patience=60)
            assert turn is not None
            turns[0] += 1
            passed.append(turns[0] - before)
            sleep(0.002)  # the least that anybody holds the store for
            turn.give_back()

    with ThreadPoolExecutor(crowd) as pool:
        for done in [pool.submit(again_and_again) for _ in range(crowd)]:
            done.result()

    assert turns[0] == crowd * each
    assert max(passed) <= 2 * crowd


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE])
def test_who_cannot_stand_in_the_queue_writes_all_the_same(
    trouble: int, store: Engine, monkeypatch: pytest.MonkeyPatch
):
    """A full disk, a folder that takes no new file, files of another user's, no descriptor left."""
    opens = os.open

    def refused(name: str, *how: int) -> int:
        if name.endswith("-queue"):
            raise OSError(trouble, os.strerror(trouble), name)
        return opens(name, *how)

    monkeypatch.setattr(os, "open", refused)

    write(store)

    assert written(store) == [1]


def test_where_there_can_be_no_queue_everybody_writes_without_and_it_is_said_once(
    path: str, store: Engine, caplog: pytest.LogCaptureFixture
):
    Path(f"{path}-queue").unlink()
    Path(f"{path}-queue").mkdir()

    with caplog.at_level(logging.WARNING, "baton.store"):
        write(store)
        write(store)

    assert written(store) == [1, 1]
    assert sum("do not wait in a queue" in record.message for record in caplog.records) == 1


def test_the_file_of_the_queue_belongs_to_whom_the_store_belongs(path: str):
    Path(path).touch()
    Path(path).chmod(0o660)

    assert is_free(path)

    assert Path(f"{path}-queue").stat().st_mode & 0o777 == 0o660


def test_a_turn_ends_with_its_transaction_however_that_ends(path: str, store: Engine):
    with pytest.raises(ZeroDivisionError), store.begin():
        1 / 0  # noqa: B018

    assert is_free(path)


def test_who_only_reads_waits_for_no_turn(path: str, store: Engine):
    write(store)
    held = WriterQueue(path).turn()
    assert held is not None

    assert written(store) == [1]

    held.give_back()
