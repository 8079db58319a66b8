"""A field that takes a time zone: one name per place, found by any part of it as it is typed."""

from collections.abc import Callable

import reflex as rx

from app.components.held import held_input
from app.components.marks import icon
from app.timekeeping.local_time import zones


def zone_field(name: str, zone: str | rx.Var, on_blur: Callable[[str], rx.event.EventType]) -> rx.Component:
    """Show the zone in force and take another one once the field is left."""
    return rx.el.div(
        icon("clock", "s"),
        held_input(
            id=name,
            name=name,
            value=zone,
            on_blur=on_blur,
            list=f"{name}s",
            auto_complete="off",
            spell_check=False,
            data_testid=name,
        ),
        rx.el.datalist(*[rx.el.option(value=place) for place in zones()], id=f"{name}s"),
        class_name="field",
    )
