"""A process on a SQLite file that was unlinked or replaced refuses what it is asked, says so, and ends."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app import wal
from app.database import open_engine
from app.store_file import StoreRefused
from tests.machine.conftest import ROOT
from tests.waiting import PATIENCE, wait_for

LOCK = text("INSERT INTO price_lock VALUES ('TEA-1')")


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/catalog.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE price_lock (sku TEXT)"))
    return engine


def locks(file: Path) -> int:
    engine = open_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM price_lock")).scalar_one())


def lock_while(store: Engine, something: Callable[[], object]) -> None:
    with store.begin() as connection:
        connection.execute(LOCK)
        something()


def test_a_lock_is_not_written_into_a_file_that_was_unlinked(store: Engine, tmp_path: Path) -> None:
    (tmp_path / "catalog.db").unlink()

    with pytest.raises(StoreRefused, match="was removed or replaced"), store.begin() as connection:
        connection.execute(LOCK)
    with pytest.raises(StoreRefused), store.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert not (tmp_path / "catalog.db").exists(), "nor is an empty one made in its place"


def test_nor_into_one_that_another_was_put_in_the_place_of(store: Engine, tmp_path: Path) -> None:
    shutil.copyfile(tmp_path / "catalog.db", tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(tmp_path / "catalog.db")

    with pytest.raises(StoreRefused), store.begin() as connection:
        connection.execute(LOCK)
    assert locks(tmp_path / "catalog.db") == 0


def test_what_was_begun_before_it_was_replaced_is_not_committed_either(store: Engine, tmp_path: Path) -> None:
    shutil.copyfile(tmp_path / "catalog.db", tmp_path / "copy.db")

    with pytest.raises(StoreRefused):
        lock_while(store, lambda: (tmp_path / "copy.db").rename(tmp_path / "catalog.db"))
    assert locks(tmp_path / "catalog.db") == 0


def test_an_idle_process_notices_too_says_so_and_ends(tmp_path: Path) -> None:
    script = (
        "import sys; from app.database import open_engine; from app.store_file import end_when_replaced;"
        f"engine = open_engine('sqlite:///{tmp_path}/s.db'); engine.connect().close();"
        "end_when_replaced(); print('open', flush=True); sys.stdin.read()"
    )
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=out,
                                   stderr=subprocess.STDOUT)  # fmt: skip
        wait_for(lambda: "open" in (tmp_path / "out").read_text(), "opening it")
        (tmp_path / "s.db").unlink()

        assert process.wait(PATIENCE) != 0
    assert "was removed or replaced while this process had it open" in (tmp_path / "out").read_text()


ENDS = """
import sys
from sqlalchemy import text
from app.database import open_engine
engine = open_engine(f"sqlite:///{sys.argv[1]}")
with engine.begin() as connection:
    connection.execute(text("INSERT INTO price_lock VALUES ('TEA-1')"))
still_open = engine.connect()
"""


def copied(file: Path) -> Path:
    """The one file, as somebody copies it who does not know that there may be another beside it."""
    return Path(shutil.copyfile(file, file.with_name("copy.db")))


def test_a_process_that_ends_leaves_its_store_in_one_file(store: Engine, tmp_path: Path) -> None:
    """Others have it open too, and read nothing at the moment: before, the copy was a store without the last lock."""
    file = tmp_path / "catalog.db"
    with store.connect():
        subprocess.run([sys.executable, "-c", ENDS, str(file)], cwd=ROOT, check=True)

        assert locks(copied(file)) == 1


def test_a_log_that_somebody_reads_is_left_and_nothing_is_made_of_nothing(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    with store.connect().execution_options(read_only=True) as somebody:
        somebody.execute(text("SELECT * FROM price_lock")).all()
        lock_while(open_engine(f"sqlite:///{file}"), lambda: None)
        assert not wal.take_in(str(file))

    assert wal.take_in(str(file))
    assert not wal.take_in(str(tmp_path / "nothing.db"))
    assert not (tmp_path / "nothing.db").exists()
