"""The demo's people: anybody at this machine while it is on, nobody ever else."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from app import config
from app.clock import utc_now
from app.config import Settings
from app.database import transaction
from app.identity import demo, people, sessions, tokens
from app.identity.errors import NoSuchAddress, SignInRefused
from app.identity.passwords import hashed
from app.identity.records import User

HERE = {"host": "localhost:3000"}


def telling(monkeypatch: pytest.MonkeyPatch, **told: str) -> None:
    """Start this process anew with these settings."""
    for name, value in told.items():
        monkeypatch.setenv(f"BATON_{name.upper()}", value)
    config.settings.cache_clear()
    sessions.look_again()


@pytest.fixture
def kiran(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The demo is on, and its approver signed in: the cookie."""
    telling(monkeypatch, demo="true")
    with transaction() as session:
        people.ensure_demo_people(session, utc_now())
    return f"{sessions.COOKIE_NAME}={sessions.demo_sign_in('kiran@demo.example').cookie}"


def test_with_the_demo_off_its_sessions_and_tokens_are_nobodys(kiran: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as session:
        token = f"Bearer {tokens.create(session, 'kiran@demo.example', 'curl', utc_now())}"
    assert sessions.actor_for_cookie(kiran)
    assert tokens.actor_for_bearer(token)

    telling(monkeypatch, demo="false")

    assert sessions.actor_for_cookie(kiran) is None
    assert tokens.actor_for_bearer(token) is None
    with pytest.raises(SignInRefused, match="demo mode only"):
        sessions.demo_sign_in("kiran@demo.example")
    with pytest.raises(NoSuchAddress), transaction() as session:
        tokens.create(session, "kiran@demo.example", "curl", utc_now())


@pytest.mark.parametrize("on", ["true", "false"])
def test_the_password_that_was_printed_once_opens_nothing(kiran: str, on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as session:  # as stores of before have it
        user = session.get_one(User, "demo-kiran")
        user.password_hash = hashed("baton-demo")
        session.add(user)
    telling(monkeypatch, demo=on)

    with pytest.raises(SignInRefused) as refused:
        sessions.sign_in("kiran@demo.example", "baton-demo", "127.0.0.1")

    assert refused.value.code == "wrong_credentials"


@pytest.mark.parametrize("told", [
    {"host": "0.0.0.0"}, {"host": "192.168.1.7"}, {"origin": "https://prices.example"},
    {"origin": "http://baton.internal:3000"}, {"trusted_proxies": "127.0.0.1"},
])  # fmt: skip
def test_where_others_could_reach_it_there_is_no_demo(
    kiran: str, told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    telling(monkeypatch, demo="true", **told)

    assert not demo.is_on()
    assert "this machine alone" in demo.why_not(config.settings())
    assert sessions.actor_for_cookie(kiran) is None
    assert not demo.lets_in("127.0.0.1", HERE)


@pytest.mark.parametrize(("peer", "headers", "http"), [
    ("10.1.2.3", HERE, "1.1"), ("", HERE, "1.1"), ("127.0.0.1", {}, "1.1"),
    ("127.0.0.1", {"host": "prices.example"}, "1.1"), ("127.0.0.1", {"host": "localhost.evil.example"}, "1.1"),
    ("127.0.0.1", HERE, "1.0"),
    *[("127.0.0.1", HERE | {name: "x"}, "1.1") for name in (
        "X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP",
        "True-Client-IP",
    )],
])  # fmt: skip
def test_a_caller_from_elsewhere_or_behind_a_proxy_is_not_let_in(
    pricing_store: str, peer: str, headers: dict[str, str], http: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling(monkeypatch, demo="true")

    assert not demo.lets_in(peer, headers, http)


@pytest.mark.parametrize(("peer", "host"), [
    ("127.0.0.1", "localhost:3000"), ("127.0.0.1", "127.0.0.1:8080"), ("::1", "[::1]:3000"),
    ("::ffff:127.0.0.1", "localhost"),
])  # fmt: skip
def test_somebody_at_this_machine_is_let_in(
    pricing_store: str, peer: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling(monkeypatch, demo="true")

    assert demo.lets_in(peer, {"host": host})


def test_an_installation_with_an_origin_trusts_that_one_alone() -> None:
    assert Settings(origin="https://prices.example/").origins() == ("https://prices.example",)
    assert Settings(port=3001).origins() == ("http://localhost:3001", "http://127.0.0.1:3001")


def test_trusted_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "10.0.0.7, 172.16.0.0/12")
    assert Settings().trusted_proxies == (ip_network("10.0.0.7/32"), ip_network("172.16.0.0/12"))

    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "everybody")
    with pytest.raises(ValidationError):
        Settings()
