"""Pushes what changed to the pages that show it: one poller per process, no loop per viewer.

A page subscribes in its `on_load` (which runs again after every reconnect); the pump watches the pricing store's
pulse and puts the page's own refresh event into its queue, so a refresh passes the guard like any other event.
Subscriptions live in this process, never in a state, and end with the session they were made in.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import reflex as rx
from reflex.event import Event, EventHandler

from app import database
from app.identity import guard, sessions

TICK = 0.25
"""Seconds between two looks at the store; changes within one tick reach a page once."""

PEOPLE = "people"
"""Somebody's rights changed: every page asks again who is there, and whoever is nobody now is sent to the sign-in."""

CLOCK = "clock"
"""A topic of its own: every half minute, for pages that show how long something still takes."""
CLOCK_EVERY = 30.0

log = logging.getLogger(__name__)


@dataclass
class _Page:
    topics: dict[str, list[EventHandler]] = field(default_factory=dict)
    running: dict[str, asyncio.Future[object]] = field(default_factory=dict)
    again: dict[str, EventHandler] = field(default_factory=dict)


_pages: dict[str, _Page] = {}


def subscribe(token: str, topic: str, event: object) -> None:
    """Run `event` (a state's handler) in the page behind `token` whenever something under `topic` changed."""
    if not isinstance(event, EventHandler):
        raise TypeError(f"{event!r} is not an event handler")
    wanted = _pages.setdefault(token, _Page()).topics.setdefault(topic, [])
    if event not in wanted:
        wanted.append(event)


def leave(token: str) -> None:
    """Forget what the page behind `token` had subscribed to (it shows another one now)."""
    _pages.pop(token, None)


guard.when_shut_out.append(leave)


@asynccontextmanager
async def pump(app: rx.App) -> AsyncIterator[None]:
    """Run the pump as long as the web process lives (register as a lifespan task)."""
    task = asyncio.create_task(_pump(app))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _pump(app: rx.App) -> None:
    pulses: database.Pulses | None = None
    clock = monotonic()
    while True:
        await asyncio.sleep(TICK)
        try:
            pulses = pulses or database.Pulses(database.engine())
            changed = await asyncio.to_thread(pulses.changed)
            if monotonic() - clock >= CLOCK_EVERY:
                clock = monotonic()
                changed = changed | {CLOCK}
            if PEOPLE in changed:
                sessions.look_again()
            await _push(app, changed)
        except Exception:
            log.exception("The pump stumbled; it looks again in a second")
            pulses = None
            await asyncio.sleep(1)


async def _push(app: rx.App, changed: set[str]) -> None:
    namespace = app.event_namespace
    if namespace is None:
        return
    live = namespace.token_to_sid
    for token, page in list(_pages.items()):
        if token not in live:
            leave(token)
            continue
        wanted = {_name(event): event for topic in changed for event in page.topics.get(topic, ())}
        for name, event in (page.again | wanted).items():
            await _send(app, token, page, name, event)


def _name(event: EventHandler) -> str:
    return f"{event.state_full_name}.{event.fn.__name__}"


async def _send(app: rx.App, token: str, page: _Page, name: str, event: EventHandler) -> None:
    """Enqueue one refresh, unless the last one is still under way: then once more when it is done."""
    before = page.running.get(name)
    if before is not None and not before.done():
        page.again[name] = event
        return
    page.again.pop(name, None)
    for made in Event.from_event_type(event):
        page.running[name] = await app.event_processor.enqueue(token, made)
