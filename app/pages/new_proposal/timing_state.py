"""The state of when a change takes effect and when the earlier prices return."""

from __future__ import annotations

from datetime import datetime

import reflex as rx

from app.clock import utc_now
from app.components.moments import Asked, MomentView, understand
from app.identity.guard import allow
from app.identity.roles import Permission
from app.pages.new_proposal.drafting import TimingAsTyped
from app.timekeeping.local_time import place_meant, zone_here

FIELDS = ("day", "time")


class TimingState(rx.State):
    """Two moments in one zone: the beginning, and for a price window the end."""

    when: str = "decided"
    until: str = "good"
    zone: str = ""
    day: str = ""
    time: str = ""
    fold: str = ""
    end_day: str = ""
    end_time: str = ""
    end_fold: str = ""
    begins: MomentView = MomentView()
    ends: MomentView = MomentView()

    @rx.event
    @allow(Permission.SUBMIT)
    def choose_zone(self, name: str) -> None:
        """Choose the zone that both moments are meant in."""
        self.zone, self.fold, self.end_fold = place_meant(name[:60]), "", ""
        self._look()

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

    @rx.event
    @allow(Permission.SUBMIT)
    def note_day(self, day: str) -> None:
        """Keep the day of the beginning."""
        self.day, self.fold = str(day)[:20], ""
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def note_time(self, time: str) -> None:
        """Keep the time of the beginning."""
        self.time, self.fold = str(time)[:20], ""
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def note_end_day(self, day: str) -> None:
        """Keep the day of the end."""
        self.end_day, self.end_fold = str(day)[:20], ""
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def note_end_time(self, time: str) -> None:
        """Keep the time of the end."""
        self.end_time, self.end_fold = str(time)[:20], ""
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def mean(self, which: str, fold: str) -> None:
        """Say which of two equal local times is meant."""
        if fold not in ("0", "1"):
            return
        if which == "ends":
            self.end_fold = fold
        else:
            self.fold = fold
        self._look()

    @rx.event
    @allow(Permission.SUBMIT)
    def take_offer(self, which: str) -> None:
        """Take the next time that exists, in place of one that the clocks skip."""
        if which == "ends" and self.ends.offer:
            self.end_day, self.end_time = self.ends.offer_day, self.ends.offer_time
        elif which == "begins" and self.begins.offer:
            self.day, self.time = self.begins.offer_day, self.begins.offer_time
        self._look()

    def _arrive(self) -> None:
        """Begin in the zone that the person is in, unless they chose another."""
        if not self.zone:
            self.zone = zone_here()
            self._look()

    def _look(self, *, insist: bool = False) -> tuple[datetime | None, datetime | None]:
        now = utc_now()
        begins, self.begins = None, MomentView()
        ends, self.ends = None, MomentView()
        if self.when == "at":
            begins, self.begins = understand(Asked(self.day, self.time, self.zone, self.fold), now, insist=insist)
        if self.until == "at":
            asked = Asked(self.end_day, self.end_time, self.zone, self.end_fold)
            ends, self.ends = understand(asked, now, after=begins, insist=insist)
        return begins, ends

    def _complete(self) -> bool:
        begins, ends = self._look(insist=True)
        return (self.when != "at" or begins is not None) and (self.until != "at" or ends is not None)

    def _as_typed(self) -> TimingAsTyped:
        """Return the moments as they were typed; a zone in which nothing was typed is nobody's choice."""
        typed = TimingAsTyped.model_validate({name: getattr(self, name) for name in TimingAsTyped.model_fields})
        nothing = typed.model_copy(update={"zone": ""})
        return nothing if nothing == TimingAsTyped() else typed

    def _put(self, typed: TimingAsTyped) -> None:
        """Hold the moments as they were typed before."""
        for name, value in typed:
            if name != "zone" or value:
                setattr(self, name, value)
        self._arrive()
        self._look()

    def _begin_anew(self) -> None:
        self.when, self.until = "decided", "good"
        self.day = self.time = self.fold = self.end_day = self.end_time = self.end_fold = ""
        self._look()
