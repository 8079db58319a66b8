"""Numbers inside the canary's sentences. Percentages never flatter: they are rounded away from the limit."""

from typing import Literal


def percent(basis_points: int, *, toward: Literal["down", "up"] = "down", like: int | None = None) -> str:
    """Write basis points as `99.2 %`; one decimal is enough unless the limit `like` needs two."""
    step = 1 if (like if like is not None else basis_points) % 10 else 10
    rounded = basis_points // step if toward == "down" else -(-basis_points // step)
    places = 2 if step == 1 else 1
    whole, part = divmod(abs(rounded), 10**places)
    return f"{'−' if rounded < 0 else ''}{whole:,}.{part:0{places}d} %"


def short_percent(basis_points: int) -> str:
    """Write a planned share without needless decimals: `5 %`, `2.5 %`."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}" + (f".{part:02d}".rstrip("0") if part else "") + " %"


def span(milliseconds: int) -> str:
    """Write how long something took, rounded up: `840 ms`, `12.4 s`, `3 min 20 s`, `1 h 5 min`."""
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds <= 60_000:
        tenths = -(-milliseconds // 100)
        return f"{tenths // 10}.{tenths % 10} s"
    seconds = -(-milliseconds // 1_000)
    if seconds < 3_600:
        return _two(seconds // 60, "min", seconds % 60, "s")
    return _two(seconds // 3_600, "h", -(-(seconds % 3_600) // 60), "min")


def counted(number: int, one: str, many: str) -> str:
    """Write a number with its noun: `1 line`, `27,555 lines`."""
    return f"{number:,} {one if number == 1 else many}"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    if small == 60:
        large, small = large + 1, 0
    return f"{large:,} {large_unit}" + (f" {small} {small_unit}" if small else "")
