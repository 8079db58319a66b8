"""The head of a proposal: what it is, where it stands, whose it is, and what matters of it now."""

import reflex as rx

from app import routes
from app.components import button, empty, icon, link, pill, refused, skeleton_rows, why
from app.components.decision import deed_button
from app.components.feedback import tone_icon
from app.components.marks import avatar
from app.lifecycle.table.transitions import Action
from app.pages.proposal.callouts_view import SayView
from app.pages.proposal.dialogs import opens
from app.pages.proposal.state import ProposalState as State


def head() -> rx.Component:
    """Say what this is, where it stands, and whose it is."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(State.head.reason, class_name="pp-ttl", dir="auto"),
            pill(State.head.status, data_testid="status", role="status"),
            rx.el.div(
                _asked(Action.KEEP),
                _asked(Action.EXPEDITE),
                # while the canary is steered, the way back stands in its panel
                rx.cond(State.panel.steered, rx.fragment(), _asked(Action.ROLL_BACK)),
                _where_open(Action.ASK_ROLL_BACK),
                _where_open(Action.AGREE_ROLL_BACK),
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
        ),
        rx.cond(head.effective != "", rx.el.span(icon("cal", "s"), head.effective)),
        _ending(),
        _next(),
        rx.cond(head.due != "", rx.el.span(icon("clock", "s"), head.due, class_name="warn")),
        rx.foreach(
            head.siblings,
            lambda other: link(
                icon("link", "s"), f"split with {other}", to=f"/proposals/{other}", class_name="lk", key=other
            ),
        ),
        class_name="pp-meta",
    )


def _ending() -> rx.Component:
    end, mark = State.head.ending, icon("undo", "s")
    tone = rx.cond(end.warns, "lk warn", "lk")
    leads = link(mark, end.says, to=f"/proposals/{end.other}", class_name=tone, data_testid="ending")
    says = rx.el.span(mark, end.says, data_testid="ending")
    return rx.cond(end.other != "", leads, rx.cond(end.says != "", says))


def _asked(action: Action) -> rx.Component:
    """Offer an action that a dialog asks about first, with the reason beside it while it is shut."""
    name, view = action.value, State.actions[action]
    return rx.cond(
        view.action != "",
        rx.fragment(
            rx.cond(view.allowed, rx.fragment(), why(view.why, id=f"why-{name}")),
            deed_button(action, view, on_click=opens(action), why_id=f"why-{name}", data_testid=name),
        ),
    )


def _where_open(action: Action) -> rx.Component:
    """Offer a step of a roll-back that takes two people only to whoever may take it now."""
    view = State.actions[action]
    return rx.cond(view.allowed, deed_button(action, view, on_click=opens(action), data_testid=action.value))


def _next() -> rx.Component:
    coming = State.next
    left = rx.el.time(coming.left, date_time=coming.instant, custom_attrs={"data-until": coming.instant})
    words = rx.el.span("next: ", rx.el.b(coming.words), " ", left)
    shown = rx.el.span(icon("clock", "s"), words, title=coming.whole, class_name="pp-next", data_testid="next")
    return rx.cond(coming.words != "", shown)


def says() -> rx.Component:
    """Say what matters now; a refusal of the last action first."""
    return rx.fragment(
        refused(State.refusal, within="pp-say"),
        rx.cond(State.changed != "", _changed()),
        rx.foreach(State.says, _say),
    )


def _changed() -> rx.Component:
    accepts = State.accept(State.head.reference, State.head.standing)
    read = button("I have read it", icon_name="check", key="V", kind="sm pri", on_click=accepts, data_testid="accept")
    lead, rest = "Changed since you opened it.", f"{State.changed} A decision would be refused until you have read it."
    return _box("info", "warn", lead, rest, read, data_testid="changed")


def _say(view: SayView | rx.Var) -> rx.Component:
    return _box(tone_icon(view.tone), view.tone, view.lead, view.rest, key=f"{view.lead}{view.rest}")


def _box(
    mark: str | rx.Var, tone: str | rx.Var, lead: str | rx.Var, rest: str | rx.Var, *does: rx.Component, **props
) -> rx.Component:
    words = rx.el.p(rx.el.b(lead, class_name="b"), " ", rest, class_name="grow")
    return rx.el.div(icon(mark), words, *does, class_name=f"pp-say call {tone}", role="status", **props)


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
