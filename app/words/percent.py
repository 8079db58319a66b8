"""Percent and basis points: computed and rounded with integers, in this one place. Nothing here is ever a float.

A share is rounded half away from zero, as people do it. Held against a limit it is rounded away from that, so that a
breach never reads as its limit.
"""

from typing import Final, Literal

from app.words.counting import MINUS, UNKNOWN

WHOLE_BP: Final = 10_000
"""100 %, in basis points."""

Toward = Literal["down", "up"]


def rounded(numerator: int, denominator: int) -> int:
    """Divide two integers, rounded half away from zero."""
    size = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return size if (numerator < 0) is (denominator < 0) else -size


def change_bp(old: int, new: int) -> int:
    """Return a change in basis points of the old price (0 if that was nothing, of which nothing is a share)."""
    return rounded((new - old) * WHOLE_BP, old) if old else 0


def margin_bp(price: int, cost: int) -> int | None:
    """Return a margin in basis points of the price, or None where there is no price."""
    return rounded((price - cost) * WHOLE_BP, price) if price else None


def percent(
    basis_points: int | None, *, signed: bool = False, limit: int | None = None, toward: Toward | None = None
) -> str:
    """Write basis points as a percentage: `8.0 %`; one decimal is enough unless the `limit` itself needs two.

    Held against a `limit` it is rounded away from it (9.96 % against a floor of 10.0 % reads 9.9 %), or `toward` the
    side that is told.
    """
    if basis_points is None:
        return UNKNOWN
    step = 1 if limit is not None and limit % 10 else 10
    return _written(_divided(basis_points, step, toward or _away(basis_points, limit)), places=3 - len(str(step)),
                    signed=signed)  # fmt: skip


def exact_percent(basis_points: int, *, signed: bool = False) -> str:
    """Write a limit as it is: `10.0 %`, `12.25 %`."""
    return percent(basis_points, signed=signed, limit=basis_points)


def short_percent(basis_points: int) -> str:
    """Write a planned share without needless decimals: `5 %`, `2.5 %`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}" + (f".{rest:02d}".rstrip("0") if rest else "") + " %"


def decimal_percent(basis_points: int | None) -> str | None:
    """Write basis points as a decimal number of percent for machines, exactly: 1520 is "15.20"."""
    if basis_points is None:
        return None
    whole, rest = divmod(abs(basis_points), 100)
    return f"{'-' if basis_points < 0 else ''}{whole}.{rest:02d}"


def change(old: int, new: int) -> str:
    """Write a change of price (`+11.2 %`)."""
    if old == new:
        return "no change"
    return percent(change_bp(old, new), signed=True) if old else "new price"


def as_found(basis_points: int, observed: int | None, limit: int | None, *, signed: bool = False) -> str:
    """Write a change, or a margin, as the finding writes it that `observed` the same, if one did.

    A finding rounds away from its limit, so that +28.33 % is +28.4 % wherever it stands in one row. What it observed
    of other prices (those of 30 days ago) is another number.
    """
    if observed is None or limit is None or abs(basis_points - observed) > 1:
        return percent(basis_points, signed=signed)
    return percent(observed, signed=signed, limit=limit)


def _away(basis_points: int, limit: int | None) -> Toward | None:
    """Return the side on which a limit is not; none at the limit itself, or without one."""
    if limit is None or basis_points == limit:
        return None
    return "down" if basis_points < limit else "up"


def _divided(basis_points: int, step: int, toward: Toward | None) -> int:
    if toward is None:
        return rounded(basis_points, step)
    return basis_points // step if toward == "down" else -(-basis_points // step)


def _written(number: int, *, places: int, signed: bool) -> str:
    sign = MINUS if number < 0 else "+" if signed and number else ""
    whole, rest = divmod(abs(number), 10**places)
    return f"{sign}{whole:,}.{rest:0{places}d} %"
