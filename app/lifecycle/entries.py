"""What the audit trail keeps besides proposals: sign-ins, people, tokens, settings. One function."""

import getpass
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Final

from limits import RateLimitItemPerMinute
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.database import transaction
from app.identity import attempts
from app.identity.actor import Actor
from app.lifecycle import audit
from app.wording import plain

STRANGER: Final = Actor("stranger", "Somebody", "", frozenset(), "person")
REFUSED_SIGN_INS: Final = RateLimitItemPerMinute(20)
"""Entries that strangers may cause; what is beyond is counted, and told by the next entry."""
LONGEST: Final = 300
_TRIES: Final = 3


class About(StrEnum):
    """What an entry is about; with whom or what it is about, it names the chain."""

    SIGN_IN = "sign-in"
    PEOPLE = "people"
    TOKENS = "tokens"
    SETTINGS = "settings"


def tell(session: Session, about: About, whom: str, *, actor: Actor, action: str, comment: str, now: datetime) -> None:
    """Write down, in the transaction that does it, what somebody did about a person, a token or a setting."""
    chain = f"{about}:{whom}" if whom else about.value
    audit.record(session, chain=chain, actor=actor, action=action, detail={"comment": comment[:LONGEST]}, now=now)


def signed_in(actor: Actor, address: str, how: str, now: datetime) -> None:
    """Write down that somebody was let in."""
    _apart(About.SIGN_IN, actor.id, actor=actor, action="sign-in", comment=f"{how}, from {address}", now=now)


class _TurnedAway:
    """Writes down who was not let in, at most `REFUSED_SIGN_INS`, and how many more there were since."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._untold = 0

    def tell(self, account: str, address: str, why: str, now: datetime) -> None:
        if not attempts.allowed(REFUSED_SIGN_INS, "audit", "refused sign-ins"):
            with self._lock:
                self._untold += 1
            return
        with self._lock:
            untold, self._untold = self._untold, 0
        more = f"; {untold:,} more were not written down before this" if untold else ""
        comment = f"{plain(account)[:100]} from {address}: {why}{more}"
        _apart(About.SIGN_IN, "refused", actor=STRANGER, action="sign-in-refused", comment=comment, now=now)


_turned_away = _TurnedAway()


def turned_away(account: str, address: str, why: str, now: datetime) -> None:
    """Write down that somebody was not let in; of a flood only how large it was."""
    _turned_away.tell(account, address, why, now)


def command_line() -> Actor:
    """Return whoever types commands on this machine: an account of the operating system, without a role."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        name = "somebody"
    return Actor("command-line", f"{plain(name)} at the command line", "", frozenset(), "system")


def _apart(about: About, whom: str, *, actor: Actor, action: str, comment: str, now: datetime) -> None:
    """Tell in a transaction of its own; two at once in one chain take turns."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction() as session:
                tell(session, about, whom, actor=actor, action=action, comment=comment, now=now)
            return
        except IntegrityError:
            if not left:
                raise
