"""The contexts. Each folder is an independent subscriber with its own store and knows no other folder here."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pkgutil import extend_path, iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.streams import Consumer

# A context may live in a folder of its own elsewhere on the path, as `workers/choreography/<name>`.
__path__ = extend_path(__path__, __name__)


def contexts() -> "Mapping[str, Callable[[], Consumer]]":
    """Return the contexts in this folder by name, each with how to load it (the entry point `baton.contexts`)."""
    return {folder.name: partial(_declared, folder.name) for folder in iter_modules(__path__) if folder.ispkg}


def _declared(name: str) -> "Consumer":
    from workers.streams import Consumer  # only now: to name contexts takes no more than their folders

    consumer = import_module(f"{__name__}.{name}").CONSUMER
    if not isinstance(consumer, Consumer):
        raise TypeError(f"{__name__}.{name}.CONSUMER is no Consumer")
    return consumer
