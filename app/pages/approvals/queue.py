"""The left side: tabs, filters, the queue itself, the bulk bar."""

import reflex as rx

from app.components import (
    button,
    checkbox,
    choices,
    due_chip,
    empty,
    icon,
    kbd,
    ledger,
    skeleton_rows,
    status,
)
from app.components.controls import link
from app.components.held import held_input, typed_in
from app.components.lines import one_of
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action
from app.pages.approvals.lending import foot
from app.pages.approvals.state import BULK
from app.pages.approvals.state import ApprovalsState as State
from app.pages.approvals.view import BulkRow, GroupView, ItemView

COMMENT = typed_in("comment")
APPROVE = DEEDS[Action.APPROVE]


def queue() -> rx.Component:
    """Show who waits, most urgent first."""
    return rx.el.section(
        _head(),
        rx.cond(State.filters_open, _filters()),
        rx.cond(
            State.loaded,
            rx.cond(State.groups, rx.el.div(rx.foreach(State.groups, _group), class_name="ql"), _nothing()),
            rx.el.div(skeleton_rows(8, items=True), class_name="ql"),
        ),
        foot(),
        rx.cond(State.bulk, _results()),
        rx.cond(State.ticked, _bulk_bar()),
        class_name="queue",
        aria_label="Queue",
    )


def _head() -> rx.Component:
    return rx.el.div(
        choices(State.tabs, label="Which proposals"),
        rx.el.span(class_name="grow"),
        rx.el.button(
            icon("filter", "s"),
            "Filter",
            kbd("F"),
            class_name="btn ghost sm",
            type="button",
            on_click=State.show_filters,
            data_hotkey="f",
            aria_expanded=rx.cond(State.filters_open, "true", "false"),
        ),
        class_name="qh",
    )


def _filters() -> rx.Component:
    return rx.el.form(
        rx.el.label(
            icon("search", "s"),
            held_input(
                name="queue_q",
                value=State.q,
                placeholder="Text, number or person",
                aria_label="Text, number or person",
            ),
            class_name="field",
        ),
        one_of("Any rule", State.rules, State.rule, lambda chosen: State.narrow("rule", chosen)),
        one_of("Any submitter", State.submitters, State.submitter, lambda chosen: State.narrow("submitter", chosen)),
        on_submit=State.search,
        class_name="qf",
    )


def _group(group: GroupView) -> rx.Component:
    return rx.el.div(
        rx.el.h3(
            rx.el.span(group.title, class_name="b"),
            rx.el.span(group.band, class_name="bd2"),
            rx.el.span(class_name="grow"),
            rx.el.span(group.count, class_name="u"),
            class_name="gh",
        ),
        rx.foreach(group.rows, _item),
        key=group.key,
    )


def _item(item: ItemView) -> rx.Component:
    mine = rx.cond(item.mine, " mine", "")
    chosen = rx.cond(item.open, " sel", "")
    return rx.el.div(
        rx.cond(
            (State.tab == "waiting") | (State.tab == "escalated"),
            checkbox(
                label=f"Select {item.reference}",
                checked=item.ticked,
                disabled=item.mine,
                on_change=State.tick(item.reference, item.seen),
            ),
            rx.el.span(),
        ),
        link(
            item.title,
            to=item.href,
            class_name="qt trunc",
            data_row="open",
            aria_current=rx.cond(item.open, "true", "false"),
            data_testid=f"item-{item.reference}",
        ),
        rx.cond(State.tab == "decided", status(item.status, small=True), due_chip(item.due)),
        rx.el.span(
            rx.el.span(item.reference, class_name="sku"),
            rx.cond(item.why, rx.fragment(), rx.el.span(item.submitter)),
            rx.cond(
                item.stage.word != "",
                rx.el.span(icon(item.stage.icon, "s"), item.stage.word, class_name=f"stage {item.stage.tone}"),
            ),
            rx.cond(
                item.why,
                rx.el.span(icon("lock", "s"), item.why, class_name="row", style={"gap": "4px"}),
                rx.el.span(item.note),
            ),
            rx.cond(
                item.changed,
                rx.el.span(icon("info", "s"), "changed since you selected it", class_name="stage warn"),
            ),
            class_name="qs",
        ),
        rx.el.span(item.worst, class_name="qm"),
        class_name=f"qi{chosen}{mine}",
        data_row_box="",
        key=item.reference,
    )


def _nothing() -> rx.Component:
    filtered = (State.rule != "") | (State.submitter != "") | (State.q != "")
    return rx.el.div(
        rx.cond(
            filtered,
            empty(
                "Nothing matches these filters",
                "Others may still wait: take a filter away to see them.",
                icon_name="filter",
                action=link("Show everything", to="/approvals", class_name="btn sm"),
            ),
            rx.match(
                State.tab,
                (
                    "escalated",
                    empty("Nothing is escalated", "What nobody decides in time comes to the rule owners too."),
                ),
                ("mine", empty("Nothing of yours waits", "What you submit and a rule leaves to a person shows here.")),
                ("decided", empty("Nobody decided anything yet", "Every decision will stand here with its reason.")),
                empty(
                    "Nothing waits for you",
                    "The next proposal falls due here the moment a rule asks for a person.",
                    action=link("See what was decided", to="/approvals?tab=decided", class_name="btn sm"),
                    data_testid="queue-empty",
                ),
            ),
        ),
        class_name="ql",
    )


def _results() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(State.bulk.length(), " handled, one by one", class_name="b grow"),
            rx.el.button(
                icon("x", "s"), class_name="btn sm ghost", aria_label="Close", type="button", on_click=State.clear
            ),
            class_name="br2",
        ),
        rx.foreach(State.bulk, _result),
        class_name="bres",
        role="status",
        aria_label="Results",
        data_testid="bulk-results",
    )


def _result(row: BulkRow) -> rx.Component:
    return rx.el.div(
        status(row.status, small=True),
        rx.el.span(row.reference, class_name="sku"),
        rx.el.span(row.title, class_name="trunc grow"),
        rx.el.span(row.note, class_name=rx.cond(row.status.tone == "bad", "u whole", "u")),
        class_name="br2",
        key=row.reference,
    )


def bulk_dialog() -> rx.Component:
    """Say what approving the selection is about to do, and ask."""
    plan = State.plan
    return rx.el.dialog(
        rx.el.h2(rx.cond(plan.goes != "", f"{plan.title}?", "None of these can be approved")),
        rx.el.p(
            "Each is decided on its own, as you saw it when you selected it. ",
            rx.el.b(plan.refused, class_name="warn"),
        ),
        ledger(plan.facts, plain=True),
        rx.el.div(rx.foreach(plan.rows, _result), class_name="bplan", tab_index=0, aria_label="What is selected"),
        rx.el.div(
            rx.el.button("Leave them", type="button", class_name="btn", data_close=BULK),
            rx.cond(
                plan.goes != "",
                rx.el.button(
                    icon(APPROVE.icon),
                    plan.title,
                    rx.el.span(plan.goes, class_name="vh"),
                    type="button",
                    class_name="btn pri",
                    on_click=State.approve_ticked(plan.nonce),
                    data_testid="confirm-bulk",
                ),
            ),
            class_name="row",
        ),
        id=BULK,
        aria_label="What will be approved",
        class_name="bdlg",
        data_testid="bulk-plan",
    )


def _bulk_bar() -> rx.Component:
    return rx.el.div(
        rx.el.span(State.ticked.length(), " selected", class_name="b"),
        rx.el.span(class_name="grow"),
        button(
            f"{APPROVE.label} {State.ticked.length()} …",
            key=f"⇧{APPROVE.key}",
            hotkey=f"shift+{APPROVE.key.lower()}",
            kind="sm",
            on_click=State.plan_bulk,
            busy=State.working == "bulk",
            data_testid="approve-selected",
        ),
        rx.el.button(
            icon("x", "s"),
            class_name="btn sm ghost",
            aria_label="Clear the selection",
            type="button",
            on_click=State.clear,
        ),
        class_name="bulk",
    )
