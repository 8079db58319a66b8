"""What the audit page holds."""

from asyncio import to_thread
from collections.abc import AsyncIterator

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.clock import utc_now
from app.components import format as shown
from app.components.views import Told, View
from app.components.vocabulary import VERBS
from app.database import reading
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import audit, browse
from app.pages.approvals.shown import OptionView
from app.pages.audit.telling import EntryView, entry

PAGE = 100
EVERYTHING = "everything"
"""In the place of an action: every entry, also what is routine and otherwise hidden."""


class TrailView(View):
    """One page of the trail, and what the filter leaves out as routine."""

    rows: list[EntryView] = []
    actors: list[OptionView] = []
    next_href: str = ""
    not_shown: str = ""
    show_href: str = ""


class ChainView(View):
    """What recomputing every hash said."""

    checked: bool = False
    intact: bool = False
    words: Told = ""
    more: list[Told] = []
    notes: list[str] = []
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
    words = [(name, verb.done) for name, verb in VERBS.items()]
    return [(EVERYTHING, "Any, sign-ins too"), *words]


def _read(actor: str, action: str, cursor: str) -> TrailView:
    now = utc_now()
    only = None if action == EVERYTHING else action or None
    hidden = frozenset() if action else browse.ROUTINE
    with reading() as session:
        page = browse.audit_trail(
            session, actor=actor or None, action=only, hidden=hidden, cursor=cursor or None, limit=PAGE
        )
        actors = browse.audit_actors(session)
        left_out = browse.audit_count(session, actor=actor or None, actions=hidden)
        rows = [entry(row, now) for row in page.items]
    following = routes.with_query(routes.AUDIT, actor=actor, action=action, cursor=page.next_cursor)
    return TrailView(
        rows=rows,
        actors=[OptionView(value=key, word=name) for key, name in actors],
        next_href=following if page.next_cursor else "",
        not_shown=_not_shown(left_out),
        show_href=routes.with_query(routes.AUDIT, actor=actor, action=EVERYTHING),
    )


def _not_shown(count: int) -> str:
    if not count:
        return ""
    return f"{shown.plural(count, 'sign-in is', 'sign-ins are')} not shown."


def _verify() -> ChainView:
    with reading() as session:
        outcome = audit.verify(session)
    entries, chains = shown.plural(outcome.entries, "entry", "entries"), shown.plural(outcome.chains, "chain")
    words = f"{entries} in {chains} recomputed; nothing was cut off, rewritten or put beside them."
    said = [f"{finding.what.capitalize()}: {finding.sentence}." for finding in outcome.findings]
    return ChainView(
        checked=True,
        intact=outcome.intact,
        words=words if outcome.intact else said[0],
        more=said[1:],
        notes=list(outcome.notes),
        at=shown.clock(utc_now(), seconds=True),
    )
