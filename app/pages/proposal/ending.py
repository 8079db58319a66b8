"""What the page of a window, and that of its return, say of its end. Pure."""

from __future__ import annotations

from datetime import datetime

from app.components import format as shown
from app.components.views import View
from app.lifecycle.ends import EndState, EndView


class EndingView(View):
    """A few words beside the head; `other` is the proposal that they lead to. Bad news is a warning."""

    says: str = ""
    other: str = ""
    warns: bool = False


def ending(end: EndView | None, reference: str, now: datetime) -> EndingView:
    """Say what has become of a window's end, on its own page or on that of its return."""
    if end is None:
        return EndingView()
    on_return = reference == end.back
    other = end.window if on_return else end.back or ""
    who = f"end of the price window of {end.window}: " if on_return else f"{end.back}: " if end.back else ""
    return EndingView(
        says=f"{who}{_said(end, now)}",
        other=other,
        warns=end.state in (EndState.WAITS, EndState.LATE, EndState.UNDONE),
    )


def _said(end: EndView, now: datetime) -> str:
    at = shown.when(end.at, now) if end.at else ""
    if end.state is EndState.RETURNED:
        return _returned(end, at)
    if end.state is EndState.KEPT:
        by = f" by {end.by.rstrip('.')}" if end.by else ""
        return f"made permanent{by}, {at}: {shown.in_own_words(end.why)}"
    return {
        EndState.PLANNED: f"ends {at}, once it is out",
        EndState.SET: f"the earlier prices return {at}",
        EndState.WAITS: f"waits for a person; the earlier prices return {at} all the same",
        EndState.LATE: f"was to return {at} and has not: it waits until publishing goes on",
        EndState.CALLED_OFF: "called off, the window was rolled back",
        EndState.UNDONE: "the return was rolled back, so the window’s prices stand and nothing ends them",
    }[end.state]


def _returned(end: EndView, at: str) -> str:
    if end.left_alone == 0:
        return f"the earlier prices returned {at}"
    back = shown.count(end.lines - end.left_alone)
    return f"{back} of {shown.count(end.lines)} returned {at}; a newer price stands on the rest, which was left alone"
