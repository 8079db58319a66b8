"""Nothing answers a stranger: every event handler is tagged, every route asks who calls."""

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest
import reflex as rx
from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from reflex_base.registry import RegistrationContext

from app.api.access import needs, public
from app.api.application import http_api
from app.identity.guard import _payload_parameters, allow, is_framework_event, tag_of
from app.identity.roles import Permission

PUBLIC_CALLS = {
    ("POST", "/api/session"), ("POST", "/api/session/demo"), ("GET", "/api/session/demo"), ("DELETE", "/api/session"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/api/docs"),
}  # fmt: skip
KEYLESS_COMMANDS = {
    # signing in twice makes two sessions, a draft is nobody's decision, and a lock is a PUT
    ("POST", "/api/session"), ("POST", "/api/session/demo"), ("POST", "/api/drafts"),
    ("POST", "/api/session/password"),  # the same password again is refused
}  # fmt: skip

Handler = Callable[..., object]


@pytest.fixture(scope="module")
def handlers() -> list[tuple[str, type[Any], Handler]]:
    if "app.app" not in sys.modules:
        importlib.import_module("app.app")
    found = RegistrationContext.get().event_handlers
    return [(name, registered.states[0], registered.handler.fn) for name, registered in found.items()]


def undeclared_parameters(handler: Handler) -> list[str]:
    """The parameters of a handler that carry no annotation."""
    hints = get_type_hints(handler)
    return [name for name in _payload_parameters(handler) if name not in hints]


def unguarded(handlers: list[tuple[str, type[Any], Handler]]) -> list[str]:
    return [
        name
        for name, state, handler in handlers
        if state.__module__.startswith("app.")
        and handler.__name__ != "setvar"  # Reflex puts one on every state; the guard refuses it: see tests/identity
        and (tag_of(handler) is None or undeclared_parameters(handler))
    ]


def test_every_event_handler_is_tagged_and_declares_its_parameters(handlers: list[Any]) -> None:
    assert len(handlers) > 20
    assert unguarded(handlers) == []


def test_a_planted_untagged_handler_is_found() -> None:
    class Planted(rx.State):
        def tagless(self) -> None: ...

        @rx.event
        @allow(Permission.READ)
        def undeclared(self, anything): ...  # type: ignore[no-untyped-def]

    handlers = [("tagless", Planted, Planted.tagless.fn), ("undeclared", Planted, Planted.undeclared)]
    Planted.__module__ = "app.planted"

    assert unguarded([(name, state, getattr(handler, "fn", handler)) for name, state, handler in handlers]) == [
        "tagless", "undeclared",
    ]  # fmt: skip


def test_setvar_counts_as_no_framework_event(handlers: list[Any]) -> None:
    setters = [(state, handler) for _, state, handler in handlers if handler.__name__ == "setvar"]

    assert setters
    assert not any(is_framework_event(state, handler) for state, handler in setters)


def routes(api: FastAPI) -> Iterator[tuple[str, str, Dependant]]:
    for route in iter_route_contexts(api.routes):
        if hasattr(route, "dependant"):  # the OpenAPI document is a plain Starlette route
            for method in route.methods or ():
                yield method, str(route.path), route.dependant


def asked(dependant: Dependant) -> set[object]:
    found: set[object] = set()
    for inner in dependant.dependencies:
        found |= {inner.call, *asked(inner)}
    return found


def open_routes(api: FastAPI) -> list[tuple[str, str]]:
    from app.api.context_ports import reads_or_locks

    return [
        (method, path)
        for method, path, dependant in routes(api)
        if not any(hasattr(call, "needs") or call is reads_or_locks for call in asked(dependant))
    ]


def test_every_route_asks_who_calls_except_the_ones_listed_here() -> None:
    assert set(open_routes(http_api())) <= PUBLIC_CALLS


def test_a_planted_open_route_is_found() -> None:
    api = http_api()

    @api.get("/api/planted", dependencies=[Depends(public)])
    def planted() -> None: ...

    @api.get("/api/guarded", dependencies=[Depends(needs(Permission.READ))])
    def guarded() -> None: ...

    assert ("GET", "/api/planted") in open_routes(api)
    assert ("GET", "/api/guarded") not in open_routes(api)


def test_every_posted_command_needs_an_idempotency_key() -> None:
    from app.api.access import idempotency_key, key_unless_dry_run

    keyless = {
        (method, path)
        for method, path, dependant in routes(http_api())
        if method == "POST" and not {idempotency_key, key_unless_dry_run} & asked(dependant)
    }

    assert keyless == KEYLESS_COMMANDS
