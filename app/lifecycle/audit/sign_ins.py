"""What the audit trail keeps of sign-ins, and who acts where nobody is signed in."""

import getpass
from datetime import datetime
from threading import Lock
from typing import Final

from limits import RateLimitItemPerMinute
from sqlalchemy.exc import IntegrityError

from app.database import transaction
from app.identity import attempts
from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.words.typed import plain

STRANGER: Final = Actor("stranger", "Somebody", "", frozenset(), "person")
REFUSED_SIGN_INS: Final = RateLimitItemPerMinute(20)
"""Entries that strangers may cause; what is beyond is counted, and told by the next entry."""
LONGEST: Final = 300
_TRIES: Final = 3


def signed_in(actor: Actor, address: str, how: str, now: datetime) -> None:
    """Write down that somebody was let in."""
    _apart(actor.id, actor=actor, action=Verb.SIGN_IN, comment=f"{how}, from {address}", now=now)


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
        _apart("refused", actor=STRANGER, action=Verb.SIGN_IN_REFUSED, comment=comment, now=now)


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


def _apart(whom: str, *, actor: Actor, action: Done, comment: str, now: datetime) -> None:
    """Tell in a transaction of its own; two at once in one chain take turns."""
    chain, detail = f"sign-in:{whom}", audit_trail.Detail(comment=comment[:LONGEST])
    for left in reversed(range(_TRIES)):
        try:
            with transaction() as session:
                audit_trail.record(session, chain=chain, actor=actor, action=action, detail=detail, now=now)
            return
        except IntegrityError:
            if not left:
                raise
