"""Signing in over HTTP."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import config
from app.clock import utc_now
from app.database import transaction
from app.identity import people
from app.identity.roles import Role
from tests.api.conftest import ORIGIN, Caller

KIRAN = {"email": "kiran@shop.example", "password": "the tea is hot today"}


@pytest.fixture(autouse=True)
def kiran_of_the_shop(store: None) -> None:
    """An approver with a password, who is nobody of the demo."""
    with transaction() as session:
        people.add(session, KIRAN["email"], "Kiran S.", [Role.APPROVER], password=KIRAN["password"], now=utc_now())


def test_a_person_signs_in_reads_who_they_are_and_signs_out(stranger: Caller) -> None:
    assert stranger.get("/api/session").json()["code"] == "not_signed_in"

    signed_in = stranger.post("/api/session", KIRAN)
    assert signed_in.json()["roles"] == ["approver"]
    assert stranger.get("/api/session").json()["initials"] == "KS"

    assert stranger.delete("/api/session").status_code == 204
    assert stranger.get("/api/session").status_code == 401


def test_the_cookie_is_for_the_server_alone(stranger: Caller) -> None:
    cookie = stranger.post("/api/session", KIRAN).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_signing_in_again_ends_the_session_before(stranger: Caller, api: FastAPI) -> None:
    stranger.post("/api/session", KIRAN)
    before = dict(stranger.client.cookies)
    stranger.post("/api/session", KIRAN)

    old = TestClient(api, base_url=ORIGIN, cookies=before)
    assert old.get("/api/session").status_code == 401
    assert stranger.get("/api/session").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://localhost:3001", "https://localhost:3000"]
)
def test_another_site_cannot_sign_anybody_in_or_act_for_them(asha: Caller, origin: str) -> None:
    foreign = {"Origin": origin, "Idempotency-Key": "k"}
    change = {"reason": "x", "lines": [{"sku": "T1", "price": "101.00"}]}

    for path, body in (("/api/session", KIRAN), ("/api/price-changes", change)):
        refused = asha.client.post(path, json=body, headers=foreign)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


def test_one_click_sign_in_is_for_this_machine_only(api: FastAPI) -> None:
    elsewhere = TestClient(api, headers={"Origin": ORIGIN}, client=("10.1.2.3", 50_000))
    proxied = TestClient(api, headers={"Origin": ORIGIN, "X-Forwarded-For": "10.1.2.3"}, client=("127.0.0.1", 1))

    for browser in (elsewhere, proxied):
        assert browser.get("/api/session/demo").json() == []
        assert browser.post("/api/session/demo", json={"email": "kiran@demo.example"}).json()["code"] == "no_demo"


def test_guessing_is_slowed_down(stranger: Caller) -> None:
    guesses = [stranger.post("/api/session", KIRAN | {"password": f"guess {n}"}).status_code for n in range(6)]
    answer = stranger.post("/api/session", KIRAN)

    assert guesses == [401] * 5 + [429]
    assert answer.json()["code"] == "too_many_attempts"
    assert int(answer.headers["retry-after"]) > 0


def test_over_tls_the_cookies_are_bound_to_this_host_and_browsers_stay_on_tls(
    walled: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_ORIGIN", "https://prices.example")
    config.settings.cache_clear()
    walled.base_url = "https://prices.example"  # type: ignore[assignment]

    local = walled.post("/api/session", json=KIRAN, headers={"Origin": "http://localhost:3000"})
    answer = walled.post("/api/session", json=KIRAN, headers={"Origin": "https://prices.example"})
    cookies = {cookie.split("=")[0]: cookie for cookie in answer.headers.get_list("set-cookie")}

    assert local.json()["code"] == "foreign_origin"
    assert set(cookies) == {"__Host-baton_session", "__Host-baton_browser"}
    for cookie in cookies.values():
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    value = cookies["__Host-baton_session"].split("=")[1].split(";")[0]
    assert walled.get("/api/session").status_code == 200
    walled.cookies.clear()
    planted = walled.get("/api/session", headers={"Cookie": f"baton_session={value}"})
    assert planted.status_code == 401, "a neighbouring host could have set that one"


def test_without_tls_no_browser_is_told_to_insist_on_it(walled: TestClient) -> None:
    assert "strict-transport-security" not in walled.get("/healthz").headers


def test_people_change_their_own_password_and_every_other_session_ends(stranger: Caller, api: FastAPI) -> None:
    elsewhere = TestClient(api, base_url=ORIGIN, headers={"Origin": ORIGIN})
    for browser in (stranger, elsewhere):
        assert browser.post("/api/session", **({"json": KIRAN} if browser is elsewhere else {"body": KIRAN})).is_success
    change = {"password": KIRAN["password"], "new_password": "kettle ferry lantern"}

    wrong = stranger.post("/api/session/password", change | {"password": "wrong"})
    weak = stranger.post("/api/session/password", change | {"new_password": "kiran@shop.example"})
    done = stranger.post("/api/session/password", change)

    assert [(answer.status_code, answer.json()["code"]) for answer in (wrong, weak)] == [
        (401, "wrong_credentials"), (422, "weak_password"),
    ]  # fmt: skip
    assert done.status_code == 200
    assert stranger.get("/api/session").status_code == 200
    assert elsewhere.get("/api/session").status_code == 401
    assert stranger.post("/api/session", KIRAN).status_code == 401


def test_a_machine_and_a_demo_person_have_no_password_to_change(machine: Caller, asha: Caller) -> None:
    change = {"password": "x", "new_password": "kettle ferry lantern"}

    assert machine.client.post("/api/session/password", json=change, headers={"Origin": ORIGIN}).status_code == 403
    assert asha.post("/api/session/password", change).status_code == 401


def test_a_password_for_one_use_is_replaced_while_signing_in(stranger: Caller) -> None:
    with transaction() as session:
        user = people.by_email(session, KIRAN["email"])
        assert user is not None
        user.one_time_until = utc_now() + timedelta(days=1)
        session.add(user)

    asked = stranger.post("/api/session", KIRAN)
    weak = stranger.post("/api/session", KIRAN | {"new_password": "password12345!"})
    done = stranger.post("/api/session", KIRAN | {"new_password": "kettle ferry lantern"})

    assert [(answer.status_code, answer.json()["code"]) for answer in (asked, weak)] == [
        (403, "new_password_needed"), (422, "weak_password"),
    ]  # fmt: skip
    assert (done.status_code, done.json()["roles"]) == (200, ["approver"])
    assert stranger.post("/api/session", KIRAN).status_code == 401


def test_guesses_behind_a_trusted_proxy_shut_out_their_own_address_alone(
    api: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "10.0.0.1")
    monkeypatch.setattr("app.identity.passwords.matches", lambda typed, known: typed == KIRAN["password"])
    config.settings.cache_clear()
    proxy = TestClient(api, base_url=ORIGIN, headers={"Origin": ORIGIN}, client=("10.0.0.1", 50_000))

    def tries(address: str, email: str, password: str) -> int:
        body = {"email": email, "password": password}
        return proxy.post("/api/session", json=body, headers={"X-Forwarded-For": address}).status_code

    guessed = [tries("198.51.100.9", f"nobody{n}@shop.example", "wrong") for n in range(31)]

    assert guessed == [401] * 30 + [429]
    assert tries("203.0.113.5", KIRAN["email"], KIRAN["password"]) == 200
    proxy.cookies.clear()
    assert tries("198.51.100.9", KIRAN["email"], KIRAN["password"]) == 429
