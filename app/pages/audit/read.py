"""What the audit page reads, and the chains that it has verified. It never writes."""

from datetime import datetime

from app import routes
from app.components import format as shown
from app.components.views import options
from app.database import reading
from app.lifecycle.audit import audit_trail
from app.lifecycle.views import lists
from app.pages.audit.view import EVERYTHING, ChainView, TrailView, entry
from app.words.counting import plural

PAGE = 100


def trail_page(actor: str, action: str, cursor: str, now: datetime) -> TrailView:
    """Read one page of the trail."""
    only = None if action == EVERYTHING else action or None
    hidden = frozenset() if action else lists.ROUTINE
    with reading() as session:
        page = lists.audit_trail(
            session, actor=actor or None, action=only, hidden=hidden, cursor=cursor or None, limit=PAGE
        )
        actors = lists.audit_actors(session)
        left_out = lists.audit_count(session, actor=actor or None, actions=hidden)
        rows = [entry(row, now) for row in page.items]
    following = routes.with_query(routes.AUDIT, actor=actor, action=action, cursor=page.next_cursor)
    return TrailView(
        rows=rows,
        actors=options(actors),
        next_href=following if page.next_cursor else "",
        not_shown=_not_shown(left_out),
        show_href=routes.with_query(routes.AUDIT, actor=actor, action=EVERYTHING),
    )


def _not_shown(count: int) -> str:
    if not count:
        return ""
    return f"{plural(count, 'sign-in is', 'sign-ins are')} not shown."


def verified(now: datetime) -> ChainView:
    """Recompute every hash of every chain."""
    with reading() as session:
        outcome = audit_trail.verify(session)
    entries, chains = plural(outcome.entries, "entry", "entries"), plural(outcome.chains, "chain")
    words = f"{entries} in {chains} recomputed; nothing was cut off, rewritten or put beside them."
    said = [f"{finding.what.capitalize()}: {finding.sentence}." for finding in outcome.findings]
    return ChainView(
        checked=True,
        intact=outcome.intact,
        words=words if outcome.intact else said[0],
        more=said[1:],
        notes=list(outcome.notes),
        at=shown.clock(now, seconds=True),
    )
