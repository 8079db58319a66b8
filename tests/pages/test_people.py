"""The people page: what owners see and do, and that nobody else sees or does any of it."""

import asyncio
from types import SimpleNamespace

import pytest

from app.clock import utc_now
from app.database import reading, transaction
from app.identity import people, tokens
from app.identity.actor import Actor
from app.identity.guard import tag_of
from app.identity.records import User
from app.identity.roles import Permission, Role
from app.lifecycle.audit.audit_trail import record
from app.lifecycle.records import AuditEntry
from app.membership import people as members
from app.pages.audit.view import entry
from app.pages.people import state as page
from app.pages.people.state import PeopleState

LEELA = Actor("leela", "Leela M.", "leela@shop.example", frozenset({Role.OWNER}), "person")
KIRAN = Actor("kiran", "Kiran S.", "kiran@shop.example", frozenset({Role.APPROVER}), "person")
KIRAN_SHOWN = {"person": "kiran"}


@pytest.fixture
def shop(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.identity.passwords.hashed", lambda password: f"kept:{password}")
    with transaction() as session:
        for who in (LEELA, KIRAN):
            people.add(session, who.email, who.name, who.roles, password=None, now=utc_now(), user_id=who.id)
        tokens.create(session, KIRAN.email, "nightly import", utc_now())


def opened(who: Actor, monkeypatch: pytest.MonkeyPatch, person: str = "") -> PeopleState:
    """The page as somebody opens it, with this person chosen in the address."""

    async def asked(_: object) -> Actor:
        return who

    monkeypatch.setattr(page, "current_actor", asked)
    monkeypatch.setattr(page.live, "subscribe", lambda *_: None)
    query = {"person": person} if person else {}
    where = SimpleNamespace(
        session=SimpleNamespace(client_token="t"), url=SimpleNamespace(query_parameters=query), headers=None
    )
    monkeypatch.setattr(PeopleState, "router", where)
    state = PeopleState(_reflex_internal_init=True)  # type: ignore[call-arg]
    asyncio.run(PeopleState.load.fn(state))
    return state


def do(state: PeopleState, handler: str, *given: object) -> None:
    found = getattr(PeopleState, handler).fn(state, *given)
    if asyncio.iscoroutine(found):
        asyncio.run(found)


def test_an_owner_sees_everybody_and_what_would_end(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(LEELA, monkeypatch, "kiran")

    assert [row.name for row in state.view.rows] == ["Kiran S.", "Leela M."]
    assert (state.view.note, state.view.chosen.holds) == ("2 active", "1 token, and the password")
    assert [row.label for row in state.view.chosen.tokens] == ["nightly import"]
    assert state.ticked == ["approver"]


def test_nobody_else_is_told_anything(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(KIRAN, monkeypatch, "leela")

    assert not state.allowed
    assert (state.view.rows, state.view.chosen.name) == ([], "")
    changing = ("add", "save_roles", "shut_out", "let_in", "make_password", "end_token", "tick", "want", "ask")
    assert {tag_of(getattr(PeopleState, name).fn) for name in changing} == {Permission.MANAGE_USERS}


def test_roles_that_somebody_else_changed_meanwhile_are_not_overwritten(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = opened(LEELA, monkeypatch, "kiran")
    do(state, "tick", "analyst", True)
    with transaction() as session:
        members.set_roles(session, "kiran", [Role.AUDITOR], actor=LEELA, now=utc_now())

    do(state, "save_roles", "kiran", state.ticked, ["approver"])

    assert state.refusal.code == "409 person_refused"
    assert "is auditor now" in state.refusal.detail
    with reading() as session:
        assert people.roles_of(session, "kiran") == {Role.AUDITOR}


def test_shutting_out_letting_in_and_a_new_password(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(LEELA, monkeypatch, "kiran")

    do(state, "shut_out", KIRAN_SHOWN)
    out = (state.view.chosen.active, state.view.chosen.tokens, state.view.note)
    do(state, "let_in", "kiran")
    do(state, "forget")
    forgotten = state.one_time.password
    do(state, "make_password", KIRAN_SHOWN)

    assert out == (False, [], "1 active, 1 shut out")
    assert (forgotten, state.one_time.who) == ("", "Kiran S.")
    with reading() as session:
        assert session.get_one(User, "kiran").password_hash == f"kept:{state.one_time.password}"


def test_adding_needs_an_address_and_a_role(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(LEELA, monkeypatch)

    do(state, "add", {"name": "Maya", "email": "maya@shop.example"})
    without_role = state.refusal.detail
    do(state, "want", "king", True)
    do(state, "want", "analyst", True)
    do(state, "add", {"name": "Maya", "email": "not an address"})
    without_address = state.refusal.detail
    do(state, "add", {"name": "Maya", "email": "Maya@shop.example"})

    assert "without a role" in without_role
    assert "looks like name@shop.example" in without_address
    assert (state.refusal.code, state.said, len(state.one_time.password)) == ("", "Maya was added.", 19)
    assert [row.email for row in state.view.rows] == [KIRAN.email, LEELA.email, "maya@shop.example"]


def test_ones_own_password_is_not_reset_here(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(LEELA, monkeypatch, "leela")

    do(state, "make_password", {"person": "leela"})

    assert state.view.chosen.why_no_reset
    assert state.refusal.code == "409 person_refused"


def test_the_audit_says_who_did_what_to_whom(shop: None) -> None:
    with transaction() as session:
        members.set_roles(session, "kiran", [Role.AUDITOR], actor=LEELA, now=utc_now())
        row = session.get_one(AuditEntry, 1)
        told = entry(row, utc_now())
        other = entry(record(session, chain="x", actor=LEELA, action="close-demo", detail={}, now=utc_now()), utc_now())

    assert (told.who, told.did, told.rest) == ("Leela M.", "changed the roles of", "Kiran S., auditor")
    assert other.did == "ended what the demo's people held"
