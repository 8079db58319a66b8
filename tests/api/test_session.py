"""Signing in over HTTP."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.identity.people import DEMO_PASSWORD
from tests.api.conftest import ORIGIN, Caller

KIRAN = {"email": "kiran@demo.example", "password": DEMO_PASSWORD}


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
        assert browser.post("/api/session/demo", json={"email": KIRAN["email"]}).json()["code"] == "no_demo"


def test_guessing_is_slowed_down(stranger: Caller) -> None:
    guesses = [stranger.post("/api/session", KIRAN | {"password": f"guess {n}"}).status_code for n in range(6)]
    answer = stranger.post("/api/session", KIRAN)

    assert guesses == [401] * 5 + [429]
    assert answer.json()["code"] == "too_many_attempts"
    assert int(answer.headers["retry-after"]) > 0
