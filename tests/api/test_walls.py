"""What stands around every answer: limits, headers, problem documents, health."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute
from sqlalchemy.exc import OperationalError
from starlette.types import Message, Receive, Scope, Send

from app.api import audit as audit_routes
from app.api import drafts, uploads
from app.api.application import http_api
from app.api.walls import SMALL_LIMIT, BodyLimit, KnownFirst, OwnTabs
from app.clock import utc_now
from app.identity import attempts
from tests.api.conftest import Caller


def test_a_body_over_the_limit_is_refused_before_it_is_read(walled: TestClient) -> None:
    refused = walled.post("/api/session", content=b"x" * (SMALL_LIMIT + 1))

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_a_body_that_hides_its_length_is_refused_while_it_streams(walled: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 64 * 1024

    refused = walled.post("/api/session", content=endless())

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_every_answer_carries_the_security_headers(walled: TestClient) -> None:
    headers = walled.get("/api/session").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_only_the_scripts_of_the_build_may_run(walled: TestClient) -> None:
    policy = walled.get("/healthz").headers["content-security-policy"]
    (scripts,) = [part for part in policy.split("; ") if part.startswith("script-src")]

    assert "unsafe-inline" not in scripts
    assert scripts.count("'sha256-") == 1


@pytest.mark.parametrize("path", ["/_upload", "/_upload/x.csv"])
def test_reflex_own_upload_is_shut(walled: TestClient, path: str) -> None:
    assert walled.post(path, files={"file": b"x"}).status_code == 404
    assert walled.get(path).status_code == 404


def test_an_unknown_address_and_a_wrong_method_are_problems(stranger: Caller) -> None:
    assert stranger.get("/api/nothing").json()["code"] == "not_found"
    assert stranger.client.delete("/api/price-changes").json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("trouble", "title"),
    [
        ("database is locked", "The store does not answer"),
        ("database or disk is full", "The disk of the store is full"),
    ],
)
def test_a_store_that_does_not_answer_is_a_typed_refusal(
    trouble: str, title: str, ruth: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: object) -> None:
        raise OperationalError("SELECT", {}, Exception(trouble))

    monkeypatch.setattr(audit_routes.audit_trail, "verify", refuses)

    refused = ruth.get("/api/audit/verify")

    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert refused.json()["title"] == title
    assert "retry-after" in refused.headers


def test_an_accident_tells_the_caller_nothing_of_the_inside(ruth: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("secret path /var/lib/x")

    monkeypatch.setattr(audit_routes.audit_trail, "verify", broken)

    refused = ruth.get("/api/audit/verify")

    assert (refused.status_code, refused.json()["code"]) == (500, "internal_error")
    assert "secret" not in refused.text


def test_health_is_open_and_says_nothing_about_the_business(stranger: Caller) -> None:
    assert stranger.get("/healthz").text == "ok\n"
    assert stranger.get("/readyz").json() == {"ready": True, "store": "answers"}
    figures = stranger.get("/metrics").text
    assert 'baton_proposals{status="PENDING_APPROVAL"} 0.0' in figures
    assert "T1" not in figures


def test_the_documentation_needs_no_network(stranger: Caller) -> None:
    page = stranger.get("/api/docs").text
    described = stranger.get("/api/openapi.json").json()["paths"]

    assert "https://" not in page
    assert "<script" not in page
    assert all(path in page for path in described)


def test_the_audit_is_for_the_auditor_and_verifies(asha: Caller, ruth: Caller) -> None:
    change = {"reason": "Auction", "lines": [{"sku": "T1", "price": "120.00"}]}
    asha.post("/api/price-changes", change)

    entries = ruth.get("/api/audit", params={"limit": 1}).json()
    older = ruth.get("/api/audit", params={"limit": 1, "cursor": entries["next_cursor"]}).json()

    assert [entries["items"][0]["action"], older["items"][0]["action"]] == ["hold", "submit"]
    assert older["items"][0]["actor_name"] == "Asha N."
    assert ruth.get("/api/audit/verify").json()["intact"] is True
    assert asha.get("/api/audit").status_code == 403


def test_a_price_stands_beside_what_every_context_believes(asha: Caller) -> None:
    price = asha.get("/api/prices/T1").json()

    assert (price["price"], price["currency"], price["version"]) == ("100.00", "INR", 1)
    assert {"catalog", "search", "analytics"} <= set(price["beliefs"])


def test_only_those_who_may_lock_prices_reach_a_context_with_a_change(asha: Caller, kiran: Caller) -> None:
    lock = {"reason": "Contract", "until": "2030-01-01T00:00:00Z"}

    for caller in (asha, kiran):
        refused = caller.put("/api/contexts/catalog/products/T1/lock", json=lock)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
        assert caller.delete("/api/contexts/catalog/products/T1/lock").status_code == 403


def test_a_flood_from_one_caller_is_told_when_to_come_back_and_others_are_not(
    asha: Caller, kiran: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "CALLS", RateLimitItemPerMinute(3))

    answers = [asha.get("/api/repricings") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert kiran.get("/api/repricings").status_code == 200


async def token_of(*, token: str = "tab", cookie: str = "", kind: str = "websocket") -> str:
    """Open a websocket; return the token under which Reflex keeps the tab."""
    seen: dict[str, bytes] = {}

    async def reflex(scope: Scope, receive: Receive, send: Send) -> None:
        seen["query"] = scope["query_string"]

    scope = {"type": kind, "path": "/_event/", "query_string": f"token={token}&EIO=4".encode(),
             "headers": [(b"cookie", cookie.encode())] if cookie else []}  # fmt: skip
    await OwnTabs(reflex)(scope, None, None)  # type: ignore[arg-type]
    asked = parse_qs(seen["query"].decode())
    assert asked["EIO"] == ["4"]
    return asked["token"][0]


async def test_a_tab_is_one_persons_whoever_else_knows_its_token() -> None:
    ashas, kirans = (f"baton_session={secret}" for secret in ("a" * 43, "k" * 43))

    hers = await token_of(cookie=ashas)

    assert hers == await token_of(cookie=f"theme=dark; {ashas}") == await token_of(cookie=ashas, kind="http")
    assert len({hers, await token_of(), await token_of(cookie=kirans), await token_of(token="x", cookie=ashas)}) == 4
    assert await token_of(token=hers) != hers


@pytest.mark.parametrize("path", ["/api/price-changes", "/api/price-changes/import", "/api/drafts", "/api/freezes"])
async def test_nobody_unknown_is_listened_to(store: None, path: str) -> None:
    """Twelve megabytes of JSON were read and parsed before the sender was asked who they are."""
    answers: list[Message] = []

    async def body() -> Message:
        raise AssertionError("the body was read")

    async def answer(message: Message) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}
    await BodyLimit(KnownFirst(http_api()))(scope, body, answer)  # type: ignore[arg-type]

    assert answers[0]["status"] == 401
    assert b"not_signed_in" in answers[1]["body"]


def test_who_is_known_is_listened_to(walled: TestClient, machine: Caller) -> None:
    token = machine.client.headers["Authorization"]

    known = walled.post("/api/freezes", json={}, headers={"Authorization": token, "Origin": ""})

    assert known.status_code == 403


def test_files_wait_for_each_other_and_say_so_when_it_takes_too_long(
    asha: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0)
    with ExitStack() as others:
        for _ in range(uploads.READERS):
            others.enter_context(uploads.turn())
        pasted = asha.post("/api/drafts", {"text": "T1 104.00"}, key=None)
        sent = asha.post("/api/drafts", files={"file": ("a.csv", b"sku,price\nT1,104.00")}, key=None)

    assert [(answer.status_code, answer.json()["code"]) for answer in (pasted, sent)] == [(503, "readers_busy")] * 2
    assert asha.post("/api/drafts", {"text": "T1 104.00"}, key=None).status_code == 201


def test_pasted_drafts_have_the_limits_of_files(asha: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_BYTES", 1_000)
    large = asha.post("/api/drafts", {"text": "T1 104.00\n" * 200}, key=None)
    monkeypatch.setattr(attempts, "IMPORTS", RateLimitItemPerMinute(1))
    asha.post("/api/drafts", {"text": "T1 104.00"}, key=None)
    often = asha.post("/api/drafts", {"text": "T1 104.00"}, key=None)

    assert (large.status_code, large.json()["code"]) == (422, "file_too_large")
    assert (often.status_code, often.json()["code"]) == (429, "too_many_imports")


def test_the_name_of_a_file_is_kept_without_signs_that_hide_or_reorder(asha: Caller) -> None:
    sent = asha.post("/api/drafts", files={"file": ("tea\u202evsc.exe", b"sku,price\nT1,104.00")}, key=None)

    assert sent.json()["filename"] == "teavsc.exe"


def test_a_freeze_begins_within_reach_and_its_reason_is_kept_plain(omar: Caller) -> None:
    soon = utc_now() + timedelta(days=1)
    body = {"ends": (soon + timedelta(days=9)).isoformat(), "reason": "Year end\u202e\x07"}

    far = omar.post("/api/freezes", {**body, "starts": "0001-01-02T00:00:00Z"})
    near = omar.post("/api/freezes", {**body, "starts": soon.isoformat()})

    assert (far.status_code, far.json()["code"]) == (409, "freeze_makes_no_sense")
    assert near.json()["reason"] == "Year end"


PAGED = ("/api/audit", "/api/price-changes", "/api/price-changes/PC-1/lines", "/api/repricings")


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize("cursor", ["1" + "0" * 30, "-1", "nonsense", "٣", "01a21788-30bf-7180-912c-a7821e18382d"])
def test_a_cursor_that_is_none_is_refused_and_begins_no_list_again(
    asha: Caller, ruth: Caller, path: str, cursor: str
) -> None:
    asha.post("/api/price-changes", {"reason": "Auction", "lines": [{"sku": "T1", "price": "120.00"}]})
    caller = ruth if path == "/api/audit" else asha

    refused = caller.get(path, params={"cursor": cursor})

    assert refused.status_code in (404, 422), "whoever reads page after page would read the first one for ever"
    assert "cursor" in refused.json()["detail"]
    assert caller.get(path, params={"cursor": ""}).status_code == 200
