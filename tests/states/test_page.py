"""What every page's state does: it sends only what differs, and says what was refused and nothing else."""

import asyncio

import pytest
import reflex as rx

from app.components.views import RefusalView
from app.lifecycle.errors import NotAllowed, Refused
from app.states.page import ActingState, refusal


class PlantedState(ActingState, rx.State):
    """A page's state with two values."""

    title: str = "Tea"
    rows: list[str] = ["T1"]  # noqa: RUF012  # Reflex copies it for each session


@pytest.fixture
def state() -> PlantedState:
    made = PlantedState(_reflex_internal_init=True)  # type: ignore[call-arg]
    made._clean()
    return made


def carried_out(state: PlantedState, command, **how):
    return asyncio.run(state._carry_out(command, **how))


def test_only_what_differs_is_sent(state):
    state._show(title="Tea", rows=["T1", "T2"])

    assert state.dirty_vars == {"rows"}


def test_a_refusal_is_said_and_takes_away_what_was_done_before(state):
    state.said = "Lent."

    def refuses() -> str:
        raise NotAllowed("Approvers decide.")

    answer = carried_out(state, refuses)

    assert isinstance(answer, Refused)
    assert state.said == ""
    assert state.refusal.detail == "Approvers decide. Nothing changed."
    assert state.refusal.code == f"{NotAllowed.status} {NotAllowed.code}"


def test_what_was_carried_out_takes_the_refusal_before_it_away(state):
    state.refusal = RefusalView(title="No.", code="403 not_allowed")

    assert carried_out(state, lambda: "Taken back") == "Taken back"
    assert state.refusal == RefusalView()


def test_a_refusal_that_may_have_changed_something_does_not_say_that_nothing_did():
    assert refusal(NotAllowed("It goes on.")).detail == "It goes on."
