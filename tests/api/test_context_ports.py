"""What people do to a context through the API: allowed by role, and kept in the audit trail."""

from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI, Request

from app.api import context_ports, session
from app.clock import utc_now
from app.config import settings
from app.database import open_engine
from tests.api.conftest import signed_in
from tests.choreography.listening import TEA, Listener, listed
from workers.choreography.catalog import CONSUMER

IN_A_YEAR = f"{utc_now() + timedelta(days=365):%Y-%m-%dT00:00:00Z}"
UNTIL = {"reason": "Supplier contract", "until": IN_A_YEAR}


@pytest.fixture(autouse=True)
def _catalog(store: None) -> None:
    """The catalog's own store, in which it has heard of one product."""
    Listener(CONSUMER, open_engine(settings().context_database_url("catalog"))).hear(listed())


LOCK = f"/api/contexts/catalog/products/{TEA}/lock"


def written(caller) -> list[tuple[str, str, str]]:  # type: ignore[no-untyped-def]
    items = [item for item in caller.get("/api/audit").json()["items"] if item["chain"] == "context:catalog"]
    return [(item["action"], item["actor_name"], item["detail"]["told"]) for item in reversed(items)]


def test_a_lock_and_its_release_are_told_in_the_words_of_the_screens(omar, ruth):
    locked = omar.put(LOCK, json=UNTIL)
    assert (locked.status_code, locked.json()["by"]) == (200, "Omar T.")
    assert omar.delete(LOCK).status_code == 204

    assert written(ruth) == [("lock-price", "Omar T.", f"{TEA} until {IN_A_YEAR}"),
                             ("unlock-price", "Omar T.", TEA)]  # fmt: skip


def test_the_same_lock_sent_again_is_told_once_and_again_where_it_was_released_meanwhile(omar, ruth):
    for _ in range(2):
        assert omar.put(LOCK, json=UNTIL).status_code == 200
    assert omar.delete(LOCK).status_code == 204
    assert omar.put(LOCK, json=UNTIL).status_code == 200

    assert [action for action, _, _ in written(ruth)] == ["lock-price", "unlock-price", "lock-price"]


def test_what_is_not_locked_is_not_released_and_what_catalog_does_not_know_is_not_locked(omar, ruth):
    free, unknown = omar.delete(LOCK), omar.put(LOCK.replace(TEA, "unknown"), json=UNTIL)
    past = omar.put(LOCK, json={**UNTIL, "until": "2020-12-31T00:00:00Z"})

    assert (free.status_code, free.json()["detail"]) == (404, "This SKU's price is not locked.")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "Catalog knows no product with this SKU.")
    assert (past.status_code, written(ruth)) == (422, [])


def test_what_is_refused_is_not_written_down_as_done(asha, omar, ruth):
    assert asha.put(LOCK, json=UNTIL).status_code == 403
    assert omar.put(LOCK, json={"reason": ""}).status_code == 422

    assert written(ruth) == []


def test_what_a_context_s_own_route_changes_is_kept_with_the_name_of_the_person(ruth, monkeypatch):
    def shelf(_: str) -> APIRouter:
        routes = APIRouter()

        @routes.put("/shelf")
        def name(request: Request) -> str:
            return str(request.state.caller_name)

        return routes

    monkeypatch.setattr(context_ports, "port_of", shelf)
    anew = FastAPI()
    anew.include_router(session.router)
    anew.include_router(context_ports.router())

    assert signed_in(anew, "omar").put("/api/contexts/catalog/shelf").json() == "Omar T."
    assert written(ruth) == [("put-in-context", "Omar T.", "catalog: shelf")]


def test_the_reason_of_a_lock_is_kept_plain_and_is_not_empty(omar):
    kept = omar.put(LOCK, json={**UNTIL, "reason": "Spring\u202e contract\u200b"}).json()
    empty = omar.put(LOCK, json={**UNTIL, "reason": "\u200b \u202e"})

    assert kept["reason"] == "Spring contract"
    assert omar.get(f"/api/contexts/catalog/products/{TEA}").json()["lock"]["reason"] == "Spring contract"
    assert empty.status_code == 422
