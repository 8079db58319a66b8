"""Every rule set there ever was: where it stands, why, and by whom."""

import reflex as rx

from app.components import link, section_head, status
from app.components.lines import table
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import SetRow

V = State.view


def sets() -> rx.Component:
    """List them, newest first."""
    return rx.fragment(
        section_head("Sets", "newest first", class_name="gh2"),
        rx.el.div(
            table(
                "Every rule set there ever was",
                rx.foreach(V.sets, _set),
                heads=(
                    ("Number", ""),
                    ("State", ""),
                    ("Why", ""),
                    ("Drafted by", ""),
                    ("Activated by", ""),
                    ("When", "r"),
                ),
                data_testid="sets",
            ),
            class_name="tw ru",
        ),
    )


def _set(row: SetRow | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link("Rule set ", row.number, to=row.href), class_name="b"),
        rx.el.td(status(row.state, small=True)),
        rx.el.td(row.why, class_name="sec w"),
        rx.el.td(row.made, class_name="sec"),
        rx.el.td(row.by, class_name="sec"),
        rx.el.td(row.at, class_name="r u"),
        key=row.number,
    )
