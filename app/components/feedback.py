"""What a page says: callouts, empty, loading, error, refused."""

from typing import Final

import reflex as rx

from app.components.marks import icon
from app.components.views import RefusalView

CALLOUTS: Final[dict[str, str]] = {"undo": "undo", "warn": "info", "bad": "oct", "ok": "okc", "idle": "info"}
"""The icon of a callout, by its tone."""


def tone_icon(tone: rx.Var, *, otherwise: str = "info", **instead: str) -> rx.Var:
    """Return the icon of a callout whose tone only the browser knows; `instead` has another icon for some tones."""
    return rx.match(tone, *(CALLOUTS | instead).items(), otherwise)


def callout(
    *children, tone: str = "warn", action: rx.Component | None = None, icon_name: str = "", **props
) -> rx.Component:
    """Say one thing that matters now, with its action; one per page. Tones: `undo warn bad ok idle`."""
    props.setdefault("role", "status")
    return rx.el.div(
        icon(icon_name or CALLOUTS[tone]),
        rx.el.p(*children, class_name="grow"),
        *([action] if action is not None else []),
        class_name=f"call {tone}",
        **props,
    )


def refused(view: RefusalView | rx.Var, *, within: str = "", **props) -> rx.Component:
    """Say what was refused and what to do, if anything was; `within` is the class of a box around it."""
    told = callout(
        rx.el.b(view.title, class_name="b"),
        " ",
        view.detail,
        rx.el.br(),
        rx.el.span(view.code, class_name="u mono"),
        tone="warn",
        role="alert",
        data_testid="refused",
        **props,
    )
    return rx.cond(view.code != "", rx.el.div(told, class_name=within) if within else told)


def said(words: str | rx.Var, **props) -> rx.Component:
    """Say what was just done, in the top bar, where it moves nothing."""
    done = rx.el.span(icon("okc", "s"), words, class_name="st ok t12")
    return rx.el.span(rx.cond(words != "", done), role="status", data_testid="said", **props)


def empty(
    title: str | rx.Var,
    sentence: str | rx.Var,
    *,
    icon_name: str = "okc",
    action: rx.Component | None = None,
    code: str = "",
    **props,
) -> rx.Component:
    """Say that there is nothing, and the one next step (also the shape of an error, with its `code`)."""
    steps = [*([action] if action is not None else []), *([rx.el.span(code, class_name="u mono")] if code else [])]
    return rx.el.div(
        icon(icon_name, "l"),
        rx.el.p(title, class_name="b"),
        rx.el.p(sentence, class_name="sec"),
        *([rx.el.div(*steps, class_name="row")] if steps else []),
        class_name="emp",
        **props,
    )


def skeleton_rows(rows: int = 5, *, items: bool = False) -> rx.Component:
    """Hold the place of rows that load, at their true height (`items`: queue items of 56)."""
    widths = ("210px", "160px", "232px", "184px", "140px")
    return rx.el.div(
        *[
            rx.el.div(
                rx.el.i(style={"width": "64px"}),
                rx.el.i(style={"width": widths[row % len(widths)]}),
                rx.el.i(style={"width": "52px", "marginLeft": "auto"}),
                rx.el.i(style={"width": "60px"}),
            )
            for row in range(rows)
        ],
        class_name="skl items" if items else "skl",
        aria_busy="true",
        aria_label="Loading",
        role="status",
    )
