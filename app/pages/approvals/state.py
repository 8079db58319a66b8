"""What the approvals page holds, and where its clicks go."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from uuid import uuid4

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import vocabulary
from app.components.dialogs import shuts
from app.components.states import BulkState
from app.components.stays import arrived
from app.components.views import ChoiceView, OptionView, RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.pages.approvals.detail_read import OpenedAs
from app.pages.approvals.queue_read import QueueAsked
from app.pages.approvals.read import Look, approvals_page, bulk_plan, more_lines
from app.pages.approvals.view import BulkRow, BulkView, GroupView, LineRow, ProposalDetail
from app.states import live
from app.states.page import ActingState, OpenState
from app.words.counting import plural

TOPICS = ("proposals", "prices", live.CLOCK)
TABS = ("waiting", "escalated", "mine", "decided")
DECISIONS = (Action.APPROVE, Action.REJECT, Action.RETURN)
OTHERS = (Action.RE_EVALUATE, Action.WITHDRAW)
"""What one does besides: the proposal stays open."""

BULK = "bulk"
OPENS = f"(dialog => {{ dialog.showModal(); dialog.querySelector('.pri').focus() }})(document.getElementById('{BULK}'))"


class ApprovalsState(OpenState, ActingState, rx.State):
    """The queue, the opened proposal, and the decision under way."""

    opened: bool = False
    filters_open: bool = False
    tab: str = "waiting"
    rule: str = ""
    submitter: str = ""
    q: str = ""
    note: str = ""
    tabs: list[ChoiceView] = []
    groups: list[GroupView] = []
    rules: list[OptionView] = []
    submitters: list[OptionView] = []
    detail: ProposalDetail = ProposalDetail()
    rows: list[LineRow] = []
    whole: bool = False
    more: str = ""
    asked: str = ""
    ticked: list[str] = []
    plan: BulkView = BulkView()
    bulk: list[BulkRow] = []
    working: str = ""
    _references: list[str] = []
    _ticks: dict[str, str] = {}
    _planned: dict[str, str] = {}
    _nonce: str = ""
    _stale: bool = False
    _bound: bool = False
    _keep: bool = False

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for, and watch it."""
        self._watch(ApprovalsState.refresh, *TOPICS)
        asked = self.router.url.query_parameters
        tab = asked.get("tab", "waiting")
        self.tab = tab if tab in TABS else "waiting"
        self.rule, self.submitter, self.q = (asked.get(name, "")[:200] for name in ("rule", "submitter", "q"))
        self.filters_open = self.filters_open or bool(self.rule or self.submitter or self.q)
        self.opened = bool(asked.get("item"))
        if not self._keep:
            self.said, self.refusal = "", RefusalView()
        self._keep = False
        await self._fill(asked.get("item", "")[:64])

    @rx.event
    @allow(Permission.READ)
    def narrow(self, name: str, value: str) -> EventSpec | None:
        """Filter the queue; the filter goes into the address bar."""
        if name not in ("rule", "submitter", "q"):
            return None
        return rx.redirect(self._wanted("").address(**{name: value.strip()[:200]}))

    @rx.event
    @allow(Permission.READ)
    def search(self, form_data: dict[str, str]) -> EventSpec:
        """Filter the queue by text."""
        return rx.redirect(self._wanted("").address(q=form_data.get("queue_q", "").strip()[:200]))

    @rx.event
    @allow(Permission.READ)
    def go_on(self) -> EventSpec:
        """Leave what is open for the most urgent of the others."""
        others = [reference for reference in self._references if reference != self.detail.reference]
        return rx.redirect(self._wanted(others[0] if others else "").address())

    @rx.event
    @allow(Permission.READ)
    def show_filters(self) -> None:
        """Open or close the filters."""
        self.filters_open = not self.filters_open

    @rx.event
    @allow(Permission.READ)
    async def show_lines(self, whole: bool) -> None:
        """Show all lines, or only those that break a rule."""
        self.whole, self._stale = whole, True
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def show_more(self) -> None:
        """Show the next page of all lines below the ones that stand there."""
        reference, cursor = self.detail.reference, self.more
        rows, more = await to_thread(more_lines, reference, cursor)
        self.rows, self.more = [*self.rows, *rows], more

    @rx.event
    @allow(Permission.READ)
    async def tick(self, reference: str, seen: str) -> None:
        """Select a proposal for a bulk decision as it is seen at this moment, or take it out."""
        if reference not in self._references:
            return
        if self._ticks.pop(reference, None) is None:
            self._ticks[reference] = seen[:128]
        self.bulk = []
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def clear(self) -> None:
        """Select nothing, and put the results of the last bulk decision away."""
        self._ticks, self.bulk = {}, []
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def accept(self, reference: str, standing: str) -> None:
        """Take what was shown for what is seen from now on: the change since the opening was read."""
        if reference == self.detail.reference:
            self.detail = self.detail.model_copy(update={"seen": standing[:128], "changed": ""})
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def act(
        self, action: str, reference: str, seen: str, nonce: str, comment: str
    ) -> AsyncIterator[EventSpec | None]:
        """Act on exactly what was seen; after a decision the next opens. The nonce makes a double click one deed.

        Who may is for the lifecycle to say: approvers, owners once it is escalated, and whoever was lent the right.
        """
        if action not in (*DECISIONS, *OTHERS) or self.working:
            return
        self.working = action
        yield None
        following, of_this_pane = self._after(reference), nonce == self._nonce
        try:
            done = await self._do(Action(action), reference, seen, nonce, comment)
        finally:
            self.working = ""
        decided = done and action in DECISIONS
        if decided:
            yield arrived(f"{reference}/")
        if not (decided and of_this_pane):  # the second press of the same decision has its answer, and leads nowhere
            await self._fill(anew=done and not decided)
            return
        self._keep = True
        await self._fill(following)
        yield rx.redirect(self._wanted(following).address())

    @rx.event
    @allow(Permission.READ)
    async def plan_bulk(self) -> EventSpec | None:
        """Show what approving the selection would do, before it is done."""
        actor, ticks, nonce = await current_actor(self), dict(self._ticks), uuid4().hex
        if not ticks:
            return None
        self.plan = await to_thread(bulk_plan, actor, ticks, nonce, utc_now())
        self._planned = ticks
        return rx.call_script(OPENS)

    @rx.event
    @allow(Permission.READ)
    async def approve_ticked(self, nonce: str) -> AsyncIterator[EventSpec | None]:
        """Approve what was previewed, as it was seen when it was selected, one by one, with a result for each."""
        if not nonce or nonce != self.plan.nonce:
            return
        actor, titles = await current_actor(self), {row.reference: row.title for row in self.plan.rows}
        self.bulk, self.working, self._ticks, self.ticked = [], BULK, {}, []
        yield shuts(BULK)
        try:
            for reference, seen in self._planned.items():
                title = titles.get(reference, "")
                row = await to_thread(_approve, actor, reference, seen, f"{nonce}:{reference}", title)
                self.bulk = [*self.bulk, row]
                yield None
        finally:
            self.working = ""
        self.plan, self._planned = BulkView(), {}
        await self._fill()

    async def _do(self, action: Action, reference: str, seen: str, nonce: str, comment: str) -> bool:
        """Carry out an action; say what was done, or what was refused."""
        actor, key = await current_actor(self), f"{nonce}:{action}"
        done = await self._carry_out(
            lambda: commands.act(actor, reference, action, comment=comment.strip(), seen=seen, key=key)
        )
        if isinstance(done, Refused):
            return False
        self._nonce = uuid4().hex
        self.said = f"{reference} {vocabulary.verb(action).done.lower()}."
        return True

    async def _fill(self, asked: str | None = None, *, anew: bool = False) -> None:
        """Look again, and show all of it at once: nothing is awaited between two parts of what is shown.

        `asked` opens another proposal (empty: none). What a decision binds to stays what was seen when the
        proposal was opened, unless it is opened `anew`.
        """
        actor = await current_actor(self)
        item = self.detail.reference if asked is None else asked
        self._bound = self._bound or self._binds()
        same = not anew and item == self.detail.reference and self._bound
        if not same or not self._nonce:
            self._nonce = uuid4().hex
        opened = OpenedAs(self._nonce, self.detail.seen if same else "")
        before, whole = self._shows(), self.whole and item == self.detail.reference
        wanted, ticks = self._wanted(item), dict(self._ticks)
        look = await to_thread(
            lambda: approvals_page(actor, wanted, ticks, opened, utc_now(), before=before, whole=whole)
        )
        self._bound = same
        self._show_look(look, whole)
        self.asked = self.asked if asked is None else asked

    def _binds(self) -> bool:
        """Tell whether what is shown can be decided by whoever looks at it."""
        shown = self.detail
        return shown.approve.allowed or shown.send_back.allowed or shown.reject.allowed or shown.withdraw.allowed

    def _shows(self) -> str:
        """Name what the lines on the page are of; empty if they must be read again."""
        return "" if self._stale else f"{self.detail.reference}/{self.detail.standing}"

    def _show_look(self, look: Look, whole: bool) -> None:
        found = {**vars(look.queue), "detail": look.detail, "loaded": True}
        self._references = found.pop("references")
        self._ticks = {reference: seen for reference, seen in self._ticks.items() if reference in self._references}
        found["ticked"] = list(self._ticks)
        if look.rows is not None:
            found |= {"rows": look.rows, "more": look.more, "whole": whole}
            self._stale = False
        self._show(**found)

    def _wanted(self, item: str) -> QueueAsked:
        return QueueAsked(tab=self.tab, item=item, rule=self.rule, submitter=self.submitter, q=self.q)

    def _after(self, reference: str) -> str:
        """Return the proposal that follows in the queue (or the one before the last)."""
        rest = [r for r in self._references if r != reference]
        if reference not in self._references or not rest:
            return ""
        return rest[min(self._references.index(reference), len(rest) - 1)]


def _approve(actor: Actor, reference: str, seen: str, key: str, title: str) -> BulkRow:
    try:
        done = commands.act(actor, reference, Action.APPROVE, comment="", seen=seen, key=key)
    except Refused as refused:
        turned_down = vocabulary.look(vocabulary.BULK, BulkState.REFUSED)
        return BulkRow(reference=reference, title=title, status=turned_down, note=refused.detail)
    approved = vocabulary.status(Status.APPROVED)
    return BulkRow(reference=reference, title=title, status=approved, note=plural(done.lines, "line"))
