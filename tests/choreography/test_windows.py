"""What the web sees of contexts, through `app.contexts` only."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import contexts
from app.api.context_ports import port_of
from app.clock import utc_now
from app.contexts import discovery
from app.words.instants import written
from tests.choreography.listening import TEA, Listener, listed, published
from tests.stores import forget, fresh_postgres
from workers.streams.consumption import find_consumer

TOMORROW = utc_now() + timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def installed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Context stores where the settings say they are."""
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    if request.param == "postgres":
        with fresh_postgres(request.getfixturevalue("postgres_url")) as catalog, \
                fresh_postgres(request.getfixturevalue("postgres_url")) as search:  # fmt: skip
            monkeypatch.setenv("BATON_CATALOG_DATABASE_URL", catalog)
            monkeypatch.setenv("BATON_SEARCH_DATABASE_URL", search)
            forget()
            yield
            forget()
        return
    forget()
    yield
    forget()


def context(name: str) -> Listener:
    return Listener(find_consumer(name), discovery.store_of(name))


def client(name: str) -> TestClient:
    app = FastAPI()
    app.include_router(port_of(name), prefix=f"/{name}")  # type: ignore[arg-type]
    return TestClient(app)


def test_contexts_are_found_by_their_folders() -> None:
    assert {"analytics", "catalog", "search"} <= set(contexts.names())


def test_a_context_that_never_ran_believes_nothing_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    forget()
    assert contexts.beliefs("catalog", [TEA]) == {}
    assert contexts.lock_of([TEA]) == {}
    assert contexts.parked("catalog") == frozenset()
    assert list(tmp_path.iterdir()) == []
    forget()


def test_beliefs_are_read_from_the_context_s_own_store(installed: None) -> None:
    catalog = context("catalog")
    catalog.hear(listed(), published(new=110))
    belief = contexts.beliefs("catalog", [TEA, "unknown"])[TEA]
    assert (belief.price, belief.currency, belief.version, belief.heard_at) == (110, "INR", 2, catalog.now)


def test_a_lock_set_here_is_obeyed_there_and_trouble_is_seen_and_redriven(installed: None) -> None:
    catalog = context("catalog")
    catalog.hear(listed(price=100))
    contexts.lock(TEA, "Spring contract", TOMORROW, "Omar T.")
    catalog.hear(published(new=110))
    assert contexts.parked("catalog") == {(TEA, 2)}
    assert contexts.lock_of([TEA])[TEA].reason == "Spring contract"
    assert contexts.unlock(TEA).changed
    assert contexts.redrive("catalog", [TEA]) == 1
    catalog.now = utc_now()
    catalog.wait(timedelta(seconds=1))
    assert catalog.believes() == (110, 2)
    assert contexts.parked("catalog") == frozenset()


def test_catalog_s_door_shows_a_product_and_its_lock(installed: None) -> None:
    context("catalog").hear(listed(price=123_45))
    door = client("catalog")
    assert door.get(f"/catalog/products/{TEA}").json()["price"] == "123.45"
    contexts.lock(TEA, "Contract", TOMORROW, "Omar T.")
    assert door.get(f"/catalog/products/{TEA}").json()["lock"]["reason"] == "Contract"
    assert door.get("/catalog/products/unknown").status_code == 404


def test_search_s_door_finds_by_words_and_price(installed: None) -> None:
    context("search").hear(listed("T1", name="Assam Gold", price=100_00), listed("T2", name="Gold Dust", price=300_00))
    door = client("search")
    found = door.get("/search/products", params={"q": "gold", "min_price": "150.00"}).json()
    assert [(item["sku"], item["price"]) for item in found["items"]] == [("T2", "300.00")]
    assert door.get("/search/products", params={"min_price": "1e3"}).status_code == 422
    assert door.get("/search/products", params={"cursor": "nonsense"}).status_code == 422


def test_many_skus_are_looked_up_at_once_and_a_lock_counts_until_it_ends(installed: None) -> None:
    catalog = context("catalog")
    catalog.hear(listed(price=100))
    contexts.lock(TEA, "Spring contract", TOMORROW, "Omar T.")

    today, later = contexts.held([TEA, "unknown"], utc_now()), contexts.held([TEA], TOMORROW)

    (hold,) = today.holds[TEA]
    assert (list(today.holds), hold.context, hold.reason) == ([TEA], "catalog", "Spring contract")
    assert hold.sentence() == (
        f"Locked in catalog until {written(TOMORROW)}: Spring contract."
        " Until then catalog refuses this line, and the whole change is taken back."
    )
    assert (today.unasked, later.holds) == ((), {})


def test_a_context_that_cannot_be_asked_is_named_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    forget()
    assert (contexts.held([TEA], utc_now()).unasked, list(tmp_path.iterdir())) == (("catalog",), [])
    monkeypatch.setenv("BATON_CATALOG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/catalog")
    forget()
    found = contexts.held([TEA], utc_now())
    assert (found.holds, found.unasked) == ({}, ("catalog",))
    forget()


def test_locks_are_looked_up_over_http_too(installed: None) -> None:
    context("catalog").hear(listed(price=100))
    contexts.lock(TEA, "Spring contract", TOMORROW, "Omar T.")

    answer = client("catalog").get("/catalog/locks", params={"sku": [TEA, "unknown"]})

    assert [(lock["sku"], lock["reason"], lock["by"]) for lock in answer.json()] == [
        (TEA, "Spring contract", "Omar T.")
    ]
