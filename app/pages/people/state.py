"""What the people page holds, and where its clicks go: each to one command."""

from asyncio import to_thread
from collections.abc import Callable
from typing import TypeVar

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components.dialogs import opens, shuts
from app.components.views import RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission, Role
from app.lifecycle.errors import Refused
from app.membership import commands
from app.membership.commands import OneTimePassword
from app.pages.people.read import people_page
from app.pages.people.view import OneTimeView, PeopleView
from app.states import live
from app.states.page import ActingState

NAME, ADDRESS = 200, 400
Made = TypeVar("Made")


class PeopleState(ActingState, rx.State):
    """Everybody, the person that was chosen, the boxes that are ticked, and what came of the last click."""

    allowed: bool = True
    view: PeopleView = PeopleView()
    ticked: list[str] = []
    wanted: list[str] = []
    one_time: OneTimeView = OneTimeView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read who there is, and watch it; say who may, to everybody else."""
        actor = await current_actor(self)
        self.allowed, self.loaded = actor.may(Permission.MANAGE_USERS), True
        self.one_time, self.refusal, self.said, self.wanted = OneTimeView(), RefusalView(), "", []
        if not self.allowed:
            self.view, self.ticked = PeopleView(), []
            return
        self._watch(PeopleState.refresh, live.PEOPLE)
        await self._fill(actor)
        self.ticked = self.view.chosen.roles

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def refresh(self) -> None:
        """Read it again; boxes that were ticked stay, unless somebody else changed the roles meanwhile."""
        await self._fill(await current_actor(self))

    @rx.event
    @allow(Permission.MANAGE_USERS)
    def tick(self, name: str, on: bool) -> None:
        """Tick a role of the person that was chosen, or take the tick away."""
        self.ticked = _toggled(self.ticked, name, on)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    def want(self, name: str, on: bool) -> None:
        """Tick a role of the person who is about to be added."""
        self.wanted = _toggled(self.wanted, name, on)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    def ask(self, dialog: str) -> EventSpec | None:
        """Open one of the dialogs, empty of old refusals."""
        if dialog not in ("add", "shut-out", "reset"):
            return None
        self._begin_deed()
        self.said, self.wanted = "", []
        return opens(dialog)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def add(self, form_data: dict[str, str]) -> EventSpec | None:
        """Add a person with a password for one use."""
        name, email, roles = form_data.get("name", "")[:NAME], form_data.get("email", "")[:ADDRESS], _roles(self.wanted)
        key = form_data.get("key", "")
        if self._was_done(key):
            return None
        added = await self._do(lambda actor: commands.add(actor, email, name, roles, utc_now()))
        if isinstance(added, Refused):
            return None
        self._end_deed(key)
        self._show_once(added)
        self.said, self.wanted = f"{added.who} was added.", []
        return shuts("add")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def save_roles(self, person: str, ticked: list[str], shown: list[str]) -> None:
        """Give a person the roles that were ticked, if they still have those that were shown."""
        roles, seen, said = _roles(ticked), _roles(shown), f"{self._name(person)} has these roles now."
        await self._do(lambda actor: commands.set_roles(actor, person, roles, utc_now(), seen=seen), said)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def shut_out(self, form_data: dict[str, str]) -> EventSpec | None:
        """Shut out the person whom the dialog named."""
        person = form_data.get("person", "")
        said = f"{self._name(person)} is shut out."
        done = await self._do(lambda actor: commands.shut_out(actor, person, utc_now()), said)
        if isinstance(done, Refused):
            return None
        self.one_time = OneTimeView()
        return shuts("shut-out")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def let_in(self, person: str) -> None:
        """Let a person in again."""
        said = f"{self._name(person)} may come in again."
        made = await self._do(lambda actor: commands.let_in(actor, person, utc_now()), said)
        if not isinstance(made, Refused) and self.view.chosen.has_password:
            self._show_once(made)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def make_password(self, form_data: dict[str, str]) -> EventSpec | None:
        """Give the person whom the dialog named a password for one use."""
        person = form_data.get("person", "")
        made = await self._do(lambda actor: commands.reset_password(actor, person, utc_now()))
        if isinstance(made, Refused):
            return None
        self._show_once(made)
        return shuts("reset")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def end_token(self, token_id: str) -> None:
        """End a token of the chosen person."""
        await self._do(lambda actor: commands.end_token(actor, token_id, utc_now()), "The token has ended.")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    def forget(self) -> None:
        """Show the password for one use no longer."""
        self.one_time = OneTimeView()

    def _name(self, person: str) -> str:
        return next((row.name for row in self.view.rows if row.id == person), "Nobody")

    def _show_once(self, made: OneTimePassword) -> None:
        self.one_time = OneTimeView(who=made.who, password=made.password)

    async def _do(self, command: Callable[[Actor], Made], said: str = "") -> Made | Refused:
        """Carry out a command, say that it is done and read the page again, unless it was refused."""
        actor = await current_actor(self)
        made = await self._carry_out(lambda: command(actor))
        if not isinstance(made, Refused):
            self.said = said
            await self._fill(actor)
        return made

    async def _fill(self, actor: Actor) -> None:
        chosen = self.router.url.query_parameters.get("person", "")[:64]
        view = await to_thread(people_page, actor, chosen, utc_now())
        if view.chosen.roles != self.view.chosen.roles:
            self.ticked = view.chosen.roles
        self._show(view=view)


def _roles(named: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in named if name in set(Role))


def _toggled(names: list[str], name: str, on: bool) -> list[str]:
    if name not in set(Role):
        return names
    return [role.value for role in Role if (role.value in names and role != name) or (role == name and on)]
