"""Rate limits, kept in this process: a limit must hold when Redis is down.

Sign-ins are counted before the password is looked at (many at once must not slip through) and given back when it was
right: what counts is bad ones, of one account from one place, of an account from anywhere, of an address for anybody.
"""

from functools import cache
from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

SIGN_INS = RateLimitItemPerMinute(5)
SIGN_INS_OF_ONE_ADDRESS = RateLimitItemPerMinute(30)
SIGN_INS_OF_ONE_ACCOUNT = RateLimitItemPerMinute(30, 15)
DEMO_SIGN_INS = RateLimitItemPerMinute(600)
EVENTS = RateLimitItemPerSecond(1_000, 10)
IMPORTS = RateLimitItemPerMinute(120)
CALLS = RateLimitItemPerSecond(2_000, 10)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def _counter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(_limiter().storage)


def allowed(limit: RateLimitItem, *who: str) -> bool:
    """Count one attempt of `who`; tell whether it is within `limit`."""
    return _limiter().hit(limit, *who)


def seconds_left(limit: RateLimitItem, *who: str) -> int:
    """Return after how many seconds `who` may try again."""
    return _until(_limiter(), limit, *who)


def tried(limit: RateLimitItem, *who: str) -> int:
    """Count an attempt that may turn out well; return for how many seconds `who` has to wait first, mostly none."""
    return 0 if _counter().hit(limit, *who) else _until(_counter(), limit, *who)


def turned_out_well(limit: RateLimitItem, *who: str) -> None:
    """Take back one attempt of `who`: it was a right one."""
    storage = _limiter().storage
    assert isinstance(storage, MemoryStorage)
    storage.decr(limit.key_for(*who))


def forgive(limit: RateLimitItem, *who: str) -> None:
    """Forget the attempts of `who`."""
    _counter().clear(limit, *who)


def _until(limiter: RateLimiter, limit: RateLimitItem, *who: str) -> int:
    return max(1, ceil(limiter.get_window_stats(limit, *who).reset_time - time()))
