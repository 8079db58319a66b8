"""A refusal has written nothing, not even to be undone; and what is kept of people's words is what is shown."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Text, event, inspect, select
from sqlmodel import SQLModel

from app.canary.waves import Wave, WavePlan
from app.database import engine, reading, transaction
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.errors import CommentMissing, Refused, TransitionRefused
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, PERSONAL, Action
from app.lifecycle.views.values import ProposalSummary
from app.words.typed import plain
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, person
from tests.lifecycle.test_proposals import authoritative, found, submitted

pytestmark = pytest.mark.usefixtures("tea")
ANYBODY = person("Xenia", *Role)
HIDDEN = "Stop\u202e it\u200b now\ufeff"
UNREADABLE = ("\u200d", " \u200c\u200d\n", "\u2800", "\u3164", "\u115f\u1160\uffa0", "\u0301", "\ufe0f")
"""Joiners, blanks that count as letters or symbols, accents without a letter: each looks like nothing."""
LATER = MONDAY + HOUR
WORDY = [action for action in PERSONAL if any(t.needs_comment for t in BY_MOVE.values() if t.action is action)]


def in_one_wave() -> ProposalSummary:
    plan = WavePlan(waves=(Wave(share_bp=10_000, bake_seconds=600),))
    made = commands.submit(ASHA, Submission("Tea", (ProposedLine("T1", 105_00),), waves=plan), key="one", now=MONDAY)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    return found(made)


@contextmanager
def written() -> Iterator[list[str]]:
    """Collect the statements that would have changed the store."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def test_a_published_canary_of_one_wave_cannot_be_continued_and_no_price_is_set_twice():
    proposal = in_one_wave()

    with pytest.raises(TransitionRefused, match="is published"):
        acts(KIRAN, proposal.id, Action.CONTINUE, comment="Go", key="c", now=LATER)

    assert (found(proposal).status, authoritative("T1")) == (Status.PUBLISHED, (105_00, 2))


@pytest.mark.parametrize("action", PERSONAL)
def test_guards_are_asked_before_anything_is_written(action: Action):
    """Otherwise a refused action has held rows, and what it wrote decides whether it is refused at all."""
    proposal = in_one_wave()
    with reading() as session:
        row = session.get(Proposal, proposal.id)
        assert row is not None
        kept = row.model_dump()
    for status in Status:
        if (status, action) in BY_MOVE:
            continue
        with transaction() as session:
            session.merge(Proposal(**{**kept, "status": status}))
        with written() as statements, pytest.raises(Refused):
            acts(ANYBODY, proposal.id, action, comment="Because", key=f"{status}", now=LATER)
        assert statements == [], (status, action)


@pytest.mark.parametrize("action", WORDY)
def test_a_missing_comment_is_noticed_before_anything_is_written(action: Action):
    proposal = in_one_wave()
    (transition, *_) = (t for t in BY_MOVE.values() if t.action is action and t.needs_comment)
    with reading() as session:
        row = session.get(Proposal, proposal.id)
        assert row is not None
        kept = row.model_dump()
    with transaction() as session:
        session.merge(Proposal(**{**kept, "status": transition.source}))

    with written() as statements, pytest.raises(Refused):
        acts(ANYBODY, proposal.id, action, comment="\u200b \u202e", key="c", now=LATER)

    assert statements == []


def test_no_reason_is_kept_with_signs_that_hide_or_reorder_text():
    first = submitted(("T1", 120_00), key="a", reason=HIDDEN)
    commands.act(KIRAN, first.id, Action.REJECT, comment=HIDDEN, seen=first.seen_hash, key="r", now=MONDAY)
    out = submitted(("T2", 105_00), key="b")
    with transaction() as session:
        actions.publish(session, out.id, now=MONDAY)
        actions.roll_back(session, out.id, actor=Actor.context("catalog"), reason=f"T2: {HIDDEN}", now=LATER)
    with transaction() as session:
        window = brakes.freeze(session, starts=MONDAY, ends=MONDAY + HOUR, actor=OMAR, reason=HIDDEN, now=MONDAY)
        brakes.lift(session, window.id, actor=OMAR, reason=HIDDEN, now=MONDAY)
        brakes.stop(session, actor=OMAR, reason=HIDDEN, now=MONDAY)
        brakes.resume(session, actor=OMAR, reason=HIDDEN, now=MONDAY)
    commands.note(OMAR, chain="context:catalog", action="lock-price", comment=HIDDEN, now=MONDAY)

    assert [where for where, text in every_text() if plain(text) != text.strip()] == []


@pytest.mark.parametrize("brake", [brakes.stop, brakes.resume])
def test_a_reason_of_invisible_signs_is_no_reason(brake):  # type: ignore[no-untyped-def]
    with pytest.raises(CommentMissing), transaction() as session:
        brake(session, actor=OMAR, reason="\u200b\u202e ", now=MONDAY)


@pytest.mark.parametrize("nothing", UNREADABLE)
def test_what_looks_like_nothing_is_no_reason_for_a_proposal_a_decision_or_a_brake(nothing: str) -> None:
    with pytest.raises(Refused) as raised:
        commands.submit(ASHA, Submission(nothing, (ProposedLine("T1", 105_00),)), key="n", now=MONDAY)
    waits = submitted(("T1", 125_00), key="w")
    with pytest.raises(CommentMissing):
        acts(KIRAN, waits.id, Action.REJECT, comment=nothing, key="r", now=MONDAY)
    with pytest.raises(CommentMissing), transaction() as session:
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + HOUR, actor=OMAR, reason=nothing, now=MONDAY)

    assert raised.value.code == "reason_missing"
    assert found(waits).status is Status.PENDING_APPROVAL


@pytest.mark.parametrize("words", ["क्‍ष", "نمی‌خواهم", "👩‍👩‍👧", "é", "!", "₹", "ᄀ", "7"])
def test_words_of_every_language_stay_a_reason(words: str) -> None:
    assert plain(words) == words


def every_text() -> Iterator[tuple[str, str]]:
    """Yield every text of the pricing store with its table and column."""
    there = set(inspect(engine()).get_table_names())
    with reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in there:
                continue
            for column in table.columns:
                if column.type.python_type is not str and not isinstance(column.type, Text):
                    continue
                for text in session.scalars(select(column).where(column.is_not(None))):
                    yield f"{table.name}.{column.name}", str(text)


def test_the_check_of_a_move_says_what_the_move_would_say():
    from app.lifecycle.table.case import Case

    proposal = in_one_wave()
    with transaction() as session:
        row = moves.locked(session, proposal.id)
        assert row is not None
        with pytest.raises(TransitionRefused):
            moves.refuse(Case(session, row, Action.CONTINUE, KIRAN, LATER), comment="Go")
        with pytest.raises(CommentMissing):
            moves.refuse(Case(session, row, Action.ROLL_BACK, OMAR, LATER), comment="")
