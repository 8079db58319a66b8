"""The guard, in front of Reflex's own event pipeline: what a hostile websocket sends never reaches a handler."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
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
from app.identity.guard import Guard, PayloadRefused, allow, allow_anybody, check_payload, current_actor
from app.identity.roles import Permission
from tests.identity.conftest import PASSWORD
from tests.waiting import PATIENCE

RAN: list[object] = []


class Desk(rx.State):
    """A state with one handler of every kind that an attacker may name."""

    role: str = "nobody"

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
        return await Guard().preprocess(None, state, event)  # type: ignore[arg-type]


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
    outside = Outside()
    processor = BaseStateEventProcessor(middleware=GuardAlone(), backend_exception_handler=None)  # type: ignore[arg-type]
    router_data = {"headers": {"cookie": cookie}, "pathname": "/", "asPath": "/", "query": {}, "ip": "10.0.0.9"}
    async with processor.configure(state_manager=StateManagerMemory(), event_namespace=outside):  # type: ignore[arg-type]
        for _ in range(times):
            event = Event(name=handler, payload=payload, router_data=router_data)
            future = await processor.enqueue("token", event)
            await future.wait_all()
    return " ".join(json_dumps(update) for update in outside.told)  # as it goes over the wire


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
    assert "do not allow" in told


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
