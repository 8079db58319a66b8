"""Kinds of other packages, asked in a child process: whatever one of them does, nobody waits longer than a limit.

Nothing of a foreign package is imported here. A child is started when it is first asked, answers line by line, and is
stopped and started anew if it hangs, ends or babbles; lines that it did not answer were not judged. That is a fence
against mistakes, not a prison: who installs a package trusts it with the rights of this process's user.
"""

import atexit
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import ClassVar, Final

from pydantic import ConfigDict

from rules.facts import Facts, is_amount
from rules.finding import Severity
from rules.kinds.kind import Answer, Breach, CannotBeJudged, DidNotAnswer, RuleKind
from rules.kinds.words import KindWords
from rules.rule import Parameter

LIMIT_SECONDS: Final = 2.0
SECONDS_PER_LINE: Final = 0.000_2
START_SECONDS: Final = 10.0
FAILURES_UNTIL_REST: Final = 3
REST_SECONDS: Final = 30.0
"""After so many failures in a row a kind is left alone for a while: its lines are not judged, and nobody waits."""
_MOST_BYTES = 1 << 16
_MOST_TEXT = 500
_TEXTS = ("title", "short", "observed", "side", "breaks", "condition")
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""What a child learns of the environment; the rest may hold secrets."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from rules.foreign_child import serve; serve(sys.argv[2])"
)


class Child:
    """The process of one foreign kind. Many threads may ask; one is answered at a time."""

    def __init__(self, kind: str, *, limit: float = LIMIT_SECONDS, start: float = START_SECONDS) -> None:
        """Name the kind; nothing is started yet."""
        self.kind, self.failures = kind, 0
        self._limit, self._start_limit = limit, start
        self._in_a_row, self._rests_until, self._calls = 0, 0.0, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._lock = threading.Lock()

    def ask(
        self, question: Mapping[str, object], lines: Sequence[object] = (), *, wanted: int = 1
    ) -> tuple[list[object], str]:
        """Return the answers in order, and why they are not all that were wanted (empty if they are)."""
        limit = self._limit + SECONDS_PER_LINE * len(lines)
        if not self._lock.acquire(timeout=limit):
            return [], "was busy for too long with other lines"
        try:
            if monotonic() < self._rests_until:
                return [], "failed several times in a row and is not asked again yet"
            answers, why = self._answers(question, lines, wanted, limit)
            self._note(why)
            return answers, why
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the process and everything that it started."""
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()

    def leave(self) -> None:
        """Forget the process in a fork: it belongs to the one that started it."""
        self._process, self._ready, self._lock = None, False, threading.Lock()

    def _answers(
        self, question: Mapping[str, object], lines: Sequence[object], wanted: int, limit: float
    ) -> tuple[list[object], str]:
        if not self._ready:
            process = self._started()
            _, why = _exchange(process, b"", 1, call=0, limit=self._start_limit)
            if why:
                return [], f"could not be started: it {why}"
            self._ready = True
        self._calls += 1
        asked = [json.dumps({**question, "call": self._calls, "lines": len(lines), "seconds": limit})]
        asked += [json.dumps(line, default=repr) for line in lines]
        payload = "\n".join([*asked, ""]).encode()
        return _exchange(self._started(), payload, wanted, call=self._calls, limit=limit)

    def _note(self, why: str) -> None:
        """After a failure start anew, so that the next one who asks finds it ready; after several in a row, rest."""
        if not why:
            self._in_a_row = 0
            return
        self.failures += 1
        self._in_a_row += 1
        self.stop()
        if self._in_a_row % FAILURES_UNTIL_REST:
            self._started()
        else:
            self._rests_until = monotonic() + REST_SECONDS

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-I", "-c", _BOOT, json.dumps(sys.path), self.kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                cwd="/",
                start_new_session=True,
            )
        return self._process


class ForeignKind(RuleKind):
    """Stands for a kind of another package; takes its parameters as they are and has them checked in the child."""

    model_config = ConfigDict(frozen=True, extra="allow")

    apart: ClassVar[bool] = True
    child: ClassVar[Child]

    @classmethod
    def faults_in(cls, parameters: Mapping[str, Parameter]) -> str:
        """Say why parameters do not fit, as the kind itself says it."""
        answers, why = cls.child.ask({"do": "fit", "parameters": dict(parameters)})
        if why:
            return f"its kind {why}"
        return answers[0] if isinstance(answers[0], str) else "its kind gave no usable answer"

    @classmethod
    def form_schema(cls) -> dict[str, object]:
        """Return the schema of the parameters as the kind describes them; nothing if it does not."""
        schema = _described(cls.child).get("schema")
        return schema if isinstance(schema, dict) else {}

    def check(self, facts: Facts) -> Breach | None:
        """Ask about one line. Raises `CannotBeJudged` or `DidNotAnswer`."""
        (answer,) = self.check_all([facts])
        if isinstance(answer, (CannotBeJudged, DidNotAnswer)):
            raise answer
        return answer

    def check_all(self, lines: Sequence[Facts]) -> list[Answer]:
        """Ask about many lines at once; those without an answer say so."""
        told, why = self.child.ask(
            {"do": "check", "parameters": self.model_extra or {}},
            [_written(facts) for facts in lines],
            wanted=len(lines),
        )
        unanswered: list[Answer] = [DidNotAnswer(why) for _ in lines[len(told) :]]
        return [*(_read(answer) for answer in told), *unanswered]


def words_of(kind: type[ForeignKind]) -> KindWords | None:
    """Return the words that a foreign kind brings, if they are usable."""
    words = _described(kind.child).get("words")
    if not isinstance(words, dict):
        return None
    try:
        before, after = words["says"]
        texts = {name: str(words[name])[:_MOST_TEXT] for name in _TEXTS}
        texts["breaks"].format(limit="")
        return KindWords(
            title=texts["title"],
            short=texts["short"],
            observed=texts["observed"],
            side=texts["side"],
            breaks=texts["breaks"],
            condition=texts["condition"],
            says=(str(before)[:_MOST_TEXT], str(after)[:_MOST_TEXT]),
            breaks_low=words.get("breaks_low") is True,
            breaks_both=words.get("breaks_both") is True,
            judges_change=words.get("judges_change") is True,
            is_level=words.get("is_level") is True,
        )
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return None


def usual_of(kind: type[ForeignKind]) -> Severity:
    """Return the severity that a foreign kind means where nobody says otherwise."""
    return Severity.HARD if _described(kind.child).get("usual") == Severity.HARD else Severity.SOFT


@cache
def child_of(kind: str) -> Child:
    """Return the one child of a kind in this process."""
    child = Child(kind)
    _children.append(child)
    return child


def failures() -> dict[str, int]:
    """Return how often each foreign kind failed in this process."""
    return dict(Counter({child.kind: child.failures for child in _children}))


_children: list[Child] = []
_descriptions: dict[str, dict[str, object]] = {}


def _described(child: Child) -> dict[str, object]:
    """Return what a kind says of itself. Asked once if it answers; again later, if it does not."""
    if child.kind not in _descriptions:
        answers, _ = child.ask({"do": "describe"})
        told = answers[0] if answers else None
        if not isinstance(told, dict):
            return {}
        _descriptions[child.kind] = told
    return _descriptions[child.kind]


def _exchange(
    process: subprocess.Popen[bytes], payload: bytes, wanted: int, *, call: int, limit: float
) -> tuple[list[object], str]:
    """Write a question and read its answers, each numbered, until they are all there or something is wrong."""
    deadline, answers, rest = monotonic() + limit, list[object](), b""
    with _Pipes(process, payload) as pipes:
        while len(answers) < wanted:
            came = pipes.wait(deadline - monotonic())
            if came is None:
                return answers, f"did not answer within {limit:.1f} s and was stopped"
            if not came:
                return answers, "ended before it answered"
            *whole, rest = (rest + came).split(b"\n")
            for line in whole[: wanted - len(answers)]:
                if (answer := _numbered(line, call, len(answers))) is None:
                    return answers, "gave no usable answer"
                answers.append(answer[0])
            if len(rest) > _MOST_BYTES:
                return answers, "gave no usable answer"
    return answers, ""


def _numbered(line: bytes, call: int, place: int) -> tuple[object] | None:
    """Return what a numbered answer says, or None if it is not the one that is waited for."""
    try:
        told = json.loads(line) if len(line) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or len(told) != 3 or told[:2] != [call, place]:
        return None
    return (told[2],)


class _Pipes:
    """Both pipes of a child, written and read without ever waiting for one of them alone."""

    def __init__(self, process: subprocess.Popen[bytes], payload: bytes) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out, self._left = process.stdin.fileno(), process.stdout.fileno(), memoryview(payload)
        os.set_blocking(self._in, False)
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "_Pipes":
        self._selector.register(self._out, selectors.EVENT_READ)
        if self._left:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    def wait(self, seconds: float) -> bytes | None:
        """Return what came: nothing at all if the other side closed, None if the time is over."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            ready = {key.fd for key, _ in self._selector.select(left)}
            if self._in in ready:
                self._write()
            if self._out in ready:
                return os.read(self._out, _MOST_BYTES)
        return None

    def _write(self) -> None:
        with suppress(BlockingIOError):
            try:
                self._left = self._left[os.write(self._in, self._left[:_MOST_BYTES]) :]
            except BrokenPipeError:  # it ended; reading says so
                self._left = self._left[:0]
        if not self._left:
            self._selector.unregister(self._in)


def _written(facts: Facts) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(facts, name) for name in Facts.__slots__}
    told["too_old"] = sorted(facts.too_old)
    told["family"] = [[getattr(member, name) for name in member.__slots__] for member in facts.family]
    return told


def _read(answer: object) -> Answer:
    """Read one answer; whatever is not one was not judged."""
    match answer:
        case None:
            return None
        case ["breach", int() | None as observed, int() | None as limit, int() | None as passing, str(message)] if (
            _sane(observed, limit, passing) and message.strip()
        ):
            return Breach(observed, limit, passing, message[:_MOST_TEXT])
        case ["cannot", str(message)] if message.strip():
            return CannotBeJudged(message[:_MOST_TEXT])
        case ["failed", str(error)] if re.fullmatch(r"\w{1,64}", error):
            return DidNotAnswer(f"failed with {error}")
        case ["unfit"]:
            return DidNotAnswer("cannot be applied, because its parameters do not fit its kind")
    return DidNotAnswer("gave no usable answer")


def _sane(observed: int | None, limit: int | None, passing: int | None) -> bool:
    numbers = all(value is None or (type(value) is int and abs(value) < 2**53) for value in (observed, limit))
    return numbers and (passing is None or is_amount(passing))


def _end_all() -> None:
    for child in _children:
        child.stop()


def _leave_all() -> None:
    for child in _children:
        child.leave()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_leave_all)
