"""What every process writes down: one JSON line for each thing, with its time, process and level, and without secrets.

A line is one line whatever is in it, no line is long, and nobody can fill a log: of one kind only so many are written
a minute, and the next one says how many were left out. What strangers cause goes to a file of its own, so that no
stranger ever pushes out what else happened.
"""

import logging
import logging.handlers
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

HIDDEN: Final = "[hidden]"
LONGEST: Final = 2_000
"""Characters of a value that are kept; of a traceback the last four times as many."""
PER_MINUTE: Final = 60
"""Lines of one kind that are written a minute; a kind is a place in the code that writes."""
STRANGERS: Final = "strangers.log"
STRANGERS_BYTES, STRANGERS_FILES = 2_000_000, 2
_OF_STRANGERS: Final = (
    "baton.guard",
    "baton.identity",
    "baton.strangers",
    "reflex",
    "reflex_base",
    "engineio",
    "socketio",
    "asyncio",
)
"""Loggers that whoever reaches the port can make speak."""
_WITH_OUTLETS: Final = ("engineio.server", "socketio.server")
_SECRET = "cookie|authorization|passw(?:or)?d|secret|api[-_]?key|token"  # noqa: S105 (names of secrets, no secret)
_PATTERNS: Final = (
    (re.compile(r"((?:__Host-)?baton_session=)[^\s;,'\"\\]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\bbaton_(?!session\b)[A-Za-z0-9_-]{20,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^:/@\s]*:)[^@/\s]+@"), rf"\1{HIDDEN}@"),
    (re.compile(rf"(?i)(['\"](?:set-)?(?:{_SECRET})['\"]\s*[:=]\s*)(['\"])(?:\\.|(?!\2).)*\2"), rf"\1\2{HIDDEN}\2"),
    (re.compile(rf"(?i)\b((?:{_SECRET})=)[^\s&;,'\"]+"), rf"\1{HIDDEN}"),
)
_SECRET_NAME = re.compile(rf"(?i)(?:{_SECRET})$")


def begin(process: str, *, folder: Path | None = None) -> None:
    """Write down from now on what this process does: to standard error, and what strangers cause into `folder`.

    Without a folder for it, all of it goes to standard error.
    """
    outlet = handler(process)
    root = logging.getLogger()
    root.handlers[:] = [outlet]
    root.setLevel(logging.INFO)
    apart = _apart(process, folder) if folder is not None else None
    for name in (*_OF_STRANGERS, "rq.worker", "_granian", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [apart] if apart is not None and name in _OF_STRANGERS else []
        logger.propagate = not logger.handlers
    _silence_outlets_of_their_own()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda ended: _crashed(ended.exc_type, ended.exc_value, ended.exc_traceback)


def _silence_outlets_of_their_own() -> None:
    """Let nobody but us write: until told their level, these two show what strangers send as it came."""
    for name in _WITH_OUTLETS:
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.setLevel(logging.ERROR)


def handler(process: str) -> logging.Handler:
    """Return what writes lines to standard error on behalf of a process."""
    return _prepared(logging.StreamHandler(sys.stderr), process)


def _apart(process: str, folder: Path) -> logging.Handler:
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / STRANGERS, maxBytes=STRANGERS_BYTES, backupCount=STRANGERS_FILES, encoding="utf-8", delay=True
    )
    return _prepared(file, process)


def _prepared(outlet: logging.Handler, process: str) -> logging.Handler:
    outlet.addFilter(Damper())
    outlet.setFormatter(formatter(process))
    return outlet


def formatter(process: str) -> logging.Formatter:
    """Return what makes one JSON line of a record."""

    def of_process(_: object, __: str, event: EventDict) -> EventDict:
        return {**event, "process": process}

    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        of_process,
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            safe,
            structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=True),
        ],
    )


def safe(_: object, __: str, event: EventDict) -> EventDict:
    """Hide secrets, and shorten what is long, in everything that is about to be written."""
    return {str(name)[:100]: _safe(str(name), value) for name, value in event.items()}


def hidden(text: str) -> str:
    """Return a text without the cookies, tokens and passwords that stand in it."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _safe(name: str, value: object) -> object:
    if _SECRET_NAME.search(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | MutableMapping):
        return {str(key)[:100]: _safe(str(key), inner) for key, inner in list(value.items())[:50]}
    text = value if isinstance(value, str) else repr(value)
    said = hidden(text)  # before it is cut: half of a pattern hides nothing
    if name == "exception":
        return said[-4 * LONGEST :]
    return said if len(said) <= LONGEST else f"{said[:LONGEST]} ... ({len(text):,} characters)"


class Damper(logging.Filter):
    """Lets `PER_MINUTE` records of one kind pass a minute; the first one after that says how many did not."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._minute = 0
        self._seen: dict[tuple[str, str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Count a record, and tell whether it is written."""
        kind = (record.name, record.pathname, record.lineno)
        with self._lock:
            left_out = self._of_last_minute(kind)
            self._seen[kind] = self._seen.get(kind, 0) + 1
            passes = self._seen[kind] <= PER_MINUTE
        if passes and left_out:
            record.left_out = left_out
        return passes

    def _of_last_minute(self, kind: tuple[str, str, int]) -> int:
        """Begin a new minute if it is one; return how many of a kind were left out in the last."""
        minute = int(monotonic() // 60)
        if minute == self._minute:
            return 0
        self._minute, before = minute, self._seen
        self._seen = {}
        return max(0, before.get(kind, 0) - PER_MINUTE)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Write down what ends a process or a thread, as one line like everything else."""
    told = (kind, error or kind(), trace)
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(*told)
        return
    logging.getLogger("baton").critical("the process or thread ends: %s", error, exc_info=told)
