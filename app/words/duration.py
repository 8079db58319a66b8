"""How long something takes: as exact as it matters (`36 min`), as it was measured (`4 min 10 s`), or as a limit."""

from app.words.counting import UNKNOWN

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def duration(seconds: float | None) -> str:
    """Write a duration as exact as it matters: `0.8 s`, `12.1 s`, `36 min`, `2 h 36 min`, `3 d 4 h`."""
    if seconds is None:
        return UNKNOWN
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    return f"{whole // MINUTE} min" if whole < HOUR else _long(whole)


def measured(seconds: float) -> str:
    """Write what was measured, to the second: `45 ms`, `0.8 s`, `12.1 s`, `4 min 10 s`, `2 h 36 min`, `3 d 4 h`."""
    if seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms" if seconds > 0 else "0 s"
    if seconds < MINUTE - 0.05:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return _two(whole // MINUTE, "min", whole % MINUTE, "s") if whole < HOUR else _long(whole)


def at_most(milliseconds: int) -> str:
    """Write what is held against a limit, rounded up: `840 ms`, `12.4 s`, `3 min 20 s`, `1 h 5 min`."""
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds <= MINUTE * 1_000:
        tenths = -(-milliseconds // 100)
        return f"{tenths // 10}.{tenths % 10} s"
    seconds = -(-milliseconds // 1_000)
    if seconds < HOUR:
        return _two(seconds // MINUTE, "min", seconds % MINUTE, "s")
    minutes = -(-seconds // MINUTE)
    return _two(minutes // 60, "h", minutes % 60, "min")


def _long(seconds: int) -> str:
    minutes = seconds // MINUTE
    if minutes < 48 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    return _two(seconds // DAY, "d", seconds % DAY // HOUR, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large:,} {large_unit}" + (f" {small} {small_unit}" if small else "")
