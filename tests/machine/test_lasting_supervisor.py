"""The supervisor goes on when nothing can be written any more: its log, its terminal, a full disk."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_for
from workers.machine import lasting_supervisor

CONFIG = """\
[supervisord]
nodaemon=true
silent=true
logfile=/dev/full
logfile_maxbytes=0
pidfile={folder}/supervisord.pid
childlogdir={folder}
[program:short]
command=/bin/sh -c "echo started >> {folder}/starts; echo a word"
stdout_logfile=/dev/full
stdout_logfile_maxbytes=0
redirect_stderr=true
startsecs=0
autorestart=true
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_full_disk_under_its_own_output_does_not_end_what_it_holds_together(tmp_path: Path) -> None:
    (tmp_path / "supervisord.conf").write_text(CONFIG.format(folder=tmp_path))
    starts = tmp_path / "starts"
    with Path("/dev/full").open("w") as full:
        supervisor = subprocess.Popen(
            [sys.executable, "-P", str(lasting_supervisor.__file__), "-c", str(tmp_path / "supervisord.conf")],
            stdout=full, stderr=full)  # fmt: skip
    try:
        wait_for(lambda: supervisor.poll() is not None or (starts.exists() and starts.read_text().count("started") > 2),
                 "starting again and again what ends")  # fmt: skip
        assert supervisor.poll() is None
    finally:
        supervisor.terminate()
        supervisor.wait(PATIENCE)


def test_when_everything_has_stopped_each_store_is_in_its_one_file(tmp_path: Path) -> None:
    """Copied alone, the pricing store was one in which nothing had happened since the last time somebody tidied up."""
    store = tmp_path / "pricing.db"
    writer = sqlite3.connect(store, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE price (sku TEXT)")
    assert store.with_name("pricing.db-wal").stat().st_size
    config = tmp_path / "supervisord.conf"
    config.write_text(CONFIG.format(folder=tmp_path).replace("/dev/full", "/dev/null"))
    supervisor = subprocess.Popen(
        [sys.executable, "-P", str(lasting_supervisor.__file__), "-c", str(config), str(store), "missing.db"],
        cwd=tmp_path)  # fmt: skip
    wait_for((tmp_path / "starts").exists, "the start of what it holds")

    supervisor.terminate()

    assert supervisor.wait(PATIENCE) == 0
    copy = sqlite3.connect(shutil.copyfile(store, tmp_path / "copy.db"))
    assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("price",)]
    assert not (tmp_path / "missing.db").exists()
    copy.close()
    writer.close()
