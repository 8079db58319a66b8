"""The list of proposals."""

import reflex as rx

from app import routes
from app.components import choice, empty, icon, link, skeleton_rows, status, tabs
from app.components.held import held_input
from app.components.lines import newer_and_older, one_of, table
from app.pages.proposals.state import ProposalsState
from app.pages.proposals.view import ProposalRow, StatusTab
from app.shell import FIND, new_proposal, page, shell

L = ProposalsState.listed
FILTERED = (ProposalsState.q != "") | (ProposalsState.submitter != "") | (ProposalsState.status != "")
KEYS = (("J", "next"), ("K", "previous"), ("↵", "open"), ("[", "newer"), ("]", "older"), FIND)


@page(routes.PROPOSALS, "Proposals", ProposalsState.load)
def proposals() -> rx.Component:
    """Show every proposal, newest first."""
    return shell(
        tabs(rx.foreach(L.tabs, _tab), label="Status", class_name="counts"),
        _filters(),
        rx.cond(
            ProposalsState.loaded,
            rx.cond(L.rows, rx.fragment(_table(), _more()), _nothing()),
            skeleton_rows(12),
        ),
        title="Proposals",
        here=routes.PROPOSALS,
        note=L.note,
        actions=[new_proposal()],
        keys=KEYS,
        find=False,
    )


def _tab(tab: StatusTab) -> rx.Component:
    return choice(tab.word, rx.el.span(tab.count, class_name="k"), to=tab.href, on=tab.on, key=tab.word)


def _filters() -> rx.Component:
    return rx.el.form(
        rx.el.label(
            icon("search", "s"),
            held_input(
                name="q",
                type="search",
                value=ProposalsState.q,
                placeholder="Number, reason or person",
                aria_label="Number, reason or person",
                auto_complete="off",
                data_hotkey="/",
            ),
            class_name="field",
        ),
        one_of("Anybody's", L.submitters, ProposalsState.submitter, ProposalsState.by_submitter, label="Submitted by"),
        rx.cond(FILTERED, link(icon("x", "s"), "All proposals", to=routes.PROPOSALS, class_name="btn ghost sm")),
        on_submit=ProposalsState.by_text,
        role="search",
        class_name="filters",
    )


def _table() -> rx.Component:
    heads = (
        ("Number", ""),
        ("Proposal", ""),
        ("Status", ""),
        ("Verdict", "offm"),
        ("Lines", "r"),
        ("Soft", "r offm"),
        ("Hard", "r offm"),
        ("Mean change", "r offm"),
        ("Submitted by", "offm"),
        ("Submitted", "r offm"),
        ("Outcome at", "r offm"),
    )
    listed = table("Proposals, newest first", rx.foreach(L.rows, _row), heads=heads, class_name="list")
    return rx.el.div(listed, class_name="tw")


def _row(row: ProposalRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.reference, class_name="sku"),
        rx.el.td(link(row.title, to=row.href, data_row=""), class_name="w b"),
        rx.el.td(status(row.status, small=True)),
        rx.el.td(status(row.verdict, small=True), class_name="offm"),
        rx.el.td(row.lines, class_name="r"),
        rx.el.td(row.soft, class_name=f"r offm {row.soft_tone}"),
        rx.el.td(row.hard, class_name=f"r offm {row.hard_tone}"),
        rx.el.td(row.change, class_name="r sec offm"),
        rx.el.td(row.submitter, class_name="sec offm"),
        rx.el.td(row.at, class_name="r u offm"),
        rx.el.td(row.ended, class_name="r u offm"),
        key=row.reference,
        data_row_box="",
        data_testid=f"proposal-{row.reference}",
    )


def _more() -> rx.Component:
    on_this = rx.el.span(L.rows.length(), " on this page")
    return newer_and_older(ProposalsState.cursor, L.next_href, on_this, data_testid="older")


def _nothing() -> rx.Component:
    return rx.cond(
        FILTERED,
        empty(
            "No proposal matches",
            "Take a filter away, or look for another word.",
            icon_name="filter",
            action=link("All proposals", to=routes.PROPOSALS, class_name="btn sm"),
        ),
        empty(
            "No proposal yet",
            "The first one starts with a reason and a line.",
            icon_name="doc",
            action=link("New proposal", to=routes.NEW_PROPOSAL, class_name="btn sm"),
        ),
    )
