"""What the account page holds. The password itself never comes by here: `assets/session.js` sends it."""

from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.components import format as shown
from app.components.people import RoleView, TokenView, role_view, token_view
from app.components.views import RefusalView, View
from app.database import reading, transaction
from app.identity import demo
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission, Role
from app.lifecycle.errors import Refused
from app.membership import machines
from app.membership.reading import one
from app.states import live


class AccountView(View):
    """The person who is signed in."""

    name: str = ""
    email: str = ""
    initials: str = ""
    roles: list[RoleView] = []
    signed_in: str = ""
    tokens: list[TokenView] = []
    has_password: bool = True


class AccountState(rx.State):
    """The account page's state."""

    loaded: bool = False
    view: AccountView = AccountView()
    refusal: RefusalView = RefusalView()
    said: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what one is and holds, and watch it."""
        live.subscribe(self.router.session.client_token, live.PEOPLE, AccountState.refresh)
        changed = self.router.url.query_parameters.get("changed") == "password"
        self.said = "Your password is changed; every other browser was signed out." if changed else ""
        self.refusal = RefusalView()
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read it again; only what differs is sent."""
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def end_token(self, token_id: str) -> None:
        """End a token of one's own."""
        actor = await current_actor(self)
        try:
            await to_thread(lambda: _end(actor, token_id))
        except Refused as refused:
            code = f"{refused.status} {refused.code}"
            self.said = ""
            self.refusal = RefusalView(
                title=f"{refused.title}.", detail=f"{refused.detail} Nothing changed.", code=code
            )
            return
        self.refusal, self.said = RefusalView(), "The token has ended."
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        view = await to_thread(lambda: _read(actor))
        if view != self.view:
            self.view = view


def _end(actor: Actor, token_id: str) -> None:
    with transaction() as session:
        machines.revoke(session, token_id[:64], actor=actor, now=utc_now())


def _read(actor: Actor) -> AccountView:
    now = utc_now()
    with reading() as session:
        member = one(session, actor.id, now)
    return AccountView(
        name=actor.name,
        email=actor.email,
        initials=actor.initials,
        roles=[role_view(role) for role in Role if role in actor.roles],
        signed_in=shown.plural(member.sessions, "browser") if member else "",
        tokens=[token_view(held.id, held.label, held.expires_at, now) for held in member.tokens] if member else [],
        has_password=not demo.is_demo_person(actor.id),
    )
