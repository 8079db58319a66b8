"""What the list of proposals holds."""

from asyncio import to_thread

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.identity.guard import allow
from app.identity.roles import Permission
from app.lifecycle.table.status import Status
from app.pages.proposals.read import address, proposals_page
from app.pages.proposals.view import ProposalsView
from app.states.page import OpenState


class ProposalsState(OpenState, rx.State):
    """The list's state. What is shown is what the address bar says."""

    status: str = ""
    q: str = ""
    submitter: str = ""
    cursor: str = ""
    listed: ProposalsView = ProposalsView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for; the first page is watched."""
        self._watch(ProposalsState.refresh, "proposals")
        asked = self.router.url.query_parameters
        status = asked.get("status", "")
        self.status = status if status in set(Status) else ""
        self.q, self.submitter, self.cursor = (asked.get(name, "")[:200] for name in ("q", "submitter", "cursor"))
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    def by_submitter(self, chosen: str) -> EventSpec:
        """Show only one person's proposals."""
        return rx.redirect(address(self.status, self.q, chosen[:200]))

    @rx.event
    @allow(Permission.READ)
    def by_text(self, form_data: dict[str, str]) -> EventSpec:
        """Show only proposals that mention a text."""
        return rx.redirect(address(self.status, form_data.get("q", "").strip()[:200], self.submitter))

    async def _fill(self) -> None:
        status, q, submitter, cursor = self.status, self.q, self.submitter, self.cursor
        self._show(listed=await to_thread(proposals_page, status, q, submitter, cursor, utc_now()))
