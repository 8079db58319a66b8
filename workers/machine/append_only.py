"""The private Valkey's append-only file, when it is damaged: set aside, so that Valkey starts with nothing.

Everything in it is carried there again from the stores. Whether it is damaged is for the server itself to say: if its
last start did not come to an end, it is tried once without anybody talking to it.
"""

import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

STARTED, READY = "is starting", "Ready to accept connections"
PATIENCE_SECONDS = 120.0
_FOLDER = "appendonlydir"


def set_aside_damaged(binary: Path, data: Path) -> Path | None:
    """Move the append-only files out of the way if the server cannot read them; return where they are now."""
    files = data / "redis" / _FOLDER
    if not files.is_dir() or _was_ready(data / "log" / "valkey.log") or _can_be_read(binary, files.parent):
        return None
    aside = files.with_name(f"{_FOLDER}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    shutil.move(files, aside)
    return aside


def notice(aside: Path) -> str:
    """Say what happened, what it means and what to do."""
    return (
        f"Valkey could not read its append-only file, which is damaged: it is set aside as {aside}, and Valkey starts"
        " empty. Nothing is lost: streams and jobs are filled again from the stores. Look at this disk's health, and"
        " delete what was set aside when you are done."
    )


def _was_ready(log: Path) -> bool:
    """Whether the log shows that the last start came to its end: then the file could be read."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return False
    starts = [number for number, line in enumerate(lines) if STARTED in line]
    return bool(starts) and any(READY in line for line in lines[starts[-1] :])


def _can_be_read(binary: Path, folder: Path) -> bool:
    """Let the server load the files, on a socket that nobody knows, and look whether it comes up."""
    with tempfile.TemporaryDirectory(prefix="baton-") as name, (Path(name) / "log").open("w+") as said:
        command = [str(binary), "--port", "0", "--unixsocket", f"{name}/s", "--dir", str(folder), "--save", "",
                   "--appendonly", "yes"]  # fmt: skip
        trial = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)  # noqa: S603 (a fixed command)
        try:
            return _comes_up(trial, Path(said.name))
        finally:
            trial.terminate()
            trial.wait()


def _comes_up(trial: "subprocess.Popen[bytes]", said: Path) -> bool:
    deadline = monotonic() + PATIENCE_SECONDS
    while trial.poll() is None:
        if READY in said.read_text(errors="replace"):
            return True
        if monotonic() > deadline:
            return True  # it still loads: it is large, not damaged
        sleep(0.02)
    return False
