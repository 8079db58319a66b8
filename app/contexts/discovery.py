"""Which contexts there are, what each offers, and where its store is. Packages offer them; none is named here."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.config import settings
from app.contexts.ownership import refuse_elsewhere
from app.contracts.context import ENTRY_POINTS, Context, Offer
from app.database import open_engine, patient


class NoContexts(Exception):
    """Nobody offers a context: what is installed is of another version than what runs."""


@cache
def names() -> tuple[str, ...]:
    """Return the contexts there are, by name."""
    return tuple(sorted(_offered()))


@cache
def context(name: str) -> Context:
    """Load a context."""
    return _offered()[name]()


@cache
def _offered() -> Mapping[str, Callable[[], Context]]:
    found: dict[str, Callable[[], Context]] = {}
    for package in entry_points(group=ENTRY_POINTS):
        offer: Offer = package.load()
        found |= offer()
    if not found:
        raise NoContexts(f"No installed package offers a context (entry point {ENTRY_POINTS}). Install Baton again.")
    return found


@cache
def store_of(name: str) -> Engine:
    """Return this process's engine on a context's own store; every connection asks first whether it is one of ours."""
    store = store_as_it_is(name)
    refuse_elsewhere(name, store)
    return store


def store_as_it_is(name: str) -> Engine:
    """Open a context's own store, whomever it belongs to. Nobody waits long for a server that is away."""
    return open_engine(patient(make_url(settings().context_database_url(name))), durable=False)


def has_store(name: str) -> bool:
    """Whether a context's store is there yet: on SQLite asking would otherwise create an empty file."""
    url = make_url(settings().context_database_url(name))
    return url.get_backend_name() != "sqlite" or (bool(url.database) and Path(url.database or "").exists())
