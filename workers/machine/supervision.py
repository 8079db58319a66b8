"""One supervisord over every process of this machine. Any of them that dies is started again."""

import configparser
import fcntl
import io
import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from workers.machine.frontend import ROOT
from workers.machine.parent import SUPERVISED
from workers.machine.ports import socket_path

CONFIG = "supervisord.conf"
PID = "supervisord.pid"
LOCK = "baton.lock"
RUNNING = "running.env"
_LOCK_FD, _CLAIM_FD = 3, 4
"""supervisord closes inherited descriptors from 5 on; below that what they hold lives exactly as long as it does."""


class AlreadyRunning(Exception):
    """Another `baton up` holds this data directory."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep alive. `after` orders starts, lower first; what `outlives` the others stops last."""

    name: str
    command: Sequence[str]
    after: int = 10
    stop_seconds: int = 30
    restarts: bool = True
    outlives: bool = False
    shows_output: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def lock(data: Path) -> None:
    """Take the data directory for this process and the supervisord it becomes, or refuse."""
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(_who_runs(data)) from None
    _keep(descriptor, _LOCK_FD)


def _keep(descriptor: int, place: int) -> None:
    """Move a descriptor to a place of its own, where the supervisord that this process becomes keeps it open."""
    if descriptor != place:
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.set_inheritable(place, True)


def is_running(data: Path) -> bool:
    """Tell whether a `baton up` holds this data directory now."""
    try:
        with (data / LOCK).open("r+") as probe:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def become_supervisor(
    data: Path, programs: Sequence[Program], environment: Mapping[str, str], claim: socket, stores: Sequence[str]
) -> None:
    """Write the configuration and turn this process into supervisord, which keeps the `claim`. Does not return.

    At the end it leaves the `stores` (SQLite files) whole.
    """
    logs = data / "log"
    logs.mkdir(parents=True, exist_ok=True)
    config = data / CONFIG
    config.write_text(configuration(data, programs))
    _remember(data, environment)
    supervisor = str(Path(__file__).with_name("lasting_supervisor.py"))
    _keep(claim.fileno(), _CLAIM_FD)
    command = [sys.executable, "-P", supervisor, "-c", str(config), *stores]
    os.execve(sys.executable, command, os.environ | environment)  # noqa: S606


def configuration(data: Path, programs: Sequence[Program]) -> str:
    """Return supervisord's configuration."""
    written = configparser.RawConfigParser()
    written["supervisord"] = {
        "nodaemon": "true", "silent": "true", "logfile": f"{data}/log/supervisord.log", "logfile_maxbytes": "5MB",
        "logfile_backups": "2", "pidfile": f"{data}/{PID}", "childlogdir": f"{data}/log",
        "identifier": "baton", "strip_ansi": "true", "directory": str(ROOT),
    }  # fmt: skip
    written["unix_http_server"] = {"file": str(control_socket(data)), "chmod": "0700"}
    written["supervisorctl"] = {"serverurl": f"unix://{control_socket(data)}"}
    written["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for program in programs:
        written[f"program:{program.name}"] = _section(data, program)
    written["group:baton"] = {  # a group stops at once; single programs stop one after another
        "programs": ",".join(program.name for program in programs if not program.outlives),
        "priority": "50",
    }
    text = io.StringIO()
    written.write(text)
    return text.getvalue()


def control_socket(data: Path) -> Path:
    """Return supervisorctl's socket."""
    return socket_path(data / "supervisor.sock")


def _section(data: Path, program: Program) -> dict[str, str]:
    output = (
        {"stdout_logfile": "/dev/fd/1", "stdout_logfile_maxbytes": "0"}
        if program.shows_output
        else {"stdout_logfile": f"{data}/log/{program.name}.log", "stdout_logfile_maxbytes": "5MB",
              "stdout_logfile_backups": "2"}
    )  # fmt: skip
    return {
        "command": " ".join(_quoted(word) for word in program.command), "priority": str(program.after),
        "autorestart": "true" if program.restarts else "false", "startsecs": "1" if program.restarts else "0",
        "startretries": "1000000", "stopsignal": "TERM", "stopwaitsecs": str(program.stop_seconds),
        "stopasgroup": "true", "killasgroup": "true", "redirect_stderr": "true", **output,
        **({"environment": _environment(program)} if program.environment else {}),
    }  # fmt: skip


def _environment(program: Program) -> str:
    return ",".join(f"{name}={_quoted(value)}" for name, value in program.environment.items())


def _quoted(word: str) -> str:
    """Quote for supervisord, which expands % and splits on blanks."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _remember(data: Path, environment: Mapping[str, str]) -> None:
    """Keep what the processes were told, so that `baton` in another terminal speaks to the same ones."""
    kept = data / RUNNING
    kept.touch(mode=0o600)
    kept.chmod(0o600)
    variables = {name: value for name, value in (os.environ | environment).items() if name.startswith("BATON_")}
    variables.pop(SUPERVISED, None)  # whoever reads it, a shell too, is nobody's child
    kept.write_text("".join(f"{name}={value}\n" for name, value in sorted(variables.items())))


def remembered(data: Path) -> dict[str, str]:
    """Return what the running processes on this data directory were told; empty when none run."""
    return _written_down(data) if is_running(data) else {}


def _written_down(data: Path) -> dict[str, str]:
    """Return what is written down there; nothing if it is about another folder (this one is a copy of it)."""
    try:
        kept = (data / RUNNING).read_text()
    except FileNotFoundError:
        return {}
    variables = dict(line.split("=", 1) for line in kept.splitlines() if "=" in line)
    return variables if Path(variables.get("BATON_DATA_DIR", "")).resolve() == data.resolve() else {}


def forget_other_folder(data: Path, environment: MutableMapping[str, str]) -> list[str]:
    """Take out of an environment what it was told for another data directory; return the names of what that was.

    A shell that once worked on one folder must not lead another one into its Redis or its stores.
    """
    named = environment.get("BATON_DATA_DIR")
    if named is None or Path(named).resolve() == data:
        return []
    foreign = sorted(name for name in environment if name.startswith("BATON_") and name != "BATON_DATA_DIR")
    for name in foreign:
        del environment[name]
    return foreign


def _who_runs(data: Path) -> str:
    port = _written_down(data).get("BATON_PORT")
    address = f" at http://localhost:{port}" if port else ""
    return (
        f"Baton already runs on {data}{address}. Stop it first (Ctrl-C in its terminal), "
        "or start this one with another --data directory."
    )
