"""The rules page acts on what was shown: a row as it was typed, a set as it was read."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.database import reading
from app.identity.actor import Actor
from app.identity.guard import tag_of
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.proposing import policy
from app.lifecycle.rulebook import edits
from app.pages.rules import row_state
from app.pages.rules import state as page
from app.pages.rules.state import RulesState
from rules.ruleset import Rule
from tests.builders import MONDAY, open_shop, product
from tests.lifecycle.rulebook import LEELA, MAYA, drafted, in_review, key, statuses


@pytest.fixture(autouse=True)
def _shop(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(product("T1"))
    monkeypatch.setattr(page, "utc_now", lambda: MONDAY)
    monkeypatch.setattr(row_state, "utc_now", lambda: MONDAY)


def opened(who: Actor, monkeypatch: pytest.MonkeyPatch, **query: str) -> RulesState:
    """The page as somebody opens it."""

    async def asked(_: object) -> Actor:
        return who

    for module in (page, row_state):
        monkeypatch.setattr(module, "current_actor", asked)
    monkeypatch.setattr("app.states.page.live.subscribe", lambda *_: None)
    where = SimpleNamespace(
        session=SimpleNamespace(client_token="t"), url=SimpleNamespace(query_parameters=query), headers=None
    )
    monkeypatch.setattr(RulesState, "router", where)
    state = RulesState(_reflex_internal_init=True)  # type: ignore[call-arg]
    asyncio.run(RulesState.load.fn(state))
    return state


def do(state: RulesState, handler: str, *given: object) -> None:
    found = getattr(RulesState, handler).fn(state, *given)
    if asyncio.iscoroutine(found):
        asyncio.run(found)


def typed(state: RulesState, **other: str) -> dict[str, str]:
    """The form as the browser sends it."""
    row = state.row
    fields = {one.name: one.value for one in (*row.parameters, *row.scope, *row.others)}
    hidden = {"key": state.key, "rule": row.rule, "was": row.was}
    numbers = {"number": str(row.number), "version": str(row.version)}
    named = {name.replace("__", "."): text for name, text in other.items()}
    return {**hidden, **numbers, "kind": row.kind, "severity": row.severity, **fields, **named}


def row_of(number: int, rule: str) -> Rule:
    with reading() as session:
        return edits.by_id(policy.rule_set(session, number))[rule]


def test_a_row_is_added_as_it_was_typed(monkeypatch: pytest.MonkeyPatch):
    made = drafted()
    state = opened(LEELA, monkeypatch, set=str(made.number), row="new")

    do(state, "save", typed(state, parameters__limit_bp="30 %", scope__category="Tea", rationale="Auctions swing."))

    assert (state.bad, state.refusal.code) == ({}, "")
    added = row_of(made.number, "increase-stays-below-limit")
    assert (added.limit_bp, added.scope.category, added.owner) == (3000, "Tea", "Leela")


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_written(monkeypatch: pytest.MonkeyPatch):
    made = drafted()
    state = opened(LEELA, monkeypatch, set=str(made.number), row="margin-floor")

    do(state, "check", typed(state, parameters__limit_bp="ten", valid_from="2026-13-01T00:00"))
    at_once = state.bad
    do(state, "save", typed(state, scope__category="Tee"))
    do(state, "save", typed(state, scope__category="Tee", was="[1]"))

    assert set(at_once) == {"parameters.limit_bp", "valid_from"}
    assert state.bad == {"scope": "No product is of the category “Tee”. Did you mean “Tea”?"}
    assert row_of(made.number, "margin-floor").scope.category is None


def test_a_row_that_somebody_else_changed_keeps_what_each_of_them_typed(monkeypatch: pytest.MonkeyPatch):
    made = drafted()
    state = opened(MAYA, monkeypatch, set=str(made.number), row="increase-limit")
    mine = typed(state, rationale="Shoppers see it.")
    commands.change_rule(
        LEELA, made.number, "increase-limit", {"parameters": {"limit_bp": 1250}},
        version=made.version, key=key(), now=MONDAY,
    )  # fmt: skip

    do(state, "save", mine)

    assert state.refusal.code == "409 draft_moved"
    assert "limit from 15.0 % to 12.5 %" in state.refusal.detail
    assert state.moved
    assert {one.name: one.value for one in (*state.row.parameters, *state.row.others)} | {"owner": ""} == {
        "parameters.limit_bp": "12.5", "rationale": "Shoppers see it.", "owner": "", "valid_from": "", "valid_to": "",
    }  # fmt: skip
    do(state, "save", typed(state))
    kept = row_of(made.number, "increase-limit")
    assert (kept.limit_bp, kept.rationale) == (1250, "Shoppers see it.")


def test_a_set_is_activated_as_it_was_shown_and_not_as_it_is_by_now(monkeypatch: pytest.MonkeyPatch):
    made = in_review()
    state = opened(MAYA, monkeypatch, set=str(made.number))
    do(state, "ask", "activate", state.view.number, state.view.version, state.view.seen)
    shown = {"key": state.key, "number": str(state.asked_number), "seen": state.asked_seen, "reason": ""}
    commands.return_rules(MAYA, made.number, content_hash=made.content_hash, comment="Hm", key=key(), now=MONDAY)
    back = commands.change_rule(
        LEELA, made.number, "tea-rises", {"parameters": {"limit_bp": 9000}},
        version=made.version, key=key(), now=MONDAY,
    )  # fmt: skip
    commands.submit_rules(LEELA, made.number, content_hash=back.content_hash, key=key(), now=MONDAY)

    do(state, "activate", shown)
    refused, before = state.refusal, statuses()
    do(state, "load")
    do(state, "ask", "activate", state.view.number, state.view.version, state.view.seen)
    do(state, "activate", shown | {"key": state.key, "seen": state.asked_seen})

    assert "30.0 % to 90.0 %" in refused.detail
    assert before == {1: "ACTIVE", 2: "IN_REVIEW"}
    assert statuses() == {1: "RETIRED", 2: "ACTIVE"}


def test_a_set_waits_for_the_moment_that_stood_on_the_screen_though_no_process_heard_it_being_typed(
    monkeypatch: pytest.MonkeyPatch,
):
    """Pressed while the web process came up anew, rules that were agreed for tomorrow judged every price at once."""
    made = in_review()
    state = opened(MAYA, monkeypatch, set=str(made.number))
    at = datetime.now(UTC) + timedelta(days=2)
    sent = {
        "key": key(), "number": str(made.number), "seen": made.content_hash, "rules-zone": "UTC",
        "rules-starts-day": f"{at:%Y-%m-%d}", "rules-starts-time": "18:00",
    }  # fmt: skip

    do(state, "activate", sent)

    assert state.refusal.code == ""
    assert statuses() == {1: "ACTIVE", 2: "SCHEDULED"}


def test_a_day_without_a_time_activates_nothing(monkeypatch: pytest.MonkeyPatch):
    made = in_review()
    state = opened(MAYA, monkeypatch, set=str(made.number))

    do(state, "activate", {"key": key(), "number": str(made.number), "seen": made.content_hash,
                           "rules-zone": "UTC", "rules-starts-day": "2026-12-24"})  # fmt: skip

    assert statuses() == {1: "ACTIVE", 2: "IN_REVIEW"}


def test_pasted_rows_replace_the_row_of_their_id_and_leave_the_others(monkeypatch: pytest.MonkeyPatch):
    made = drafted()
    state = opened(LEELA, monkeypatch, set=str(made.number))
    text = "id\tkind\tseverity\tlimit_bp\nmargin-floor\tmargin_stays_above_floor\tHARD\t1200"
    sent = {"key": state.key, "number": str(made.number), "version": str(made.version), "rows": text, "how": "beside"}

    do(state, "bring", sent)

    assert state.refusal.code == ""
    brought = row_of(made.number, "margin-floor")
    assert (brought.limit_bp, brought.owner) == (1200, "Leela")
    assert row_of(made.number, "increase-limit").limit_bp == 1500


def test_what_every_product_needs_is_ticked(monkeypatch: pytest.MonkeyPatch):
    made = drafted()
    state = opened(LEELA, monkeypatch, set=str(made.number))
    ticked = {f"kind.{one.kind}": "on" for one in state.view.kinds if one.on} | {"kind.price_ending": "on"}

    do(state, "require", {"key": state.key, "number": "2", "version": str(made.version), **ticked})

    assert "price_ending" in state.view.required
    assert [one.what.word for one in state.view.changes] == ["Required"]
    assert "No rule of the mandatory kind price_ending" in state.view.found[0].sentence


def test_only_owners_change_anything_here():
    changing = (
        "draft",
        "submit",
        "give_back",
        "drop",
        "activate",
        "rebase",
        "save",
        "remove",
        "bring",
        "ask",
        "check",
        "require",
    )
    assert {tag_of(getattr(RulesState, name).fn) for name in changing} == {Permission.EDIT_RULES}
