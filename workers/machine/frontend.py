"""The front end: built once per content, then served as it is."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("app", "assets", "reflex.lock", "rules", "rxconfig.py", "workers/machine/same_origin.py")
NOT_SOURCES = {"__pycache__", "external", "migrations"}
_WEB = ROOT / ".web"
_KEY = _WEB / "baton-build.key"
_INDEX = _WEB / "build" / "client" / "index.html"


class BuildFailed(Exception):
    """The front end could not be built; the message ends with the build's own last words."""


def content_key(root: Path = ROOT) -> str:
    """Return the hash of everything the bundle is made of."""
    digest = sha256(f"reflex {version('reflex')}".encode())
    for source in SOURCES:
        for path in _files(root / source):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_built() -> bool:
    """Tell whether the bundle on disk is made of the present sources."""
    try:
        known = _KEY.read_text()
    except FileNotFoundError:  # never built, or somebody builds it now
        return False
    return _INDEX.exists() and known == content_key()


def ensure_built(log: Path) -> bool:
    """Build the front end unless that was done already; return whether it was built now."""
    with _one_builder():
        if is_built():
            return False
        _KEY.unlink(missing_ok=True)
        _build(log)
        _KEY.write_text(content_key())  # after the build: the first one writes the npm lock
        return True


def serving_environment() -> dict[str, str]:
    """Return what the web process needs to serve the finished bundle without compiling anything."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE": "262144",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
    }


def _build(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(  # noqa: S603 (a fixed command)
            command,
            cwd=ROOT,
            env=_build_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode or not _INDEX.exists():
        raise BuildFailed(f"The front end could not be built (see {log}).\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])


def _build_environment() -> dict[str, str]:
    tools = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "NPM_CONFIG_AUDIT": "false",
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }
    if "NPM_CONFIG_REGISTRY" not in environment:
        environment["NPM_CONFIG_REGISTRY"] = _configured_registry(environment)
    return environment


def _configured_registry(environment: dict[str, str]) -> str:
    """Ask npm which registry this machine uses, so that Reflex need not probe foreign ones."""
    asked = subprocess.run(
        ["npm", "config", "get", "registry"],  # noqa: S607 (the one beside this Python)
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip()


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file() and not NOT_SOURCES & set(path.relative_to(source).parts) and not path.name.startswith(".")
    )


@contextmanager
def _one_builder() -> Iterator[None]:
    _WEB.mkdir(exist_ok=True)
    with (ROOT / ".web-build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
