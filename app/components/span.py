"""From one local date and time to another, asked in a form: two moments, a zone, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from app.components.held import held_input
from app.components.marks import icon
from app.components.moments import MomentAsked, MomentView, understand
from app.components.views import View
from app.components.zones import zone_field
from app.timekeeping.local_time import place_meant, zone_here

NOW = MomentView(say="Now: no day and time were chosen.")
ENDS = ("starts", "ends")
FIELDS = frozenset(f"{end}_{part}" for end in ENDS for part in ("day", "time", "fold")) | {"zone"}
LONGEST = 64

Fill = Callable[[str, str | rx.Var], rx.event.EventType]
Offer = Callable[[str], rx.event.EventType]


class SpanForm(View):
    """What was typed, and what it means."""

    starts_day: str = ""
    starts_time: str = ""
    starts_fold: str = ""
    ends_day: str = ""
    ends_time: str = ""
    ends_fold: str = ""
    zone: str = ""
    starts: MomentView = NOW
    ends: MomentView = MomentView()


def typed(form: SpanForm, name: str, value: str) -> SpanForm:
    """Return the form with one field changed; which of two equal times was meant is asked again."""
    if name not in FIELDS:
        return form
    text = str(value)[:LONGEST]
    change: dict[str, object] = {name: place_meant(text) if name == "zone" else text}
    if not name.endswith("_fold"):
        change |= {"starts_fold": "", "ends_fold": ""} if name == "zone" else {f"{name.partition('_')[0]}_fold": ""}
    return form.model_copy(update=change)


def sent(form_data: Mapping[str, str], *, prefix: str) -> SpanForm:
    """Return the form as the browser sent it: what stood on the screen, also where no process remembers it."""
    values = {
        f"{end}_{part}": form_data.get(f"{prefix}-{end}-{part}", "")[:LONGEST]
        for end in ENDS
        for part in ("day", "time", "fold")
    }
    return SpanForm(**values, zone=place_meant(form_data.get(f"{prefix}-zone", "")[:LONGEST]) or zone_here())


def taking_offer(form: SpanForm, end: str) -> SpanForm:
    """Return the form with the time that was offered in place of one that the clocks skip."""
    if end not in ENDS:
        return form
    view: MomentView = getattr(form, end)
    change: dict[str, object] = {f"{end}_day": view.offer_day, f"{end}_time": view.offer_time}
    return form.model_copy(update=change) if view.offer else form


def at_home(form: SpanForm) -> SpanForm:
    """Return an untouched form in the zone that the person is in; what is begun stays as it is."""
    return form if form.zone else form.model_copy(update={"zone": zone_here()})


def one_end(
    form: SpanForm, end: str, now: datetime, *, after: datetime | None = None, insist: bool = False
) -> tuple[datetime | None, MomentView]:
    """Return the moment that one end of the form means, and what is to be said of it."""
    day, time, fold = (getattr(form, f"{end}_{part}") for part in ("day", "time", "fold"))
    return understand(MomentAsked(day, time, form.zone, fold), now, after=after, insist=insist)


def span(form: SpanForm, now: datetime, *, insist: bool = False) -> tuple[SpanForm, datetime | None, datetime | None]:
    """Return the form with what is to be said of its moments, and the moments. No start means now."""
    starts, said = one_end(form, "starts", now, insist=True)
    if not (form.starts_day or form.starts_time):
        starts, said = now, NOW
    ends, ending = one_end(form, "ends", now, insist=insist)
    return form.model_copy(update={"starts": said, "ends": ending}), starts, ends


@dataclass(frozen=True)
class SpanEnd:
    """One end of a form as it is drawn: which it is, its label, its values, and where they go."""

    name: str
    label: str
    form: SpanForm | rx.Var
    fill: Fill
    offer: Offer

    @property
    def said(self) -> MomentView | rx.Var:
        """Return what is said of it."""
        return getattr(self.form, self.name)

    def value(self, part: str) -> str | rx.Var:
        """Return what stands in a part of it."""
        return getattr(self.form, f"{self.name}_{part}")


def span_fields(form: SpanForm | rx.Var, fill: Fill, offer: Offer, *, prefix: str) -> rx.Component:
    """Ask for both moments and the zone; say what each means, and ask when the clocks make it doubtful."""
    return rx.fragment(
        _zone(form, fill, prefix),
        rx.el.div(
            _moment(SpanEnd("starts", "From", form, fill, offer), prefix),
            _moment(SpanEnd("ends", "Until", form, fill, offer), prefix),
            class_name="span2",
        ),
    )


def moment_fields(
    form: SpanForm | rx.Var, fill: Fill, offer: Offer, *, prefix: str, label: str = "From"
) -> rx.Component:
    """Ask for the first moment alone, and the zone."""
    return rx.fragment(
        _zone(form, fill, prefix),
        rx.el.div(_moment(SpanEnd("starts", label, form, fill, offer), prefix), class_name="span2"),
    )


def _zone(form: SpanForm | rx.Var, fill: Fill, prefix: str) -> rx.Component:
    return rx.el.div(
        rx.el.label("Time zone of these clocks", html_for=f"{prefix}-zone", class_name="f"),
        zone_field(f"{prefix}-zone", form.zone, lambda value: fill("zone", value)),
    )


def _moment(end: SpanEnd, prefix: str) -> rx.Component:
    said, name = end.said, f"{prefix}-{end.name}"
    return rx.el.fieldset(
        rx.el.legend(end.label, class_name="f0"),
        rx.el.div(
            clock_field(end, "day", name=f"{name}-day", id=f"{name}-day"),
            clock_field(end, "time", name=f"{name}-time", id=f"{name}-time"),
            class_name="row",
        ),
        rx.cond(
            said.bad != "",
            rx.el.p(icon("tri", "s"), rx.el.span(said.bad), class_name="said1 warn", role="alert"),
            rx.el.p(said.say, class_name="said1 u"),
        ),
        offer_button(end, name=f"{prefix}-offer"),
        rx.foreach(
            said.twice,
            lambda reading: rx.el.label(
                rx.el.input(
                    type="radio",
                    name=f"{name}-fold",
                    value=reading.fold,
                    on_change=lambda value: end.fill(f"{end.name}_fold", value),
                ),
                reading.words,
                class_name="twice",
                key=reading.fold,
            ),
        ),
    )


def clock_field(
    end: SpanEnd, part: str, *, name: str, beside: dict[str, object] | None = None, **props
) -> rx.Component:
    """Take the day or the time of one end; `beside` are the props of the box around it."""
    return rx.el.div(
        held_input(
            type="date" if part == "day" else part,
            aria_label=f"{end.label}, {part}",
            value=end.value(part),
            on_change=lambda value: end.fill(f"{end.name}_{part}", value),
            name=name,
            data_testid=name,
            **props,
        ),
        **({"class_name": "field"} if beside is None else beside),
    )


def offer_button(end: SpanEnd, *, name: str) -> rx.Component:
    """Offer the time that exists in place of one that the clocks skip."""
    offer = end.said.offer
    button = rx.el.button(offer, type="button", class_name="btn sm", on_click=end.offer(end.name), data_testid=name)
    return rx.cond(offer != "", button)
