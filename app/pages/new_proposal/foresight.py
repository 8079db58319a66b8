"""The views of what a change with this timing would run into."""

import reflex as rx

from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State

SHOWN = 3
"""So many warnings stand above the rows; the others are a click away."""


def foreseen(event: rx.event.EventType) -> list[rx.event.EventType]:
    """Return an event of a moment or a wave, after which the page looks ahead again."""
    return [event, State.foresee]


def kept(event: rx.event.EventType) -> list[rx.event.EventType]:
    """Return an event of what lies ahead of nobody, after which the page is kept."""
    return [event, State.keep]


def foresight() -> rx.Component:
    """Say why it would be refused, and what one should know before submitting."""
    return rx.fragment(
        rx.cond(State.foreseen_bad != "", _say("bad", "oct", "Refused as it stands:", State.foreseen_bad)),
        rx.foreach(State.warnings[:SHOWN], _mind),
        rx.cond(
            State.warnings.length() > SHOWN,
            rx.el.details(
                rx.el.summary(f"{State.warnings.length() - SHOWN} more to mind", class_name="lk"),
                rx.foreach(State.warnings[SHOWN:], _mind),
                data_testid="foreseen-more",
            ),
        ),
    )


def _mind(warning: str | rx.Var) -> rx.Component:
    return _say("warn", "info", "Mind this:", warning)


def _say(tone: str, mark: str, lead: str, words: str | rx.Var) -> rx.Component:
    return note(mark, tone, words, lead=lead, role="status", key=words, data_testid=f"foreseen-{tone}")
