"""The audit page."""

import reflex as rx

from app import routes
from app.components import button, empty, icon, link, skeleton_rows
from app.components.held import held_select
from app.pages.audit.state import AuditState
from app.pages.audit.view import EntryView, actions
from app.shell import page, shell

T = AuditState.trail
C = AuditState.chain


@page(routes.AUDIT, "Audit", AuditState.load)
def audit() -> rx.Component:
    """Show who did what, and that nobody changed it since."""
    return shell(
        rx.cond(
            AuditState.loaded,
            rx.cond(AuditState.allowed, rx.fragment(_chain(), _filters(), _trail()), _refused()),
            skeleton_rows(12),
        ),
        title="Audit",
        here=routes.AUDIT,
        note="who did what, newest first",
        keys=(("J", "next"), ("K", "previous"), ("[", "newer"), ("]", "older")),
    )


def _refused() -> rx.Component:
    return empty(
        "Auditors and rule owners read the audit",
        "Your roles do not include it. What happened to one proposal stands in its passport, for everybody.",
        icon_name="lock",
        action=link("Go to the proposals", to=routes.PROPOSALS, class_name="btn sm"),
    )


def _chain() -> rx.Component:
    words = rx.cond(
        C.checked,
        rx.cond(
            C.intact,
            rx.fragment(
                rx.el.span(icon("okc", "s"), "Unchanged", class_name="st ok"), rx.el.span(C.words, class_name="sec")
            ),
            rx.fragment(rx.el.span(icon("oct", "s"), "Broken", class_name="st bad"), rx.el.span(C.words)),
        ),
        rx.fragment(
            rx.el.span(icon("dash", "s"), "Checking", class_name="st live"),
            rx.el.span("Every hash of every chain is recomputed.", class_name="sec"),
        ),
    )
    return rx.fragment(
        rx.el.div(
            words,
            rx.el.span(class_name="grow"),
            rx.el.span(C.at, class_name="u offm"),
            button("Check again", icon_name="retry", kind="sm", on_click=AuditState.verify),
            class_name="chain",
            role="status",
            data_testid="chain",
        ),
        rx.foreach(C.more, lambda said: rx.el.p(said, class_name="chain", key=said)),
        rx.foreach(C.notes, lambda note: rx.el.p(note, class_name="chain sec", key=note)),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        _choose(
            "actor",
            "Anybody",
            rx.foreach(T.actors, lambda who: rx.el.option(who.word, value=who.value, key=who.value)),
            AuditState.actor,
        ),
        _choose(
            "action",
            "Any action",
            rx.fragment(*[rx.el.option(word, value=name) for name, word in actions()]),
            AuditState.action,
        ),
        rx.cond(
            (AuditState.actor != "") | (AuditState.action != ""),
            link(icon("x", "s"), "No filter", to=routes.AUDIT, class_name="btn ghost sm"),
            rx.fragment(),
        ),
        _not_shown(),
        class_name="filters",
    )


def _not_shown() -> rx.Component:
    return rx.cond(
        T.not_shown != "",
        rx.el.span(T.not_shown, " ", link("Show them", to=T.show_href, class_name="lk"), class_name="u", role="status",
                   data_testid="not-shown"),
        rx.fragment(),
    )  # fmt: skip


def _choose(name: str, word: str, options: rx.Component, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        held_select(
            rx.el.option(word, value=""),
            options,
            value=value,
            aria_label=word,
            on_change=lambda chosen: AuditState.narrow(name, chosen),
        ),
        class_name="field",
    )


def _trail() -> rx.Component:
    return rx.cond(
        T.rows,
        rx.fragment(
            rx.el.div(
                rx.el.table(
                    rx.el.caption("Audit entries, newest first"),
                    rx.el.thead(
                        rx.el.tr(
                            *[
                                rx.el.th(word, scope="col", class_name=where)
                                for word, where in (
                                    ("At", ""),
                                    ("Who did what", ""),
                                    ("In their words", "offm"),
                                    ("Hash", "offm r"),
                                )
                            ]
                        )
                    ),
                    rx.el.tbody(rx.foreach(T.rows, _entry)),
                    class_name="list trail",
                ),
                class_name="tw",
            ),
            rx.el.div(
                rx.cond(
                    AuditState.cursor != "",
                    rx.el.button(
                        icon("left", "s"),
                        "Newer",
                        class_name="btn sm",
                        type="button",
                        data_hotkey="[",
                        on_click=rx.call_script("history.back()"),
                    ),
                    rx.fragment(),
                ),
                rx.cond(
                    T.next_href != "",
                    link("Older", icon("right", "s"), to=T.next_href, class_name="btn sm", data_hotkey="]"),
                    rx.fragment(),
                ),
                class_name="more",
            ),
        ),
        empty("No entry matches", "Take a filter away.", icon_name="filter"),
    )


def _entry(row: EntryView) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at, class_name="u nw"),
        rx.el.td(
            rx.el.span(icon(row.mark, "s"), class_name="mk"),
            rx.el.span(row.who, class_name=rx.cond(row.machine, "sec", "b")),
            " ",
            row.did,
            " ",
            rx.cond(row.href != "", link(row.reference, to=row.href, class_name="lk", data_row=""), rx.fragment()),
            rx.cond(
                row.rest != "",
                rx.el.span(rx.cond(row.href != "", ", ", ""), row.rest, class_name="u"),
                rx.fragment(),
            ),
            rx.cond(row.told != "", rx.el.span(row.told, class_name="told0", title=row.told), rx.fragment()),
            rx.cond(row.said != "", rx.el.span(row.said, class_name="said0 onm"), rx.fragment()),
            class_name="says0",
        ),
        rx.el.td(row.said, class_name="sec w offm", title=row.said, data_testid="said"),
        rx.el.td(row.hash, class_name="mono u r offm", title=row.whole_hash),
        key=row.id,
        data_row_box="",
    )
