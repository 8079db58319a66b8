"""Rate limits, kept in this process: a limit must hold when Redis is down."""

from functools import cache
from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

SIGN_INS = RateLimitItemPerMinute(5)
SIGN_INS_OF_ONE_ADDRESS = RateLimitItemPerMinute(30)
DEMO_SIGN_INS = RateLimitItemPerMinute(600)
EVENTS = RateLimitItemPerSecond(1_000, 10)
IMPORTS = RateLimitItemPerMinute(120)
CALLS = RateLimitItemPerSecond(2_000, 10)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def allowed(limit: RateLimitItem, *who: str) -> bool:
    """Count one attempt of `who`; tell whether it is within `limit`."""
    return _limiter().hit(limit, *who)


def seconds_left(limit: RateLimitItem, *who: str) -> int:
    """Return after how many seconds `who` may try again."""
    return max(1, ceil(_limiter().get_window_stats(limit, *who).reset_time - time()))


def forgive(limit: RateLimitItem, *who: str) -> None:
    """Forget the attempts of `who` (after a right password)."""
    _limiter().clear(limit, *who)
