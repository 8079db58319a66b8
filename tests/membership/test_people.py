"""People come, change and go; what they held goes with them, and the audit says who did it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import Session, col, select

from app.clock import utc_now
from app.database import reading, transaction
from app.identity import attempts, familiar, passwords, people, sessions, tokens
from app.identity.actor import Actor
from app.identity.errors import SignInRefused
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle.audit import audit_trail, sign_ins
from app.lifecycle.deciding import delegations
from app.lifecycle.errors import Refused
from app.lifecycle.records import AuditEntry
from app.membership import machines
from app.membership import people as members
from app.membership.demo_closure import close_demo
from app.membership.members import everybody
from app.membership.secret import chosen, for_one_use
from tests.waiting import PATIENCE

PASSWORD = "the tea is hot today"
ROOT = sign_ins.command_line()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 is slow on purpose; here a password is kept as it is."""
    monkeypatch.setattr(passwords, "hashed", lambda password: f"kept:{password}")
    monkeypatch.setattr(passwords, "matches", lambda typed, known: known == f"kept:{typed}")
    attempts._limiter.cache_clear()
    sessions.look_again()
    yield
    sessions.look_again()


@pytest.fixture
def leela(pricing_store: str) -> Actor:
    return add("Leela", Role.OWNER)


@pytest.fixture
def kiran(leela: Actor) -> Actor:
    return add("Kiran", Role.APPROVER)


@pytest.fixture
def omar(leela: Actor) -> Actor:
    return add("Omar", Role.OPERATOR)


def add(name: str, *roles: Role) -> Actor:
    with transaction() as session:
        user = members.add(session, address(name), name, roles, secret=chosen(PASSWORD), actor=ROOT, now=utc_now())
    with reading() as session:
        found = people.actor(session, user.id, "person")
    assert found is not None
    return found


def address(name: str) -> str:
    return f"{name.lower()}@shop.example"


def cookie_of(actor: Actor) -> str:
    return f"{sessions.COOKIE_NAME}={sessions.sign_in(actor.email, PASSWORD, '127.0.0.1').cookie}"


def token_of(actor: Actor) -> str:
    with transaction() as session:
        return tokens.create(session, actor.email, "nightly import", utc_now())


def lends(session: Session, lender: Actor, borrower: Actor) -> None:
    now = utc_now()
    delegations.delegate(
        session, lender=lender, borrower_id=borrower.id, starts=now, ends=now + timedelta(days=9), now=now
    )


def told(chain: str = "people") -> list[tuple[str, str, str]]:
    """What the audit says: who, what, to whom."""
    with reading() as session:
        assert audit_trail.verify(session).first_bad is None
        rows = session.exec(select(AuditEntry).where(AuditEntry.chain == chain).order_by(col(AuditEntry.seq))).all()
    return [(row.actor_name, row.action, json.loads(row.detail).get("person", "")) for row in rows]


def test_who_is_shut_out_loses_sessions_tokens_and_delegations_at_once(leela: Actor, kiran: Actor, omar: Actor) -> None:
    cookie, token = cookie_of(kiran), token_of(kiran)
    with transaction() as session:
        lends(session, kiran, omar)
    assert sessions.actor_for_cookie(cookie)
    assert tokens.actor_for_bearer(f"Bearer {token}")

    with transaction() as session:
        members.deactivate(session, kiran.id, actor=leela, now=utc_now())

    assert sessions.actor_for_cookie(cookie) is None
    assert tokens.actor_for_bearer(f"Bearer {token}") is None
    with reading() as session:
        assert delegations.lenders_of(session, omar.id, utc_now()) == []
        assert delegations.of_person(session, omar.id, utc_now()) == []
    with pytest.raises(SignInRefused, match="do not belong together"):
        sessions.sign_in(kiran.email, PASSWORD, "127.0.0.1")
    assert told()[-1] == ("Leela", "deactivate-person", "Kiran")


def test_who_comes_back_has_their_roles_and_nothing_else_of_before(leela: Actor, kiran: Actor, omar: Actor) -> None:
    cookie, token, once = cookie_of(kiran), token_of(kiran), for_one_use()
    with transaction() as session:
        lends(session, kiran, omar)
        members.deactivate(session, kiran.id, actor=leela, now=utc_now())
    with transaction() as session:
        members.reactivate(session, kiran.id, once, actor=leela, now=utc_now())

    assert sessions.actor_for_cookie(cookie) is None
    assert tokens.actor_for_bearer(f"Bearer {token}") is None
    with reading() as session:
        assert delegations.lenders_of(session, omar.id, utc_now()) == []
    with pytest.raises(SignInRefused):
        sessions.sign_in(kiran.email, PASSWORD, "127.0.0.1")
    with pytest.raises(SignInRefused) as refused:
        sessions.sign_in(kiran.email, once.shown, "127.0.0.1")
    assert refused.value.code == "new_password_needed"
    assert told()[-1] == ("Leela", "reactivate-person", "Kiran")


def test_a_role_taken_away_ends_sessions_and_what_was_lent_and_one_given_does_not(
    leela: Actor, kiran: Actor, omar: Actor
) -> None:
    with transaction() as session:
        lends(session, kiran, omar)
    cookie = cookie_of(kiran)

    with transaction() as session:
        members.set_roles(session, kiran.id, [Role.APPROVER, Role.AUDITOR], actor=leela, now=utc_now())
    with_more = sessions.actor_for_cookie(cookie)
    with transaction() as session:
        members.set_roles(session, kiran.id, [Role.AUDITOR], actor=leela, now=utc_now())

    assert with_more is not None
    assert with_more.roles == {Role.APPROVER, Role.AUDITOR}
    assert sessions.actor_for_cookie(cookie) is None
    with transaction() as session:
        members.set_roles(session, kiran.id, [Role.APPROVER], actor=leela, now=utc_now())
    with reading() as session:
        assert delegations.lenders_of(session, omar.id, utc_now()) == [], "a lent right revived"


def test_roles_that_are_given_twice_are_given_once_and_no_refusal(leela: Actor, kiran: Actor) -> None:
    seen = frozenset({Role.APPROVER})
    for _ in range(2):
        with transaction() as session:
            members.set_roles(session, kiran.id, [Role.AUDITOR], actor=leela, now=utc_now(), seen=seen)

    with pytest.raises(Refused, match="Somebody else changed"), transaction() as session:
        members.set_roles(session, kiran.id, [Role.ANALYST], actor=leela, now=utc_now(), seen=seen)


def test_the_last_owner_stays(leela: Actor, kiran: Actor) -> None:
    with pytest.raises(Refused) as gone, transaction() as session:
        members.deactivate(session, leela.id, actor=ROOT, now=utc_now())
    with pytest.raises(Refused) as demoted, transaction() as session:
        members.set_roles(session, leela.id, [Role.ANALYST], actor=leela, now=utc_now())
    maya = add("Maya", Role.OWNER)
    with transaction() as session:
        members.deactivate(session, maya.id, actor=leela, now=utc_now())
    with pytest.raises(Refused) as shut_out_ones_count_for_nobody, transaction() as session:
        members.deactivate(session, leela.id, actor=ROOT, now=utc_now())

    assert {gone.value.code, demoted.value.code, shut_out_ones_count_for_nobody.value.code} == {"last_owner"}
    assert "Make another owner first" in gone.value.detail


def test_two_owners_who_shut_each_other_out_at_once_leave_one(leela: Actor) -> None:
    maya, begin, refused = add("Maya", Role.OWNER), Barrier(2), []

    def shuts_out(who: Actor, whom: Actor) -> None:
        begin.wait(PATIENCE)
        try:
            with transaction() as session:
                members.deactivate(session, whom.id, actor=who, now=utc_now())
        except Refused as why:
            refused.append(why.code)

    both = [Thread(target=shuts_out, args=pair) for pair in ((leela, maya), (maya, leela))]
    for one in both:
        one.start()
    for one in both:
        one.join(PATIENCE)

    with reading() as session:
        left = session.exec(select(User.name).where(col(User.active))).all()
    assert (len(left), refused) == (1, ["last_owner"])


def test_only_owners_say_who_belongs(leela: Actor, kiran: Actor) -> None:
    machine = Actor(leela.id, leela.name, leela.email, leela.roles, "service")
    for nobody in (kiran, machine):
        with pytest.raises(Refused, match="Ask one of them") as refused, transaction() as session:
            members.deactivate(session, kiran.id, actor=nobody, now=utc_now())
        assert (refused.value.code, refused.value.status) == ("not_allowed", 403)


def test_a_password_for_one_use_is_replaced_in_the_step_that_uses_it(leela: Actor) -> None:
    once = for_one_use()
    with transaction() as session:
        ravi = members.add(
            session, "Ravi@Shop.example", "Ravi T.", [Role.ANALYST], secret=once, actor=leela, now=utc_now()
        )
    with transaction() as session:
        members.keep_own_password(session, ravi.id, chosen("kettle ferry lantern"), now=utc_now())

    assert sessions.sign_in(ravi.email, "kettle ferry lantern", "127.0.0.1").actor.name == "Ravi T."
    with pytest.raises(SignInRefused, match="do not belong together"):
        sessions.sign_in(ravi.email, once.shown, "127.0.0.1")
    assert once.shown not in str(told())
    assert told()[-2:] == [("Leela", "add-person", "Ravi T."), ("Ravi T.", "change-password", "Ravi T.")]


def test_a_password_for_one_use_is_over_after_three_days(leela: Actor, kiran: Actor) -> None:
    once = for_one_use()
    with transaction() as session:
        members.reset_password(session, kiran.id, once, actor=leela, now=utc_now())

    with pytest.raises(SignInRefused, match="do not belong together"):
        sessions.sign_in(kiran.email, once.shown, "127.0.0.1", utc_now() + timedelta(days=3))


def test_a_reset_signs_out_and_forgets_browsers_but_leaves_machines_at_work(leela: Actor, kiran: Actor) -> None:
    cookie, token = cookie_of(kiran), token_of(kiran)
    browser = f"{familiar.COOKIE_NAME}={familiar.remember(kiran.id, None, utc_now())}"

    with transaction() as session:
        members.reset_password(session, kiran.id, for_one_use(), actor=leela, now=utc_now())

    assert sessions.actor_for_cookie(cookie) is None
    assert tokens.actor_for_bearer(f"Bearer {token}")
    with reading() as session:
        assert familiar.of(session, kiran.id, browser, utc_now()) is None


@pytest.mark.parametrize("typed", [PASSWORD, "Kiran@shop.example", "password12345!", "short"])
def test_a_password_of_ones_own_is_a_new_one_and_a_good_one(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(typed, "kiran@shop.example", "Kiran", instead_of=PASSWORD)

    assert (refused.value.code, refused.value.status) == ("weak_password", 422)


def test_no_password_is_hashed_while_the_store_is_held(
    leela: Actor, kiran: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = for_one_use()
    monkeypatch.setattr(passwords, "hashed", lambda _: pytest.fail("everybody else waits meanwhile"))

    with transaction() as session:
        members.add(session, "x@shop.example", "X", [Role.ANALYST], secret=once, actor=leela, now=utc_now())
        members.reset_password(session, kiran.id, once, actor=leela, now=utc_now())
        members.keep_own_password(session, kiran.id, once, now=utc_now())
        members.deactivate(session, kiran.id, actor=leela, now=utc_now())
        members.reactivate(session, kiran.id, once, actor=leela, now=utc_now())


def test_a_known_address_is_not_added_twice(leela: Actor, kiran: Actor) -> None:
    with pytest.raises(Refused) as refused, transaction() as session:
        members.add(
            session, " KIRAN@shop.example", "Somebody", [Role.OWNER], secret=for_one_use(), actor=leela, now=utc_now()
        )

    assert refused.value.code == "known_person"


def test_a_token_ends_by_itself_or_by_its_id_and_both_are_kept(leela: Actor, kiran: Actor) -> None:
    now = utc_now()
    with transaction() as session:
        user = session.get_one(User, kiran.id)
        short, long = (
            machines.create(session, user, label, days, actor=leela, now=now) for label, days in (("a", 1), ("b", 90))
        )
    with reading() as session:
        (held,) = [who.tokens for who in everybody(session, now) if who.id == kiran.id]
        ids = {token.label: token.id for token in held}
    with transaction() as session:
        machines.revoke(session, ids["b"], actor=kiran, now=now)

    assert tokens.actor_for_bearer(f"Bearer {short}", now + timedelta(hours=23))
    assert tokens.actor_for_bearer(f"Bearer {short}", now + timedelta(days=1)) is None
    assert tokens.actor_for_bearer(f"Bearer {long}", now) is None
    assert told("tokens") == [("Leela", "create-token", "Kiran")] * 2 + [("Kiran", "revoke-token", "Kiran")]


def test_nobody_but_an_owner_ends_somebody_elses_token(leela: Actor, kiran: Actor, omar: Actor) -> None:
    token = token_of(kiran)
    with reading() as session:
        (held,) = [who.tokens[0].id for who in everybody(session, utc_now()) if who.tokens]

    for which, who in ((held, omar), ("nonsense", leela), ("%", leela)):
        with pytest.raises(Refused), transaction() as session:
            machines.revoke(session, which, actor=who, now=utc_now())

    assert tokens.actor_for_bearer(f"Bearer {token}")


def test_a_demo_that_is_over_leaves_nothing_that_could_come_back(
    leela: Actor, omar: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import config

    monkeypatch.setenv("BATON_DEMO", "true")
    config.settings.cache_clear()
    with transaction() as session:
        people.ensure_demo_people(session, utc_now())
    cookie = f"{sessions.COOKIE_NAME}={sessions.demo_sign_in('kiran@demo.example').cookie}"
    actor = sessions.actor_for_cookie(cookie)
    assert actor is not None
    token = token_of(actor)
    with transaction() as session:
        lends(session, actor, omar)

    monkeypatch.setenv("BATON_DEMO", "false")
    config.settings.cache_clear()
    with reading() as session:
        lent = delegations.lenders_of(session, omar.id, utc_now())
        listed = [who.name for who in everybody(session, utc_now())]
    with transaction() as session:
        assert close_demo(session, utc_now())
        assert not close_demo(session, utc_now())
    monkeypatch.setenv("BATON_DEMO", "true")
    config.settings.cache_clear()
    sessions.look_again()

    assert (lent, listed) == ([], ["Leela", "Omar"])
    assert sessions.actor_for_cookie(cookie) is None
    assert tokens.actor_for_bearer(f"Bearer {token}") is None
    with reading() as session:
        assert delegations.lenders_of(session, omar.id, utc_now()) == []
    assert told()[-1] == ("Baton", "close-demo", "")
