"""The rules page."""

import reflex as rx

from app import routes
from app.components import empty, link, skeleton_rows
from app.components.feedback import said
from app.pages.rules.beside import applies, changes, found, history
from app.pages.rules.dialogs import dialogs
from app.pages.rules.grid import grid
from app.pages.rules.head import advice, head, strip
from app.pages.rules.saying import says
from app.pages.rules.sets import sets
from app.pages.rules.state import RulesState as State
from app.shell import page, shell

V = State.view
KEYS = (
    ("J", "next row"),
    ("K", "previous row"),
    ("↵", "open"),
    ("]", "next 100 rows"),
    ("D", "draft from this set"),
    ("R", "add a row"),
    ("I", "bring rows in"),
    ("S", "submit for review"),
    ("B", "return"),
    ("U", "bring up to date"),
    ("A", "activate"),
)


@page(routes.RULES, "Rules", State.load)
def rules() -> rx.Component:
    """Show a rule set, what it would miss, what is done with it, and every other set."""
    return shell(
        rx.cond(
            State.loaded,
            rx.cond(V.missing != "", _missing(), _set()),
            skeleton_rows(8),
        ),
        dialogs(),
        rx.el.script(src="/pasting.js", defer=True),
        title="Rules",
        here=routes.RULES,
        note=V.note,
        beside=[said(State.said)],
        keys=KEYS,
    )


def _missing() -> rx.Component:
    back = link("The active set", to=routes.RULES, class_name="btn sm")
    return rx.fragment(
        empty("There is no such rule set", V.missing, icon_name="scale", code="no_rule_set", action=back), sets()
    )


def _set() -> rx.Component:
    return rx.el.div(
        strip(),
        head(),
        advice(),
        rx.el.div(says(), rx.el.div(found(), changes(), class_name="ru-side"), class_name="ru-two"),
        grid(),
        applies(),
        history(),
        sets(),
        class_name="ru-page",
    )
