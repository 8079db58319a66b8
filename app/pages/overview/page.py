"""The overview."""

import reflex as rx

from app import routes
from app.components import (
    due_chip,
    empty,
    icon,
    kbd,
    ledger,
    link,
    section_head,
    skeleton_rows,
    sparkline,
    stacked_bar,
    status,
)
from app.components.lines import table
from app.pages.overview.state import OverviewState
from app.pages.overview.view import ContextRow, FlowStep, NextRow, RepricingRow, WaitRow
from app.shell import new_proposal, page, shell

V = OverviewState.view
KEYS = (("J", "next"), ("K", "previous"), ("↵", "open"))


@page(routes.HOME, "Overview", OverviewState.load)
def overview() -> rx.Component:
    """Show what waits, what moves, and how everybody is doing."""
    return shell(
        rx.el.div(
            rx.cond(
                OverviewState.loaded,
                rx.fragment(_alarm(), _waits(), _flow(), _contexts_and_today(), _repricings()),
                rx.el.div(skeleton_rows(5), skeleton_rows(3), skeleton_rows(6), class_name="bleed"),
            ),
            class_name="page ov",
        ),
        title="Overview",
        here=routes.HOME,
        note=V.today,
        actions=[new_proposal()],
        keys=KEYS,
    )


def _alarm() -> rx.Component:
    """Say what is wrong with the whole installation, before anything else is believed."""
    said = rx.foreach(V.alarms, lambda said: rx.el.p(rx.el.b("Alarm. ", class_name="b"), said))
    alarm = rx.el.div(icon("oct"), rx.el.div(said), class_name="ov-alarm", role="alert", data_testid="alarm")
    return rx.cond(V.alarms, alarm)


def _goes(words: str, key: str, to: str) -> rx.Component:
    """Lead from the head of a section to the page that has all of it."""
    return link(words, kbd("G"), kbd(key), to=to, class_name="go")


def _waits() -> rx.Component:
    waits = table("Proposals that wait for a person, soonest due first", rx.foreach(V.waits, _wait))
    return rx.el.section(
        section_head(V.waits_title, V.waits_note, _goes("All approvals ", "A", routes.APPROVALS)),
        rx.cond(
            V.waits,
            rx.el.div(waits, class_name="bleed"),
            rx.el.div(empty(V.empty_title, V.empty_words), class_name="bleed"),
        ),
        data_testid="waits",
    )


def _wait(row: WaitRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.reference, class_name="sku"),
        rx.el.td(link(row.title, to=row.href, data_row=""), class_name="b lead"),
        rx.el.td(row.headline, class_name="sec offm w"),
        rx.el.td(row.worst, class_name="r sec offm"),
        rx.el.td(due_chip(row.due), class_name="r"),
        rx.el.td(link(row.word, " ", kbd("↵"), to=row.href, class_name="lk2", tab_index=-1), class_name="r offm act"),
        key=row.reference,
        data_row_box="",
    )


def _flow() -> rx.Component:
    return rx.el.section(
        section_head("In flight", V.in_flight),
        rx.el.div(
            rx.foreach(V.before, _step),
            rx.el.span(class_name="vseam", role="img", aria_label="the seam: publication"),
            rx.foreach(V.after, _step),
            class_name="flow",
        ),
        data_testid="flow",
    )


def _step(step: FlowStep) -> rx.Component:
    return link(
        status(step.status, small=True),
        rx.el.span(step.number, class_name="fv"),
        rx.el.span(step.note, class_name="fd"),
        to=step.href,
        class_name=rx.cond(step.rest, "fs rest", "fs"),
        key=step.status.word,
    )


def _contexts_and_today() -> rx.Component:
    nobody = empty(
        "No context has registered yet",
        "Each one shows here the moment its worker starts: baton worker catalog.",
        icon_name="fan",
    )
    return rx.el.section(
        rx.el.div(
            section_head("Contexts", "last 60 s", _goes("Propagation ", "R", routes.PROPAGATION)),
            rx.cond(V.contexts, _contexts(), nobody),
            _ahead(),
        ),
        rx.el.div(section_head("Today", "since 00:00"), ledger(V.facts), class_name="today"),
        class_name="two",
    )


def _ahead() -> rx.Component:
    return rx.el.div(
        section_head("Next by the clock", V.ahead_note, _goes("Calendar ", "C", routes.CALENDAR)),
        rx.cond(
            V.ahead,
            table("What the clock will do next", rx.foreach(V.ahead, _next), class_name="inset"),
            rx.el.p("Nothing is planned for the next seven days.", class_name="u"),
        ),
        class_name="ahead",
        data_testid="ahead",
    )


def _next(row: NextRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at, class_name="u nw"),
        rx.el.td(status(row.status, small=True)),
        rx.el.td(row.reference, class_name="sku offm"),
        rx.el.td(link(row.title, to=row.href, data_row=""), class_name="w"),
        rx.el.td(row.left, class_name="r u offm"),
        key=row.key,
        data_row_box="",
    )


def _contexts() -> rx.Component:
    heads = (
        *(("Context", ""), ("State", ""), ("Lag", "r"), ("Rate", "r")),
        rx.el.th("", class_name="offm"),
        *(("Pending", "r"), ("Retrying", "r offm"), ("Parked", "r")),
    )
    rows = rx.foreach(V.contexts, _context)
    return table("Every context with its lag, rate and open deliveries", rows, heads=heads, class_name="inset fixed")


def _context(row: ContextRow) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.name, scope="row", class_name="b"),
        rx.el.td(status(row.state, small=True)),
        rx.el.td(row.lag, class_name="r"),
        rx.el.td(row.rate, " ", rx.el.span("/s", class_name="u"), class_name="r"),
        rx.el.td(sparkline(row.spark), class_name="sp offm"),
        rx.el.td(row.pending, class_name=f"r {row.pending_tone}"),
        rx.el.td(row.retrying, class_name=f"r offm {row.retrying_tone}"),
        rx.el.td(row.parked, class_name=f"r {row.parked_tone}"),
        key=row.name,
        data_testid=f"context-{row.name}",
    )


def _repricings() -> rx.Component:
    heads = (
        *(("Published", ""), ("", ""), ("Repricing", ""), ("SKUs", "r"), ("State", "st0"), ("Deliveries", "offm")),
        rx.el.th("", class_name="offm"),
    )
    rows = rx.foreach(V.repricings, _repricing)
    nothing = empty(
        "Nothing was published yet",
        "The first clean or approved proposal shows here, with what every context did with it.",
        icon_name="send",
    )
    return rx.el.section(
        section_head("Last repricings", V.repricings_note),
        rx.cond(
            V.repricings,
            rx.el.div(
                table("The last repricings with their deliveries over all contexts", rows, heads=heads),
                class_name="bleed",
            ),
            rx.el.div(nothing, class_name="bleed"),
        ),
        data_testid="repricings",
    )


def _repricing(row: RepricingRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at, class_name="u nw"),
        rx.el.td(row.reference, class_name="sku"),
        rx.el.td(link(row.title, to=row.href, data_row=""), class_name="b lead"),
        rx.el.td(row.skus, class_name="r"),
        rx.el.td(status(row.state, small=True), class_name="st0"),
        rx.el.td(stacked_bar(row.segments, label=row.words), class_name="w offm"),
        rx.el.td(row.note, class_name="sec offm note"),
        class_name=rx.cond(row.rest, "rest", ""),
        key=row.reference,
        data_row_box="",
    )
