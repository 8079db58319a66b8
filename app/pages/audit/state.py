"""What the audit page holds."""

from asyncio import to_thread
from collections.abc import AsyncIterator

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.clock import utc_now
from app.components import format as shown
from app.components.views import View
from app.database import reading
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import audit, browse
from app.pages.approvals.shown import OptionView
from app.pages.audit.telling import VERBS, EntryView, entry

PAGE = 100


class TrailView(View):
    """One page of the trail."""

    rows: list[EntryView] = []
    actors: list[OptionView] = []
    next_href: str = ""


class ChainView(View):
    """What recomputing every hash said."""

    checked: bool = False
    intact: bool = False
    words: str = ""
    at: str = ""


class AuditState(rx.State):
    """The audit page's state."""

    loaded: bool = False
    allowed: bool = True
    actor: str = ""
    action: str = ""
    cursor: str = ""
    trail: TrailView = TrailView()
    chain: ChainView = ChainView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> AsyncIterator[None]:
        """Read the trail, then check the chains; says who may, to everybody else."""
        who = await current_actor(self)
        self.allowed = who.may(Permission.READ_AUDIT)
        self.loaded = True
        if not self.allowed:
            self.trail, self.chain = TrailView(), ChainView()
            return
        asked = self.router.url.query_parameters
        self.actor, self.action, self.cursor = (asked.get(name, "")[:200] for name in ("actor", "action", "cursor"))
        actor, action, cursor = self.actor, self.action, self.cursor
        self.trail = await to_thread(lambda: _read(actor, action, cursor))
        yield
        self.chain = await to_thread(_verify)

    @rx.event
    @allow(Permission.READ_AUDIT)
    async def verify(self) -> AsyncIterator[None]:
        """Check the chains again."""
        self.chain = ChainView()
        yield
        self.chain = await to_thread(_verify)

    @rx.event
    @allow(Permission.READ_AUDIT)
    def narrow(self, name: str, value: str) -> EventSpec | None:
        """Show only one person's entries, or one action."""
        if name not in ("actor", "action"):
            return None
        asked = {"actor": self.actor, "action": self.action, name: value[:200]}
        return rx.redirect(routes.with_query(routes.AUDIT, **asked))


def actions() -> list[tuple[str, str]]:
    """Return the actions one can filter by, with their words."""
    return [(name, name.replace("-", " ").capitalize()) for name in VERBS]


def _read(actor: str, action: str, cursor: str) -> TrailView:
    now = utc_now()
    with reading() as session:
        page = browse.audit_trail(
            session, actor=actor or None, action=action or None, cursor=cursor or None, limit=PAGE
        )
        actors = browse.audit_actors(session)
        rows = [entry(row, now) for row in page.items]
    following = routes.with_query(routes.AUDIT, actor=actor, action=action, cursor=page.next_cursor)
    return TrailView(
        rows=rows,
        actors=[OptionView(value=key, word=name) for key, name in actors],
        next_href=following if page.next_cursor else "",
    )


def _verify() -> ChainView:
    with reading() as session:
        outcome = audit.verify(session)
    entries, chains = shown.plural(outcome.entries, "entry", "entries"), shown.plural(outcome.chains, "chain")
    intact = outcome.first_bad is None
    words = (
        f"{entries} in {chains} recomputed; every one continues the one before it."
        if intact
        else (
            f"{outcome.problem}. Entry {outcome.first_bad} is the first that does not fit; "
            "nothing after it in its chain can be trusted."
        )
    )
    return ChainView(checked=True, intact=intact, words=words, at=shown.clock(utc_now(), seconds=True))
