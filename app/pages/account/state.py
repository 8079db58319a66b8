"""What the account page holds. The password itself never comes by here: `assets/session.js` sends it."""

from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.errors import Refused
from app.membership import commands
from app.pages.account.read import account_page
from app.pages.account.view import AccountView
from app.states import live
from app.states.page import ActingState, OpenState


class AccountState(OpenState, ActingState, rx.State):
    """The account page's state."""

    view: AccountView = AccountView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what one is and holds, and watch it."""
        self._watch(AccountState.refresh, live.PEOPLE)
        changed = self.router.url.query_parameters.get("changed") == "password"
        self.said = "Your password is changed; every other browser was signed out." if changed else ""
        self.refusal = RefusalView()
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def end_token(self, token_id: str) -> None:
        """End a token of one's own."""
        actor, now = await current_actor(self), utc_now()
        ended = await self._carry_out(lambda: commands.end_token(actor, token_id[:64], now))
        if isinstance(ended, Refused):
            return
        self.said = "The token has ended."
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        self._show(view=await to_thread(account_page, actor, utc_now()))
