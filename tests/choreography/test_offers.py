"""Contexts come in by entry points: packages offer them, the web asks what each offers, and knows none by its name."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest

from app import contexts
from app.api.context_ports import port_of
from app.clock import utc_now
from app.contexts import discovery, product_search
from app.contexts.locks import NoLocks
from app.contracts.context import Context, Offer
from workers.streams import Consumer


class Package(NamedTuple):
    """An installed package that offers contexts."""

    offer: Offer

    def load(self) -> Offer:
        return self.offer


def forget() -> None:
    for kept in (discovery.names, discovery.context, discovery._offered):
        kept.cache_clear()


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lets packages offer contexts instead of those that are installed."""

    def offer(*packages: Mapping[str, Callable[[], Context]]) -> None:
        found = [Package(lambda package=package: package) for package in packages]  # type: ignore[misc]
        monkeypatch.setattr(discovery, "entry_points", lambda group: found if group == "baton.contexts" else [])
        forget()

    yield offer
    forget()


def labels() -> Consumer:
    return Consumer("labels", does="prints labels", on={})


def loaded() -> Consumer:
    raise AssertionError("naming a context loads none")


def test_the_contexts_of_every_package_are_named_and_none_is_loaded_for_it(offered: Callable[..., None]) -> None:
    offered({"labels": loaded}, {"tills": loaded, "app": loaded})
    assert contexts.names() == ("app", "labels", "tills")


def test_a_context_that_offers_nothing_is_asked_for_nothing(offered: Callable[..., None]) -> None:
    offered({"labels": labels})
    now = utc_now()
    assert port_of("labels") is None
    assert contexts.held(["T1"], now).holds == {}
    assert contexts.lock_of(["T1"]) == {}
    assert product_search.find("tea") is None
    with pytest.raises(NoLocks):
        contexts.lock("T1", "Spring contract", now + timedelta(days=1), "Omar T.")


def test_an_installation_without_any_context_says_what_is_wrong(offered: Callable[..., None]) -> None:
    offered()
    with pytest.raises(discovery.NoContexts, match="Install Baton again"):
        contexts.names()


def test_routes_that_are_none_are_refused(offered: Callable[..., None]) -> None:
    offered({"labels": lambda: Consumer("labels", does="prints labels", on={}, routes=lambda store: "no routes")})
    with pytest.raises(TypeError, match="no APIRouter"):
        port_of("labels")
