"""What a draft's rows are mended by: corrected in their place, or with the price that passes."""

from __future__ import annotations

from collections.abc import Callable

import reflex as rx

from app.clock import new_id, utc_now
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.intake import draft_commands, draft_lines
from app.pages.new_proposal.values_state import DraftValues

MOST = 400


class Mending(DraftValues, mixin=True):
    """The part of the page's state that mends rows."""

    @rx.event
    @allow(Permission.SUBMIT)
    async def correct(self, row: int, sku: str, price: str) -> None:
        """Judge one bad row again as it was corrected in its place."""
        actor, draft_id = await current_actor(self), self.draft.id
        await self._mend(lambda: draft_lines.correct(draft_id, actor, row, sku[:MOST], price[:MOST], utc_now()))

    @rx.event
    @allow(Permission.SUBMIT)
    async def take_meant(self, row: int) -> None:
        """Take the SKU that is spelled alike in one bad row, or in all (0)."""
        actor, draft_id = await current_actor(self), self.draft.id
        await self._mend(lambda: draft_lines.take_meant(draft_id, actor, utc_now(), row=row or None))

    @rx.event
    @allow(Permission.SUBMIT)
    async def use(self, row: int) -> None:
        """Take the price that would pass in one row."""
        await self._use([row])

    @rx.event
    @allow(Permission.SUBMIT)
    async def use_all(self) -> None:
        """Take the price that would pass in every row of this kind."""
        await self._use(None)

    @rx.event
    @allow(Permission.SUBMIT)
    async def leave_out_locked(self) -> None:
        """Leave out the lines that a context would refuse."""
        actor, draft_id, mixed = await current_actor(self), self.draft.id, self.mixed
        await self._mend(lambda: draft_commands.leave_out_locked(draft_id, actor, utc_now(), mixed=mixed))

    async def _use(self, rows: list[int] | None) -> None:
        actor, draft_id, kind = await current_actor(self), self.draft.id, self.kind
        if kind in ("hard", "soft"):
            await self._mend(lambda: draft_lines.use_passing_prices(draft_id, actor, utc_now(), rows=rows, kind=kind))

    async def _mend(self, mending: Callable[[], int]) -> None:
        await self._carry_out(mending, after="")
        self._key = new_id()
        await self._read()
        if not self.rows:
            self.kind = ""
            await self._read()
