"""A store that was once a demo, in real use: nobody is let in by what the demo left, and no price moves."""

import pytest
from fastapi.testclient import TestClient

from app import config
from app.clock import utc_now
from app.database import transaction
from app.identity import sessions, tokens
from app.identity.passwords import hashed
from app.identity.records import User
from tests.api.conftest import ORIGIN, Caller

PRINTED = "baton-demo"


@pytest.mark.parametrize("told", [{"BATON_DEMO": "false"}, {"BATON_DEMO": "true", "BATON_ORIGIN": "https://p.example"}])
def test_no_approver_of_the_demo_decides_on_a_real_price(
    told: dict[str, str], asha: Caller, kiran: Caller, stranger: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asha.post("/api/price-changes", {"reason": "Auction", "lines": [{"sku": "T1", "price": "120.00"}]}).json()
    approval = {"comment": "ok", "content_hash": waiting["content_hash"]}
    with transaction() as session:
        kept = session.get_one(User, "demo-kiran")
        kept.password_hash = hashed(PRINTED)  # as stores of before have it
        session.add(kept)
        token = tokens.create(session, "kiran@demo.example", "curl", utc_now())
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    sessions.look_again()
    origin = {"Origin": config.settings().origins()[0]}

    one_click = stranger.client.post("/api/session/demo", json={"email": "kiran@demo.example"}, headers=origin)
    typed = stranger.client.post(
        "/api/session", json={"email": "kiran@demo.example", "password": PRINTED}, headers=origin
    )
    by_cookie = kiran.client.post(
        f"/api/price-changes/{waiting['id']}/approve", json=approval, headers=origin | {"Idempotency-Key": "k"}
    )
    machine = TestClient(kiran.client.app, headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "m"})
    by_token = machine.post(f"/api/price-changes/{waiting['id']}/approve", json=approval)

    assert [answer.status_code for answer in (one_click, typed, by_cookie, by_token)] == [403, 401, 401, 401]
    with_demo_on(monkeypatch)
    assert asha.get("/api/prices/T1").json()["price"] == "100.00", "20.00 of every T1 sold, by nobody's decision"


def with_demo_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DEMO", "true")
    monkeypatch.delenv("BATON_ORIGIN", raising=False)
    config.settings.cache_clear()
    sessions.look_again()


@pytest.mark.parametrize("header", ["X-Real-IP", "Via", "X-Forwarded-Proto", "Forwarded"])
def test_one_click_is_shut_behind_any_proxy(stranger: Caller, header: str) -> None:
    answer = stranger.client.post(
        "/api/session/demo", json={"email": "kiran@demo.example"}, headers={header: "10.1.2.3", "Origin": ORIGIN}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "no_demo")
