"""What the approvals page holds, and where its clicks go."""

from collections.abc import AsyncIterator
from uuid import uuid4

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import format as shown
from app.components.views import RefusalView, StatusView
from app.database import reading
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.transitions import Action
from app.pages.approvals import reading as read
from app.pages.approvals.reading import Queue, Wanted
from app.pages.approvals.shown import BulkRow, DetailView, GroupView, LineRow, OptionView, TabView
from app.states import live

TOPICS = ("proposals", "prices", live.CLOCK)
TABS = ("waiting", "escalated", "mine", "decided")
DECISIONS = (Action.APPROVE, Action.REJECT, Action.RETURN)
DONE = {
    Action.APPROVE: "approved",
    Action.REJECT: "rejected",
    Action.RETURN: "returned to its author",
    Action.WITHDRAW: "withdrawn",
    Action.RE_EVALUATE: "judged again",
}


class ApprovalsState(rx.State):
    """The queue, the opened proposal, and the decision under way."""

    loaded: bool = False
    opened: bool = False
    filters_open: bool = False
    tab: str = "waiting"
    rule: str = ""
    submitter: str = ""
    q: str = ""
    note: str = ""
    tabs: list[TabView] = []
    groups: list[GroupView] = []
    rules: list[OptionView] = []
    submitters: list[OptionView] = []
    detail: DetailView = DetailView()
    rows: list[LineRow] = []
    whole: bool = False
    more: str = ""
    refusal: RefusalView = RefusalView()
    said: str = ""
    ticked: list[str] = []
    bulk: list[BulkRow] = []
    working: str = ""
    _references: list[str] = []
    _hashes: dict[str, str] = {}
    _nonce: str = ""
    _keep: bool = False

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for, and watch it."""
        for topic in TOPICS:
            live.subscribe(self.router.session.client_token, topic, ApprovalsState.refresh)
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
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the same things again; only what differs is sent."""
        await self._fill(self.detail.reference)

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
    def show_filters(self) -> None:
        """Open or close the filters."""
        self.filters_open = not self.filters_open

    @rx.event
    @allow(Permission.READ)
    async def show_lines(self, whole: bool) -> None:
        """Show all lines, or only those that break a rule."""
        self.whole = whole
        await self._read_lines()

    @rx.event
    @allow(Permission.READ)
    async def show_more(self) -> None:
        """Show the next page of all lines below the ones that stand there."""
        reference, cursor = self.detail.reference, self.more
        rows, self.more = await rx.run_in_thread(lambda: _all_lines(reference, cursor))
        self.rows = [*self.rows, *rows]

    @rx.event
    @allow(Permission.READ)
    async def tick(self, reference: str) -> None:
        """Select a proposal for a bulk decision, or take it out."""
        if reference not in self._hashes:
            return
        self.ticked = (
            [r for r in self.ticked if r != reference] if reference in self.ticked else [*self.ticked, reference]
        )
        self.bulk = []
        await self._fill(self.detail.reference)

    @rx.event
    @allow(Permission.READ)
    async def clear(self) -> None:
        """Select nothing, and put the results of the last bulk decision away."""
        self.ticked, self.bulk = [], []
        await self._fill(self.detail.reference)

    @rx.event
    @allow(Permission.READ)
    async def decide(
        self, action: str, reference: str, content_hash: str, nonce: str, comment: str
    ) -> AsyncIterator[EventSpec | None]:
        """Decide on exactly what was seen. The nonce makes a double click one decision.

        Who may is for the lifecycle to say: approvers, owners once it is escalated, and whoever was lent the right.
        """
        if action not in DECISIONS or self.working:
            return
        self.working = action
        yield None
        following = self._after(reference)
        try:
            done = await self._act(Action(action), reference, content_hash, nonce, comment)
        finally:
            self.working = ""
        if not done:
            await self._fill(self.detail.reference)
            return
        self._keep = True
        yield rx.redirect(self._wanted(following).address())

    @rx.event
    @allow(Permission.READ)
    async def do(self, action: str, reference: str, nonce: str) -> None:
        """Withdraw one's own proposal, or have one judged again; the proposal stays open."""
        if action not in (Action.RE_EVALUATE, Action.WITHDRAW):
            return
        await self._act(Action(action), reference, "", nonce, "")
        await self._fill(self.detail.reference)

    @rx.event
    @allow(Permission.READ)
    async def approve_ticked(self) -> AsyncIterator[None]:
        """Approve what is selected, one by one, with a result for each."""
        actor, nonce = await current_actor(self), uuid4().hex
        seen, self.bulk = {r: self._hashes.get(r, "") for r in self.ticked}, []
        self.working, self.ticked = "bulk", []
        try:
            for reference, content_hash in seen.items():
                title = self._title(reference)
                self.bulk = [
                    *self.bulk,
                    await rx.run_in_thread(
                        lambda r=reference, h=content_hash, t=title: _approve(actor, r, h, f"{nonce}:{r}", t)
                    ),
                ]
                yield
        finally:
            self.working = ""
        await self._fill(self.detail.reference)

    async def _act(self, action: Action, reference: str, content_hash: str, nonce: str, comment: str) -> bool:
        """Carry out an action; say what was done, or what was refused."""
        actor = await current_actor(self)
        try:
            await rx.run_in_thread(
                lambda: commands.act(
                    actor,
                    reference,
                    action,
                    comment=comment.strip(),
                    seen=content_hash,
                    key=f"{nonce}:{action}",
                )
            )
        except Refused as refused:
            self.said = ""
            self.refusal = RefusalView(
                title=f"{refused.title}.",
                detail=f"{refused.detail} Nothing changed.",
                code=f"{refused.status} {refused.code}",
            )
            return False
        self.refusal, self._nonce = RefusalView(), uuid4().hex
        self.said = f"{reference} {DONE[action]}."
        return True

    async def _fill(self, item: str) -> None:
        actor, wanted, ticked = await current_actor(self), self._wanted(item), self.ticked
        queue = await rx.run_in_thread(lambda: _queue(actor, wanted, ticked))
        self._references, self._hashes = queue.references, self._hashes | queue.hashes
        for name in ("groups", "tabs", "note", "rules", "submitters"):
            self._put(name, getattr(queue, name))
        self._put("ticked", [r for r in ticked if r in queue.references])
        await self._open(actor, queue.item)

    async def _open(self, actor: Actor, item: str) -> None:
        other = item != self.detail.reference
        if other or not self._nonce:
            self._nonce = uuid4().hex
        before, nonce = self.detail, self._nonce
        wanted, references = self._wanted(item), self._references
        self._put("detail", await rx.run_in_thread(lambda: _detail(actor, wanted, references, nonce)))
        if other or before.content_hash != self.detail.content_hash or before.status != self.detail.status:
            self.whole = self.whole and not other
            await self._read_lines()

    async def _read_lines(self) -> None:
        reference, whole = self.detail.reference, self.whole
        rows, more = await rx.run_in_thread(lambda: _all_lines(reference, None) if whole else _breaking(reference))
        self._put("rows", rows)
        self.more = more

    def _put(self, name: str, value: object) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)

    def _wanted(self, item: str) -> Wanted:
        return Wanted(tab=self.tab, item=item, rule=self.rule, submitter=self.submitter, q=self.q)

    def _after(self, reference: str) -> str:
        """Return the proposal that follows in the queue (or the one before the last)."""
        rest = [r for r in self._references if r != reference]
        if reference not in self._references or not rest:
            return ""
        return rest[min(self._references.index(reference), len(rest) - 1)]

    def _title(self, reference: str) -> str:
        return next((item.title for group in self.groups for item in group.rows if item.reference == reference), "")


def _queue(actor: Actor, wanted: Wanted, ticked: list[str]) -> Queue:
    with reading() as session:
        return read.queue(session, actor, wanted, ticked, utc_now())


def _detail(actor: Actor, wanted: Wanted, references: list[str], nonce: str) -> DetailView:
    if not wanted.item:
        return DetailView()
    try:
        with reading() as session:
            return read.detail(session, actor, wanted, references, nonce, utc_now())
    except Refused as refused:
        return DetailView(reference=wanted.item, title=refused.title, gone=refused.detail)


def _breaking(reference: str) -> tuple[list[LineRow], str]:
    try:
        with reading() as session:
            return (read.breaking_lines(session, reference) if reference else []), ""
    except Refused:
        return [], ""


def _all_lines(reference: str, cursor: str | None) -> tuple[list[LineRow], str]:
    with reading() as session:
        return read.all_lines(session, reference, cursor)


def _approve(actor: Actor, reference: str, content_hash: str, key: str, title: str) -> BulkRow:
    try:
        done = commands.act(actor, reference, Action.APPROVE, comment="", seen=content_hash, key=key)
    except Refused as refused:
        refusal = StatusView(word="Refused", icon="oct", tone="bad")
        return BulkRow(reference=reference, title=title, status=refusal, note=refused.detail)
    approved = StatusView(word="Approved", icon="okc", tone="ok")
    return BulkRow(reference=reference, title=title, status=approved, note=shown.plural(done.lines, "line"))
