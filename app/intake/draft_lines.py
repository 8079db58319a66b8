"""Keeping drafts of any size: judged while only reading, written a step at a time, so that nobody waits meanwhile."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from app.database import committed, reading, transaction
from app.identity.actor import Actor
from app.intake import drafts
from app.intake.drafts import ROWS_PER_STEP, DraftRow, Kind, Source
from app.intake.dry_run import DryRun, RowProblem, dry_run, judge_again
from app.intake.numbers import Mark
from app.intake.price_file import TableReading
from app.intake.records import Draft
from app.intake.rows import RawRow, valued
from app.words.sku import clean

T = TypeVar("T")


def keep(
    owner: Actor,
    filename: str,
    rows: Sequence[RawRow],
    now: datetime,
    *,
    size_bytes: int = 0,
    reading_was: TableReading | None = None,
    draft_id: str = "",
) -> Draft:
    """Judge rows and keep them as the lines of a draft, or of a new one. What is past its time is forgotten on the way.

    Raises `NotFound`, `DraftSubmitted`, `DraftDiscarded`, `TooManyDrafts`, and `DraftChangedElsewhere` if the lines
    were read in another window meanwhile.
    """
    source = Source(filename, size_bytes, reading_was)
    with reading() as session:
        tried = dry_run(session, rows, now)
    draft_id, edition = committed(lambda session: drafts.begin(session, owner, now, draft_id))
    for step in _steps(drafts.as_rows(draft_id, edition, rows, tried)):
        with transaction() as session:
            drafts.add(session, step)
    draft = committed(lambda session: drafts.turn_to(session, draft_id, owner, edition, source, tried, now))
    _until_done(lambda session: drafts.forget_rows(session, draft_id, before=edition) > 0)
    forget_old(now)
    return draft


def use_passing_prices(
    draft_id: str, owner: Actor, now: datetime, *, rows: Sequence[int] | None = None, kind: Kind = "hard"
) -> int:
    """Take the passing price in the given rows, or in all of one kind; return how many changed. Raises `NotFound`."""
    with reading() as session:
        edition = drafts.find(session, draft_id, owner).edition
        judged = drafts.with_passing_prices(session, draft_id, owner, now, rows=rows, kind=kind)
    for step in _steps(judged):
        with transaction() as session:
            drafts.rewrite(session, draft_id, owner, edition, step, now)
    return len(judged)


def judge_moved(draft_id: str, owner: Actor, now: datetime) -> None:
    """Judge again the lines whose price moved since they were checked, from the price that stands."""
    with reading() as session:
        edition = drafts.find(session, draft_id, owner).edition
        found = drafts.moved(session, draft_id, owner)
        judged = judge_again(session, [(row, sku, new) for row, sku, _, _, new, _ in found], now)
    for step in _steps(judged):
        with transaction() as session:
            drafts.rewrite(session, draft_id, owner, edition, step, now)


def correct(draft_id: str, owner: Actor, row: int, sku: str, price: str, now: datetime) -> bool:
    """Judge one bad row again as it was corrected; tell whether it is good now. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        decimal, change = _numbers_of(draft.reading)
        found = drafts.problems(session, draft_id, owner, row=row)
        if not found:
            return False
        was = found[0]
        if price.strip() == was.raw_price and (was.value or was.code not in drafts.OF_SKU):
            value, currency = was.value or "", was.currency or ""
        else:
            value, currency = valued(price.strip(), decimal, change=change)
        corrected = RawRow(row, clean(sku), price.strip(), "", value, currency)
        tried = _tried(session, draft_id, owner, [corrected], now)
    with transaction() as session:
        mended = drafts.as_rows(draft_id, draft.edition, [corrected], tried)
        drafts.put(session, draft_id, owner, draft.edition, mended, now)
    return not tried.problems


def take_meant(draft_id: str, owner: Actor, now: datetime, *, row: int | None = None) -> int:
    """Take the SKU that is spelled alike in one bad row, or in all; return how many rows are good now."""
    good, after, more = 0, 0, True
    while more:
        with reading() as session:
            edition = drafts.find(session, draft_id, owner).edition
            found = drafts.problems(session, draft_id, owner, row=row, after=after)
            rows = [_with_meant(line) for line in found if line.meant]
            tried = _tried(session, draft_id, owner, rows, now)
        with transaction() as session:
            mended = drafts.as_rows(draft_id, edition, rows, tried)
            drafts.put(session, draft_id, owner, edition, mended, now)
        good += len(rows) - len(tried.problems)
        after, more = (found[-1].row if found else after), row is None and len(found) == ROWS_PER_STEP
    return good


def _with_meant(line: DraftRow) -> RawRow:
    return RawRow(line.row, line.meant or "", line.raw_price, "", line.value or "", line.currency or "")


def _tried(session: Session, draft_id: str, owner: Actor, rows: Sequence[RawRow], now: datetime) -> DryRun:
    """Judge corrected rows; one whose SKU stands in another row of the draft stays a problem."""
    there = drafts.rows_with(session, draft_id, owner, [row.sku for row in rows])
    twice = tuple(
        RowProblem(row.row, row.sku, row.price, "duplicate_sku", f"The SKU already stands in row {there[row.sku]:,}.",
                   "", row.value, row.currency)
        for row in rows
        if row.sku in there
    )  # fmt: skip
    tried = dry_run(session, [row for row in rows if row.sku not in there], now)
    return replace(tried, problems=(*tried.problems, *twice))


def _numbers_of(kept: str | None) -> tuple[Mark, bool]:
    """Return the decimal mark of a draft (a point if it showed none) and whether its numbers are percentages."""
    was = json.loads(kept or "{}")
    return ("," if was.get("decimal") == "," else "."), bool(was.get("change"))


def leave_out(draft_id: str, owner: Actor, skus: Sequence[str], now: datetime) -> int:
    """Take the lines of some SKUs out of a draft; return how many there were. Raises `NotFound`."""
    out = 0
    for step in _steps(skus):
        with transaction() as session:
            out += drafts.leave_out(session, draft_id, owner, step, now)
    return out


def forget_old(now: datetime) -> None:
    """Forget drafts that are past their time, a step at a time."""
    _until_done(lambda session: drafts.forget_old(session, now))


def _until_done(step: Callable[[Session], bool]) -> None:
    """Do a step in a transaction of its own as long as it says that there is more."""
    more = True
    while more:
        with transaction() as session:
            more = step(session)


def _steps(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), ROWS_PER_STEP):
        yield items[start : start + ROWS_PER_STEP]
