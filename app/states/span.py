"""The state of a form that asks for a span of time: what was typed, and what it means."""

from datetime import datetime

import reflex as rx

from app.clock import utc_now
from app.components import span
from app.components.span import SpanForm
from app.identity.guard import allow
from app.identity.roles import Permission


class SpanState(rx.State, mixin=True):
    """The part of a page's state that holds such a form."""

    form: SpanForm = SpanForm()

    @rx.event
    @allow(Permission.READ)
    def fill(self, name: str, value: str) -> None:
        """Take what was typed into the form, and say what it means."""
        self.form = span.typed(self.form, name, value)
        self._look()

    @rx.event
    @allow(Permission.READ)
    def offer(self, end: str) -> None:
        """Take the time that exists in place of the one that the clocks skip."""
        self.form = span.taking_offer(self.form, end)
        self._look()

    def _look(self, *, insist: bool = False) -> tuple[datetime | None, datetime | None]:
        """Say what the form means, and return its moments; `insist` asks for what is not yet complete."""
        self.form, starts, ends = span.span(self.form, utc_now(), insist=insist)
        return starts, ends
