"""The other side of `rules.foreign`: a process that loads one foreign kind, answers for it and does nothing else."""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import entry_points

from pydantic import ValidationError

from rules.entry_point import ENTRY_POINTS
from rules.facts import Facts, FamilyMember
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.sentences import sentences

_MEMORY = 4 << 30
_FILES = 64
_PARENT_LOOKED_FOR_EVERY_SECONDS = 1.0


def serve(name: str) -> None:
    """Load a kind and answer until nobody asks any more."""
    say = _private_voice()
    _confine()
    _end_with(os.getppid())
    kind = _loaded(name)
    say([0, 0, "ready"])
    questions = iter(sys.stdin.buffer.readline, b"")
    for question in questions:
        _answer(kind, json.loads(question), questions, say)


def _private_voice() -> Callable[[object], None]:
    """Keep the pipe for answers alone: what a kind prints goes nowhere."""
    pipe, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)

    def say(answer: object) -> None:
        told = memoryview(json.dumps(answer, default=repr).encode() + b"\n")
        while told:
            told = told[os.write(pipe, told) :]

    return say


def _confine() -> None:
    """Bound what a mistake can take: memory and open files, and no files written."""
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_NOFILE, _FILES), (resource.RLIMIT_FSIZE, 0),
                       (resource.RLIMIT_CORE, 0)):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        within = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (within, within))


def _may_reckon_for(seconds: float) -> None:
    """Let the machine end a loop that not even a signal from the parent would reach in time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


def _end_with(parent: int) -> None:
    """End when the parent does, also while a kind hangs.

    Who the parent is can only be asked again and again: a pipe from it would also stay open in whatever it forks.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_LOOKED_FOR_EVERY_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _loaded(name: str) -> type[RuleKind]:
    (offered,) = entry_points(group=ENTRY_POINTS, name=name)
    kind = offered.load()
    if not (isinstance(kind, type) and issubclass(kind, RuleKind) and kind.name == name):
        raise TypeError(f"{offered.value} is not the kind {name}")
    return kind


def _answer(
    kind: type[RuleKind], question: Mapping[str, object], lines: Iterator[bytes], say: Callable[[object], None]
) -> None:
    call, count = question["call"], int(str(question["lines"]))
    _may_reckon_for(float(str(question["seconds"])))
    if question["do"] == "describe":
        say([call, 0, _description(kind)])
    elif question["do"] == "fit":
        say([call, 0, _faults(kind, json.dumps(question["parameters"]))])
    else:
        for place in range(count):
            say([call, place, _judgement(kind, json.dumps(question["parameters"]), next(lines))])


def _description(kind: type[RuleKind]) -> dict[str, object]:
    words = asdict(kind.words) if kind.words is not None else None
    return {"schema": kind.form_schema(), "words": words, "usual": kind.usual.value}


def _faults(kind: type[RuleKind], parameters: str) -> str:
    try:
        kind.model_validate_json(parameters)
    except ValidationError as error:
        return sentences(error)
    return ""


def _judgement(kind: type[RuleKind], parameters: str, line: bytes) -> list[object] | None:
    try:
        breach = _rule(kind, parameters).check(_facts(json.loads(line)))
    except CannotBeJudged as reason:
        return ["cannot", str(reason)]
    except ValidationError:
        return ["unfit"]
    except Exception as error:  # a kind may raise anything; what it is called is told
        return ["failed", type(error).__name__]
    if breach is None:
        return None
    if type(breach) is not Breach:
        return ["odd"]
    return ["breach", breach.observed_bp, breach.limit_bp, breach.passing_price, breach.message]


@lru_cache(maxsize=1_024)
def _rule(kind: type[RuleKind], parameters: str) -> RuleKind:
    return kind.model_validate_json(parameters)


def _facts(told: dict[str, object]) -> Facts:
    family, too_old = told.pop("family"), told.pop("too_old")
    assert isinstance(family, list)
    assert isinstance(too_old, list)
    members = tuple(FamilyMember(*member) for member in family)
    return Facts(**told, family=members, too_old=frozenset(too_old))  # type: ignore[arg-type]
