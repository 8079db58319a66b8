"""What people press, type into and choose from."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from app.components.held import held_input
from app.components.marks import icon, kbd
from app.components.views import ChoiceView


def link(*children, to: str | rx.Var, **props) -> rx.Component:
    """Link inside the app (no reload)."""
    return ReactRouterLink.create(*children, to=to, **props)


def button(
    label: str | rx.Var,
    *,
    icon_name: str | rx.Var = "",
    key: str = "",
    kind: str = "",
    on_click: rx.event.EventType | None = None,
    disabled: bool | rx.Var = False,
    why_id: str = "",
    busy: bool | rx.Var = False,
    hotkey: str = "",
    **props,
) -> rx.Component:
    """Show a button. `kind` is any of `pri danger ghost sm sq wide`.

    A shut button stays focusable (`aria-disabled`) and points with `why_id` at the words beside it (`why`).
    `key` shows the key, `hotkey` (default: `key` in lower case) is what `hotkeys.js` presses it with.
    """
    if on_click is not None:
        events = on_click if isinstance(on_click, list) else [on_click]
        shut = isinstance(disabled, rx.Var)
        props["on_click"] = [rx.cond(disabled, rx.noop(), event) if shut else event for event in events]
    pressed_with = hotkey or key.lower()
    if pressed_with:
        props["data_hotkey"] = pressed_with
    if why_id:
        props["aria_describedby"] = why_id
    for name, flag in (("aria_disabled", disabled), ("aria_busy", busy)):
        if flag is not False:
            props[name] = _either(flag, "true")
    props.setdefault("type", "button")
    return rx.el.button(*_labelled(label, icon_name, key), class_name=f"btn {kind}".strip(), **props)


def button_link(
    label: str, *, to: str | rx.Var, icon_name: str = "", key: str = "", kind: str = "", **props
) -> rx.Component:
    """Show a link that looks like a button."""
    if key:
        props["data_hotkey"] = key.lower()
    return link(*_labelled(label, icon_name, key), to=to, class_name=f"btn {kind}".strip(), **props)


def _labelled(label: str | rx.Var, icon_name: str | rx.Var, key: str) -> list[rx.Component | rx.Var | str]:
    drawn = isinstance(icon_name, rx.Var) or icon_name
    return [*([icon(icon_name)] if drawn else []), label, *([kbd(key)] if key else [])]


def _either(flag: bool | rx.Var, yes: str, no: str = "false") -> str | rx.Var:
    """Choose between two words now, or in the browser if only that knows."""
    return rx.cond(flag, yes, no) if isinstance(flag, rx.Var) else yes if flag else no


def why(words: str | rx.Var, **props) -> rx.Component:
    """Say why a button is shut, beside it."""
    return rx.el.span(icon("lock", "s"), rx.el.span(words), class_name="why", **props)


def segmented(*items: rx.Component, label: str) -> rx.Component:
    """Hold the choices of a segmented filter (see `choice`)."""
    return rx.el.nav(*items, class_name="seg", aria_label=label)


def choice(*label, to: str | rx.Var, on: bool | rx.Var, **props) -> rx.Component:
    """One choice of a segmented filter or of tabs: a link, because every filter is in the URL."""
    return link(*label, to=to, aria_current=_either(on, "page"), **props)


def choices(views: rx.Var[list[ChoiceView]], *, label: str) -> rx.Component:
    """Show a segmented filter of choices that a page has read."""
    return segmented(rx.foreach(views, lambda one: choice(one.word, to=one.href, on=one.on, key=one.key)), label=label)


def tabs(*items: rx.Component, label: str, **props) -> rx.Component:
    """Hold tabs (make each with `choice`; put a count in `rx.el.span(n, class_name="k")`)."""
    props["class_name"] = f"tabs {props.get('class_name', '')}".strip()
    return rx.el.nav(*items, aria_label=label, **props)


def checkbox(
    *, label: str | rx.Var, checked: bool | rx.Var, on_change, disabled: bool | rx.Var = False, **props
) -> rx.Component:
    """Show a box to tick, named by `label` for those who do not see it."""
    return rx.el.input(
        type="checkbox",
        class_name="cb",
        aria_label=label,
        checked=checked,
        on_change=on_change,
        disabled=disabled,
        **props,
    )


def field(
    name: str, *, label: str, id: str = "", type: str = "text", bad: bool | rx.Var = False, **props
) -> rx.Component:
    """Show a labelled one-line input."""
    identity = id or name
    return rx.el.div(
        rx.el.label(label, html_for=identity, class_name="f"),
        rx.el.div(
            rx.el.input(name=name, id=identity, type=type, **props),
            class_name="field",
            data_bad=_either(bad, "true"),
        ),
    )


def find_field(*, placeholder: str, name: str = "q", key: str = "/", **props) -> rx.Component:
    """Show the input of a find box (put it in a form, with what is looked for now as `value`)."""
    if key:
        props["data_hotkey"] = key
    return rx.el.label(
        icon("search", "s"),
        held_input(
            type="search",
            name=name,
            placeholder=placeholder,
            aria_label=placeholder,
            auto_complete="off",
            **props,
        ),
        *([kbd(key)] if key else []),
        class_name="find",
    )


def told_by_script(script: str, event: rx.event.EventType, *, name: str) -> rx.Component:
    """Hold a button, hidden from everybody, that a script of ours presses: `event` gets what `script` evaluates to."""
    return rx.el.button(
        id=name,
        type="button",
        hidden=True,
        aria_hidden="true",
        tab_index=-1,
        on_click=rx.call_script(script, callback=event),
    )
