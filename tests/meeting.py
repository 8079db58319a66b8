"""Two writers at once, for real: each thread has its own connection, and they meet where they would collide."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, local
from typing import Any

import pytest

KEPT_AWAY = 0.25
"""Seconds after which the first at the meeting goes on alone: the other one is kept from coming, as it should be."""
STUCK = 30


def at_once(patch: pytest.MonkeyPatch, *deeds: Callable[[], object], at: tuple[tuple[object, str], ...]) -> list[Any]:
    """Do two things in threads of their own; return their answers, or what they raised, in this order.

    Each waits for the other one, once, after its first call of any of the functions `at`.
    """
    met, barrier = local(), Barrier(len(deeds))

    def meeting(function: Callable[..., object]) -> Callable[..., object]:
        def met_after(*args: object, **named: object) -> object:
            answer = function(*args, **named)
            if not getattr(met, "once", False):
                met.once = True
                with suppress(BrokenBarrierError):
                    barrier.wait(KEPT_AWAY)
            return answer

        return met_after

    def outcome(deed: Callable[[], object]) -> object:
        try:
            return deed()
        except Exception as error:
            return error

    with patch.context() as meet, ThreadPoolExecutor(len(deeds)) as pool:
        for owner, name in at:
            meet.setattr(owner, name, meeting(getattr(owner, name)))
        running = [pool.submit(outcome, deed) for deed in deeds]
        return [one.result(STUCK) for one in running]


def failures(outcomes: list[Any]) -> list[Exception]:
    """Return what was raised."""
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]
