"""What the people page reads. It never writes."""

from datetime import datetime

from sqlmodel import Session

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.people import token_view
from app.components.states import PersonState
from app.components.views import StatusView
from app.database import reading
from app.identity import demo
from app.identity.actor import Actor
from app.lifecycle.deciding import delegations
from app.membership.members import Member, everybody
from app.pages.people.view import PeopleView, PersonRow, PersonView
from app.words.counting import count, plural


def people_page(reader: Actor, chosen: str, now: datetime) -> PeopleView:
    """Read everybody, and the person that the address names."""
    with reading() as session:
        members = everybody(session, now)
        picked = next((member for member in members if member.id == chosen), None)
        view = _person(session, picked, reader, now) if picked else PersonView()
    active = sum(member.active for member in members)
    gone = f", {count(len(members) - active)} shut out" if active < len(members) else ""
    return PeopleView(
        note=f"{count(active)} active{gone}",
        rows=[_row(member, picked, now) for member in members],
        chosen=view,
        missing=bool(chosen) and picked is None,
    )


def _row(member: Member, picked: Member | None, now: datetime) -> PersonRow:
    return PersonRow(
        **_known(member),
        roles=", ".join(vocabulary.role(role) for role in member.roles),
        seen=shown.when(member.seen_at, now) or "not signed in",
        signed_in=count(member.sessions),
        tokens=count(len(member.tokens)),
        chosen=member is picked,
        href=routes.with_query(routes.PEOPLE, person=member.id),
    )


def _person(session: Session, member: Member, reader: Actor, now: datetime) -> PersonView:
    lent = len(delegations.of_person(session, member.id, now))
    return PersonView(
        **_known(member),
        initials=Actor(member.id, member.name, member.email, frozenset(), "person").initials,
        roles=[role.value for role in member.roles],
        holds=_holds(member.sessions, len(member.tokens), lent),
        tokens=[token_view(token.id, token.label, token.expires_at, now) for token in member.tokens],
        why_no_reset=_why_no_reset(member, reader),
        has_password=not demo.is_demo_person(member.id),
    )


def _holds(sessions: int, tokens: int, lent: int) -> str:
    held = [
        plural(number, one)
        for number, one in ((sessions, "session"), (tokens, "token"), (lent, "delegation"))
        if number
    ]
    return f"{', '.join(held)}, and the password" if held else "Only the password"


def _why_no_reset(member: Member, reader: Actor) -> str:
    if demo.is_demo_person(member.id):
        return "The demo's people have no password: one click signs them in."
    return "Your own password is changed on your account's page." if member.id == reader.id else ""


def _status(member: Member) -> StatusView:
    if not member.active:
        return vocabulary.look(vocabulary.PEOPLE, PersonState.SHUT_OUT)
    return vocabulary.look(vocabulary.PEOPLE, PersonState.ONE_TIME if member.one_time_until else PersonState.ACTIVE)


def _known(member: Member) -> dict[str, object]:
    """Return what the list and the chosen person show alike."""
    return {
        "id": member.id,
        "name": member.name,
        "email": member.email,
        "status": _status(member),
        "active": member.active,
    }
