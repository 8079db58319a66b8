"""Signing in and out. The cookie is HttpOnly; the page navigates afterwards so that the websocket carries it."""

from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Reader, public, same_site
from app.api.problems import described
from app.clock import utc_now
from app.config import settings
from app.identity import sessions
from app.identity.actor import Actor
from app.identity.errors import SignInRefused
from app.identity.people import DEMO_PEOPLE
from app.identity.roles import Permission
from app.lifecycle import entries

router = APIRouter(prefix="/api/session", tags=["session"])


class Credentials(BaseModel):
    """What a person types."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1_000)]


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


@router.post("", dependencies=[Depends(public), Depends(same_site)], responses=described(401, 403, 429))
def sign_in(credentials: Credentials, request: Request, response: Response) -> WhoIAm:
    """Sign in with e-mail address and password."""
    signed_in = _let_in(credentials, _address(request))
    sessions.sign_out(request.headers.get("cookie"))  # a new session never continues an old one
    return _with_cookie(response, signed_in)


@router.post("/demo", dependencies=[Depends(public), Depends(same_site)], responses=described(403, 429))
def sign_in_as_demo_person(choice: DemoChoice, request: Request, response: Response) -> WhoIAm:
    """Sign in as a demo person with one click; in demo mode and from this machine only."""
    if not demo_is_open(request):
        raise SignInRefused("no_demo", 403, "One-click sign-in works in demo mode and from this machine only.")
    signed_in = sessions.demo_sign_in(choice.email)
    entries.signed_in(signed_in.actor, _address(request), "with one click, as a demo person", utc_now())
    sessions.sign_out(request.headers.get("cookie"))
    return _with_cookie(response, signed_in)


@router.get("/demo", dependencies=[Depends(public)])
def demo_people(request: Request) -> list[dict[str, str]]:
    """Return whom one can be with one click; empty outside demo mode."""
    if not demo_is_open(request):
        return []
    return [
        {"email": person.email, "name": person.name, "role": person.role, "does": person.does} for person in DEMO_PEOPLE
    ]


@router.get("", responses=described(401))
def who_am_i(caller: Reader) -> WhoIAm:
    """Return who is signed in."""
    return who(caller)


@router.delete("", status_code=204, dependencies=[Depends(public), Depends(same_site)])
def sign_out(request: Request, response: Response) -> None:
    """End the session at once, on every tab that shares it."""
    sessions.sign_out(request.headers.get("cookie"))
    response.delete_cookie(sessions.COOKIE_NAME, path="/", httponly=True, samesite="lax", secure=_secure())


def _let_in(credentials: Credentials, address: str) -> sessions.SignedIn:
    """Open a session, or refuse; either stands in the audit trail before the caller hears of it."""
    try:
        opened = sessions.sign_in(credentials.email, credentials.password, address)
    except SignInRefused as refused:
        entries.turned_away(credentials.email, address, refused.code, utc_now())
        raise
    entries.signed_in(opened.actor, address, "with a password", utc_now())
    return opened


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
    """Tell whether one-click sign-in is offered to this caller: demo mode, loopback, no proxy in between."""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return settings().demo and _is_loopback(_address(request)) and not forwarded


def _with_cookie(response: Response, signed_in: sessions.SignedIn) -> WhoIAm:
    response.set_cookie(
        sessions.COOKIE_NAME,
        signed_in.cookie,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(),
    )
    return who(signed_in.actor)


def _secure() -> bool:
    return settings().origin.startswith("https://")


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
