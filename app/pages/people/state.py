"""What the people page holds, and where its clicks go: each to one command."""

from asyncio import to_thread
from collections.abc import Callable
from typing import TypeVar

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from app.clock import utc_now
from app.components.views import RefusalView
from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission, Role
from app.lifecycle.errors import Refused
from app.membership import machines
from app.membership import people as members
from app.membership.secret import for_one_use
from app.pages.people import read
from app.pages.people.view import OneTimeView, PeopleView
from app.states import live

NAME, ADDRESS = 200, 400
Made = TypeVar("Made")


def opens(dialog: str) -> EventSpec:
    """Open a dialog of the page."""
    return rx.call_script(f"document.getElementById('{dialog}').showModal()")


def shuts(dialog: str) -> EventSpec:
    """Close a dialog of the page."""
    return rx.call_script(f"document.getElementById('{dialog}').close()")


class PeopleState(rx.State):
    """Everybody, the person that was chosen, the boxes that are ticked, and what came of the last click."""

    loaded: bool = False
    allowed: bool = True
    view: PeopleView = PeopleView()
    ticked: list[str] = []
    wanted: list[str] = []
    one_time: OneTimeView = OneTimeView()
    refusal: RefusalView = RefusalView()
    said: str = ""

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
        live.subscribe(self.router.session.client_token, live.PEOPLE, PeopleState.refresh)
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
        self.refusal, self.said, self.wanted = RefusalView(), "", []
        return opens(dialog)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def add(self, form_data: dict[str, str]) -> EventSpec | None:
        """Add a person with a password for one use."""
        name, email, roles = form_data.get("name", "")[:NAME], form_data.get("email", "")[:ADDRESS], _roles(self.wanted)

        secret = await to_thread(for_one_use)
        added = await self._do(
            lambda session, actor: (
                members.add(session, email, name, roles, secret=secret, actor=actor, now=utc_now()).name
            )
        )
        if added is None:
            return None
        self.one_time, self.said, self.wanted = OneTimeView(who=added, password=secret.shown), f"{added} was added.", []
        return shuts("add")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def save_roles(self) -> None:
        """Give the chosen person the roles that are ticked, if they still have those that were shown."""
        person, roles, seen = self.view.chosen, _roles(self.ticked), _roles(self.view.chosen.roles)
        if await self._do(
            lambda session, actor: (
                members.set_roles(session, person.id, roles, actor=actor, now=utc_now(), seen=seen).name
            )
        ):
            self.said = f"{person.name} has these roles now."
            self.ticked = self.view.chosen.roles

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def shut_out(self) -> EventSpec | None:
        """Shut the chosen person out."""
        person = self.view.chosen
        if not await self._do(
            lambda session, actor: members.deactivate(session, person.id, actor=actor, now=utc_now()).name
        ):
            return None
        self.said, self.one_time = f"{person.name} is shut out.", OneTimeView()
        return shuts("shut-out")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def let_in(self) -> None:
        """Let the chosen person in again."""
        person, secret = self.view.chosen, await to_thread(for_one_use)
        if await self._do(
            lambda session, actor: members.reactivate(session, person.id, secret, actor=actor, now=utc_now()).name
        ):
            self.said = f"{person.name} may come in again."
            if self.view.chosen.has_password:
                self.one_time = OneTimeView(who=person.name, password=secret.shown)

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def make_password(self) -> EventSpec | None:
        """Give the chosen person a password for one use."""
        person, secret = self.view.chosen, await to_thread(for_one_use)
        if not await self._do(
            lambda session, actor: members.reset_password(session, person.id, secret, actor=actor, now=utc_now()).name
        ):
            return None
        self.said, self.one_time = "", OneTimeView(who=person.name, password=secret.shown)
        return shuts("reset")

    @rx.event
    @allow(Permission.MANAGE_USERS)
    async def end_token(self, token_id: str) -> None:
        """End a token of the chosen person."""
        if await self._do(lambda session, actor: machines.revoke(session, token_id, actor=actor, now=utc_now()).name):
            self.said = "The token has ended."

    @rx.event
    @allow(Permission.MANAGE_USERS)
    def forget(self) -> None:
        """Show the password for one use no longer."""
        self.one_time = OneTimeView()

    async def _do(self, command: Callable[[Session, Actor], Made]) -> Made | None:
        """Carry out a command and return what it gives; say what was refused, and return nothing."""
        actor = await current_actor(self)
        try:
            made = await to_thread(lambda: _carried_out(command, actor))
        except Refused as refused:
            self.said = ""
            self.refusal = RefusalView(
                title=f"{refused.title}.",
                detail=f"{refused.detail} Nothing changed.",
                code=f"{refused.status} {refused.code}",
            )
            return None
        self.refusal = RefusalView()
        await self._fill(actor)
        return made

    async def _fill(self, actor: Actor) -> None:
        chosen = self.router.url.query_parameters.get("person", "")[:64]
        view = await to_thread(lambda: _read(actor, chosen))
        if view.chosen.roles != self.view.chosen.roles:
            self.ticked = view.chosen.roles
        if view != self.view:
            self.view = view


def _carried_out(command: Callable[[Session, Actor], Made], actor: Actor) -> Made:
    with transaction() as session:
        return command(session, actor)


def _read(actor: Actor, chosen: str) -> PeopleView:
    with reading() as session:
        return read.people(session, actor, chosen, utc_now())


def _roles(named: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in named if name in set(Role))


def _toggled(names: list[str], name: str, on: bool) -> list[str]:
    if name not in set(Role):
        return names
    return [role.value for role in Role if (role.value in names and role != name) or (role == name and on)]
