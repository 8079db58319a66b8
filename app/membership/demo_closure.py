"""What is left of a demo once it is off: its people are nobody, and what they held ends for good."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.identity import demo, sessions, tokens
from app.identity.actor import SYSTEM
from app.identity.records import LoginSession, User
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.deciding import delegations
from app.membership import people


def close_demo(session: Session, now: datetime) -> bool:
    """End sessions, tokens and delegations of the demo's people; tell whether there was anything to end."""
    people.one_at_a_time(session)
    theirs = session.exec(select(User.id).where(col(User.id).startswith(demo.MARK))).all()
    signed_in = session.exec(select(LoginSession.id_hash).where(col(LoginSession.user_id).in_(theirs))).all()
    revoked = lent = 0
    for user_id in theirs:
        sessions.end_all_of(session, user_id)
        revoked += len(tokens.revoke_all_of(session, user_id, now))
        lent += delegations.end_all_of(session, user_id, now)
    if not signed_in and not revoked and not lent:
        return False
    detail: audit_trail.Detail = {"sessions": len(signed_in), "tokens": revoked, "delegations": lent}
    audit_trail.record(session, chain=people.CHAIN, actor=SYSTEM, action=Verb.CLOSE_DEMO, detail=detail, now=now)
    return True
