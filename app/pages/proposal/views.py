"""The views of a proposal's page: head, score, tabs, decision."""

import reflex as rx

from app import routes
from app.components import (
    button,
    choice,
    empty,
    icon,
    ledger,
    link,
    money,
    pill,
    refused,
    skeleton_rows,
    status,
    tabs,
    verdict_mark,
    vocabulary,
    why,
)
from app.components.decision import deed_button
from app.components.feedback import tone_icon
from app.components.figures import product_cell
from app.components.marks import avatar, kbd
from app.components.stays import stays
from app.components.views import ActionView
from app.lifecycle.deeds import DEEDS
from app.lifecycle.transitions import Action
from app.pages.proposal.asking import acts, opens
from app.pages.proposal.score_views import legend, score, small_score
from app.pages.proposal.showing import FindingRow, MarkView, RowView, SayView
from app.pages.proposal.state import ProposalState as State
from app.pages.proposal.telling import TraceRow


def _here(query: str) -> rx.Var:
    return rx.Var.create(f"/proposals/{State.head.reference}?{query}")


# head


def head() -> rx.Component:
    """Say what this is, where it stands, and whose it is."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(State.head.reason, class_name="pp-ttl", dir="auto"),
            pill(State.head.status, data_testid="status", role="status"),
            rx.el.div(
                _asked(Action.KEEP, State.keep),
                _asked(Action.EXPEDITE, State.expedite),
                _roll_back(),
                *_takes_two(),
                class_name="pp-acts",
            ),
            class_name="pp-h1",
        ),
        _meta(),
        class_name="pp-head",
    )


def _meta() -> rx.Component:
    head = State.head
    return rx.el.div(
        rx.el.span(avatar(head.initials, small=True), head.who),
        rx.el.span(head.submitted),
        rx.el.span(head.lines),
        rx.el.span(head.rule_set),
        rx.cond(
            head.hash != "",
            rx.el.span("content ", rx.el.span(head.hash, class_name="mono", title=head.standing), class_name="offm"),
            rx.fragment(),
        ),
        rx.cond(head.effective != "", rx.el.span(icon("cal", "s"), head.effective), rx.fragment()),
        _ending(),
        _next(),
        rx.cond(head.due != "", rx.el.span(icon("clock", "s"), head.due, class_name="warn"), rx.fragment()),
        rx.foreach(
            head.siblings,
            lambda other: link(
                icon("link", "s"), f"split with {other}", to=f"/proposals/{other}", class_name="lk", key=other
            ),
        ),
        class_name="pp-meta",
    )


def _ending() -> rx.Component:
    end = State.head.ending
    return rx.cond(
        end.other != "",
        link(
            icon("undo", "s"),
            end.says,
            to=f"/proposals/{end.other}",
            class_name=rx.cond(end.warns, "lk warn", "lk"),
            data_testid="ending",
        ),
        rx.cond(end.says != "", rx.el.span(icon("undo", "s"), end.says, data_testid="ending"), rx.fragment()),
    )


def _asked(action: Action, view: rx.Var, **place) -> rx.Component:
    """Offer an action that a dialog asks about first, with the reason beside it while it is shut."""
    name = action.value
    return rx.cond(
        view.action != "",
        rx.fragment(
            rx.cond(view.allowed, rx.fragment(), why(view.why, id=f"why-{name}")),
            deed_button(action, view, on_click=opens(action), why_id=f"why-{name}", data_testid=name, **place),
        ),
        rx.fragment(),
    )


def _roll_back() -> rx.Component:
    steered = State.panel.steered  # then it stands in the canary's panel
    return rx.cond(steered, rx.fragment(), _asked(Action.ROLL_BACK, State.roll_back_button))


def _takes_two() -> tuple[rx.Component, rx.Component]:
    """Offer the two steps of a roll-back that takes two people, each only to whoever may take it now."""
    return (
        _where_open(Action.ASK_ROLL_BACK, State.ask_back_button),
        _where_open(Action.AGREE_ROLL_BACK, State.agree_back_button),
    )


def _where_open(action: Action, view: rx.Var) -> rx.Component:
    shown = deed_button(action, view, on_click=opens(action), data_testid=action.value)
    return rx.cond(view.allowed, shown, rx.fragment())


def _demand() -> rx.Component:
    waves = Action.PLAN_WAVES
    label = rx.cond(State.panel.shown, "Other waves", DEEDS[waves].label)
    shown = button(label, icon_name=DEEDS[waves].icon, on_click=opens(waves), data_testid="demand")
    return rx.cond(State.may_demand, shown, rx.fragment())


def _next() -> rx.Component:
    coming = State.next
    return rx.cond(
        coming.words != "",
        rx.el.span(
            icon("clock", "s"),
            rx.el.span(
                "next: ",
                rx.el.b(coming.words),
                " ",
                rx.el.time(coming.left, date_time=coming.instant, custom_attrs={"data-until": coming.instant}),
            ),
            title=coming.whole,
            class_name="pp-next",
            data_testid="next",
        ),
        rx.fragment(),
    )


def says() -> rx.Component:
    """Say what matters now; a refusal of the last action first."""
    return rx.fragment(
        rx.cond(
            State.refusal.title != "",
            rx.el.div(refused(State.refusal), class_name="pp-say"),
            rx.fragment(),
        ),
        rx.cond(State.changed != "", _changed(), rx.fragment()),
        rx.foreach(State.says, _say),
    )


def _changed() -> rx.Component:
    return rx.el.div(
        icon("info"),
        rx.el.p(
            rx.el.b("Changed since you opened it.", class_name="b"),
            f" {State.changed} A decision would be refused until you have read it.",
            class_name="grow",
        ),
        button(
            "I have read it",
            icon_name="check",
            key="V",
            kind="sm pri",
            on_click=State.accept(State.head.reference, State.head.standing),
            data_testid="accept",
        ),
        class_name="pp-say call warn",
        role="status",
        data_testid="changed",
    )


def _say(view: SayView | rx.Var) -> rx.Component:
    return rx.el.div(
        icon(tone_icon(view.tone)),
        rx.el.p(rx.el.b(view.lead, class_name="b"), " ", view.rest, class_name="grow"),
        class_name=f"pp-say call {view.tone}",
        role="status",
        key=f"{view.lead}{view.rest}",
    )


# score


def score_section() -> rx.Component:
    """Draw the score, or tell it as a list."""
    return rx.el.section(
        rx.cond(
            State.as_list,
            rx.el.div(_trace_list(), class_name="sc-list"),
            rx.fragment(
                score(State.score),
                rx.el.ol(rx.foreach(State.steps, _trace_row), class_name="trace sc-small"),
                small_score(State.score),
            ),
        ),
        rx.el.div(
            rx.cond(State.as_list | ~State.score.crossed, rx.fragment(), legend()),
            rx.el.span(class_name="grow"),
            rx.cond(State.as_list, rx.fragment(), rx.el.span(State.score.foot, class_name="offm")),
            rx.cond(
                State.as_list,
                link(
                    "Read as a score ",
                    kbd("T"),
                    to=_here(f"tab={State.tab}"),
                    class_name="lk",
                    data_hotkey="t",
                ),
                link(
                    "Read as a list ",
                    kbd("T"),
                    to=_here(f"tab={State.tab}&view=list"),
                    class_name="lk",
                    data_hotkey="t",
                    data_testid="as-list",
                ),
            ),
            class_name="sc-lg",
        ),
        class_name="sc",
        aria_label="Score",
    )


def _trace_list() -> rx.Component:
    return rx.el.ol(rx.foreach(State.trace, _trace_row), class_name="trace", data_testid="trace")


def _trace_row(row: TraceRow | rx.Var) -> rx.Component:
    return rx.cond(
        row.seam,
        rx.el.li(
            rx.el.span(row.lead, ": "),
            rx.el.span(row.rest, class_name="u"),
            rx.el.div(class_name="barline"),
            class_name="seamrow",
            key=row.key,
        ),
        rx.el.li(
            rx.el.time(row.at),
            rx.el.span(icon(row.icon, "s"), class_name=row.tone),
            rx.el.span(rx.el.b(row.lead), rx.el.span(row.rest, class_name="u"), class_name="what"),
            rx.el.span(row.gap, class_name="gap"),
            key=row.key,
        ),
    )


# tabs


def tab_bar() -> rx.Component:
    """Choose between lines, findings, trace and decision."""
    return tabs(
        _tab("lines", "Lines", State.head.lines_count),
        _tab("findings", "Findings", ""),
        _tab("trace", "Trace", State.trace_count),
        _tab("decision", "Decision", ""),
        rx.el.dl(
            rx.foreach(
                State.facts,
                lambda fact: rx.el.div(
                    rx.el.dt(fact.label), rx.el.dd(fact.value, class_name=fact.tone), key=fact.label
                ),
            ),
            class_name="pp-facts",
        ),
        label="Parts of the proposal",
        class_name="pp-tabs",
    )


def _tab(name: str, word: str, count: str | rx.Var) -> rx.Component:
    view = rx.cond(State.as_list, "&view=list", "")
    return choice(
        word,
        *([] if isinstance(count, str) else [rx.el.span(count, class_name="k")]),
        to=_here(f"tab={name}{view}"),
        on=State.tab == name,
        custom_attrs={"preventScrollReset": True},
        data_testid=f"tab-{name}",
    )


def tab_body() -> rx.Component:
    """Show the chosen tab."""
    return rx.match(
        State.tab,
        ("findings", _findings()),
        ("trace", rx.el.div(_trace_list(), class_name="pp-trace")),
        ("decision", _decision()),
        _lines(),
    )


def _lines() -> rx.Component:
    return rx.el.div(
        rx.cond(State.head.mixed, _filters(), rx.fragment()),
        rx.cond(
            State.rows.length() == 0,
            empty("No line with this verdict", "Choose another verdict, or all.", icon_name="filter"),
            rx.el.div(_lines_table(), class_name="tw"),
        ),
        _pager(),
    )


def _filters() -> rx.Component:
    words = [("", "All"), *((name, vocabulary.verdict(name).word) for name in ("HARD", "SOFT", "CLEAN"))]
    return rx.el.div(
        rx.el.nav(*[_filter(verdict, word) for verdict, word in words], class_name="seg", aria_label="Verdict"),
        class_name="pp-filter",
    )


def _filter(verdict: str, word: str) -> rx.Component:
    query = f"tab=lines&verdict={verdict}" if verdict else "tab=lines"
    return choice(word, to=_here(query), on=State.verdict == verdict, custom_attrs={"preventScrollReset": True})


def _lines_table() -> rx.Component:
    return rx.el.table(
        rx.el.caption("Lines with verdict and each context's delivery"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("SKU", scope="col"),
                rx.el.th("Product", scope="col"),
                rx.el.th("Old", scope="col", class_name="r hs"),
                rx.el.th(class_name="arw"),
                rx.el.th("New", scope="col", class_name="r"),
                rx.el.th("Change", scope="col", class_name="r"),
                rx.el.th("Verdict", scope="col"),
                rx.el.th("Finding", scope="col", class_name="fi"),
                rx.foreach(State.contexts, lambda name: rx.el.th(name, scope="col", class_name="c", key=name)),
            )
        ),
        rx.el.tbody(rx.foreach(State.rows, _line)),
        class_name="pp-lines",
        data_testid="lines",
    )


def _line(row: RowView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(row.sku, to=row.href, data_row="", class_name="sku"), class_name="sku"),
        product_cell(row.name, row.brand),
        rx.el.td(money(row.old), class_name="r sec hs"),
        rx.el.td("→", class_name="arw"),
        rx.el.td(money(row.new), class_name="r b"),
        rx.el.td(row.change, class_name="r pc"),
        rx.el.td(verdict_mark(row.verdict)),
        rx.el.td(
            _lock(row), _found(row), class_name="fi sec", title=rx.cond(row.lock != "", row.lock, row.found.whole)
        ),
        rx.foreach(row.marks, _mark),
        key=row.key,
    )


def _lock(row: RowView | rx.Var) -> rx.Component:
    """Mark a line that a context held locked when this was submitted."""
    return rx.cond(row.lock != "", rx.el.span(icon("lock", "s"), "Locked ", class_name="st t12 warn"), rx.fragment())


def _found(row: RowView | rx.Var) -> rx.Component:
    passes = rx.cond(row.passes.units != "", rx.fragment(", passes at ", money(row.passes)), rx.fragment())
    return rx.cond(
        row.found.number != "",
        rx.fragment(
            row.found.kind,
            " ",
            rx.el.b(row.found.number),
            " ",
            rx.el.span(row.found.rest, passes, class_name="say"),
        ),
        rx.fragment(),
    )


def _mark(mark: MarkView | rx.Var) -> rx.Component:
    return rx.el.td(
        rx.el.span(
            icon(mark.icon, "s"),
            rx.el.span(mark.word, class_name="vh"),
            class_name=f"st {mark.tone}",
            title=mark.word,
        ),
        class_name="c",
        key=mark.context,
    )


def _pager() -> rx.Component:
    verdict = rx.cond(State.verdict != "", f"&verdict={State.verdict}", "")
    still = {"preventScrollReset": True}
    return rx.cond(
        (State.next_after != "") | (State.after != ""),
        rx.el.nav(
            rx.cond(
                State.after != "",
                link("First lines", to=_here(f"tab=lines{verdict}"), class_name="btn sm", custom_attrs=still),
                rx.fragment(),
            ),
            rx.cond(
                State.next_after != "",
                link(
                    "Next 100",
                    kbd("]"),
                    to=_here(f"tab=lines{verdict}&after={State.next_after}"),
                    class_name="btn sm",
                    data_hotkey="]",
                    custom_attrs=still,
                ),
                rx.el.span("These are the last lines."),
            ),
            class_name="more",
            aria_label="Pages of lines",
        ),
        rx.fragment(),
    )


def _findings() -> rx.Component:
    return rx.cond(
        State.findings.length() == 0,
        empty("No rule is broken", "Every line stays inside every limit of its rule set."),
        rx.el.div(rx.foreach(State.findings, _finding), class_name="pp-finds", data_testid="findings"),
    )


def _finding(row: FindingRow | rx.Var) -> rx.Component:
    return rx.el.div(
        status(row.verdict, small=True),
        rx.el.span(rx.el.b(row.sentence), "."),
        rx.cond(row.worst != "", rx.el.span("furthest ", rx.el.b(row.worst), class_name="u"), rx.el.span()),
        link(
            row.lines,
            to=_here(rx.cond(row.hard, "tab=lines&verdict=HARD", "tab=lines&verdict=SOFT")),
            class_name="lk",
        ),
        class_name="pp-find",
        key=row.key,
    )


def _decision() -> rx.Component:
    return rx.el.div(ledger(State.decision_facts), class_name="pp-dec")


# decision


def decision_bar() -> rx.Component:
    """Decide: comment and buttons, always in reach while a decision is open."""
    return rx.cond(
        State.deciding,
        rx.el.form(
            rx.el.label("Comment, kept in the audit", html_for="comment", class_name="f"),
            rx.el.textarea(
                id="comment",
                name="comment",
                class_name="area",
                placeholder="What convinced you, or what must change",
                max_length=2000,
                custom_attrs=stays(State.head.reference + "/comment"),
                data_testid="comment",
            ),
            rx.el.div(
                _act(Action.APPROVE, State.approve_button),
                _act(Action.RETURN, State.return_button),
                _act(Action.REJECT, State.reject_button),
                _act(Action.RE_EVALUATE, State.evaluate_button),
                _demand(),
                _act(Action.WITHDRAW, State.withdraw_button, key=""),
                rx.cond(
                    State.why_shut != "",
                    why(State.why_shut, id="why-decide", data_testid="why"),
                    rx.fragment(),
                ),
                class_name="row",
            ),
            class_name="pp-bar",
            aria_label="Decision",
            data_testid="decision",
        ),
        rx.fragment(),
    )


def _act(action: Action, view: ActionView | rx.Var, **place) -> rx.Component:
    return rx.cond(
        view.action != "",
        deed_button(
            action,
            view,
            on_click=acts(action, "comment"),
            comment="comment",
            why_id="why-decide",
            title=view.why,
            data_testid=f"act-{action}",
            **place,
        ),
        rx.fragment(),
    )


# whole


def missing() -> rx.Component:
    """Say that there is no such proposal."""
    return empty(
        "There is no such proposal",
        "The address names a proposal that does not exist. It may have been mistyped.",
        icon_name="doc",
        code="not_found",
        action=link("All proposals", to=routes.PROPOSALS, class_name="btn"),
    )


def loading() -> rx.Component:
    """Hold the place of what loads."""
    return skeleton_rows(10)
