"""When a change may take effect and when its prices may return: the same for every door. Pure."""

from datetime import datetime, timedelta

HORIZON = timedelta(days=3 * 365)
PAST = "This moment has passed. Choose a later one."
BEFORE = "The earlier prices can only return after the new ones took effect. Choose a later moment."
BEYOND = "This is more than three years away. Choose a nearer moment."
FAR = "This is more than three years ahead. Choose an earlier moment."


def why_no_moment(moment: datetime, now: datetime, *, after: datetime | None = None) -> str:
    """Say why a moment cannot be chosen, or nothing. `after` is the beginning of what it is to end."""
    if moment <= now:
        return PAST
    if moment - now > HORIZON:
        return FAR
    return BEFORE if after is not None and moment <= after else ""


def why_no_beginning(moment: datetime, now: datetime) -> str:
    """Say why nothing can begin at a moment, which may have passed, or nothing."""
    return BEYOND if abs(moment - now) > HORIZON else ""
