"""What the page says between its parts: one note for each, with its tone and what can be done about it."""

from collections.abc import Sequence

import reflex as rx

from app.components import icon


def note(
    mark: str | rx.Var,
    tone: str | rx.Var,
    *words: rx.Component | str | rx.Var,
    lead: str | rx.Var = "",
    does: Sequence[rx.Component] = (),
    more_class: str = "",
    **props,
) -> rx.Component:
    """Say something after an icon, with `lead` in bold before it and the buttons that it `does` something with."""
    led = [] if isinstance(lead, str) and not lead else [rx.el.b(lead, class_name="b"), " "]
    said = rx.el.p(*led, *words, class_name="grow")
    return rx.el.div(icon(mark), said, *does, class_name=f"np-call call {tone}{more_class}", **props)
