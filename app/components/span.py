"""From one local date and time to another, asked in a form: two moments, a zone, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import reflex as rx

from app.components.held import held_input
from app.components.marks import icon
from app.components.moments import Asked, MomentView, understand
from app.components.views import View
from app.components.zones import zone_field
from app.timekeeping.local_time import place_meant, zone_here

NOW = MomentView(say="Now: no day and time were chosen.")
FIELDS = frozenset(f"{end}_{part}" for end in ("starts", "ends") for part in ("day", "time", "fold")) | {"zone"}

Fill = Callable[[str, str | rx.Var], rx.event.EventType]


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


def filled(form: SpanForm, name: str, value: str, now: datetime) -> SpanForm:
    """Return the form with one field changed, and understood anew."""
    if name not in FIELDS:
        return form
    change: dict[str, object] = {name: place_meant(value[:64]) if name == "zone" else value[:64]}
    if not name.endswith("_fold"):
        change |= {"starts_fold": "", "ends_fold": ""} if name == "zone" else {f"{name.partition('_')[0]}_fold": ""}
    return span(form.model_copy(update=change), now)[0]


def offered(form: SpanForm, end: str, now: datetime) -> SpanForm:
    """Return the form with the time that was offered in place of one that the clocks skip."""
    if end not in ("starts", "ends"):
        return form
    view: MomentView = getattr(form, end)
    change: dict[str, object] = {f"{end}_day": view.offer_day, f"{end}_time": view.offer_time}
    return span(form.model_copy(update=change), now)[0] if view.offer else form


def at_home(form: SpanForm) -> SpanForm:
    """Return an untouched form in the zone that the person is in; what is begun stays as it is."""
    return form if form.zone else form.model_copy(update={"zone": zone_here()})


def span(form: SpanForm, now: datetime, *, insist: bool = False) -> tuple[SpanForm, datetime | None, datetime | None]:
    """Return the form with what is to be said of its moments, and the moments. No start means now."""
    starts, said = understand(Asked(form.starts_day, form.starts_time, form.zone, form.starts_fold), now, insist=True)
    if not (form.starts_day or form.starts_time):
        starts, said = now, NOW
    ends, ending = understand(Asked(form.ends_day, form.ends_time, form.zone, form.ends_fold), now, insist=insist)
    return form.model_copy(update={"starts": said, "ends": ending}), starts, ends


def span_fields(form: SpanForm | rx.Var, fill: Fill, offer: Fill, *, prefix: str) -> rx.Component:
    """Ask for both moments and the zone; say what each means, and ask when the clocks make it doubtful."""
    return rx.fragment(
        _zone(form, fill, prefix),
        rx.el.div(
            _moment("starts", "From", form.starts_day, form.starts_time, form.starts, form, fill, offer, prefix),
            _moment("ends", "Until", form.ends_day, form.ends_time, form.ends, form, fill, offer, prefix),
            class_name="span2",
        ),
    )


def _zone(form: SpanForm | rx.Var, fill: Fill, prefix: str) -> rx.Component:
    return rx.el.div(
        rx.el.label("Time zone of these clocks", html_for=f"{prefix}-zone", class_name="f"),
        zone_field(f"{prefix}-zone", form.zone, lambda value: fill("zone", value)),
    )


def _moment(
    end: str,
    label: str,
    day: str | rx.Var,
    time: str | rx.Var,
    said: MomentView | rx.Var,
    form: SpanForm | rx.Var,
    fill: Fill,
    offer: Fill,
    prefix: str,
) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(label, class_name="f0"),
        rx.el.div(
            _input(f"{prefix}-{end}-day", "date", f"{label}, day", day, lambda value: fill(f"{end}_day", value)),
            _input(f"{prefix}-{end}-time", "time", f"{label}, time", time, lambda value: fill(f"{end}_time", value)),
            class_name="row",
        ),
        rx.cond(
            said.bad != "",
            rx.el.p(icon("tri", "s"), rx.el.span(said.bad), class_name="said1 warn", role="alert"),
            rx.el.p(said.say, class_name="said1 u"),
        ),
        rx.cond(
            said.offer != "",
            rx.el.button(
                said.offer, type="button", class_name="btn sm", on_click=offer(end, ""), data_testid=f"{prefix}-offer"
            ),
            rx.fragment(),
        ),
        rx.foreach(
            said.twice,
            lambda reading: rx.el.label(
                rx.el.input(
                    type="radio",
                    name=f"{prefix}-{end}-fold",
                    value=reading.fold,
                    on_change=lambda value: fill(f"{end}_fold", value),
                ),
                reading.words,
                class_name="twice",
                key=reading.fold,
            ),
        ),
    )


def _input(name: str, kind: str, label: str, value: str | rx.Var, on_change: Callable) -> rx.Component:
    return rx.el.div(
        held_input(
            type=kind,
            id=name,
            aria_label=label,
            value=value,
            on_change=on_change,
            data_testid=name,
        ),
        class_name="field",
    )
