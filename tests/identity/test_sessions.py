"""Signing in, staying in, and being out at once."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from app.clock import utc_now
from app.database import reading, transaction
from app.identity import people, sessions
from app.identity.actor import Actor
from app.identity.errors import PasswordTooWeak, SignInRefused
from app.identity.passwords import refuse_weak
from app.identity.records import LoginSession, User
from app.identity.roles import Permission, Role
from tests.identity.conftest import PASSWORD
from tests.meeting import at_once


def header(signed_in: sessions.SignedIn) -> str:
    return f"theme=dark; {sessions.COOKIE_NAME}={signed_in.cookie}"


def test_the_right_password_opens_a_session_that_knows_who_it_is(asha: str) -> None:
    signed_in = sessions.sign_in(" ASHA@shop.example ", PASSWORD, "127.0.0.1")

    actor = sessions.actor_for_cookie(header(signed_in))

    assert actor is not None
    assert (actor.name, actor.initials, actor.kind) == ("Asha N.", "AN", "person")
    assert actor.may(Permission.SUBMIT)
    assert not actor.may(Permission.DECIDE)


def test_the_store_never_holds_the_cookie_itself(asha: str) -> None:
    signed_in = sessions.sign_in(asha, PASSWORD, "127.0.0.1")

    with reading() as session:
        stored = session.exec(select(LoginSession)).one()

    assert len(signed_in.cookie) >= 43
    assert signed_in.cookie not in stored.model_dump_json()


@pytest.mark.parametrize(("email", "password"), [
    ("asha@shop.example", "wrong"), ("nobody@shop.example", PASSWORD), ("asha@shop.example", "x" * 5_000), ("", ""),
])  # fmt: skip
def test_a_wrong_pair_is_refused_in_the_same_words(asha: str, email: str, password: str) -> None:
    with pytest.raises(SignInRefused, match="do not belong together") as refused:
        sessions.sign_in(email, password, "127.0.0.1")

    assert (refused.value.code, refused.value.status) == ("wrong_credentials", 401)


def test_the_sixth_attempt_in_a_minute_has_to_wait_even_with_the_right_password(asha: str) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sessions.sign_in(asha, "wrong", "127.0.0.1")

    with pytest.raises(SignInRefused) as refused:
        sessions.sign_in(asha, PASSWORD, "127.0.0.1")

    assert (refused.value.code, refused.value.status) == ("too_many_attempts", 429)
    assert 0 < refused.value.retry_after <= 60
    assert sessions.sign_in(asha, PASSWORD, "127.0.0.2").actor.email == asha


def test_every_sign_in_gets_a_new_cookie(asha: str) -> None:
    first, second = (sessions.sign_in(asha, PASSWORD, "127.0.0.1") for _ in range(2))

    assert first.cookie != second.cookie


def test_signing_out_ends_the_session_at_once_and_no_other(asha: str) -> None:
    here, there = (sessions.sign_in(asha, PASSWORD, "127.0.0.1") for _ in range(2))
    assert sessions.actor_for_cookie(header(here))

    sessions.sign_out(header(here))

    assert sessions.actor_for_cookie(header(here)) is None
    assert sessions.actor_for_cookie(header(there))


@pytest.mark.parametrize("after", [sessions.IDLE, sessions.ABSOLUTE])
def test_a_session_ends_by_itself(asha: str, after: timedelta) -> None:
    signed_in = sessions.sign_in(asha, PASSWORD, "127.0.0.1")

    assert sessions.actor_for_cookie(header(signed_in), utc_now() + after) is None


def test_working_keeps_a_session_but_never_past_its_absolute_end(asha: str) -> None:
    signed_in = sessions.sign_in(asha, PASSWORD, "127.0.0.1")
    began = utc_now()

    for hours in (5, 10):
        sessions._recently.clear()
        assert sessions.actor_for_cookie(header(signed_in), began + timedelta(hours=hours))
    sessions._recently.clear()

    assert sessions.actor_for_cookie(header(signed_in), began + timedelta(hours=12)) is None


def test_somebody_shut_out_is_out_within_two_seconds(asha: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in = sessions.sign_in(asha, PASSWORD, "127.0.0.1")
    assert sessions.actor_for_cookie(header(signed_in))
    with transaction() as session:
        user = people.by_email(session, asha)
        assert user is not None
        user.active = False
        session.add(user)

    later = sessions.monotonic() + 2.1
    monkeypatch.setattr(sessions, "monotonic", lambda: later)

    assert sessions.actor_for_cookie(header(signed_in)) is None


def test_who_signs_out_while_somebody_asks_who_they_are_is_out(asha: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in, look_up = sessions.sign_in(asha, PASSWORD, "127.0.0.1"), sessions._look_up

    def slow(key: str, now: datetime) -> Actor | None:
        found = look_up(key, now)
        sessions.sign_out(header(signed_in))
        return found

    monkeypatch.setattr(sessions, "_look_up", slow)
    sessions.actor_for_cookie(header(signed_in))
    monkeypatch.setattr(sessions, "_look_up", look_up)

    assert sessions.actor_for_cookie(header(signed_in)) is None


def test_a_changed_role_counts_from_the_next_look(asha: str) -> None:
    signed_in = sessions.sign_in(asha, PASSWORD, "127.0.0.1")
    with transaction() as session:
        people.add(session, asha, "", [Role.APPROVER], password=None, now=utc_now())
    sessions._recently.clear()

    actor = sessions.actor_for_cookie(header(signed_in))

    assert actor is not None
    assert actor.roles == {Role.ANALYST, Role.APPROVER}


@pytest.mark.parametrize("cookie", [None, "", "baton_session=", "baton_session=nonsense", "a=b;;;=", "\x00" * 9_000])
def test_a_cookie_that_is_none_of_ours_is_nobody(pricing_store: str, cookie: str | None) -> None:
    assert sessions.actor_for_cookie(cookie) is None


def test_one_click_sign_in_is_shut_outside_demo_mode(asha: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        sessions.demo_sign_in("asha@demo.example")

    assert (refused.value.code, refused.value.status) == ("no_demo", 403)


def test_demo_people_can_be_made_twice_and_have_no_password(pricing_store: str) -> None:
    for _ in range(2):
        with transaction() as session:
            people.ensure_demo_people(session, utc_now())

    with reading() as session:
        names = [user.name for user in session.exec(select(User).order_by(col(User.email)))]

    assert names == ["Asha N.", "Dev P.", "Kiran S.", "Leela M.", "Noor H.", "Omar T.", "Ravi T.", "Ruth B."]
    with reading() as session:
        assert set(session.exec(select(User.password_hash))) == {None}


@pytest.mark.parametrize("password", [
    "short", "x" * 129, "aaaaaaaaaaaaaaa", "password12345!", "Qwerty123456", "P@ssw0rd1234", "Welcome2024!",
    "Manchester2024", "dragonfootball", "zxcvbnm,./1234", "asha@shop.example", "Asha@Shop.example1", "asha.naidu2026",
    "ashanaidu12345",
])  # fmt: skip
def test_a_password_that_would_not_last_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        refuse_weak(password, "asha@shop.example", "Asha Naidu")


@pytest.mark.parametrize("password", ["the tea is hot today", "kettle-ferry-9-lantern", "x7#Kd!q29vLm"])
def test_a_long_sentence_is_a_good_password(password: str) -> None:
    refuse_weak(password, "asha@shop.example", "Asha Naidu")


def test_a_person_added_twice_at_once_is_one_person(pricing_store: str, monkeypatch) -> None:
    def added(role: Role):
        def add() -> str:
            with transaction() as session:
                return people.add(session, "dev@shop.example", "Dev", [role], password=None, now=utc_now()).id

        return add

    one, other = at_once(monkeypatch, added(Role.ANALYST), added(Role.AUDITOR), at=((people, "by_email"),))

    assert one == other
    with reading() as session:
        assert people.roles_of(session, one) == {Role.ANALYST, Role.AUDITOR}
