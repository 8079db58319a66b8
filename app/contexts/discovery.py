"""Finding contexts, their stores and the modules of their folders."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.config import settings
from app.contexts.ownership import refuse_elsewhere
from app.database import open_engine, patient

_FOLDER = "workers.choreography"


@cache
def names() -> tuple[str, ...]:
    """Return the contexts there are, by name."""
    return tuple(sorted(module.name for module in iter_modules(import_module(_FOLDER).__path__) if module.ispkg))


def offers(name: str, module: str) -> bool:
    """Whether a context's folder has a module of this name."""
    return find_spec(f"{_FOLDER}.{name}.{module}") is not None


def part(name: str, module: str) -> ModuleType:
    """Return a module of a context's folder."""
    return import_module(f"{_FOLDER}.{name}.{module}")


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
