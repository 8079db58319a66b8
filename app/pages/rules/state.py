"""What the rules page holds."""

from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.identity.guard import allow
from app.identity.roles import Permission
from app.pages.rules.read import rules_page
from app.pages.rules.view import RulesView


class RulesState(rx.State):
    """The rules page's state."""

    loaded: bool = False
    view: RulesView = RulesView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read the active set and the list of sets."""
        self.view = await to_thread(rules_page, utc_now())
        self.loaded = True
