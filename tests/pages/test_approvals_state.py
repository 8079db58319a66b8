"""The approvals page shows a proposal whole, or the one before it: never a title over another one's lines."""

import asyncio

import pytest
from reflex.event import EventSpec

from app import database
from app.lifecycle import actions, commands
from app.lifecycle.table.transitions import Action
from app.pages.approvals import lines_read
from app.pages.approvals import state as page
from app.pages.approvals.state import ApprovalsState
from app.pages.approvals.view import LineRow
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, product, proposing, stocked


@pytest.fixture
def state(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> ApprovalsState:
    """Kiran's page over two waiting proposals."""
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"))
        actions.submit(session, proposing(("T1", 130_00), reason="First in"), actor=ASHA, now=MONDAY)
        actions.submit(session, proposing(("T2", 160_00), reason="Second in"), actor=ASHA, now=MONDAY + HOUR)

    async def kiran(state: object) -> object:
        return KIRAN

    monkeypatch.setattr(page, "current_actor", kiran)
    return ApprovalsState(_reflex_internal_init=True)  # type: ignore[call-arg]


def shown(state: ApprovalsState) -> tuple[str, list[str], str]:
    return state.detail.reference, [row.sku for row in state.rows], state.asked


def test_a_look_that_breaks_half_way_changes_nothing_of_what_is_shown(state, monkeypatch):
    asyncio.run(state._fill("PC-1"))

    def broken(*_: object) -> list[LineRow]:
        raise RuntimeError("the store went away between the title and the lines")

    monkeypatch.setattr(lines_read, "breaking_lines", broken)
    with pytest.raises(RuntimeError):
        asyncio.run(state._fill("PC-2"))

    assert shown(state) == ("PC-1", ["T1"], "PC-1")


def re_evaluate(reference: str) -> None:
    with database.transaction() as session:
        stocked(session, product("T1", cost=80_00), now=MONDAY + HOUR)
    commands.act(NOOR, reference, Action.RE_EVALUATE, key="again", now=MONDAY + HOUR)


def test_what_is_open_stays_bound_to_how_it_was_opened_until_it_is_read_again(state):
    asyncio.run(state._fill("PC-1"))
    opened = state.detail.seen
    re_evaluate("PC-1")

    asyncio.run(state._fill())
    assert (state.detail.seen, state.detail.standing != opened) == (opened, True)
    assert state.detail.changed.startswith("Its current prices or facts are others")
    asyncio.run(ApprovalsState.accept.fn(state, "PC-1", state.detail.standing))
    assert (state.detail.seen, state.detail.changed) == (state.detail.standing, "")


def test_a_tick_keeps_what_its_row_showed(state):
    asyncio.run(state._fill(""))
    seen = {row.reference: row.seen for group in state.groups for row in group.rows}
    asyncio.run(ApprovalsState.tick.fn(state, "PC-1", seen["PC-1"]))
    re_evaluate("PC-1")

    asyncio.run(state._fill())

    rows = {row.reference: row for group in state.groups for row in group.rows}
    assert (dict(state._ticks), rows["PC-1"].changed) == ({"PC-1": seen["PC-1"]}, True)
    assert rows["PC-1"].seen != seen["PC-1"]


def test_a_page_that_is_just_opened_has_nothing_to_decide_on_until_a_proposal_is_opened(state):
    asyncio.run(state._fill(""))
    assert shown(state) == ("", [], ""), "a key pressed at once would decide on whichever is most urgent by now"
    assert not state.detail.approve.allowed

    asyncio.run(state._fill("PC-2"))
    assert shown(state) == ("PC-2", ["T2"], "PC-2")


def test_going_on_from_what_somebody_else_decided_leads_to_the_most_urgent_of_the_others(state):
    asyncio.run(state._fill(""))
    assert _leads(ApprovalsState.go_on.fn(state)) == "/approvals?item=PC-1"

    asyncio.run(state._fill("PC-1"))
    assert _leads(ApprovalsState.go_on.fn(state)) == "/approvals?item=PC-2"


def _leads(event: EventSpec) -> str:
    return next(str(value).strip('"') for name, value in event.args if str(name) == "path")
