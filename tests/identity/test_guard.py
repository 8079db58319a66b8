"""The guard, in front of Reflex's own event pipeline: what a hostile websocket sends never reaches a handler."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import StateUpdate
from reflex.utils.format import json_dumps
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from app.components import format as shown
from app.identity import attempts, sessions
from app.identity.guard import (
    HandlerGuard,
    PayloadRefused,
    allow,
    allow_anybody,
    check_payload,
    current_actor,
    keep_the_door,
    when_shut_out,
)
from app.identity.roles import Permission
from tests.identity.conftest import PASSWORD
from tests.waiting import PATIENCE

RAN: list[object] = []


class Desk(rx.State):
    """A state with one handler of every kind that an attacker may name."""

    role: str = "nobody"
    typed: str = ""
    _kept: str = ""

    @rx.event
    @allow(Permission.SUBMIT)
    def type(self, words: str) -> None:
        self.typed = self._kept = words

    @rx.event
    @allow(Permission.SUBMIT)
    def recall(self) -> None:
        RAN.append((self.typed, self._kept))

    @rx.event
    @allow(Permission.SUBMIT)
    def propose(self, sku: str, price: int) -> None:
        RAN.append((sku, price))

    @rx.event
    @allow(Permission.DECIDE)
    def approve(self) -> None:
        RAN.append("approved")

    @rx.event
    @allow_anybody
    def knock(self) -> None:
        RAN.append("knocked")

    @rx.event(background=True)
    @allow(Permission.SUBMIT)
    async def propose_slowly(self, sku: str) -> None:
        RAN.append((await current_actor(self)).name)

    @rx.event
    @allow_anybody
    async def look_at_the_clock(self) -> None:
        RAN.append(await asyncio.to_thread(lambda: shown.today(datetime(2026, 11, 23, 0, 30, tzinfo=UTC))))

    def untagged(self) -> None:
        RAN.append("untagged")

    def set_role(self, role: str) -> None:
        RAN.append("role")


class Outside:
    """Collects what the client would be told."""

    def __init__(self) -> None:
        self.told: list[StateUpdate] = []

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        self.told.append(update)


class GuardAlone:
    """Stands for the app: the pipeline asks its middleware through `_preprocess`."""

    async def _preprocess(self, state: Any, event: Event) -> StateUpdate | None:
        return await HandlerGuard().preprocess(None, state, event)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nothing_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    RAN.clear()

    async def no_rehydration(*_: object) -> None: ...

    monkeypatch.setattr(BaseStateEventProcessor, "_rehydrate", no_rehydration)


@pytest.fixture
def cookie(asha: str) -> str:
    """The cookie of a signed-in analyst."""
    return f"{sessions.COOKIE_NAME}={sessions.sign_in(asha, PASSWORD, '127.0.0.1').cookie}"


def sent(handler: str, payload: dict[str, object] | None = None, *, cookie: str = "", times: int = 1) -> str:
    """Send an event as a websocket client would; return what the client was told in return."""
    return asyncio.run(asyncio.wait_for(_sent(handler, payload or {}, cookie, times), PATIENCE))


async def _sent(handler: str, payload: dict[str, object], cookie: str, times: int) -> str:
    return " ".join(await _steps([(handler, payload, cookie)] * times))


async def _steps(steps: list[tuple[str, dict[str, object], str]]) -> list[str]:
    """Send events in one tab, one after the other; return what was told after each, as it goes over the wire."""
    outside, told = Outside(), []
    processor = BaseStateEventProcessor(middleware=GuardAlone(), backend_exception_handler=None)  # type: ignore[arg-type]
    async with processor.configure(state_manager=StateManagerMemory(), event_namespace=outside):  # type: ignore[arg-type]
        for handler, payload, cookie in steps:
            router_data = {"headers": {"cookie": cookie}, "pathname": "/", "asPath": "/", "query": {}, "ip": "10.0.0.9"}
            future = await processor.enqueue("token", Event(name=handler, payload=payload, router_data=router_data))
            await future.wait_all()
            told.append(" ".join(json_dumps(update) for update in outside.told))
            outside.told.clear()
    return told


def name_of(handler: Callable[..., object] | str) -> str:
    wanted = handler if isinstance(handler, str) else handler.__name__
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(f"desk.{wanted}"))


def test_an_analyst_may_propose(cookie: str) -> None:
    sent(name_of("propose"), {"sku": "T1", "price": 12}, cookie=cookie)

    assert RAN == [("T1", 12)]


def test_a_background_handler_knows_who_sent_the_event(cookie: str) -> None:
    sent(name_of("propose_slowly"), {"sku": "T1"}, cookie=cookie)

    assert RAN == ["Asha N."]


def test_a_stranger_is_sent_to_the_sign_in_page(pricing_store: str) -> None:
    told = sent(name_of("propose"), {"sku": "T1", "price": 12})

    assert RAN == []
    assert "/sign-in" in told


def test_the_wrong_role_is_told_so(cookie: str) -> None:
    told = sent(name_of("approve"), cookie=cookie)

    assert RAN == []
    assert "Your roles lack the right to decide." in told


def test_a_handler_for_anybody_needs_no_session(pricing_store: str) -> None:
    sent(name_of("knock"))

    assert RAN == ["knocked"]


@pytest.mark.parametrize("handler", ["untagged", "set_role", "setvar"])
def test_what_nobody_tagged_never_runs_not_even_for_the_right_person(cookie: str, handler: str) -> None:
    sent(name_of(handler), {"var_name": "role", "value": "owner"} if handler == "setvar" else {}, cookie=cookie)

    assert RAN == []


@pytest.mark.parametrize("payload", [
    {"sku": "T1"}, {"sku": "T1", "price": "12"}, {"sku": "T1", "price": 12.5}, {"sku": "T1", "price": True},
    {"sku": {"$ne": ""}, "price": 12}, {"sku": ["T1"], "price": 12}, {"sku": None, "price": 12},
    {"sku": "T1", "price": 12, "by": "owner"}, {"sku": "T1", "price": {"evil": 1}}, {},
])  # fmt: skip
def test_a_payload_that_is_not_as_declared_never_runs(cookie: str, payload: dict[str, object]) -> None:
    told = sent(name_of("propose"), payload, cookie=cookie)

    assert RAN == []
    assert "not understood" in told


def test_signing_out_shuts_a_websocket_that_is_still_open(cookie: str) -> None:
    sessions.sign_out(cookie)

    sent(name_of("propose"), {"sku": "T1", "price": 12}, cookie=cookie)

    assert RAN == []


def test_a_flood_is_stopped_for_the_one_who_sends_it(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "EVENTS", attempts.RateLimitItemPerMinute(3))

    told = sent(name_of("knock"), cookie=cookie, times=5)
    sent(name_of("knock"))

    assert RAN == ["knocked"] * 4
    assert "Too much at once" in told


def test_made_up_cookies_do_not_make_a_flood_look_like_many(
    pricing_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "EVENTS", attempts.RateLimitItemPerMinute(3))

    for n in range(5):
        sent(name_of("knock"), cookie=f"{sessions.COOKIE_NAME}=made-up-{n}")

    assert RAN == ["knocked"] * 3


def test_the_cookie_never_travels_back_to_the_browser(cookie: str) -> None:
    secret = cookie.split("=")[1]

    wire = sent(name_of("propose"), {"sku": "T1", "price": 12}, cookie=cookie)

    assert "headers" in wire
    assert secret not in wire


@pytest.mark.parametrize(("zone", "clock"), [
    ("America/New_York", "Sun 22 Nov 2026, 19:30 EST"), ("Asia/Calcutta", "Mon 23 Nov 2026, 06:00 IST"),
])  # fmt: skip
def test_times_are_shown_in_the_zone_of_the_browser_that_asks(pricing_store: str, zone: str, clock: str) -> None:
    sent(name_of("look_at_the_clock"), cookie=f"other=1; baton_zone={zone}")

    assert [clock] == RAN


def test_a_zone_that_there_is_not_is_passed_over(pricing_store: str) -> None:
    sent(name_of("look_at_the_clock"), cookie="baton_zone=../../etc/passwd")

    assert [shown.today(datetime(2026, 11, 23, 0, 30, tzinfo=UTC))] == RAN


def test_form_data_is_checked_as_the_mapping_that_the_handler_gets() -> None:
    def submit(self: object, form_data: dict[str, str]) -> None: ...

    check_payload(submit, {"form_data": {"reason": "tea"}})
    with pytest.raises(PayloadRefused):
        check_payload(submit, {"form_data": {"reason": {"evil": 1}}})


def framework(handler: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(f"state____state.{handler}"))


@pytest.fixture
def an_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hydrating asks the app which pages load what; here none does."""
    context = RegistrationContext.get()
    monkeypatch.setattr(type(context), "app", SimpleNamespace(get_load_events=lambda path: []), raising=False)


@pytest.mark.parametrize("hydrate", ["hydrate", "hydrate_and_load"])
def test_what_was_typed_is_not_told_to_who_comes_with_the_same_tab_and_no_session(
    cookie: str, an_app: None, hydrate: str
) -> None:
    typed = (name_of("type"), {"words": "a reason of hers"}, cookie)

    told = asyncio.run(asyncio.wait_for(_steps([typed, (framework(hydrate), {}, "")]), PATIENCE))

    assert "a reason of hers" in told[0]
    assert "a reason of hers" not in told[1]


def test_a_session_that_is_over_leaves_nothing_behind(cookie: str, an_app: None) -> None:
    left: list[str] = []
    when_shut_out.append(left.append)
    typed = (name_of("type"), {"words": "a reason of hers"}, cookie)

    async def story() -> None:
        outside = Outside()
        processor = BaseStateEventProcessor(middleware=GuardAlone(), backend_exception_handler=None)  # type: ignore[arg-type]
        async with processor.configure(state_manager=StateManagerMemory(), event_namespace=outside):  # type: ignore[arg-type]
            for name, payload in ((typed[0], typed[1]), (name_of("recall"), {})):
                await _one(processor, name, payload, cookie)
            await asyncio.to_thread(sessions.sign_out, cookie)
            await _one(processor, name_of("recall"), {}, cookie)
            back = sessions.sign_in("asha@shop.example", PASSWORD, "127.0.0.1").cookie
            await _one(processor, name_of("recall"), {}, f"{sessions.COOKIE_NAME}={back}")

    try:
        asyncio.run(asyncio.wait_for(story(), PATIENCE))
    finally:
        when_shut_out.remove(left.append)

    assert RAN == [("a reason of hers", "a reason of hers"), ("", "")]
    assert left


async def _one(processor: BaseStateEventProcessor, name: str, payload: dict[str, object], cookie: str) -> None:
    router_data = {"headers": {"cookie": cookie}, "pathname": "/", "asPath": "/", "query": {}, "ip": "10.0.0.9"}
    future = await processor.enqueue("token", Event(name=name, payload=payload, router_data=router_data))
    await future.wait_all()


class Namespace:
    """Stands for the framework's: whatever reaches it would be queued, and logged if it is unknown."""

    def __init__(self) -> None:
        self.let_in: list[object] = []

    async def on_event(self, sid: str, data: object) -> None:
        self.let_in.append(data)


@pytest.mark.parametrize("data", [
    {"name": "no.such.event"}, {"name": {"a": 1}}, {"name": None}, {}, [], "text", 7, None, {"name": "a" * 100_000},
])  # fmt: skip
def test_what_is_no_event_of_ours_never_reaches_the_frameworks_queue(
    data: object, caplog: pytest.LogCaptureFixture
) -> None:
    namespace = Namespace()
    keep_the_door(SimpleNamespace(event_namespace=namespace))  # type: ignore[arg-type]

    asyncio.run(namespace.on_event("sid", data))

    assert namespace.let_in == []
    assert len(caplog.text) < 1_000


def test_an_event_of_ours_passes_the_door_unless_its_shape_is_another() -> None:
    namespace = Namespace()
    keep_the_door(SimpleNamespace(event_namespace=namespace))  # type: ignore[arg-type]
    event = {"name": name_of("knock"), "payload": {}, "router_data": {}}

    asyncio.run(namespace.on_event("sid", event))
    asyncio.run(namespace.on_event("sid", {**event, "payload": [1]}))
    asyncio.run(namespace.on_event("sid", {**event, "router_data": "x"}))

    assert namespace.let_in == [event]
