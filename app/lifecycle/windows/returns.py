"""Price windows: a change with an end, at which the earlier prices return as a linked proposal of its own.

That return belongs to the approved plan. It exists from the moment when the first line of the window is out, grows
with every wave, and goes back line by line: a SKU that a newer price has reached is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, insert, literal, select, true, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.clock import new_id
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.proposing import policy, stale_facts
from app.lifecycle.proposing.numbering import next_number
from app.lifecycle.publishing import effects
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.records import Effect, Hand, Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.windows import layers
from app.lifecycle.windows.bounds import OPEN, return_of
from app.lifecycle.windows.return_lines import lines_of, point
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product
from app.words.instants import written
from rules.ruleset import RuleSet

UNDONE = layers.UNDONE
LOOK_AHEAD = timedelta(hours=24)
"""So long before its end at the latest a return is judged again, and then ever more often."""
LAST_LOOK = timedelta(seconds=5)
TRY_AGAIN = timedelta(hours=24)
"""After so long a return that the contexts could not apply is tried once more, unless a person decides."""
NAMED = 3
"""How many SKUs a sentence names; the count is always whole."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A SKU that a return does not touch, and the number of the proposal whose price stands there."""

    sku: str
    number: int | None


def coming(session: Session, window: Proposal, *, now: datetime) -> Proposal | None:
    """Return the return that is to cover what is out of a window, made now if there is none yet.

    None where nothing ends, or the return is over: one that was made permanent stays so.
    """
    if window.ends_at is None:
        return None
    back = return_of(session, window.id)
    if back is not None and back.status not in OPEN:
        return None
    return back or _opened(session, window, now=now)


def cover(session: Session, window: Proposal, span: Span, now: datetime) -> Proposal | None:
    """Let the return of a window cover a span that just went out: it exists from the first line that is out.

    Returns it if this made it.
    """
    back = coming(session, window, now=now)
    if back is None:
        return None
    is_new = back.lines == 0
    _take_over(session, back, span.holds(), now)
    return back if is_new else None


def to_take_over(session: Session, back: Proposal) -> int:
    """Return how many lines of its window went out that a return does not cover yet."""
    return session.scalar(select(func.count()).select_from(Line).where(*_not_taken(back))) or 0


def grow(session: Session, back: Proposal, effect: Effect, now: datetime) -> bool:
    """Take the next lines over that went out of the window; False once the return covers them all."""
    taken = _take_over(session, back, true(), now)
    if not taken:
        effects.finish(session, effect, now)
        return False
    effects.advance(session, effect, after=taken[-1], done=len(taken))
    return True


def tried_again(session: Session, window: Proposal, *, now: datetime) -> Proposal:
    """Write another return, for a person to look at, after the contexts could not apply the last one."""
    back = _opened(session, window, now=now)
    back.must_be_seen, back.effective_at = True, now + TRY_AGAIN
    timers.arm(session, back.id, Kind.RETURN, now + TRY_AGAIN, version=back.version)
    session.add(back)
    session.flush()
    return back


def hasten(session: Session, back: Proposal, now: datetime) -> None:
    """Let a return that a person approved after the window's end go back at once: it only waited for them."""
    window = session.get(Proposal, back.returns)
    if window is not None and window.ends_at is not None and window.ends_at <= now:
        back.effective_at = now
        session.add(back)
        timers.arm(session, back.id, Kind.RETURN, now, version=back.version)


def left_alone(session: Session, back_id: str) -> list[LeftAlone]:
    """Return the lines of a return on which a newer price stands (after the return: stood)."""
    rows = session.execute(
        select(col(Line.sku), col(Proposal.number))
        .join(Price, col(Price.sku) == col(Line.sku))
        .outerjoin(Proposal, col(Proposal.id) == col(Price.proposal_id))
        .where(
            col(Line.proposal_id) == back_id,
            col(Line.published_version).is_(None),
            col(Price.version) != col(Line.base_version),
        )
        .order_by(col(Line.line))
    )
    return [LeftAlone(sku, number) for sku, number in rows]


def in_words(alone: Sequence[LeftAlone], lines: int) -> str:
    """Say which lines a return leaves alone, or nothing."""
    if not alone:
        return ""
    names = ", ".join(f"{one.sku} (PC-{one.number})" if one.number else one.sku for one in alone[:NAMED])
    more = f" and {len(alone) - NAMED:,} more" if len(alone) > NAMED else ""
    return f"{len(alone):,} of {lines:,} left alone, a newer price stands there: {names}{more}."


def goes_back_anyway(back: Proposal) -> str:
    """Say why a person looks at a return, and what happens if nobody does."""
    until = f" on {written(back.effective_at)}" if back.effective_at else ""
    why = (
        "The contexts could not apply the return" if back.must_be_seen else "An earlier price breaks a hard rule today"
    )
    return (
        f"{why}. Approve the return, or make the prices permanent; if nobody decides, the earlier prices return{until}"
        " all the same."
    )


def await_decision(session: Session, back: Proposal, now: datetime) -> None:
    """Put a return before a person: due halfway to its end, and never expiring, since the end comes by itself.

    One that is waited for already keeps its due date: nobody wins time by having it judged again.
    """
    if back.due_at is None:
        end = back.effective_at or now
        back.due_at, back.expires_at, back.level = now + max(end - now, timedelta()) / 2, None, 1
        session.add(back)
    still = {timer.kind for timer in timers.open_of(session, [back.id]).get(back.id, [])}
    if back.level == 1 and Kind.ESCALATE not in still:
        timers.arm(session, back.id, Kind.ESCALATE, back.due_at, version=back.version)


def facts_moved(session: Session, back: Proposal, rules: RuleSet, now: datetime) -> bool:
    """Tell whether a return was judged on facts or rules that are no longer those of today."""
    if policy.others_in_force(rules, back, now):
        return True
    moved = (
        select(Line)
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(
            col(Line.proposal_id) == back.id,
            cost_at(now).is_distinct_from(col(Line.cost)) | competitor_at(now).is_distinct_from(col(Line.competitor)),
        )
    )
    return bool(session.scalar(select(exists(moved)))) or stale_facts.more_differs(session, back, rules, now)


def look_again(session: Session, back: Proposal, now: datetime) -> None:
    """Make the next appointment at which a return is judged before its end: ever closer to it."""
    left = (back.effective_at or now) - now
    if left / 2 >= LAST_LOOK:
        timers.arm(session, back.id, Kind.RETURN_CHECK, now + left - min(left / 2, LOOK_AHEAD), version=back.version)


def _opened(session: Session, window: Proposal, *, now: datetime) -> Proposal:
    back = Proposal(
        id=new_id(),
        number=next_number(session),
        reason=f"Back from PC-{window.number}: {window.reason}"[:500],
        status=Status.EVALUATING,
        version=1,
        mixed="together",
        source="window",
        submitted_by=window.submitted_by,
        submitted_at=now,
        updated_at=now,
        effective_at=window.ends_at,
        returns=window.id,
        content_hash="",
        lines=0,
        rule_set=window.rule_set,
        currency=window.currency,
    )
    session.add(back)
    session.flush()
    for hand in session.scalars(select(Hand).where(col(Hand.proposal_id) == window.id)).all():
        session.add(Hand(proposal_id=back.id, user_id=hand.user_id, how=hand.how))
    timers.arm(session, back.id, Kind.RETURN, window.ends_at or now, version=back.version)
    look_again(session, back, now)
    return back


def _not_taken(back: Proposal) -> tuple[ColumnElement[bool], ...]:
    taken = aliased(Line)
    return (
        col(Line.proposal_id) == back.returns,
        col(Line.published_version).is_not(None),
        ~exists().where(col(taken.proposal_id) == back.id, col(taken.line) == col(Line.line)),
    )


def _take_over(session: Session, back: Proposal, chosen: ColumnElement[bool], now: datetime) -> Sequence[int]:
    """Give a return the next of the chosen lines that went out, under their own numbers; return these."""
    session.flush()
    numbers = session.scalars(
        select(col(Line.line)).where(*_not_taken(back), chosen).order_by(col(Line.line)).limit(effects.LINES_PER_STEP)
    ).all()
    if numbers:
        _add(session, back, numbers)
        point(session, back, col(Line.line).in_(numbers))
        _read_facts(session, back, col(Line.line).in_(numbers), now)
    return numbers


def _add(session: Session, back: Proposal, numbers: Sequence[int]) -> None:
    names = ("proposal_id", "line", "sku", "old", "new", "currency", "base_version", "category", "brand", "cost")
    published = select(
        literal(back.id),
        col(Line.line),
        col(Line.sku),
        col(Line.new),
        col(Line.old),
        col(Line.currency),
        col(Line.published_version),
        col(Line.category),
        col(Line.brand),
        col(Line.cost),
        col(Line.competitor),
        col(Line.month_ago),
        literal(1),
    ).where(col(Line.proposal_id) == back.returns, col(Line.line).in_(numbers))
    session.connection().execute(insert(Line).from_select((*names, "competitor", "month_ago", "wave"), published))
    back.lines += len(numbers)
    session.add(back)


def _read_facts(session: Session, back: Proposal, chosen: ColumnElement[bool], now: datetime) -> None:
    session.connection().execute(
        update(Line)
        .where(lines_of(back), chosen, col(Product.sku) == col(Line.sku))
        .values(cost=cost_at(now), competitor=competitor_at(now), category=Product.category, brand=Product.brand)
    )
