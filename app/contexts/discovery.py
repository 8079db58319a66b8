"""Finding contexts, their stores and their own routers."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.config import settings
from app.database import open_engine

if TYPE_CHECKING:
    from fastapi import APIRouter  # workers list contexts too, and have no use for a web framework

_FOLDER = "workers.choreography"


@cache
def names() -> tuple[str, ...]:
    """Return the contexts there are, by name."""
    return tuple(sorted(module.name for module in iter_modules(import_module(_FOLDER).__path__) if module.ispkg))


def router(name: str) -> "APIRouter | None":
    """Return the routes that a context offers over its own store, if it offers any."""
    if find_spec(f"{_FOLDER}.{name}.http") is None:
        return None
    made: APIRouter = part(name, "http").router(lambda: store_of(name))
    return made


def part(name: str, module: str) -> ModuleType:
    """Return a module of a context's folder."""
    return import_module(f"{_FOLDER}.{name}.{module}")


@cache
def store_of(name: str) -> Engine:
    """Return this process's engine on a context's own store."""
    return open_engine(settings().context_database_url(name), durable=False)


def has_store(name: str) -> bool:
    """Whether a context's store is there yet: on SQLite asking would otherwise create an empty file."""
    url = make_url(settings().context_database_url(name))
    return url.get_backend_name() != "sqlite" or (bool(url.database) and Path(url.database or "").exists())
