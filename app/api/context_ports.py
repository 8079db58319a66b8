"""What each context answers from its own store, under /api/contexts/<name>; its router is the context's own."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app import contexts
from app.api.access import READS, needs
from app.contexts import discovery
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.commands import note

_read, _lock = needs(Permission.READ), needs(Permission.LOCK_PRICES)


def reads_or_locks(request: Request) -> Actor:
    """Let readers read, and only those who may fix a price change anything."""
    caller = _read(request) if request.method in READS else _lock(request)
    request.state.caller_name = caller.name  # a context's own routes know names, not identities
    return caller


def written_down(request: Request, caller: Annotated[Actor, Depends(reads_or_locks)]) -> Iterator[None]:
    """Keep in the audit trail whatever a person changed in a context (nothing if the context refused)."""
    yield
    if request.method not in READS:
        _, _, place = request.url.path.partition("/api/contexts/")
        name, _, what = place.partition("/")
        did = Verb.DELETE_IN_CONTEXT if request.method == "DELETE" else Verb.PUT_IN_CONTEXT
        note(caller, chain=f"context:{name}", action=did, told=f"{name}: {what}")


def port_of(name: str) -> APIRouter | None:
    """Return the routes that a context offers over its own store, if it offers any."""
    routes = discovery.context(name).routes
    if routes is None:
        return None
    made = routes(lambda: discovery.store_of(name))
    if not isinstance(made, APIRouter):
        raise TypeError(f"The routes of {name} are no APIRouter but {made!r}")
    return made


def router() -> APIRouter:
    """Return the ports of every context that has one."""
    ports = APIRouter(prefix="/api/contexts", tags=["contexts"], dependencies=[Depends(written_down)])
    for name in contexts.names():
        port = port_of(name)
        if port is not None:
            ports.include_router(port, prefix=f"/{name}")
    return ports
