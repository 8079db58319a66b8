"""The end of a price window: what is out goes back line by line, whatever its canary is doing."""

from datetime import datetime

from sqlmodel import Session

from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import audit, effects, going_out, moves, releasing, windows
from app.lifecycle.going_out import Comparison
from app.lifecycle.guards import Case
from app.lifecycle.records import Proposal
from app.lifecycle.status import Status
from app.lifecycle.transitions import Action

STAYED = "The window is over: what had not gone out stays as it is."


def go_back(session: Session, back: Proposal, action: Action, *, actor: Actor, comment: str, now: datetime) -> None:
    """Publish a return: every line on which the window's price stands, and no other. Says what it leaves alone.

    A large one is carried out in steps, which find out for themselves what to leave alone.
    """
    case = Case(session, back, action, actor, now)
    moves.refuse(case, comment=comment)
    _stop_waves(session, back, now)
    if not effects.fits_one_step(back.lines):
        releasing.put_out(case, Comparison(back.lines, back.rule_set or 0, ()), comment=comment)
        return
    windows.aim(session, back)
    told = windows.in_words(windows.left_alone(session, back.id), back.lines)
    found = going_out.compare(session, back, now=now)
    releasing.put_out(case, found, comment=" ".join(filter(None, (told, comment))))
    say_on_window(session, back, "ended", actor, told or _WENT_BACK, now)


def ended(session: Session, back: Proposal, left: str, now: datetime) -> None:
    """Say on the window's passport that all of a large return is back, and what of it was left alone."""
    say_on_window(session, back, "ended", SYSTEM, left or _WENT_BACK, now)


_WENT_BACK = "Every line went back."


def keep(session: Session, back: Proposal, *, actor: Actor, reason: str, now: datetime) -> None:
    """Let a window's prices stay: it has no end any more. The return itself has just been called off."""
    say_on_window(session, back, Action.KEEP, actor, reason, now)
    window = session.get(Proposal, back.returns)
    if window is not None:
        window.ends_at = None
        session.add(window)


def say_on_window(session: Session, back: Proposal, action: str, actor: Actor, comment: str, now: datetime) -> None:
    """Write on the window's own passport what became of its return."""
    window = session.get(Proposal, back.returns)
    if window is None:
        return
    detail: audit.Detail = {
        "from": window.status,
        "to": window.status,
        "comment": comment,
        "lines": back.published_lines,
        "number": window.number,
    }
    audit.record(session, chain=window.id, actor=actor, action=action, now=now, detail=detail)
    pulse(session, "proposals")


def _stop_waves(session: Session, back: Proposal, now: datetime) -> None:
    """Finish the window's canary where it stands: the rest no longer goes out."""
    window = moves.locked(session, back.returns or "")
    if window is not None and window.status in (Status.CANARY, Status.HELD):
        releasing.stop_what_is_under_way(session, window, now)
        moves.move(Case(session, window, Action.FINISH, SYSTEM, now), comment=STAYED, lines=window.published_lines)
