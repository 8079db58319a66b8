"""What follows when a wave breaches its guards: the way back, or a second person where it rests on one word."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.canary.guards import Evidence, resting_on
from app.identity import people
from app.identity.actor import SYSTEM
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle.publishing import effects, releases, waves
from app.lifecycle.records import Proposal
from app.lifecycle.rolling_back import requests, restored_prices, rollbacks
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.guards import Case
from app.lifecycle.table.transitions import Action


@dataclass(frozen=True, slots=True)
class OnOneWord:
    """The person on whose measures alone a breach rests, and why they do not order the way back alone (or nothing)."""

    user_id: str
    name: str
    why: str
    found: Restoring

    @property
    def sentence(self) -> str:
        """Say on whose word it rests and why that takes two."""
        return f"It rests on what {self.name} alone posted. {self.why}"


def on_one_word(session: Session, proposal: Proposal, evidence: Evidence, now: datetime) -> OnOneWord | None:
    """Return the person without whose measures a wave would not breach; None if Baton or a feed measured it too.

    A feed is an account whose one role is to post measures: whoever orders roll-backs has another.
    """
    plan = waves.plan_of(proposal)
    source = resting_on(plan.guards, evidence) if plan else ""
    if not source or people.roles_of(session, source) == {Role.MEASURER}:
        return None
    found = restored_prices.last_found(session, proposal, now)
    user = session.get(User, source)
    name = user.name if user else source
    return OnOneWord(source, name, restored_prices.why_two(session, proposal, source, found), found)


def go_back(session: Session, proposal: Proposal, evidence: Evidence, *, sentence: str, now: datetime) -> None:
    """Take every wave back that is out. Who alone measured the breach counts as who orders it."""
    word = on_one_word(session, proposal, evidence, now)
    if word is not None and word.why:
        _hold_and_ask(session, proposal, word, sentence, now)
        return
    in_name_of = word.user_id if word else ""
    rollbacks.roll_back(session, proposal.id, actor=SYSTEM, reason=sentence, now=now, in_name_of=in_name_of)


def _hold_and_ask(session: Session, proposal: Proposal, word: OnOneWord, sentence: str, now: datetime) -> None:
    """Let nothing more go out, and ask another person to agree to the way back."""
    if effects.goes_out(session, proposal.id):
        releases.stop_what_is_under_way(session, proposal, now)
    told = f"{sentence} {word.sentence}"[:1500]
    held = Case(session, proposal, Action.PAUSE, SYSTEM, now)
    moves.move(held, comment=f"{told} Another person agrees to the way back.", lines=proposal.published_lines)
    asked = restored_prices.open_request(session, proposal)
    if asked is not None and asked.seen == word.found.seen:
        return
    requests.ask_in_name_of(
        session,
        proposal,
        word.user_id,
        told=f"{told} The roll-back is asked for in their name; another person agrees.",
        found=word.found,
        lines=proposal.published_lines,
        now=now,
    )
