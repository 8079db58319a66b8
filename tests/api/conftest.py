import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session

from app import database
from app.api.application import http_api
from app.api.walls import BodyLimit, Headers, KnownFirst
from app.clock import utc_now
from app.database import open_engine, transaction
from app.identity import attempts, people, sessions, tokens
from app.lifecycle.proposing import policy
from app.pricelist.catalog_import import import_catalog
from tests.builders import product
from tests.stores import forget, migrated

ORIGIN = "http://localhost:3000"
TEAS = (
    product("T1", name="Assam Tea"), product("T2", name="Green Tea"), product("T3", competitor=95_00),
    product("T4", cost=None), product("T5", price=50_00, cost=49_00),
)  # fmt: skip


class Caller:
    """Somebody who calls the API: a browser with its cookie, or a machine with its token."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.get = client.get
        self.put = client.put
        self.delete = client.delete

    def post(self, path: str, body: object = None, *, key: str | None = "", **more):  # type: ignore[no-untyped-def]
        headers = {} if key is None else {"Idempotency-Key": key or uuid4().hex}
        return self.client.post(path, headers=headers, **({"json": body} if body is not None else {}), **more)


@pytest.fixture(scope="session", autouse=True)
def _one_event_loop() -> Iterator[None]:
    """Let every client call in one event loop, as a server does; one for each call costs more than most calls."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(scope="session")
def teas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with five teas, the seed rules and the demo people, to copy."""
    file = tmp_path_factory.mktemp("teas") / "pricing.db"
    engine = open_engine(migrated(f"sqlite:///{file}"))
    with Session(engine, expire_on_commit=False) as session, session.begin():
        people.ensure_demo_people(session, utc_now())
        policy.install_seed_rules(session, utc_now())
        import_catalog(session, TEAS, now=utc_now())
    engine.dispose()
    return file


@pytest.fixture
def store(teas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pricing store on SQLite with five teas, the seed rules and the demo people, in demo mode.

    What the API adds to the lifecycle has no SQL of its own, so one store is enough here.
    """
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BATON_DATABASE_URL", f"sqlite:///{tmp_path}/pricing.db")
    monkeypatch.setenv("BATON_DEMO", "true")
    shutil.copyfile(teas, tmp_path / "pricing.db")
    _forget()
    yield
    database.engine().dispose()
    _forget()


@pytest.fixture
def api(store: None) -> FastAPI:
    return _one_api()


@cache
def _one_api() -> FastAPI:
    """Return the API, which keeps nothing of what it serves: its routes are read once, as in a server."""
    return http_api()


@pytest.fixture
def stranger(api: FastAPI) -> Caller:
    return Caller(_browser(api))


@pytest.fixture
def asha(api: FastAPI) -> Caller:
    return signed_in(api, "asha")


@pytest.fixture
def kiran(api: FastAPI) -> Caller:
    return signed_in(api, "kiran")


@pytest.fixture
def noor(api: FastAPI) -> Caller:
    return signed_in(api, "noor")


@pytest.fixture
def omar(api: FastAPI) -> Caller:
    return signed_in(api, "omar")


@pytest.fixture
def ruth(api: FastAPI) -> Caller:
    return signed_in(api, "ruth")


@pytest.fixture
def machine(api: FastAPI) -> Caller:
    """A machine with a token of Asha's; it sends no Origin and no cookie."""
    with transaction() as session:
        token = tokens.create(session, "asha@demo.example", "nightly import", utc_now())
    return Caller(TestClient(api, headers={"Authorization": f"Bearer {token}"}))


@pytest.fixture
def walled(api: FastAPI, tmp_path: Path) -> TestClient:
    """The API behind the walls that production puts around it."""
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "index.html").write_text("<script>let a = 1</script><script src='/b.js'></script>")
    return TestClient(Headers(BodyLimit(KnownFirst(api)), tmp_path / "client"), headers={"Origin": ORIGIN})


def signed_in(api: FastAPI, name: str) -> Caller:
    browser = _browser(api)
    answer = browser.post("/api/session/demo", json={"email": f"{name}@demo.example"})
    assert answer.status_code == 200, answer.text
    return Caller(browser)


def _browser(api: FastAPI) -> TestClient:
    return TestClient(api, base_url=ORIGIN, headers={"Origin": ORIGIN}, client=("127.0.0.1", 50_000),
                      raise_server_exceptions=False)  # fmt: skip


def _forget() -> None:
    forget()
    attempts._limiter.cache_clear()
    sessions._recently.clear()
