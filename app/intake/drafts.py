"""Drafts: what was read and judged, kept on the server until it is submitted or forgotten. Opens no transaction."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from app.clock import new_id
from app.identity.actor import Actor
from app.intake.dry_run import DryRun, JudgedLine, RowProblem, UnchangedRow, judge_again
from app.intake.export import csv_text
from app.intake.reading import Reading
from app.intake.records import Draft, DraftLine
from app.intake.rows import RawRow
from app.intake.weighing import Change
from app.lifecycle.errors import NotFound, Refused, SeenContentChanged
from app.lifecycle.submission import Mixed, ProposedLine, Submission
from app.lifecycle.views import FindingView, Page
from app.pricelist.records import Price, Product
from app.words.money import format_price

Kind = Literal["hard", "soft", "clean", "unchanged", "problem"]
SUBMITTABLE: tuple[Kind, ...] = ("clean", "soft", "hard")
KEPT_FOR = timedelta(days=7)
MAX_PAGE = 1000
ROWS_PER_STEP = 1000
"""So many rows one transaction writes: the store has one writer, who may keep it 250 ms."""
MAX_FILENAME = 120

_Value = str | int | None
Row = dict[str, _Value]


class PricesMoved(SeenContentChanged):
    """Prices are no longer those from which the change was shown and weighed."""

    title = "Prices moved since they were checked"


class DraftSubmitted(Refused):
    """Somebody submits a draft that has just become a proposal in another window."""

    code, title = "draft_submitted", "Submitted already"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row of a draft as a page shows it. Money in minor units; `code` and `reason` only for problems."""

    row: int
    kind: Kind
    sku: str
    raw_price: str
    code: str | None
    reason: str | None
    name: str | None
    brand: str | None
    old: int | None
    new: int | None
    currency: str | None
    cost: int | None
    competitor: int | None
    passing_price: int | None
    change_bp: int | None
    findings: tuple[FindingView, ...]
    meant: str | None = None
    value: str | None = None


def begin(
    session: Session,
    owner: Actor,
    filename: str,
    tried: DryRun,
    now: datetime,
    *,
    size_bytes: int = 0,
    reading: Reading | None = None,
) -> Draft:
    """Open a draft for rows that were judged; `add` brings the rows. Before its id is told, it is nobody's."""
    draft = Draft(
        id=new_id(),
        owner_id=owner.id,
        filename=_named(filename),
        size_bytes=size_bytes,
        rule_set=tried.rule_set,
        created_at=now,
        reading=json.dumps(asdict(reading), ensure_ascii=False) if reading else None,
        **asdict(tried.counts),
    )
    session.add(draft)
    session.flush()
    return draft


def as_rows(draft_id: str, rows: Sequence[RawRow], tried: DryRun) -> list[Row]:
    """Return rows with what the dry run said of them, as they are kept."""
    return list(_stored(draft_id, tried, {row.row: row for row in rows}))


def add(session: Session, rows: Sequence[Row]) -> None:
    """Keep rows of a draft."""
    if rows:
        session.connection().execute(insert(DraftLine), rows)


def problems(
    session: Session, draft_id: str, owner: Actor, *, row: int | None = None, after: int = 0
) -> list[DraftRow]:
    """Return a step's problems that may be another SKU, or the one of a row. Raises `NotFound`."""
    find(session, draft_id, owner)
    query = select(DraftLine).where(*_rows_of(draft_id, ("problem",)), col(DraftLine.row) > after)
    chosen = col(DraftLine.meant).is_not(None) if row is None else col(DraftLine.row) == row
    found = session.scalars(query.where(chosen).order_by(col(DraftLine.row)).limit(ROWS_PER_STEP))
    return [_shown(line) for line in found]


def rows_with(session: Session, draft_id: str, owner: Actor, skus: Sequence[str]) -> dict[str, int]:
    """Return in which row of a draft that is no problem each of these SKUs stands already."""
    find(session, draft_id, owner)
    query = select(col(DraftLine.sku), col(DraftLine.row)).where(
        *_rows_of(draft_id, (*SUBMITTABLE, "unchanged")), col(DraftLine.sku).in_(skus)
    )
    return {str(sku): int(row) for sku, row in session.execute(query)}


def put(session: Session, draft_id: str, owner: Actor, rows: Sequence[Row]) -> None:
    """Put rows in the place of those with their numbers; the counts follow."""
    draft = find(session, draft_id, owner)
    numbers = [row["row"] for row in rows]
    gone = delete(DraftLine).where(col(DraftLine.draft_id) == draft_id, col(DraftLine.row).in_(numbers))
    session.connection().execute(gone)
    add(session, rows)
    _recount(session, draft)


def find(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft of this person. Raises `NotFound` for anybody else's as for one that never was."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.owner_id != owner.id:
        raise NotFound("There is no such draft, or it is not yours. Upload the file again.")
    return draft


def _held(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft that is about to be changed: nobody else changes or submits it meanwhile."""
    session.get(Draft, draft_id, with_for_update=True, populate_existing=True)
    return find(session, draft_id, owner)


def page(
    session: Session,
    draft_id: str,
    owner: Actor,
    *,
    kind: Kind | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DraftRow]:
    """Return rows of one kind (or all), in the order of the file."""
    find(session, draft_id, owner)
    limit = max(1, min(limit, MAX_PAGE))
    query = select(DraftLine).where(*_rows_of(draft_id, (kind,) if kind else ()))
    if cursor and cursor.isascii() and cursor.isdigit():
        query = query.where(col(DraftLine.row) > int(cursor[:9]))
    found = session.scalars(query.order_by(col(DraftLine.row)).limit(limit + 1)).all()
    items = [_shown(line) for line in found[:limit]]
    return Page(items, str(items[-1].row) if len(found) > limit else None)


def problem_counts(session: Session, draft_id: str, owner: Actor) -> list[tuple[str, int]]:
    """Return how often each problem code occurs, the most frequent first."""
    find(session, draft_id, owner)
    query = select(col(DraftLine.code), func.count()).where(*_rows_of(draft_id, ("problem",)))
    counted = [(str(code), int(count)) for code, count in session.execute(query.group_by(col(DraftLine.code)))]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def with_passing_prices(
    session: Session,
    draft_id: str,
    owner: Actor,
    now: datetime,
    *,
    rows: Sequence[int] | None = None,
    kind: Kind = "hard",
) -> list[JudgedLine]:
    """Judge the passing prices of the given rows, or of all of one kind; writes nothing."""
    find(session, draft_id, owner)
    chosen = (
        _rows_of(draft_id, (kind,))
        if rows is None
        else (col(DraftLine.draft_id) == draft_id, col(DraftLine.row).in_(rows[:MAX_PAGE]))
    )
    query = select(col(DraftLine.row), col(DraftLine.sku), col(DraftLine.passing_price)).where(
        *chosen, col(DraftLine.passing_price).is_not(None)
    )
    prices = [(int(row), str(sku), int(price)) for row, sku, price in session.execute(query)]
    return judge_again(session, prices, now)


def rewrite(session: Session, draft_id: str, owner: Actor, judged: Sequence[JudgedLine]) -> None:
    """Write rows that were judged again, and the counts that follow from them."""
    draft = _held(session, draft_id, owner)
    _rewrite(session, draft.id, judged)
    _recount(session, draft)


def refuse_moved(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind]) -> None:
    """Raise `PricesMoved` if any of these lines was weighed from another price than the one that stands."""
    found = moved(session, draft_id, owner, kinds)
    if found:
        _, sku, old, stands, _, currency = found[0]
        raise PricesMoved(
            f"{len(found):,} of the lines start from another price by now: {sku} from {format_price(stands, currency)}"
            f" instead of {format_price(old, currency)} {currency}. Nothing was submitted. They were judged again: read"
            " what the change weighs now, then submit."
        )


def moved(
    session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE
) -> list[tuple[int, str, int, int, int, str]]:
    """Return `(row, sku, old, price that stands, new, currency)` of lines that were weighed from another price."""
    find(session, draft_id, owner)
    columns = (DraftLine.row, DraftLine.sku, DraftLine.old, Price.amount, DraftLine.new, DraftLine.currency)
    query = select(*map(col, columns)).join(Price, col(Price.sku) == col(DraftLine.sku))
    other = query.where(*_rows_of(draft_id, kinds), col(Price.amount) != col(DraftLine.old))
    return [tuple(row) for row in session.execute(other.order_by(col(DraftLine.row)))]


def submission(
    session: Session,
    draft_id: str,
    owner: Actor,
    *,
    reason: str,
    mixed: Mixed = "together",
    effective_at: datetime | None = None,
    kinds: Sequence[Kind] = SUBMITTABLE,
) -> Submission:
    """Return what would be submitted: the changed rows of the given kinds, in the order of the file.

    Rows with problems and unchanged rows are never part of it.
    """
    find(session, draft_id, owner)
    chosen = tuple(kind for kind in kinds if kind in SUBMITTABLE)
    query = select(col(DraftLine.sku), col(DraftLine.new)).where(*_rows_of(draft_id, chosen or ("none",)))
    lines = tuple(ProposedLine(sku, price) for sku, price in session.execute(query.order_by(col(DraftLine.row))))
    return Submission(reason, lines, effective_at, mixed, "file")


def changes(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> list[Change]:
    """Return what would be submitted, in the order of the file."""
    find(session, draft_id, owner)
    columns = (DraftLine.sku, DraftLine.name, DraftLine.kind, DraftLine.old, DraftLine.new, DraftLine.currency)
    query = select(*map(col, columns)).where(*_rows_of(draft_id, kinds)).order_by(col(DraftLine.row))
    return [Change(*tuple(row)) for row in session.execute(query)]


def count_meant(session: Session, draft_id: str, owner: Actor) -> int:
    """Return in how many problems the SKU of a product is spelled another way."""
    find(session, draft_id, owner)
    query = select(func.count()).where(*_rows_of(draft_id, ("problem",)), col(DraftLine.meant).is_not(None))
    return session.scalar(query.select_from(DraftLine)) or 0


def currencies(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> list[str]:
    """Return the currencies of what would be submitted."""
    find(session, draft_id, owner)
    query = select(col(DraftLine.currency)).where(*_rows_of(draft_id, kinds)).distinct()
    return sorted(str(currency) for currency in session.scalars(query))


def leave_out(session: Session, draft_id: str, owner: Actor, skus: Sequence[str]) -> int:
    """Take the lines of some SKUs out of a draft; return how many there were."""
    draft = _held(session, draft_id, owner)
    gone = delete(DraftLine).where(*_rows_of(draft_id, SUBMITTABLE), col(DraftLine.sku).in_(skus))
    out = session.connection().execute(gone).rowcount
    draft.rows -= out
    _recount(session, draft)
    return out


def named_lines(
    session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE
) -> list[tuple[str, str, str]]:
    """Return SKU, category and brand of what would be submitted, in the order of the file."""
    find(session, draft_id, owner)
    query = (
        select(col(DraftLine.sku), col(Product.category), col(Product.brand))
        .join(Product, col(Product.sku) == col(DraftLine.sku))
        .where(*_rows_of(draft_id, kinds))
        .order_by(col(DraftLine.row))
    )
    return [(str(sku), str(category), str(brand)) for sku, category, brand in session.execute(query)]


def largest_change(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> int:
    """Return the furthest change of what would be submitted, in basis points, with its direction."""
    find(session, draft_id, owner)
    share = (col(DraftLine.new) - col(DraftLine.old)) * 10_000.0 / col(DraftLine.old)
    down, up = session.execute(
        select(func.min(share), func.max(share)).where(*_rows_of(draft_id, kinds), col(DraftLine.old) > 0)
    ).one()
    return round(max((down or 0, up or 0), key=abs))


def mark_submitted(session: Session, draft_id: str, owner: Actor, reference: str, *, before: str | None) -> None:
    """Remember which proposal a draft became, in its transaction.

    Raises `DraftSubmitted` if it became another one meanwhile than the one it had become `before`.
    """
    draft = _held(session, draft_id, owner)
    if draft.submitted_as != before:
        raise DraftSubmitted(
            f"This draft was submitted from another window: it became {draft.submitted_as}."
            " Nothing was submitted twice; read that proposal."
        )
    draft.submitted_as = reference
    session.add(draft)


def forget_old(session: Session, now: datetime) -> bool:
    """Forget at most one step's rows of drafts of more than a week ago; False if there are none left."""
    old = col(Draft.created_at) < now - KEPT_FOR
    draft_id = session.scalar(select(col(Draft.id)).where(old).limit(1).with_for_update(skip_locked=True))
    if draft_id is None:
        return False
    rows = session.scalars(
        select(col(DraftLine.row)).where(col(DraftLine.draft_id) == draft_id).limit(ROWS_PER_STEP)
    ).all()
    of = col(DraftLine.draft_id) == draft_id
    session.connection().execute(delete(DraftLine).where(of, col(DraftLine.row).in_(rows)))
    if len(rows) < ROWS_PER_STEP:
        session.connection().execute(delete(Draft).where(col(Draft.id) == draft_id))
    return True


def problems_csv(session: Session, draft_id: str, owner: Actor) -> str:
    """Return the rows with problems as CSV, to be corrected and uploaded again."""
    find(session, draft_id, owner)
    rows = session.scalars(select(DraftLine).where(*_rows_of(draft_id, ("problem",))).order_by(col(DraftLine.row)))
    return csv_text(
        ("row", "sku", "price", "code", "reason"),
        [(line.row, line.sku, _to_correct(line), line.code, line.reason) for line in rows],
    )


def _to_correct(line: DraftLine) -> str:
    """Return a price so that it reads as the same one from another file: with a point, its currency beside it."""
    if not line.value:
        return line.raw_price
    return f"{line.value} {line.currency}" if line.currency else line.value


def rows_csv(session: Session, draft_id: str, owner: Actor, kind: Kind) -> str:
    """Return the rows of one kind as CSV with old, new and passing price and what the rules say."""
    if kind == "problem":
        return problems_csv(session, draft_id, owner)
    find(session, draft_id, owner)
    rows = session.scalars(select(DraftLine).where(*_rows_of(draft_id, (kind,))).order_by(col(DraftLine.row)))
    header = ("row", "sku", "name", "brand", "currency", "old_price", "new_price", "passing_price", "findings")
    return csv_text(header, [_exported(_shown(line)) for line in rows])


def _exported(line: DraftRow) -> tuple[_Value, ...]:
    def price(minor: int | None) -> str:
        return format_price(minor, line.currency) if minor is not None and line.currency else ""

    said = " ".join(finding.message for finding in line.findings)
    return (
        line.row,
        line.sku,
        line.name,
        line.brand,
        line.currency,
        price(line.old),
        price(line.new),
        price(line.passing_price),
        said,
    )


def _named(filename: str) -> str:
    """Keep the last part of a file name, for showing only; nothing is ever stored under it."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:MAX_FILENAME] or "pasted lines"


def _rows_of(draft_id: str, kinds: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    chosen = tuple(kinds)
    of = col(DraftLine.draft_id) == draft_id
    return (of, col(DraftLine.kind).in_(chosen)) if chosen else (of,)


def _stored(draft_id: str, tried: DryRun, raw: dict[int, RawRow]) -> Iterator[dict[str, _Value]]:
    empty: dict[str, _Value] = dict.fromkeys(DraftLine.model_fields)
    for problem in tried.problems:
        yield empty | {"draft_id": draft_id} | _problem(problem)
    for same in tried.unchanged:
        yield empty | {"draft_id": draft_id} | _same(same) | {"raw_price": raw[same.row].price}
    for line in tried.lines:
        yield empty | {"draft_id": draft_id} | _line(line) | {"raw_price": raw[line.row].price}


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


def _shown(line: DraftLine) -> DraftRow:
    findings = tuple(FindingView(**finding) for finding in json.loads(line.findings or "[]"))
    return DraftRow(
        row=line.row,
        kind=_KINDS[line.kind],
        sku=line.sku,
        raw_price=line.raw_price,
        code=line.code,
        reason=line.reason,
        name=line.name,
        brand=line.brand,
        old=line.old,
        new=line.new,
        currency=line.currency,
        cost=line.cost,
        competitor=line.competitor,
        passing_price=line.passing_price,
        findings=findings,
        meant=line.meant,
        value=line.value,
        change_bp=_change_bp(line.old, line.new),
    )


_KINDS: dict[str, Kind] = {
    "hard": "hard",
    "soft": "soft",
    "clean": "clean",
    "unchanged": "unchanged",
    "problem": "problem",
}


def _change_bp(old: int | None, new: int | None) -> int | None:
    return round((new - old) * 10_000 / old) if old is not None and new is not None else None


def _rewrite(session: Session, draft_id: str, judged: Sequence[JudgedLine]) -> None:
    changed = update(DraftLine).where(col(DraftLine.draft_id) == bindparam("of"), col(DraftLine.row) == bindparam("at"))
    session.connection().execute(
        changed.values(
            kind=bindparam("verdict"),
            old=bindparam("stands"),
            new=bindparam("price"),
            passing_price=bindparam("passing"),
            findings=bindparam("found"),
        ),
        [
            {
                "of": draft_id,
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


def _recount(session: Session, draft: Draft) -> None:
    query = select(col(DraftLine.kind), func.count()).where(*_rows_of(draft.id, ())).group_by(col(DraftLine.kind))
    counted = {str(kind): int(count) for kind, count in session.execute(query)}
    for kind in ("problem", "unchanged", "clean", "soft", "hard"):
        setattr(draft, kind, counted.get(kind, 0))
    session.add(draft)
    session.flush()
