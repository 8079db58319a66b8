"""Who calls, may they, and did they come from our own pages. Every route depends on exactly one of these."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from app.api.problems import ProblemRaised
from app.config import settings
from app.identity import attempts, sessions, tokens
from app.identity.actor import Actor
from app.identity.address import of_caller
from app.identity.roles import Permission

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_KEY = 200
NOT_SIGNED_IN: Final = (
    "not_signed_in",
    "Not signed in",
    "Send a session cookie, or `Authorization: Bearer <token>` (baton token create EMAIL).",
)
KEY_MISSING: Final = (
    "idempotency_key_missing",
    "Idempotency-Key missing",
    "Send an Idempotency-Key header: any fresh value, and the same one when you repeat "
    "the call. It makes sure that nothing happens twice.",
)
KEY_MALFORMED: Final = (
    "idempotency_key_malformed",
    "Idempotency-Key malformed",
    f"An Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters.",
)
FOREIGN_ORIGIN: Final = (
    "foreign_origin",
    "Foreign origin",
    "This call is accepted from Baton's own pages only. Machines use a bearer token.",
)


def needs(permission: Permission) -> Callable[[Request], Actor]:
    """Return the dependency that lets only actors with `permission` through, and hands them to the route."""

    def actor(request: Request) -> Actor:
        caller = signed_in(request)
        if not caller.may(permission):
            why = f"{caller.name} may not do this: it needs the permission '{permission}'."
            raise ProblemRaised(403, "not_allowed", "Not allowed", why)
        return caller

    actor.needs = permission  # type: ignore[attr-defined]
    return actor


def public() -> None:
    """Mark a route as open to everybody; the architecture test counts these."""


def signed_in(request: Request) -> Actor:
    """Return the caller by bearer token or session cookie, or refuse."""
    authorization = request.headers.get("authorization")
    caller = tokens.actor_for_bearer(authorization) if authorization else _browser(request)
    if caller is None:
        raise ProblemRaised(401, *NOT_SIGNED_IN, headers={"WWW-Authenticate": "Bearer"})
    if not attempts.allowed(attempts.CALLS, "api", caller.id):
        wait = attempts.seconds_left(attempts.CALLS, "api", caller.id)
        why = f"Try again in {wait} s."
        raise ProblemRaised(429, "too_many_requests", "Too many requests", why, headers={"Retry-After": str(wait)})
    return caller


def is_known(request: Request) -> bool:
    """Tell whether a request comes from somebody at all; counts nothing and decides nothing."""
    authorization = request.headers.get("authorization")
    if authorization:
        return tokens.actor_for_bearer(authorization) is not None
    return sessions.actor_for_cookie(request.headers.get("cookie")) is not None


def address(request: Request) -> str:
    """Return the caller's address, as far as it can be believed."""
    return of_caller(request.client.host if request.client else "unknown", request.headers.getlist("x-forwarded-for"))


def same_site(request: Request) -> None:
    """Refuse a browser's writing request that does not come from our own pages."""
    if request.method not in READS and request.headers.get("origin") not in settings().origins():
        raise ProblemRaised(403, *FOREIGN_ORIGIN)


_KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", description="any fresh value; the same to repeat")]


def idempotency_key(key: _KeyHeader = None) -> str:
    """Return the command's idempotency key, or refuse a command without one."""
    if key is None or not key.strip():
        raise ProblemRaised(400, *KEY_MISSING)
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ProblemRaised(400, *KEY_MALFORMED)
    return key


def key_unless_dry_run(dry_run: bool = False, key: _KeyHeader = None) -> str:
    """Return the key of a command, or nothing for a question that changes nothing."""
    return "" if dry_run else idempotency_key(key)


def _browser(request: Request) -> Actor | None:
    same_site(request)
    return sessions.actor_for_cookie(request.headers.get("cookie"))


Key = Annotated[str, Depends(idempotency_key)]
KeyUnlessDryRun = Annotated[str, Depends(key_unless_dry_run)]
Reader = Annotated[Actor, Depends(needs(Permission.READ))]
Submitter = Annotated[Actor, Depends(needs(Permission.SUBMIT))]
Decider = Annotated[Actor, Depends(needs(Permission.DECIDE))]
Steerer = Annotated[Actor, Depends(needs(Permission.STEER_CANARY))]
Measurer = Annotated[Actor, Depends(needs(Permission.POST_MEASURES))]
Hurrier = Annotated[Actor, Depends(needs(Permission.EXPEDITE))]
Freezer = Annotated[Actor, Depends(needs(Permission.FREEZE))]
Stopper = Annotated[Actor, Depends(needs(Permission.STOP_PUBLISHING))]
Undoer = Annotated[Actor, Depends(needs(Permission.ROLL_BACK))]
PriceLocker = Annotated[Actor, Depends(needs(Permission.LOCK_PRICES))]
Retirer = Annotated[Actor, Depends(needs(Permission.RETIRE_CONTEXTS))]
ProductLister = Annotated[Actor, Depends(needs(Permission.LIST_PRODUCTS))]
FactSupplier = Annotated[Actor, Depends(needs(Permission.SUPPLY_FACTS))]
RuleOwner = Annotated[Actor, Depends(needs(Permission.EDIT_RULES))]
AuditReader = Annotated[Actor, Depends(needs(Permission.READ_AUDIT))]
