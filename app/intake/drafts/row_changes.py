"""Writing rows of a draft: as they were judged, mended, or left out; the counts follow."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import changed, held
from app.intake.drafts.errors import DraftChangedElsewhere
from app.intake.drafts.rows import SUBMITTABLE, rows_of
from app.intake.dry_run import DryRun, JudgedLine, RowProblem, UnchangedRow
from app.intake.records import Draft, DraftLine
from app.intake.rows import RawRow
from app.lifecycle.views.values import FindingView

_Value = str | int | None
Row = dict[str, _Value]


def as_rows(draft_id: str, edition: int, rows: Sequence[RawRow], tried: DryRun) -> list[Row]:
    """Return rows with what the dry run said of them, as they are kept in an edition of a draft."""
    of: Row = {"draft_id": draft_id, "edition": edition}
    return list(_stored(of, tried, {row.row: row for row in rows}))


def add(session: Session, rows: Sequence[Row]) -> None:
    """Keep rows of a draft."""
    if rows:
        session.connection().execute(insert(DraftLine), rows)


def put(session: Session, draft_id: str, owner: Actor, edition: int, rows: Sequence[Row], now: datetime) -> None:
    """Put rows in the place of those with their numbers; the counts follow."""
    draft = _same_edition(session, draft_id, owner, edition)
    numbers = [row["row"] for row in rows]
    gone = delete(DraftLine).where(*rows_of(draft_id, ()), col(DraftLine.row).in_(numbers))
    session.connection().execute(gone)
    add(session, rows)
    _mended(session, draft, owner, now)


def rewrite(
    session: Session, draft_id: str, owner: Actor, edition: int, judged: Sequence[JudgedLine], now: datetime
) -> None:
    """Write rows that were judged again, and the counts that follow from them."""
    draft = _same_edition(session, draft_id, owner, edition)
    _rewrite(session, draft, judged)
    _mended(session, draft, owner, now)


def leave_out(session: Session, draft_id: str, owner: Actor, skus: Sequence[str], now: datetime) -> int:
    """Take the lines of some SKUs out of a draft; return how many there were."""
    draft = held(session, draft_id, owner)
    gone = delete(DraftLine).where(*rows_of(draft_id, SUBMITTABLE), col(DraftLine.sku).in_(skus))
    out = session.connection().execute(gone).rowcount
    draft.rows -= out
    _mended(session, draft, owner, now)
    return out


def _same_edition(session: Session, draft_id: str, owner: Actor, edition: int) -> Draft:
    draft = held(session, draft_id, owner)
    if draft.edition != edition:
        raise DraftChangedElsewhere(
            "Its lines were read again in another window. Nothing was changed; look at them, then go on."
        )
    return draft


def _mended(session: Session, draft: Draft, owner: Actor, now: datetime) -> None:
    draft.mended = True
    recount(session, draft)
    changed(session, draft, owner, now)


def _stored(of: Row, tried: DryRun, raw: dict[int, RawRow]) -> Iterator[Row]:
    empty: dict[str, _Value] = dict.fromkeys(DraftLine.model_fields)
    for problem in tried.problems:
        yield empty | of | _problem(problem)
    for same in tried.unchanged:
        yield empty | of | _same(same) | {"raw_price": raw[same.row].price}
    for line in tried.lines:
        yield empty | of | _line(line) | {"raw_price": raw[line.row].price}


def _problem(problem: RowProblem) -> dict[str, _Value]:
    return {
        "row": problem.row,
        "kind": "problem",
        "sku": _storable(problem.sku),
        "raw_price": _storable(problem.price),
        "code": problem.code,
        "reason": problem.reason,
        "meant": problem.meant or None,
        "value": problem.value or None,
        "currency": problem.currency[:12] or None,
    }


def _storable(text: str) -> str:
    """Shorten what a person typed, and show what a database cannot hold (NUL, lone surrogates) as a mark."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:200])


def _same(same: UnchangedRow) -> dict[str, _Value]:
    return {
        "row": same.row,
        "kind": "unchanged",
        "sku": same.sku,
        "name": same.name,
        "brand": same.brand,
        "old": same.price,
        "new": same.price,
        "currency": same.currency,
    }


def _line(line: JudgedLine) -> dict[str, _Value]:
    return {
        "row": line.row,
        "kind": line.verdict,
        "sku": line.sku,
        "name": line.name,
        "brand": line.brand,
        "old": line.old,
        "new": line.new,
        "currency": line.currency,
        "cost": line.cost,
        "competitor": line.competitor,
        "passing_price": line.passing_price,
        "findings": _json(line.findings),
    }


def _json(findings: tuple[FindingView, ...]) -> str | None:
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False) if findings else None


def _rewrite(session: Session, draft: Draft, judged: Sequence[JudgedLine]) -> None:
    these = (col(DraftLine.draft_id) == draft.id, col(DraftLine.edition) == draft.edition)
    session.connection().execute(
        update(DraftLine)
        .where(*these, col(DraftLine.row) == bindparam("at"))
        .values(
            kind=bindparam("verdict"),
            old=bindparam("stands"),
            new=bindparam("price"),
            passing_price=bindparam("passing"),
            findings=bindparam("found"),
        ),
        [
            {
                "at": line.row,
                "verdict": "unchanged" if line.new == line.old else line.verdict,
                "stands": line.old,
                "price": line.new,
                "passing": line.passing_price,
                "found": _json(line.findings),
            }
            for line in judged
        ],
    )


def recount(session: Session, draft: Draft) -> None:
    """Count the rows of a draft anew."""
    query = select(col(DraftLine.kind), func.count()).where(*rows_of(draft.id, ())).group_by(col(DraftLine.kind))
    counted = {str(kind): int(count) for kind, count in session.execute(query)}
    for kind in ("problem", "unchanged", "clean", "soft", "hard"):
        setattr(draft, kind, counted.get(kind, 0))
    session.add(draft)
    session.flush()
