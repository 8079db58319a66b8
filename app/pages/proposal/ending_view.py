"""What the page of a window, and that of its return, say of its end. Pure."""

from __future__ import annotations

from datetime import datetime

from app.components import format as shown
from app.components import vocabulary
from app.components.views import View
from app.lifecycle.windows.end_state import EndState, EndView
from app.words.counting import count


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
        warns=vocabulary.look(vocabulary.ENDS, end.state).tone == "warn",
    )


def _said(end: EndView, now: datetime) -> str:
    at = shown.when(end.at, now) if end.at else ""
    if end.state is EndState.RETURNED and end.left_alone:
        return _returned_in_part(end, at)
    by = f" by {end.by.rstrip('.')}" if end.by else ""
    return vocabulary.look(vocabulary.ENDS, end.state).word.format(at=at, by=by, why=shown.in_own_words(end.why))


def _returned_in_part(end: EndView, at: str) -> str:
    back, whole = count(end.lines - end.left_alone), count(end.lines)
    return f"{back} of {whole} returned {at}; a newer price stands on the rest, which was left alone"
