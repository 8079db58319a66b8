"""The parts of a proposal under its score: lines, findings, trace and decision, one at a time."""

import reflex as rx

from app.components import choice, empty, ledger, link, status, tabs
from app.components.lines import in_place
from app.components.views import FactView
from app.pages.proposal.addresses import here
from app.pages.proposal.lines import lines
from app.pages.proposal.lines_view import FindingRow
from app.pages.proposal.state import ProposalState as State
from app.pages.proposal.trace import trace_list


def tab_bar() -> rx.Component:
    """Choose between lines, findings, trace and decision."""
    return tabs(
        _tab("lines", "Lines", State.head.lines_count),
        _tab("findings", "Findings", ""),
        _tab("trace", "Trace", State.trace_count.to_string()),
        _tab("decision", "Decision", ""),
        rx.el.dl(rx.foreach(State.facts, _fact), class_name="pp-facts"),
        label="Parts of the proposal",
        class_name="pp-tabs",
    )


def _fact(fact: FactView | rx.Var) -> rx.Component:
    return rx.el.div(rx.el.dt(fact.label), rx.el.dd(fact.value, class_name=fact.tone), key=fact.label)


def _tab(name: str, word: str, count: str | rx.Var) -> rx.Component:
    view = rx.cond(State.as_list, "&view=list", "")
    return choice(
        word,
        *([] if isinstance(count, str) else [rx.el.span(count, class_name="k")]),
        to=here(f"tab={name}{view}"),
        on=State.tab == name,
        custom_attrs=in_place(),
        data_testid=f"tab-{name}",
    )


def tab_body() -> rx.Component:
    """Show the chosen tab."""
    return rx.match(
        State.tab,
        ("findings", _findings()),
        ("trace", rx.el.div(trace_list(), class_name="pp-trace")),
        ("decision", _decision()),
        lines(),
    )


def _findings() -> rx.Component:
    return rx.cond(
        State.findings.length() == 0,
        empty("No rule is broken", "Every line stays inside every limit of its rule set."),
        rx.el.div(rx.foreach(State.findings, _finding), class_name="pp-finds", data_testid="findings"),
    )


def _finding(row: FindingRow | rx.Var) -> rx.Component:
    worst = rx.el.span("furthest ", rx.el.b(row.worst), class_name="u")
    of_verdict = here(rx.cond(row.hard, "tab=lines&verdict=HARD", "tab=lines&verdict=SOFT"))
    return rx.el.div(
        status(row.verdict, small=True),
        rx.el.span(rx.el.b(row.sentence), "."),
        rx.cond(row.worst != "", worst, rx.el.span()),
        link(row.lines, to=of_verdict, class_name="lk"),
        class_name="pp-find",
        key=row.key,
    )


def _decision() -> rx.Component:
    return rx.el.div(ledger(State.decision_facts), class_name="pp-dec")
