"""Keeping drafts of any size: judged while only reading, written a step at a time, so that nobody waits meanwhile."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from app.database import breathe, reading, transaction
from app.identity.actor import Actor
from app.intake import drafts
from app.intake.drafts import ROWS_PER_STEP, Kind
from app.intake.dry_run import dry_run
from app.intake.reading import RawRow
from app.intake.records import Draft

T = TypeVar("T")


def keep(owner: Actor, filename: str, rows: Sequence[RawRow], now: datetime, *, size_bytes: int = 0) -> Draft:
    """Judge rows and keep them as a draft of their owner. Drafts of more than a week ago are forgotten on the way."""
    with reading() as session:
        tried = dry_run(session, rows, now)
    with transaction() as session:
        draft = drafts.begin(session, owner, filename, tried, now, size_bytes=size_bytes)
    for step in _steps(drafts.as_rows(draft.id, rows, tried)):
        with transaction() as session:
            drafts.add(session, step)
    _forget_old(now)
    return draft


def use_passing_prices(
    draft_id: str, owner: Actor, now: datetime, *, rows: Sequence[int] | None = None, kind: Kind = "hard"
) -> int:
    """Take the passing price in the given rows, or in all of one kind; return how many changed. Raises `NotFound`."""
    with reading() as session:
        judged = drafts.with_passing_prices(session, draft_id, owner, now, rows=rows, kind=kind)
    for step in _steps(judged):
        with transaction() as session:
            drafts.rewrite(session, draft_id, owner, step)
    return len(judged)


def leave_out(draft_id: str, owner: Actor, skus: Sequence[str]) -> int:
    """Take the lines of some SKUs out of a draft; return how many there were. Raises `NotFound`."""
    out = 0
    for step in _steps(skus):
        with transaction() as session:
            out += drafts.leave_out(session, draft_id, owner, step)
    return out


def _forget_old(now: datetime) -> None:
    more = True
    while more:
        with transaction() as session:
            more = drafts.forget_old(session, now)


def _steps(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), ROWS_PER_STEP):
        if start:
            breathe()
        yield items[start : start + ROWS_PER_STEP]
