"""The right side: the opened proposal, why it needs somebody, its lines, and the decision."""

import reflex as rx

from app.components import (
    avatar,
    button,
    callout,
    due_chip,
    empty,
    icon,
    kbd,
    ledger,
    link,
    money,
    pill,
    refused,
    section_head,
    skeleton_rows,
    status,
    why,
)
from app.components.decision import deed_button
from app.components.figures import product_cell
from app.components.lines import price_cells, table
from app.components.stays import stays
from app.components.views import ActionView
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action
from app.pages.approvals.queue import COMMENT
from app.pages.approvals.state import ApprovalsState as State
from app.pages.approvals.view import LineRow, WhySentence

D = State.detail
HEADS = (
    ("SKU", "om"), ("Product", ""), ("Old", "r om"), rx.el.th("", class_name="c2"), ("New", "r"), ("Change", "r"),
    ("Breaks", "dm"), ("Margin %", "r dm"), ("Would pass at", "r"),
)  # fmt: skip


def detail() -> rx.Component:
    """Show the opened proposal, or that there is none."""
    return rx.el.section(
        link(icon("back"), D.position, to="/approvals", class_name="mback"),
        rx.cond(State.loaded, rx.cond(D.reference != "", _opened(), _none()), skeleton_rows(10)),
        rx.el.p(class_name="det-says", role="status", data_pane_says="", data_testid="pane-says"),
        class_name="det",
        aria_label="Proposal",
        data_testid="detail",
        data_pane="",
        data_asked=State.asked,
        data_shows=D.reference,
    )


def _none() -> rx.Component:
    return empty(
        "No proposal is open",
        "Nothing is decided before it is read: open one to see what it changes and why it needs a person.",
        icon_name="inbox",
        action=rx.cond(
            State.groups,
            button("Open the first", key="J", hotkey="-", kind="sm", on_click=State.go_on, data_testid="open-first"),
        ),
    )


def _opened() -> rx.Component:
    return rx.fragment(
        _head(),
        refused(State.refusal),
        rx.cond((D.gone != "") & (State.tab != "decided") & (State.refusal.code == ""), _gone()),
        rx.cond(D.moved_title != "", _moved()),
        rx.cond(D.changed != "", _changed()),
        rx.cond(D.seen != "", rx.fragment(_why_and_radius(), _lines(), _decision())),
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2(D.title, class_name="ttl", dir="auto"),
            pill(D.status, data_testid="detail-status"),
            rx.el.span(class_name="grow"),
            rx.cond(D.stage.word != "", status(D.stage, small=True, data_testid="stage")),
            rx.cond(D.waits, due_chip(D.due, whole=True)),
            class_name="row",
            style={"gap": "10px"},
        ),
        rx.el.div(
            rx.el.span(D.reference, class_name="sku", data_testid="detail-reference"),
            rx.el.span(avatar(D.initials, small=True), D.submitter, ", ", D.at),
            rx.el.span(D.lines),
            rx.el.span(D.rule_set),
            rx.el.span(D.hash, class_name="mono", title=D.standing),
            link("Passport", to=D.href, class_name="lk"),
            class_name="meta",
        ),
        rx.cond(D.rest != "", rx.el.p(D.rest, class_name="reason")),
        class_name="dh",
    )


def _gone() -> rx.Component:
    return callout(
        rx.el.b(D.gone, class_name="b"),
        " ",
        rx.cond(D.gone_detail != "", rx.fragment(D.gone_detail, " ")),
        "What you typed is still here. ",
        link("Read its passport", to=D.href, class_name="lk"),
        tone="warn",
        data_testid="gone",
        action=button("Next", key="J", hotkey="-", kind="sm", on_click=State.go_on),
    )


def _moved() -> rx.Component:
    return callout(
        rx.el.b(D.moved_title, class_name="b"),
        " ",
        D.moved,
        tone="warn",
        data_testid="moved",
        action=_act(Action.RE_EVALUATE, D.re_evaluate, tone="sm pri", data_testid="re-evaluate"),
    )


def _changed() -> rx.Component:
    return callout(
        rx.el.b("Changed since you opened it.", class_name="b"),
        f" {D.changed} A decision would be refused until you have read it.",
        tone="warn",
        data_testid="changed",
        action=button(
            "I have read it",
            icon_name="check",
            key="V",
            kind="sm pri",
            on_click=State.accept(D.reference, D.standing),
            data_testid="accept",
            data_acts="",
        ),
    )


def _why_and_radius() -> rx.Component:
    return rx.el.div(
        rx.el.div(section_head("Why it needs a person"), rx.foreach(D.sentences, _sentence)),
        rx.el.div(section_head("Blast radius"), ledger(D.facts, plain=True)),
        class_name="g1",
    )


def _sentence(sentence: WhySentence) -> rx.Component:
    return rx.el.p(
        rx.el.span(icon(sentence.verdict.icon), class_name=sentence.verdict.tone),
        rx.el.span(rx.el.b(sentence.verdict.word), sentence.rest),
        class_name="sent",
    )


def _lines() -> rx.Component:
    return rx.fragment(
        section_head(
            rx.cond(State.whole, "Lines", "Findings"),
            rx.cond(State.whole, D.lines, D.findings_note),
            rx.el.button(
                rx.cond(State.whole, "Only what breaks a rule", D.total_lines),
                " ",
                kbd("L"),
                class_name="go lk",
                type="button",
                on_click=State.show_lines(~State.whole),
                data_hotkey="l",
            ),
            class_name="fh",
        ),
        rx.el.div(
            table(
                "Lines of the proposal with old and new price, what they break, and the price that would pass",
                rx.foreach(State.rows, _line),
                heads=HEADS,
                class_name="fi",
            ),
            class_name="tw",
        ),
        rx.cond(
            State.more != "",
            rx.el.div(button("Show the next 100", kind="sm", on_click=State.show_more), class_name="more"),
        ),
    )


def _line(row: LineRow) -> rx.Component:
    return rx.fragment(
        rx.el.tr(
            rx.el.td(row.sku, class_name="sku om"),
            product_cell(row.name, row.brand),
            *price_cells(row.old, row.new, old_class="r sec om", arrow_class="ar c2"),
            rx.el.td(row.change, class_name=f"r {row.change_tone}"),
            rx.el.td(row.breaks, class_name="sec dm"),
            rx.el.td(row.margin, class_name="r sec dm"),
            rx.el.td(rx.el.span(money(row.passing), class_name="pass"), class_name="r"),
            class_name=rx.cond(row.words != "", "said", ""),
            data_testid=f"line-{row.sku}",
        ),
        rx.cond(
            row.words != "",
            rx.el.tr(rx.el.td("", class_name="om"), rx.el.td(row.words, col_span=8), class_name="words"),
        ),
        key=row.line,
    )


def _decision() -> rx.Component:
    return rx.cond(
        D.approve.allowed | D.send_back.allowed | D.reject.allowed | D.withdraw.allowed | (D.shut != ""),
        rx.el.div(
            rx.el.label("Comment, kept in the audit", html_for="comment", class_name="f"),
            rx.el.textarea(
                id="comment",
                class_name="area",
                placeholder="What convinced you, or what must change",
                max_length="2000",
                custom_attrs=stays(D.reference + "/comment"),
                key=D.reference,
                aria_describedby="why-shut",
            ),
            rx.el.div(
                _decide(Action.APPROVE, D.approve, label=f"{DEEDS[Action.APPROVE].label} {D.lines}"),
                _decide(Action.RETURN, D.send_back),
                _decide(Action.REJECT, D.reject),
                rx.cond(D.withdraw.allowed, _act(Action.WITHDRAW, D.withdraw)),
                rx.cond(D.shut != "", why(D.shut, id="why-shut", data_testid="why")),
                rx.cond(
                    D.right != "",
                    rx.el.span(icon("user", "s"), rx.el.span(D.right), class_name="why", data_testid="right"),
                ),
                rx.el.span(class_name="grow"),
                rx.el.span(
                    kbd("J"), kbd("K"), " move ", kbd("X"), " select ", kbd("?"), " keys", class_name="hints offm"
                ),
                class_name="acts",
            ),
            class_name="dec",
        ),
    )


def _decide(action: Action, view: ActionView | rx.Var, **place) -> rx.Component:
    """Offer a decision, for which the comment is kept."""
    busy = State.working == action.value
    return _act(
        action, view, COMMENT, comment="comment", why_id="why-shut", busy=busy, data_testid=action.value, **place
    )


def _act(action: Action, view: ActionView | rx.Var, said: str | rx.Var = "", **place) -> rx.Component:
    pressed = State.act(action.value, D.reference, D.seen, D.nonce, said)
    return deed_button(action, view, on_click=pressed, data_acts="", **place)
