"""The supervisor goes on when nothing can be written any more: its log, its terminal, a full disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_for
from workers.machine import holding

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
            [sys.executable, "-P", str(holding.__file__), "-c", str(tmp_path / "supervisord.conf")],
            stdout=full, stderr=full)  # fmt: skip
    try:
        wait_for(lambda: supervisor.poll() is not None or (starts.exists() and starts.read_text().count("started") > 2),
                 "starting again and again what ends")  # fmt: skip
        assert supervisor.poll() is None
    finally:
        supervisor.terminate()
        supervisor.wait(PATIENCE)
