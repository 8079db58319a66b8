"""Whatever is sent, nothing breaks: every parameter and every field of every call, with what nobody means to send."""

import itertools
import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from app.api.application import http_api
from app.clock import utc_now
from app.config import settings
from app.contexts import discovery
from app.database import open_engine, transaction
from app.identity import attempts, people
from app.identity.roles import Role
from tests.api.conftest import Caller
from tests.choreography.listening import Listener, listed

INSTANTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z")
LARGE = ("1" + "0" * 30, str(2**63), "-1", "1e400")
ODD = ("a\x00b", "\ud800", "٣", "..", "PC-" + "9" * 30, "PC-٣", "x" * 5_000)
TEXTS = (*INSTANTS, *LARGE, *ODD)
VALUES: tuple[object, ...] = (
    *INSTANTS[:2], LARGE[0], *ODD[:2], 10**30, 10**400, 2**63, -1, None, [[]], {"x": 1},
    {"date": "0001-01-01", "time": "00:00", "zone": "Asia/Kolkata"},
    {"date": "9999-12-31", "time": "23:59", "zone": "America/New_York"},
    {"date": "2026-11-23", "time": "09:00", "zone": "../../etc/passwd"},
)  # fmt: skip
SPEC = http_api().openapi()
CALLS = [(method, path) for path, calls in sorted(SPEC["paths"].items()) for method in sorted(calls)]


@pytest.fixture
def everybody(api: FastAPI, asha: Caller) -> Caller:
    """Somebody who may do everything, so that no refusal of rights hides what is behind it."""
    with transaction() as session:
        for role in Role:
            people.add(session, "asha@demo.example", "", [role], password=None, now=utc_now())
    return asha


@pytest.fixture(scope="session")
def listening(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A store of each context that has heard of a product, to copy."""
    folder = tmp_path_factory.mktemp("listening")
    files = {name: folder / f"{name}.db" for name in discovery.names()}
    for name, file in files.items():
        consumer, engine = import_module(f"workers.choreography.{name}").CONSUMER, open_engine(f"sqlite:///{file}")
        Listener(consumer, engine).hear(listed("T1"))
        engine.dispose()
    return files


@pytest.fixture(autouse=True)
def contexts(store: None, listening: dict[str, Path]) -> None:
    """Every context has a store of its own that has heard of a product."""
    for name, file in listening.items():
        shutil.copyfile(file, str(make_url(settings().context_database_url(name)).database))


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "allowed", lambda *_: True)


@pytest.mark.parametrize(("method", "path"), CALLS, ids=[f"{method} {path}" for method, path in CALLS])
def test_no_value_anywhere_breaks_a_call(everybody: Caller, method: str, path: str) -> None:
    broken = []
    for url, query, body in itertools.chain(_places(method, path), _queries(method, path), _bodies(method, path)):
        answer = everybody.client.request(
            method, url, params=query, headers={"Idempotency-Key": "k", "Content-Type": "application/json"},
            content=None if body is None else json.dumps(body).encode("ascii"),
        )  # fmt: skip
        if answer.status_code >= 500:
            broken.append((answer.status_code, url[:80], str(query)[:100], str(body)[:200]))
    assert broken == []


def _places(method: str, path: str) -> Iterator[tuple[str, dict[str, str], object]]:
    """Every odd value in each part of the address."""
    names = [p["name"] for p in _parameters(method, path) if p["in"] == "path"]
    for name in names:
        for value in TEXTS:
            kept = quote(value.encode("utf-8", "surrogatepass"), safe="")
            yield _filled(path.replace(f"{{{name}}}", kept or "%20")), {}, _sample(method, path)


def _queries(method: str, path: str) -> Iterator[tuple[str, dict[str, str], object]]:
    for parameter in _parameters(method, path):
        if parameter["in"] == "query":
            for value in TEXTS:
                yield _filled(path), {parameter["name"]: value.replace("\ud800", "?")}, _sample(method, path)


def _bodies(method: str, path: str) -> Iterator[tuple[str, dict[str, str], object]]:
    sample = _sample(method, path)
    if not isinstance(sample, dict):
        return
    for value in VALUES:
        yield _filled(path), {}, value
    for name, value in itertools.product(sample, VALUES):
        yield _filled(path), {}, {**sample, name: value}
        inner = sample[name]
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for field in inner[0]:
                yield _filled(path), {}, {**sample, name: [{**inner[0], field: value}]}
        elif isinstance(inner, dict):
            for field in inner:
                yield _filled(path), {}, {**sample, name: {**inner, field: value}}


def _filled(path: str) -> str:
    for name, value in (("reference", "PC-1"), ("sku", "T1")):
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}x{rest.partition('}')[2]}"
    return path


def _parameters(method: str, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = SPEC["paths"][path][method].get("parameters", [])
    return found


def _sample(method: str, path: str) -> object:
    content = SPEC["paths"][path][method].get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else _made(content["schema"])


def _made(schema: dict[str, Any]) -> object:
    """Make something that a schema takes."""
    if "$ref" in schema:
        return _made(SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _made(schema[choice][0])
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        return {name: _made(inner) for name, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_made(inner) for inner in schema.get("prefixItems") or [schema["items"]]]
    if schema.get("format") == "date-time":
        return "2027-01-01T09:00:00Z"
    examples = schema.get("examples")
    return examples[0] if examples else {"string": "T1", "integer": 1, "boolean": False}.get(schema.get("type", ""))
