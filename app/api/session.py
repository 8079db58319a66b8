"""Signing in and out. The cookies are HttpOnly; the page navigates afterwards so that the websocket carries them."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app import database
from app.api.access import Reader, address, public, same_site
from app.api.problems import described
from app.clock import utc_now
from app.config import settings
from app.identity import cookies, demo, familiar, sessions
from app.identity.actor import Actor
from app.identity.errors import SignInRefused
from app.identity.roles import Permission
from app.lifecycle.audit import sign_ins
from app.membership import machines, people
from app.membership.secret import chosen

router = APIRouter(prefix="/api/session", tags=["session"])


Password = Annotated[str, Field(min_length=1, max_length=1_000)]


class Credentials(BaseModel):
    """What a person types. `new_password` takes the place of one that was made for them, in the same step."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Password
    new_password: Password | None = None


class PasswordChange(BaseModel):
    """One's own password, as it is and as it shall be."""

    model_config = ConfigDict(extra="forbid")

    password: Password
    new_password: Password


class DemoChoice(BaseModel):
    """Whom to be, in demo mode."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=320)]


class WhoIAm(BaseModel):
    """The signed-in person."""

    id: str
    name: str
    email: str
    initials: str
    roles: list[str]
    permissions: list[str]


@router.post("", dependencies=[Depends(public), Depends(same_site)], responses=described(401, 403, 422, 429))
def sign_in(credentials: Credentials, request: Request, response: Response) -> WhoIAm:
    """Sign in with e-mail address and password."""
    sent, now = request.headers.get("cookie"), utc_now()
    signed_in = _let_in(credentials, address(request), sent, now)
    sessions.sign_out(sent)  # a new session never continues an old one
    _set(response, familiar.COOKIE_NAME, familiar.remember(signed_in.actor.id, sent, now), familiar.REMEMBERED)
    return _with_cookie(response, signed_in)


@router.post("/demo", dependencies=[Depends(public), Depends(same_site)], responses=described(403, 429))
def sign_in_as_demo_person(choice: DemoChoice, request: Request, response: Response) -> WhoIAm:
    """Sign in as a demo person with one click; in demo mode and from this machine only."""
    if not demo_is_open(request):
        raise SignInRefused("no_demo", 403, "One-click sign-in works in demo mode and from this machine only.")
    signed_in = sessions.demo_sign_in(choice.email)
    sign_ins.signed_in(signed_in.actor, address(request), "with one click, as a demo person", utc_now())
    sessions.sign_out(request.headers.get("cookie"))
    return _with_cookie(response, signed_in)


@router.get("/demo", dependencies=[Depends(public)])
def demo_people(request: Request) -> list[dict[str, str]]:
    """Return whom one can be with one click; empty outside demo mode."""
    if not demo_is_open(request):
        return []
    return [
        {"email": person.email, "name": person.name, "role": person.role, "does": person.does}
        for person in demo.DEMO_PEOPLE
    ]


@router.post("/password", dependencies=[Depends(same_site)], responses=described(401, 403, 422, 429))
def change_own_password(change: PasswordChange, caller: Reader, request: Request, response: Response) -> WhoIAm:
    """Change one's own password. Every session ends but a new one that takes this one's place."""
    sent, now = request.headers.get("cookie"), utc_now()
    machines.refuse_machine(caller)
    sessions.checked(caller.email, change.password, address(request), now, sent=sent)
    _keep(caller.id, caller.email, caller.name, change.password, change.new_password, now)
    signed_in = sessions.open_for(caller.id, now)
    _set(response, familiar.COOKIE_NAME, familiar.remember(caller.id, sent, now), familiar.REMEMBERED)
    return _with_cookie(response, signed_in)


@router.get("", responses=described(401))
def who_am_i(caller: Reader) -> WhoIAm:
    """Return who is signed in."""
    return who(caller)


@router.delete("", status_code=204, dependencies=[Depends(public), Depends(same_site)])
def sign_out(request: Request, response: Response) -> None:
    """End the session at once, on every tab that shares it."""
    sessions.sign_out(request.headers.get("cookie"))
    name = cookies.named(sessions.COOKIE_NAME)
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=settings().is_https())


def _let_in(credentials: Credentials, address: str, sent: str | None, now: datetime) -> sessions.SignedIn:
    """Open a session, or refuse; either stands in the audit trail before the caller hears of it."""
    try:
        opened = _opened(credentials, address, sent, now)
    except SignInRefused as refused:
        sign_ins.turned_away(credentials.email, address, refused.code, now)
        raise
    sign_ins.signed_in(opened.actor, address, "with a password", now)
    return opened


def _opened(credentials: Credentials, address: str, sent: str | None, now: datetime) -> sessions.SignedIn:
    email, password = credentials.email, credentials.password
    if credentials.new_password is None:
        return sessions.sign_in(email, password, address, now, sent=sent)
    person = sessions.checked(email, password, address, now, sent=sent)
    _keep(person.id, person.email, person.name, password, credentials.new_password, now)
    return sessions.open_for(person.id, now)


def who(actor: Actor) -> WhoIAm:
    """Return an actor as the API shows it."""
    return WhoIAm(
        id=actor.id,
        name=actor.name,
        email=actor.email,
        initials=actor.initials,
        roles=sorted(actor.roles),
        permissions=[p for p in Permission if actor.may(p)],
    )


def demo_is_open(request: Request) -> bool:
    """Tell whether one-click sign-in is offered to this caller."""
    peer = request.client.host if request.client else ""
    return demo.lets_in(peer, request.headers, request.scope.get("http_version", ""))


def _keep(user_id: str, email: str, name: str, password: str, new_password: str, now: datetime) -> None:
    secret = chosen(new_password, email, name, instead_of=password)
    with database.transaction() as session:
        people.keep_own_password(session, user_id, secret, now=now)


def _with_cookie(response: Response, signed_in: sessions.SignedIn) -> WhoIAm:
    _set(response, sessions.COOKIE_NAME, signed_in.cookie, sessions.ABSOLUTE)
    return who(signed_in.actor)


def _set(response: Response, name: str, value: str, lasts: timedelta) -> None:
    response.set_cookie(
        cookies.named(name),
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings().is_https(),
    )
