"""Who there is, what each may do and what they hold: for the People page, one's own account and `baton user list`."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.identity import people, tokens
from app.identity.records import ApiToken, LoginSession, User, UserRole
from app.identity.roles import Role
from app.identity.sessions import IDLE


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is valid now. Its id is safe to show."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person as owners see them. `seen_at` is when a browser of theirs was last heard of."""

    id: str
    email: str
    name: str
    active: bool
    roles: tuple[Role, ...]
    sessions: int
    seen_at: datetime | None
    tokens: tuple[Token, ...]
    one_time_until: datetime | None


def everybody(session: Session, now: datetime) -> list[Member]:
    """Return everybody who belongs or belonged here, who may come in first; a demo's people only while it is on."""
    return _members(session, now, list(session.exec(select(User).where(people.real()))))


def one(session: Session, user_id: str, now: datetime) -> Member | None:
    """Return one person."""
    user = session.get(User, user_id)
    return next(iter(_members(session, now, [user])), None) if user else None


def _members(session: Session, now: datetime, users: list[User]) -> list[Member]:
    ids = [user.id for user in users]
    roles, held, seen = _roles(session, ids), _tokens(session, ids, now), _sessions(session, ids, now)
    members = [
        Member(
            user.id, user.email, user.name, user.active, tuple(role for role in Role if role in roles[user.id]),
            *seen.get(user.id, (0, None)), tuple(held[user.id]), user.one_time_until,
        )
        for user in users
    ]  # fmt: skip
    return sorted(members, key=lambda member: (not member.active, member.name.casefold(), member.email))


def _roles(session: Session, ids: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for user_id, role in session.exec(select(UserRole.user_id, UserRole.role).where(col(UserRole.user_id).in_(ids))):
        found[user_id].add(role)
    return found


def _tokens(session: Session, ids: list[str], now: datetime) -> dict[str, list[Token]]:
    found: dict[str, list[Token]] = defaultdict(list)
    theirs = select(ApiToken).where(col(ApiToken.user_id).in_(ids), col(ApiToken.revoked_at).is_(None))
    for row in session.exec(theirs.order_by(col(ApiToken.created_at).desc())):
        if tokens.is_valid(row, now):
            found[row.user_id].append(Token(tokens.id_of(row), row.label, row.created_at, row.expires_at))
    return found


def _sessions(session: Session, ids: list[str], now: datetime) -> dict[str, tuple[int, datetime | None]]:
    query = (
        select(LoginSession.user_id, func.count(), func.max(LoginSession.seen_at))
        .where(col(LoginSession.user_id).in_(ids), col(LoginSession.expires_at) > now)
        .where(col(LoginSession.seen_at) > now - IDLE)
        .group_by(col(LoginSession.user_id))
    )
    return {user_id: (count, seen_at) for user_id, count, seen_at in session.exec(query)}
