"""One row of a draft as a form, in the place of the row. What is typed stays in the browser until it is saved."""

import reflex as rx

from app.components import button, icon, refused
from app.components.dialogs import given_back
from app.components.lines import option
from app.components.stays import stays
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import FieldView

R = State.row
FORM = "row-form"
TYPED: rx.Var[dict[str, str]] = rx.Var(
    f"Object.fromEntries(new FormData(document.getElementById('{FORM}')))", _var_type=dict[str, str]
)
"""What stands in the form at the moment of an event, whatever the server has heard of it."""


def row_form() -> rx.Component:
    """Ask for everything that a row says; each field is checked as it is left, and the sentence follows."""
    return rx.el.form(
        given_back(key=State.key, number=R.number.to_string(), version=R.version.to_string(), rule=R.rule, was=R.was),
        rx.el.div(
            rx.el.b(rx.cond(R.is_new, "A new row", R.rule), class_name="mono"),
            rx.el.p(_sentence(), class_name="ru-says", role="status", data_testid="row-says"),
            class_name="ru-fh",
        ),
        rx.cond(State.moved, _moved()),
        refused(State.refusal),
        rx.el.div(
            _choice("kind", "Kind", R.kinds, R.kind, on_change=lambda kind: State.choose_kind(kind, TYPED)),
            _severity(),
            rx.foreach(R.parameters, _field),
            class_name="ru-f",
        ),
        rx.el.div(rx.foreach(R.scope, _field), class_name="ru-f"),
        _wrong("scope"),
        rx.el.div(rx.foreach(R.others, _field), class_name="ru-f"),
        _wrong(""),
        rx.el.div(
            button(rx.cond(R.is_new, "Add the row", "Save the row"), kind="pri", type="submit", data_testid="row-save"),
            button("Close", on_click=State.close, data_testid="row-close"),
            rx.el.span(class_name="grow"),
            rx.cond(
                R.is_new,
                rx.fragment(),
                button(
                    "Remove the row",
                    icon_name="x",
                    kind="danger",
                    on_click=State.remove(State.key, R.number, R.version, R.rule),
                    data_testid="row-remove",
                ),
            ),
            class_name="row",
        ),
        _listed("row-categories", R.categories),
        _listed("row-subs", R.sub_categories),
        _listed("row-currencies", R.currencies),
        id=FORM,
        on_submit=State.save,
        on_blur=State.check(TYPED),
        reset_on_submit=False,
        class_name="ru-form",
        aria_label="Row of the draft",
        key=R.nonce,
        data_testid="row-form",
    )


def _sentence() -> rx.Component:
    return rx.cond(
        State.says != "", State.says, rx.el.span("Leave a field, and the rule is said here.", class_name="u")
    )


def _moved() -> rx.Component:
    return rx.el.p(
        icon("info", "s"),
        "What you typed is still here, beside what the draft says now. Save again to put it on top.",
        class_name="st t12 warn",
        data_testid="row-moved",
    )


def _severity() -> rx.Component:
    return _labelled(
        "severity",
        "Severity",
        rx.el.select(
            rx.el.option("Hard: the line is refused", value="HARD"),
            rx.el.option("Soft: a person decides", value="SOFT"),
            name="severity",
            custom_attrs=_named("severity"),
            default_value=R.severity,
            data_testid="row-severity",
        ),
    )


def _choice(name: str, label: str, choices: rx.Var, value: rx.Var, **props) -> rx.Component:
    held = rx.el.select(
        rx.foreach(choices, option),
        name=name,
        custom_attrs=_named(name),
        default_value=value,
        data_testid=f"row-{name}",
        **props,
    )
    return _labelled(name, label, held)


def _named(name: str | rx.Var) -> dict[str, str | rx.Var]:
    """Return the id of a field; as a prop of its own the form would send the field under it as well, as a list."""
    return {"id": f"row-{name}"}


def _field(one: FieldView | rx.Var) -> rx.Component:
    given = {"name": one.name, "default_value": one.value, "data_testid": f"row-{one.name}"}
    plain, kept = {"custom_attrs": _named(one.name)}, {"custom_attrs": _named(one.name) | stays(R.kept + one.name)}
    box = rx.match(
        one.box,
        ("choice", rx.el.select(rx.foreach(one.choices, option), **given, **plain)),
        ("long", rx.el.textarea(rows="2", class_name="area", **given, **kept)),
        ("moment", rx.el.input(type="datetime-local", **given, **kept)),
        rx.el.input(list=one.listed, auto_complete="off", **given, **kept),
    )
    return _labelled(one.name, one.label, box, hint=one.hint, key=f"{R.kind}-{one.name}")


def _labelled(name: str | rx.Var, label: str | rx.Var, box: rx.Component, *, hint: str | rx.Var = "", **props):
    shown = rx.cond(hint != "", rx.el.span(hint, class_name="ru-hint u")) if isinstance(hint, rx.Var) else rx.fragment()
    return rx.el.div(
        rx.el.label(label, html_for=f"row-{name}", class_name="f"),
        rx.el.div(box, class_name="field", data_bad=rx.cond(State.bad.contains(name), "true", "false")),
        shown,
        _wrong(name),
        **props,
    )


def _wrong(name: str | rx.Var) -> rx.Component:
    return rx.cond(
        State.bad.contains(name),
        rx.el.p(
            icon("tri", "s"), State.bad.get(name, ""), class_name="ru-bad warn", role="alert", data_testid=f"bad-{name}"
        ),
    )


def _listed(name: str, words: rx.Var) -> rx.Component:
    return rx.el.datalist(rx.foreach(words, lambda word: rx.el.option(value=word, key=word)), custom_attrs={"id": name})
