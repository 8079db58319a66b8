"""The guard of every Reflex event: who sent it, may they, is the payload what the handler declares. Deny by default.

Any websocket client may send any registered event name with any payload, and Reflex coerces annotations without
enforcing them. So nothing reaches a handler that did not pass here: foreground, background, chained and pushed.
"""

import inspect
import json
import logging
from asyncio import to_thread
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeVar, get_type_hints
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
    actor = await to_thread(sessions.actor_for_cookie, _cookie(state))
    if actor is None:
        raise NotSignedIn
    return actor


class Guard(Middleware):
    """Refuses what is not allowed, before the handler runs."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the event through, or the update that tells the client why not."""
        watch_from(zone_of(_cookie(state)))
        registered = RegistrationContext.get().event_handlers.get(event.name)
        if registered is None:
            return _refused(event, "unknown event")
        handler, owner = registered.handler.fn, registered.states[0]
        if not attempts.allowed(attempts.EVENTS, "event", _who(state)):
            return _refused(event, "too many events", "Too much at once. Wait a few seconds.")
        if is_framework_event(owner, handler):
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


def undeclared_parameters(handler: Callable[..., object]) -> list[str]:
    """Return the parameters of a handler that carry no annotation (a test refuses them)."""
    hints = get_type_hints(handler)
    return [name for name in _payload_parameters(handler) if name not in hints]


async def _checked(state: BaseState, event: Event, handler: Callable[..., object]) -> StateUpdate | None:
    tag = tag_of(handler)
    if tag is None:
        return _refused(event, "untagged handler")
    if isinstance(tag, Permission):
        actor = await to_thread(sessions.actor_for_cookie, _cookie(state))
        if actor is None:
            return _to_sign_in(state)
        if not actor.may(tag):
            return _refused(event, f"{actor.id} may not {tag}", f"Your roles do not allow this ({tag}).")
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


def _to_sign_in(state: BaseState) -> StateUpdate:
    url = state.router.url
    here = f"{url.path}?{url.query}" if url.query else str(url.path or "/")
    if here.startswith(SIGN_IN):
        return StateUpdate()
    query = urlencode({"next": here})
    target = f"{SIGN_IN}?{query}" if here != "/" else SIGN_IN
    return StateUpdate(events=Event.from_event_type(rx.redirect(target)))


def _who(state: BaseState) -> str:
    return sessions.session_key(_cookie(state)) or state.router.session.client_ip or "unknown"


def _cookie(state: BaseState) -> str | None:
    return state.router.headers.cookie or None
