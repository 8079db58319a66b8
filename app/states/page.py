"""What every page's state does: watch what it shows, send only what differs, say what was refused."""

from asyncio import to_thread
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import reflex as rx

from app.components.views import RefusalView
from app.identity.guard import allow
from app.identity.roles import Permission
from app.lifecycle.errors import Refused
from app.states import live

T = TypeVar("T")
UNCHANGED = "Nothing changed."


def refusal(refused: Refused, after: str = "") -> RefusalView:
    """Return why something did not happen; `after` follows the reason, unless that says the same."""
    detail = refused.detail if after in refused.detail else f"{refused.detail} {after}"
    return RefusalView(title=f"{refused.title}.", detail=detail, code=f"{refused.status} {refused.code}")


async def answered(command: Callable[[], T]) -> T | Refused:
    """Carry out one command, and return its answer or why it was refused."""
    try:
        return await to_thread(command)
    except Refused as refused:
        return refused


class PageState(rx.State, mixin=True):
    """A page's state: filled when the page begins, and whenever something that it watches has changed."""

    loaded: bool = False

    def _watch(self, refresh: object, *topics: str) -> None:
        """Have `refresh`, a handler of this state, run whenever something under one of these topics changes."""
        for topic in topics:
            live.subscribe(self.router.session.client_token, topic, refresh)

    def _show(self, **found: object) -> None:
        """Hold what was read; only what differs is sent."""
        for name, value in found.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


class OpenState(PageState, mixin=True):
    """The state of a page that is open to everybody who may read: it is read again when what it watches changes.

    A page for fewer people writes a `refresh` of its own, with the permission that it needs.
    """

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the page again; only what differs is sent."""
        await self._fill()

    async def _fill(self) -> None:
        raise NotImplementedError


class ForwardingState(PageState, mixin=True):
    """A page's state that forwards commands, and says what was refused.

    `key` goes to the browser, which gives it back with what is pressed there (`components.dialogs.given_back`), as it
    gives back what the deed is about: what a slow line brings late, twice, or to a new process is still the same deed
    on what was shown.
    """

    refusal: RefusalView = RefusalView()
    key: str = ""
    _done: str = ""

    def _begin_deed(self) -> None:
        """Begin another deed, without the refusal of an earlier one."""
        self.key, self.refusal = uuid4().hex, RefusalView()

    def _was_done(self, key: str) -> bool:
        """Tell whether this is the last deed once more: the second click of a double click, after the first."""
        return key != "" and key == self._done

    def _end_deed(self, key: str) -> None:
        """End a deed that was carried out; what is pressed from now on is another one."""
        self._done = key
        self._begin_deed()

    async def _carry_out(self, command: Callable[[], T], *, after: str = UNCHANGED) -> T | Refused:
        """Carry out one command and return its answer; say what was refused, and return that."""
        answer = await answered(command)
        self.refusal = refusal(answer, after) if isinstance(answer, Refused) else RefusalView()
        return answer


class ActingState(ForwardingState, mixin=True):
    """A page's state that says what was done, too: what was refused takes the place of that."""

    said: str = ""

    async def _carry_out(self, command: Callable[[], T], *, after: str = UNCHANGED) -> T | Refused:
        answer = await super()._carry_out(command, after=after)
        if isinstance(answer, Refused):
            self.said = ""
        return answer
