"""The state of when a change takes effect and when the earlier prices return."""

from __future__ import annotations

from datetime import datetime

import reflex as rx

from app.clock import utc_now
from app.components import span
from app.components.moments import MomentView
from app.components.span import SpanForm
from app.identity.guard import allow
from app.identity.roles import Permission
from app.pages.new_proposal.typed import TimingAsTyped
from app.states.span import SpanState

KEPT_AS = {"day": "starts_day", "time": "starts_time", "fold": "starts_fold"} | {
    f"end_{part}": f"ends_{part}" for part in ("day", "time", "fold")
}
"""Under which names a draft keeps the fields of the form."""
UNTOUCHED = SpanForm(starts=MomentView())


class TimingState(SpanState, rx.State):
    """Two moments in one zone: the beginning, and for a price window the end."""

    when: str = "decided"
    until: str = "good"
    form: SpanForm = UNTOUCHED

    @rx.event
    @allow(Permission.SUBMIT)
    def choose_when(self, when: str) -> None:
        """Choose between taking effect when decided and at a moment."""
        self.when = "at" if when == "at" else "decided"
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def choose_until(self, until: str) -> None:
        """Choose between prices that stay and a window that ends by itself."""
        self.until = "at" if until == "at" else "good"
        self._look()

    def _look(self, *, insist: bool = False) -> tuple[datetime | None, datetime | None]:
        now, begins, ends = utc_now(), None, None
        starting = ending = MomentView()
        if self.when == "at":
            begins, starting = span.one_end(self.form, "starts", now, insist=insist)
        if self.until == "at":
            ends, ending = span.one_end(self.form, "ends", now, after=begins, insist=insist)
        self.form = self.form.model_copy(update={"starts": starting, "ends": ending})
        return begins, ends


def begin_anew(timing: TimingState) -> None:
    """Begin with a change that takes effect when it is decided, and stays."""
    hold(timing, TimingAsTyped())


def arrive(timing: TimingState) -> None:
    """Begin in the zone that the person is in, unless they chose another."""
    if not timing.form.zone:
        timing.form = span.at_home(timing.form)
        timing._look()


def moments(timing: TimingState, *, insist: bool = False) -> tuple[datetime | None, datetime | None]:
    """Return the moments as far as they are typed; `insist` asks for what is not yet complete."""
    return timing._look(insist=insist)


def is_complete(timing: TimingState) -> bool:
    """Tell whether every moment that was chosen is known, and ask for what is missing."""
    begins, ends = timing._look(insist=True)
    return (timing.when != "at" or begins is not None) and (timing.until != "at" or ends is not None)


def as_typed(timing: TimingState) -> TimingAsTyped:
    """Return the moments as they were typed; a zone in which nothing was typed is nobody's choice."""
    fields = {kept: getattr(timing.form, name) for kept, name in KEPT_AS.items()}
    nothing = TimingAsTyped.model_validate({"when": timing.when, "until": timing.until, **fields})
    return nothing if nothing == TimingAsTyped() else nothing.model_copy(update={"zone": timing.form.zone})


def hold(timing: TimingState, typed: TimingAsTyped) -> None:
    """Hold the moments as they were typed before."""
    timing.when, timing.until = typed.when, typed.until
    fields = {name: getattr(typed, kept) for kept, name in KEPT_AS.items()}
    timing.form = timing.form.model_copy(update={**fields, "zone": typed.zone or timing.form.zone})
    arrive(timing)
    timing._look()
