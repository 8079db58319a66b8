"""The audit page."""

import reflex as rx

from app import routes
from app.components import button, empty, icon, link, skeleton_rows
from app.components.lines import newer_and_older, one_of, table
from app.pages.audit.state import TrailState
from app.pages.audit.view import AuditEntryView, actions
from app.shell import page, shell

T = TrailState.trail
C = TrailState.chain


@page(routes.AUDIT, "Audit", TrailState.load)
def audit() -> rx.Component:
    """Show who did what, and that nobody changed it since."""
    return shell(
        rx.cond(
            TrailState.loaded,
            rx.cond(TrailState.allowed, rx.fragment(_chain(), _filters(), _trail()), _refused()),
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
            button("Check again", icon_name="retry", kind="sm", on_click=TrailState.verify),
            class_name="chain",
            role="status",
            data_testid="chain",
        ),
        rx.foreach(C.more, lambda said: rx.el.p(said, class_name="chain", key=said)),
        rx.foreach(C.notes, lambda note: rx.el.p(note, class_name="chain sec", key=note)),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        one_of("Anybody", T.actors, TrailState.actor, lambda chosen: TrailState.narrow("actor", chosen)),
        one_of(
            "Any action",
            rx.fragment(*[rx.el.option(word, value=name) for name, word in actions()]),
            TrailState.action,
            lambda chosen: TrailState.narrow("action", chosen),
        ),
        rx.cond(
            (TrailState.actor != "") | (TrailState.action != ""),
            link(icon("x", "s"), "No filter", to=routes.AUDIT, class_name="btn ghost sm"),
        ),
        _not_shown(),
        class_name="filters",
    )


def _not_shown() -> rx.Component:
    return rx.cond(
        T.not_shown != "",
        rx.el.span(T.not_shown, " ", link("Show them", to=T.show_href, class_name="lk"), class_name="u", role="status",
                   data_testid="not-shown"),
    )  # fmt: skip


def _trail() -> rx.Component:
    return rx.cond(
        T.rows,
        rx.fragment(
            rx.el.div(
                table(
                    "Audit entries, newest first",
                    rx.foreach(T.rows, _entry),
                    heads=(("At", ""), ("Who did what", ""), ("In their words", "offm"), ("Hash", "offm r")),
                    class_name="list trail",
                ),
                class_name="tw",
            ),
            newer_and_older(TrailState.cursor, T.next_href),
        ),
        empty("No entry matches", "Take a filter away.", icon_name="filter"),
    )


def _entry(row: AuditEntryView) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at, class_name="u nw"),
        rx.el.td(
            rx.el.span(icon(row.mark, "s"), class_name="mk"),
            rx.el.span(row.who, class_name=rx.cond(row.machine, "sec", "b")),
            " ",
            row.did,
            " ",
            rx.cond(row.href != "", link(row.reference, to=row.href, class_name="lk", data_row="")),
            rx.cond(
                row.rest != "",
                rx.el.span(rx.cond(row.href != "", ", ", ""), row.rest, class_name="u"),
            ),
            rx.cond(row.told != "", rx.el.span(row.told, class_name="told0", title=row.told)),
            rx.cond(row.said != "", rx.el.span(row.said, class_name="said0 onm")),
            class_name="says0",
        ),
        rx.el.td(row.said, class_name="sec w offm", title=row.said, data_testid="said"),
        rx.el.td(row.hash, class_name="mono u r offm", title=row.whole_hash),
        key=row.id,
        data_row_box="",
    )
