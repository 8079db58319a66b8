"""The state of the draft behind the page: which it is, what the store has of it, and the person's other drafts."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import Mapping, Sequence

import reflex as rx

from app.clock import new_id, utc_now
from app.components import format as shown
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.intake import draft_commands
from app.lifecycle.errors import NotFound, Refused
from app.pages.new_proposal import read
from app.pages.new_proposal.typed import OURS, AsTyped, DraftLineView, OpenedDraft
from app.states.page import ForwardingState, answered
from app.timekeeping.local_time import told_here


class DraftingState(ForwardingState, rx.State):
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
    _versions: dict[str, int] = {}
    _fields: dict[str, str] = {}
    _edition: int = 0

    @rx.event
    @allow(Permission.SUBMIT)
    async def discard(self, draft_id: str) -> None:
        """Put one of the listed drafts away; it can be taken back."""
        actor, now = await current_actor(self), utc_now()
        done = await self._carry_out(lambda: draft_commands.discard(draft_id, actor, now), after="")
        if not isinstance(done, Refused):
            self.undo = next((line for line in self.mine if line.id == draft_id), DraftLineView(id=draft_id))
        await list_others(self)

    @rx.event
    @allow(Permission.SUBMIT)
    async def take_back(self, draft_id: str) -> None:
        """Open a draft again that was discarded."""
        actor, now = await current_actor(self), utc_now()
        await self._carry_out(lambda: draft_commands.take_back(draft_id, actor, now), after="")
        self.undo = DraftLineView()
        self.discarded = self.discarded and draft_id != self.draft_id
        await list_others(self)


def begin_anew(page: DraftingState) -> None:
    """Begin with a draft of which nothing is kept yet."""
    page.draft_id, page.begun = new_id(), False
    page.marks, page.kept_at, page.said = "{}", "", ""
    page.submitted_as, page.discarded, page.left = "", False, 0
    page._versions, page._fields, page._edition = {}, {}, 0


def newer_fields(page: DraftingState, opened: OpenedDraft) -> list[str]:
    """Return the fields of which the store has something newer than the page."""
    return [name for name in OURS if opened.versions.get(name, 0) > page._versions.get(name, 0)]


def is_about(page: DraftingState, opened: OpenedDraft) -> bool:
    """Tell whether the page shows the lines that the store has."""
    return opened.edition == page._edition


def take(page: DraftingState, draft_id: str, opened: OpenedDraft) -> None:
    """Be about a draft as it stands in the store."""
    if draft_id != page.draft_id:
        page.kept_at, page.said = "", ""
    page.draft_id, page.begun = draft_id, True
    page.submitted_as, page.discarded, page.left = opened.submitted_as, opened.discarded, opened.left
    page._versions, page._fields, page._edition = dict(opened.versions), dict(opened.fields), opened.edition
    page.marks = json.dumps(opened.versions, sort_keys=True)


def seen_fields(page: DraftingState) -> dict[str, int]:
    """Return the versions that the page has of its fields."""
    return {name: page._versions.get(name, 0) for name in OURS}


async def list_others(page: DraftingState) -> None:
    """List the person's other drafts."""
    actor, now, but = await current_actor(page), utc_now(), page.draft_id
    page._show(mine=await to_thread(lambda: read.mine(actor, now, but=but)))


async def keep(page: DraftingState, fields: Mapping[str, AsTyped]) -> bool:
    """Keep the fields that say something else than the store; tell whether the draft has begun with it."""
    nothing = {name: type(field)().model_dump_json() for name, field in fields.items()}
    now_says = {name: field.model_dump_json() for name, field in fields.items()}
    typed = {name: words for name, words in now_says.items() if words != page._fields.get(name, nothing[name])}
    if not typed or page.submitted_as or page.discarded:
        return False
    actor, now = await current_actor(page), utc_now()
    draft_id, over, begins = page.draft_id, dict(page._versions), not page.begun
    kept = await answered(lambda: draft_commands.kept(draft_id, actor, typed, over, now))
    if isinstance(kept, Refused):
        gone = isinstance(kept, NotFound)
        page.said = "Not kept: this draft is gone." if gone else told_here(f"Not kept. {kept.detail}")
        return False
    page._versions |= kept.versions
    page._fields |= {name: typed[name] for name in kept.versions}
    page.marks = json.dumps(page._versions, sort_keys=True)
    page.begun, page.kept_at = True, shown.clock(now)
    page.said = _clashed(list(kept.clashes))
    return begins


def _clashed(names: Sequence[str]) -> str:
    if not names:
        return ""
    what = " and ".join(draft_commands.CALLED[name] for name in names)
    return f"Not kept: {what} changed in another window. Reload this page to see what stands there."
