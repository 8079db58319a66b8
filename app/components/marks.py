"""The smallest parts: icons, keys, people, numbers, statuses."""

from pathlib import Path

import reflex as rx

from app.components.views import DueView, MoneyView, StatusView


def icon(name: str | rx.Var, size: str = "", **props) -> rx.Component:
    """Draw an icon of the sprite; `size` is `s`, empty or `l`."""
    return rx.el.svg(
        rx.el.svg.use(href=f"#i-{name}"),
        view_box="0 0 24 24",
        class_name=f"i {size}".strip() + _more(props),
        aria_hidden="true",
        **props,
    )


def sprite() -> rx.Component:
    """Hold every icon once per page (`icons.svg`), so that none is fetched, not even while the server is away."""
    drawn = Path(__file__).with_name("icons.svg").read_text(encoding="utf-8")
    return rx.fragment(rx.html(drawn, class_name="sprite", aria_hidden="true"))


def _more(props: dict) -> str:
    extra = props.pop("class_name", "")
    return f" {extra}" if extra else ""


def logo() -> rx.Component:
    """Draw the mark: the slanted stroke and the final barline."""
    return rx.el.svg(
        rx.el.svg.path(d="M11 1.5v15", stroke="var(--ink)", stroke_width="1.2"),
        rx.el.svg.path(d="M14.4 1.5v15", stroke="var(--ink)", stroke_width="3"),
        rx.el.svg.path(d="M1.5 14L8.2 5.2", stroke="var(--accent)", stroke_width="2", stroke_linecap="round"),
        view_box="0 0 18 18",
        fill="none",
        aria_hidden="true",
    )


def kbd(key: str) -> rx.Component:
    """Show a key."""
    return rx.el.kbd(key, aria_hidden="true")


def avatar(initials: str | rx.Var, *, small: bool = False) -> rx.Component:
    """Show a person's initials."""
    return rx.el.span(initials, class_name="ava sm" if small else "ava", aria_hidden="true")


def money(view: MoneyView | rx.Var, *, symbol: bool = True) -> rx.Component:
    """Show a price in three inks; a repeated column drops the symbol."""
    parts = [rx.el.i(view.symbol)] if symbol else []
    return rx.el.span(*parts, view.units, rx.el.s(view.minor), class_name="m")


def status(view: StatusView | rx.Var, *, small: bool = False, **props) -> rx.Component:
    """Show a status as icon + word + colour."""
    size = " t12" if small else ""
    return rx.el.span(icon(view.icon, "s"), view.word, class_name=f"st {view.tone}{size}", **props)


def pill(view: StatusView | rx.Var, **props) -> rx.Component:
    """Show the one tinted status of a page: its object's own."""
    return rx.el.span(icon(view.icon, "s"), view.word, class_name=f"st pill {view.tone}", **props)


def due_chip(view: DueView | rx.Var, *, whole: bool = False) -> rx.Component:
    """Show a deadline (short in lists, whole in headers)."""
    return rx.el.span(
        icon("clock"), view.title if whole else view.text, title=view.title, class_name=f"due {view.tone}"
    )
