"""What the account page reads. It never writes."""

from datetime import datetime

from app.components.people import role_view, token_view
from app.database import reading
from app.identity import demo
from app.identity.actor import Actor
from app.identity.roles import Role
from app.membership.members import one
from app.pages.account.view import AccountView
from app.words.counting import plural


def account_page(actor: Actor, now: datetime) -> AccountView:
    """Read what somebody is and holds."""
    with reading() as session:
        member = one(session, actor.id, now)
    return AccountView(
        name=actor.name,
        email=actor.email,
        initials=actor.initials,
        roles=[role_view(role) for role in Role if role in actor.roles],
        signed_in=plural(member.sessions, "browser") if member else "",
        tokens=[token_view(held.id, held.label, held.expires_at, now) for held in member.tokens] if member else [],
        has_password=not demo.is_demo_person(actor.id),
    )
