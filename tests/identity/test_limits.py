"""Bad tries are slowed down, whoever makes them, and shut nobody else out."""

from collections.abc import Callable

import pytest

from app import config
from app.clock import utc_now
from app.database import transaction
from app.identity import familiar, people, sessions
from app.identity.address import counted_as, of_caller
from app.identity.errors import SignInRefused
from app.identity.roles import Role
from tests.identity.conftest import PASSWORD

RAVI = "ravi@shop.example"


@pytest.fixture(autouse=True)
def checked_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; how it compares is tested beside this."""
    monkeypatch.setattr("app.identity.passwords.matches", lambda typed, known: known is not None and typed == PASSWORD)


@pytest.fixture
def ravi(asha: str) -> str:
    with transaction() as session:
        people.add(session, RAVI, "Ravi T.", [Role.ANALYST], password=PASSWORD, now=utc_now())
    return RAVI


def guess(tries: int, email: Callable[[int], str], address: Callable[[int], str]) -> list[int]:
    """Try wrong passwords; return what each was answered with."""
    answers = []
    for n in range(tries):
        with pytest.raises(SignInRefused) as refused:
            sessions.sign_in(email(n), "wrong", address(n))
        answers.append(refused.value.status)
    return answers


def signs_in(email: str, address: str, sent: str | None = None) -> bool:
    try:
        return bool(sessions.sign_in(email, PASSWORD, address, sent=sent).actor)
    except SignInRefused as refused:
        return refused.code != "too_many_attempts"


def browser_of(email: str, address: str) -> str:
    """Somebody signs in: the cookie by which this browser is known from now on."""
    actor = sessions.sign_in(email, PASSWORD, address).actor
    return f"{familiar.COOKIE_NAME}={familiar.remember(actor.id, None, utc_now())}"


def test_thirty_bad_tries_behind_a_trusted_proxy_shut_out_their_own_address_alone(
    ravi: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "10.0.0.1")
    config.settings.cache_clear()
    bad, good = of_caller("10.0.0.1", ["198.51.100.9"]), of_caller("10.0.0.1", ["203.0.113.5"])

    guess(30, lambda n: f"nobody{n}@shop.example", lambda _: bad)

    assert not signs_in(ravi, bad)
    assert signs_in(ravi, good)


def test_thirty_bad_tries_from_an_address_leave_the_browsers_of_its_people_alone(asha: str, ravi: str) -> None:
    known = browser_of(asha, "198.51.100.9")

    guess(30, lambda n: f"nobody{n}@shop.example", lambda _: "198.51.100.9")

    assert not signs_in(ravi, "198.51.100.9")
    assert signs_in(asha, "198.51.100.9", known)
    assert not signs_in(ravi, "198.51.100.9", known), "a browser is known to its own people only"


def test_guessing_one_account_from_many_addresses_is_stopped_and_its_owners_browser_is_not(asha: str) -> None:
    known = browser_of(asha, "203.0.113.5")

    answers = guess(40, lambda _: asha, lambda n: f"198.51.100.{n}")

    assert answers == [401] * 30 + [429] * 10
    assert not signs_in(asha, "203.0.113.77")
    assert signs_in(asha, "203.0.113.77", known)


def test_a_known_browser_may_not_guess_either(asha: str) -> None:
    known = browser_of(asha, "203.0.113.5")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sessions.sign_in(asha, "wrong", "203.0.113.5", sent=known)

    assert not signs_in(asha, "203.0.113.5", known)


def test_right_sign_ins_use_up_nothing(asha: str, ravi: str) -> None:
    assert all(signs_in(who, "203.0.113.5") for _ in range(40) for who in (asha, ravi))


def test_a_household_of_addresses_counts_as_one() -> None:
    assert counted_as("2001:db8:1:2::3") == counted_as("2001:db8:1:2:ffff::9") != counted_as("2001:db8:1:3::3")
    assert counted_as("::ffff:198.51.100.9") == counted_as("198.51.100.9") == "198.51.100.9"


@pytest.mark.parametrize(("peer", "said", "believed"), [
    ("203.0.113.5", ["198.51.100.9"], "203.0.113.5"),
    ("10.0.0.1", [], "10.0.0.1"),
    ("10.0.0.1", ["198.51.100.9"], "198.51.100.9"),
    ("10.0.0.1", ["1.2.3.4, 198.51.100.9"], "198.51.100.9"),
    ("10.0.0.1", ["1.2.3.4", "198.51.100.9, 10.9.9.9"], "198.51.100.9"),
    ("10.0.0.1", ["made up, 10.9.9.9"], "10.9.9.9"),
    ("10.0.0.1", ["not an address"], "10.0.0.1"),
    ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
])  # fmt: skip
def test_what_is_forwarded_counts_as_far_as_trusted_proxies_wrote_it(
    peer: str, said: list[str], believed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "10.0.0.0/8")
    config.settings.cache_clear()

    assert of_caller(peer, said) == believed
    config.settings.cache_clear()
