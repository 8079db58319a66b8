"""The state of the New proposal page: what was asked for, and the draft that the server keeps."""

from __future__ import annotations

import reflex as rx
from reflex.state import BaseState

from app import routes
from app.clock import new_id, utc_now
from app.identity.guard import allow, current_actor, when_a_window_comes_back
from app.identity.roles import Permission
from app.intake import draft_commands, drafts
from app.lifecycle.errors import Refused
from app.pages.new_proposal import drafting_state
from app.pages.new_proposal.as_read_view import UnsureView
from app.pages.new_proposal.as_read_view import unsure as shown_unsure
from app.pages.new_proposal.mending_state import Mending
from app.pages.new_proposal.opening_state import DRAFT_ID, at
from app.pages.new_proposal.submitting_state import Submitting

MOST_TOLD = 200_000


class NewProposalState(Mending, Submitting, rx.State):
    """One new proposal. The rows live in the draft, not here."""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address, and watch the drafts of this person."""
        actor = await current_actor(self)
        self._watch(NewProposalState.refresh, drafts.topic(actor))
        await self._begin()

    @rx.event
    @allow(Permission.SUBMIT)
    async def opened(self, draft_id: str) -> rx.event.EventSpec | None:
        """Show the lines that `upload.js` just had read."""
        if not DRAFT_ID.match(draft_id):
            return None
        self.without, self.mixed, self.anew, self.unsure = False, "together", False, UnsureView()
        self._key, self.kind, self.after = new_id(), "", ""
        opened = await self._stands(draft_id)
        if opened is None:
            return None
        drafting_state.take((await self._beside()).drafting, draft_id, opened)
        await self._show_lines(opened)
        await self._keep()
        return at(draft_id)

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose_mode(self, mode: str) -> rx.event.EventSpec | None:
        """Choose whether lines are typed or come as a file."""
        self.mode, self.unsure = ("file" if mode == "file" else "type"), UnsureView()
        return await self._bring()

    @rx.event
    @allow(Permission.SUBMIT)
    async def edit_lines(self) -> rx.event.EventSpec | None:
        """Let the lines be typed again, beginning with those that stand."""
        actor, draft_id = await current_actor(self), (await self._beside()).drafting.draft_id
        done = await self._carry_out(lambda: draft_commands.edit_lines(draft_id, actor, utc_now()), after="")
        if isinstance(done, Refused):
            return None
        self.mode = "type"
        return await self._bring()

    @rx.event
    @allow(Permission.SUBMIT)
    async def leave_lines(self) -> rx.event.EventSpec | None:
        """Go back to the lines as they were read."""
        self.anew, self.unsure = False, UnsureView()
        opened = await self._stands((await self._beside()).drafting.draft_id)
        if opened is not None:
            await self._show_lines(opened)
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def go_on_with_what_was_left(self) -> rx.event.EventSpec | None:
        """Begin a draft with the lines that this one, submitted, left behind."""
        actor, draft_id, mixed = await current_actor(self), (await self._beside()).drafting.draft_id, self.mixed
        anew = await self._carry_out(
            lambda: draft_commands.with_what_was_left(draft_id, actor, mixed, utc_now()), after=""
        )
        return None if isinstance(anew, Refused) else rx.redirect(routes.with_query(routes.NEW_PROPOSAL, draft=anew))

    @rx.event
    @allow(Permission.SUBMIT)
    def not_read(self, refusal: str) -> None:
        """Show in which ways the file could be read that `upload.js` just sent; nothing if it is another refusal."""
        self.unsure = shown_unsure(refusal[:MOST_TOLD])

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose_mixed(self, mixed: str) -> rx.event.EventSpec | None:
        """Choose what happens when verdicts differ between lines."""
        self.mixed = "split" if mixed == "split" else "together"
        await self._read()
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def go_without(self) -> rx.event.EventSpec | None:
        """Leave the bad rows out, knowingly."""
        self.without = True
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def foresee(self) -> rx.event.EventSpec | None:
        """Look ahead with the lines, moments and waves as they stand on the page, and keep them."""
        await self._foresee()
        return await self._keep()

    async def _bring(self) -> rx.event.EventSpec | None:
        self.anew = self.anew or self.draft.id != ""
        self._forget()
        return await self._keep() if (await self._beside()).drafting.begun else None


async def _come_back(state: BaseState) -> None:
    if state.router.url.path == routes.NEW_PROPOSAL:
        await (await state.get_state(NewProposalState))._begin_again()


when_a_window_comes_back.append(_come_back)
