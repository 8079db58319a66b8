"""The state of the draft behind the page: which it is, what the store has of it, and the person's other drafts."""

from __future__ import annotations

import json
from asyncio import to_thread

import reflex as rx

from app.clock import new_id, utc_now
from app.components import format as shown
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.intake import draft_commands
from app.lifecycle.errors import NotFound, Refused
from app.pages.new_proposal import read
from app.pages.new_proposal.typed import CALLED, DraftLineView, OpenedDraft
from app.states.page import refusal
from app.timekeeping.local_time import told_here


class DraftingState(rx.State):
    """The draft of this page. Before anything is kept of it, it has an id and is not `begun`."""

    draft_id: str = ""
    owner: str = ""
    begun: bool = False
    marks: str = "{}"
    kept_at: str = ""
    said: str = ""
    submitted_as: str = ""
    discarded: bool = False
    left: int = 0
    mine: list[DraftLineView] = []
    undo: DraftLineView = DraftLineView()
    refusal: RefusalView = RefusalView()
    _versions: dict[str, int] = {}
    _fields: dict[str, str] = {}
    _edition: int = 0

    @rx.event
    @allow(Permission.SUBMIT)
    async def discard(self, draft_id: str) -> None:
        """Put one of the listed drafts away; it can be taken back."""
        actor, now = await current_actor(self), utc_now()
        self.refusal = RefusalView()
        try:
            await to_thread(lambda: draft_commands.discard(draft_id, actor, now))
        except Refused as refused:
            self._refused(refused)
        else:
            self.undo = next((line for line in self.mine if line.id == draft_id), DraftLineView(id=draft_id))
        await self._list()

    @rx.event
    @allow(Permission.SUBMIT)
    async def take_back(self, draft_id: str) -> None:
        """Open a draft again that was discarded."""
        actor, now = await current_actor(self), utc_now()
        self.refusal = RefusalView()
        try:
            await to_thread(lambda: draft_commands.take_back(draft_id, actor, now))
        except Refused as refused:
            self._refused(refused)
        self.undo = DraftLineView()
        self.discarded = self.discarded and draft_id != self.draft_id
        await self._list()

    def _refused(self, refused: Refused) -> None:
        self.refusal = refusal(refused)

    def _blank(self) -> None:
        """Begin with a draft of which nothing is kept yet."""
        self.draft_id, self.begun = new_id(), False
        self.marks, self.kept_at, self.said = "{}", "", ""
        self.submitted_as, self.discarded, self.left = "", False, 0
        self._versions, self._fields, self._edition = {}, {}, 0

    def _take(self, draft_id: str, opened: OpenedDraft) -> None:
        """Be about a draft as it stands in the store."""
        if draft_id != self.draft_id:
            self.kept_at, self.said = "", ""
        self.draft_id, self.begun = draft_id, True
        self.submitted_as, self.discarded, self.left = opened.submitted_as, opened.discarded, opened.left
        self._versions, self._fields, self._edition = dict(opened.versions), dict(opened.fields), opened.edition
        self.marks = json.dumps(opened.versions, sort_keys=True)

    async def _list(self) -> None:
        actor, now = await current_actor(self), utc_now()
        but = self.draft_id
        mine = await to_thread(lambda: read.mine(actor, now, but=but))
        if mine != self.mine:
            self.mine = mine

    async def _keep(self, fields: dict[str, str]) -> bool:
        """Keep what the page's state holds; tell whether the draft has begun with it."""
        typed = {name: value for name, value in fields.items() if value != self._fields.get(name)}
        if not typed or self.submitted_as or self.discarded:
            return False
        actor, now = await current_actor(self), utc_now()
        draft_id, over, begins = self.draft_id, dict(self._versions), not self.begun
        try:
            kept = await to_thread(lambda: draft_commands.kept(draft_id, actor, typed, over, now))
        except NotFound:
            self.said = "Not kept: this draft is gone."
            return False
        except Refused as refused:
            self.said = told_here(f"Not kept. {refused.detail}")
            return False
        self._versions |= kept.versions
        self._fields |= {name: typed[name] for name in kept.versions}
        self.marks = json.dumps(self._versions, sort_keys=True)
        self.begun, self.kept_at = True, shown.clock(now)
        self.said = _clashed(list(kept.clashes))
        return begins


def _clashed(names: list[str]) -> str:
    if not names:
        return ""
    what = " and ".join(CALLED[name] for name in names)
    return f"Not kept: {what} changed in another window. Reload this page to see what stands there."
