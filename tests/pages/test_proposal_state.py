"""The proposal's page says for which address it was filled, in the same step: under another one it shows nothing."""

import asyncio

import pytest

from app import database
from app.lifecycle import actions
from app.pages.proposal import state as page
from app.pages.proposal.state import ProposalState
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, product, proposing, stocked


@pytest.fixture
def state(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> ProposalState:
    """Kiran's page, of two proposals that wait."""
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"))
        actions.submit(session, proposing(("T1", 130_00), reason="First in"), actor=ASHA, now=MONDAY)
        actions.submit(session, proposing(("T2", 160_00), reason="Second in"), actor=ASHA, now=MONDAY + HOUR)

    async def kiran(state: object) -> object:
        return KIRAN

    monkeypatch.setattr(page, "current_actor", kiran)
    return ProposalState(_reflex_internal_init=True)  # type: ignore[call-arg]


def fill(state: ProposalState, monkeypatch: pytest.MonkeyPatch, address: str) -> tuple[str, str]:
    monkeypatch.setattr(ProposalState, "_reference", lambda _: address)
    asyncio.run(state._fill())
    return state.of, state.head.reason


def test_what_is_shown_says_of_which_address_it_is(state, monkeypatch):
    assert fill(state, monkeypatch, "PC-1") == ("PC-1", "First in")
    assert fill(state, monkeypatch, "PC-2") == ("PC-2", "Second in")


def test_a_look_that_breaks_off_leaves_the_page_of_the_address_before(state, monkeypatch):
    fill(state, monkeypatch, "PC-1")

    def broken(*_: object) -> None:
        raise RuntimeError("the store went away")

    monkeypatch.setattr(page, "proposal_page", broken)
    with pytest.raises(RuntimeError):
        fill(state, monkeypatch, "PC-2")

    assert (state.of, state.head.reason) == ("PC-1", "First in"), "PC-1 would stand under the address of PC-2"


def test_that_there_is_no_such_proposal_is_said_of_its_own_address_alone(state, monkeypatch):
    fill(state, monkeypatch, "PC-1")

    assert fill(state, monkeypatch, "PC-9")[0] == "PC-9"
    assert state.missing
    fill(state, monkeypatch, "PC-1")
    assert not state.missing
