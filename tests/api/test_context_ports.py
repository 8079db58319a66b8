"""What people do to a context through the API: allowed by role, and kept in the audit trail."""

import pytest

from app.config import settings
from app.database import open_engine
from tests.choreography.listening import TEA, Listener, listed
from workers.choreography.catalog import CONSUMER

UNTIL = {"reason": "Supplier contract", "until": "2099-12-31T00:00:00Z"}


@pytest.fixture(autouse=True)
def _catalog(store: None) -> None:
    """The catalog's own store, in which it has heard of one product."""
    Listener(CONSUMER, open_engine(settings().context_database_url("catalog"))).hear(listed())


def written(caller) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    items = caller.get("/api/audit").json()["items"]
    return [(item["action"], item["detail"]["told"]) for item in items if item["action"].endswith("-in-context")]


def test_a_lock_and_its_release_are_kept_with_the_name_of_the_person(omar, ruth):
    lock = f"/api/contexts/catalog/products/{TEA}/lock"
    assert omar.put(lock, json=UNTIL).status_code == 200
    assert omar.delete(lock).status_code == 204

    assert written(ruth) == [("delete-in-context", f"catalog: products/{TEA}/lock"),
                             ("put-in-context", f"catalog: products/{TEA}/lock")]  # fmt: skip


def test_what_is_refused_is_not_written_down_as_done(asha, omar, ruth):
    assert asha.put(f"/api/contexts/catalog/products/{TEA}/lock", json=UNTIL).status_code == 403
    assert omar.put(f"/api/contexts/catalog/products/{TEA}/lock", json={"reason": ""}).status_code == 422

    assert written(ruth) == []


def test_the_reason_of_a_lock_is_kept_plain_and_is_not_empty(omar):
    lock = f"/api/contexts/catalog/products/{TEA}/lock"
    kept = omar.put(lock, json={**UNTIL, "reason": "Spring\u202e contract\u200b"}).json()
    empty = omar.put(lock, json={**UNTIL, "reason": "\u200b \u202e"})

    assert kept["reason"] == "Spring contract"
    assert omar.get(f"/api/contexts/catalog/products/{TEA}").json()["lock"]["reason"] == "Spring contract"
    assert empty.status_code == 422
