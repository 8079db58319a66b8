"""The guard of every Reflex event: who sent it, may they, is the payload what the handler declares. Deny by default.

Any websocket client may send any registered event name with any payload, and Reflex coerces annotations without
enforcing them. So nothing reaches a handler that did not pass here: foreground, background, chained and pushed.
"""

import inspect
import json
import logging
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Final, TypeVar, cast, get_type_hints
from urllib.parse import urlencode

import reflex as rx
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import form_data_as_dict

from app.identity import attempts, sessions
from app.identity.actor import Actor
from app.identity.address import counted_as, of_caller
from app.identity.roles import Permission
from app.identity.whereabouts import zone_of
from app.timekeeping.local_time import watch_from

ANYBODY: Final = "anybody"
SIGN_IN = "/sign-in"
FRAMEWORK_EVENTS = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "on_load_internal",
        "set_is_hydrated",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)
HYDRATES = frozenset({"hydrate", "hydrate_and_load"})
_TAG = "__baton_permission__"
_log = logging.getLogger("baton.guard")
_Handler = TypeVar("_Handler", bound=Callable[..., object])


class NotSignedIn(Exception):
    """The event's websocket carries no valid session."""


class PayloadRefused(Exception):
    """The payload is not what the handler declares."""


def allow(permission: Permission) -> Callable[[_Handler], _Handler]:
    """Tag a handler with the permission it needs. Goes below `@rx.event`."""

    def tag(handler: _Handler) -> _Handler:
        setattr(handler, _TAG, permission)
        return handler

    return tag


def allow_anybody(handler: _Handler) -> _Handler:
    """Tag a handler that needs no session (the sign-in page). Goes below `@rx.event`."""
    setattr(handler, _TAG, ANYBODY)
    return handler


def tag_of(handler: Callable[..., object]) -> Permission | str | None:
    """Return the permission a handler is tagged with, `ANYBODY`, or None."""
    tag: Permission | str | None = getattr(handler, _TAG, None)
    return tag


def is_framework_event(state: type[BaseState], handler: Callable[..., object]) -> bool:
    """Tell whether this is one of the few events Reflex itself needs; its `setvar` is not."""
    return state.__module__.split(".")[0] == "reflex" and handler.__name__ in FRAMEWORK_EVENTS


async def current_actor(state: BaseState) -> Actor:
    """Return who this state's websocket belongs to, or raise `NotSignedIn`. Never keep the answer in a state."""
    actor = await _actor(state)
    if actor is None:
        raise NotSignedIn
    return actor


when_shut_out: list[Callable[[str], None]] = []
"""Called with the token of a tab whose session is over: whatever is kept for it elsewhere ends too."""


def keep_the_door(app: rx.App) -> None:
    """Let nothing into the framework's queue that is no event of ours: it would write all of it into the log."""
    namespace = app.event_namespace
    assert namespace is not None, "an app with pages has one"
    let_in = namespace.on_event

    async def on_event(sid: str, data: object) -> None:
        why = _no_event(data)
        if why:
            _log.warning("event refused session=%r why=%s", sid, why)
            return
        await let_in(sid, data)

    namespace.on_event = on_event  # type: ignore[method-assign]


when_a_window_comes_back: list[Callable[[BaseState], Awaitable[None]]] = []
"""Called with the state of a window that connects again, before that state is sent to it: it may be a fresh one."""


class HandlerGuard(Middleware):
    """Refuses what is not allowed, before the handler runs."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the event through, or the update that tells the client why not."""
        watch_from(zone_of(_cookie(state)))
        registered = RegistrationContext.get().event_handlers.get(event.name)
        if registered is None:  # nothing but `keep_the_door` stands between this and a client
            return _refused(event, "unknown event")
        handler, owner = registered.handler.fn, registered.states[0]
        if not attempts.allowed(attempts.EVENTS, "event", await _who(state)):
            return _refused(event, "too many events", "Too much at once. Wait a few seconds.")
        if is_framework_event(owner, handler):
            if handler.__name__ in HYDRATES:
                await _arrives(state, event)
            return None
        return await _checked(state, event, handler)


def check_payload(handler: Callable[..., object], payload: Mapping[str, object]) -> None:
    """Raise `PayloadRefused` unless the payload has exactly the declared parameters, each of its declared type."""
    declared = _parameters(handler)
    unknown = payload.keys() - declared.keys()
    missing = {name for name, (_, required) in declared.items() if required} - payload.keys()
    if unknown or missing:
        raise PayloadRefused(f"unknown {sorted(unknown)}, missing {sorted(missing)}")
    for name, value in payload.items():
        try:
            declared[name][0].validate_json(json.dumps(form_data_as_dict(value), default=dict), strict=True)
        except (ValidationError, TypeError, ValueError) as broken:
            raise PayloadRefused(f"{name} is not what it should be") from broken


async def _checked(state: BaseState, event: Event, handler: Callable[..., object]) -> StateUpdate | None:
    tag = tag_of(handler)
    if tag is None:
        return _refused(event, "untagged handler")
    if isinstance(tag, Permission):
        actor = await _actor(state)
        if actor is None:
            _forget(state)
            return _to_sign_in(state)
        if not actor.may(tag):
            right = tag.replace("-", " ")
            return _refused(event, f"{actor.id} may not {tag}", f"Your roles lack the right to {right}.")
    try:
        check_payload(handler, event.payload)
    except PayloadRefused as refused:
        return _refused(event, str(refused), "This input was not understood. Reload the page and try again.")
    return None


@lru_cache(maxsize=2_000)
def _parameters(handler: Callable[..., object]) -> dict[str, tuple[TypeAdapter[object], bool]]:
    hints = get_type_hints(handler, include_extras=True)
    try:
        return {
            name: (TypeAdapter(hints[name]), parameter.default is inspect.Parameter.empty)
            for name, parameter in _payload_parameters(handler).items()
        }
    except (KeyError, PydanticSchemaGenerationError) as unusable:
        raise PayloadRefused(f"{handler.__qualname__} declares a parameter that cannot be checked") from unusable


def _payload_parameters(handler: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the parameters a payload can fill: neither `self` nor the ones a partial event fixed already."""
    parameters = inspect.signature(handler).parameters
    return dict(list(parameters.items())[1:])


def _refused(event: Event, why: str, for_people: str = "This is not possible here.") -> StateUpdate:
    _log.warning("event refused name=%r why=%s", event.name[:200], why)
    return StateUpdate(events=Event.from_event_type(rx.toast.error(for_people)))


async def _actor(state: BaseState) -> Actor | None:
    return await to_thread(sessions.actor_for_cookie, _cookie(state))


def _forget(state: BaseState) -> None:
    """Let nothing of a session that is over stay behind: neither what was shown, nor what was typed or is watched."""
    root = cast(rx.State, state._get_root_state())
    hydrated = root.is_hydrated
    root.reset()  # type: ignore[no-untyped-call]
    root.is_hydrated = hydrated
    for leave in when_shut_out:
        leave(state.router.session.client_token)


async def _arrives(state: BaseState, event: Event) -> None:
    """Meet a window before it is told anything: a stranger finds nothing, one that comes back finds what it had."""
    if await _actor(state) is None:
        _forget(state)
    elif not event.payload.get("hashes"):  # the framework sends them with the first greeting of a page alone
        for restore in when_a_window_comes_back:
            await restore(state)


def _no_event(data: object) -> str:
    """Say why this is no event that a page of ours sends, or nothing."""
    if not isinstance(data, dict):
        return "no event at all"
    name = data.get("name")
    if not isinstance(name, str) or name not in RegistrationContext.ensure_context().event_handlers:
        return f"unknown event {str(name)[:200]!r}"
    if not isinstance(data.get("payload") or {}, dict) or not isinstance(data.get("router_data") or {}, dict):
        return f"{name[:200]}: not the shape of an event"
    return ""


def _to_sign_in(state: BaseState) -> StateUpdate:
    url = state.router.url
    here = f"{url.path}?{url.query}" if url.query else str(url.path or "/")
    if here.startswith(SIGN_IN):
        return StateUpdate()
    query = urlencode({"next": here})
    target = f"{SIGN_IN}?{query}" if here != "/" else SIGN_IN
    return StateUpdate(events=Event.from_event_type(rx.redirect(target)))


async def _who(state: BaseState) -> str:
    """Return whom an event counts against: a session that there is, else the address; made-up cookies are nobody."""
    actor = await to_thread(sessions.actor_for_cookie, _cookie(state))
    if actor is not None:
        return sessions.session_key(_cookie(state)) or actor.id
    forwarded_for = state.router.headers.raw_headers.get("x-forwarded-for", "")
    return counted_as(of_caller(state.router.session.client_ip or "unknown", [forwarded_for]))


def _cookie(state: BaseState) -> str | None:
    return state.router.headers.cookie or None
