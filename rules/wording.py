"""Numbers inside sentences: percentages that never flatter, money as people read it."""

from typing import Literal

from app.words.money import SIGNS, exponent


def money(minor: int, currency: str) -> str:
    """Write an amount for a sentence: `₹1,234.50`, `KWD 1.250`."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    number = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    sign = SIGNS.get(currency, f"{currency} ")
    return ("−" if minor < 0 else "") + sign + number


def percent(basis_points: int, *, toward: Literal["down", "up"] = "down", like: int | None = None) -> str:
    """Write basis points as `8.0 %`, rounded `toward` the side that is farther from the limit `like`.

    One decimal is enough unless the limit itself needs two.
    """
    step = 1 if (like if like is not None else basis_points) % 10 else 10
    down = basis_points // step
    rounded = down if toward == "down" else -(-basis_points // step)
    places = 2 if step == 1 else 1
    whole, part = divmod(abs(rounded), 10**places)
    return f"{'−' if rounded < 0 else ''}{whole:,}.{part:0{places}d} %"
