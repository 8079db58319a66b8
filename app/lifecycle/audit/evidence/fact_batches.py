"""Facts: what is kept of each batch of changes, and what stands at a product as the last of them left it."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from sqlalchemy import Row as Found
from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session as AnySession
from sqlmodel import col

from app.lifecycle.audit.evidence.findings import Findings, What
from app.lifecycle.audit.evidence.legible import as_it_stands
from app.pricelist.records import FactChange
from app.protection.changes import Key, RowChange, Values
from app.protection.digests import digest_of
from app.words.counting import count, noun

BATCH = "fact_batch"
_CHANGES: Table = FactChange.__table__  # type: ignore[attr-defined]
_COLUMNS = ("sku", "kind", "before", "after", "currency", "source", "observed_at", "by", "by_name", "at", "batch")


def batches(session: AnySession) -> Iterator[RowChange]:
    """Yield what is kept of each batch that stands there."""
    for batch, rows in _by_batch(session):
        yield RowChange(BATCH, (batch, "found"), {"rows": " ".join(digest_of(tuple(row)[1:]) for row in rows)})


def compare(session: AnySession, kept: Mapping[Key, Values], findings: Findings) -> None:
    """Name every change of a fact that is not as it was kept, and every fact that is not as the last change left it."""
    said: dict[str, list[str]] = {}
    for (batch, *_), values in kept.items():
        said.setdefault(str(batch), []).extend(str(values["rows"]).split())
    for batch, found in _by_batch(session):
        _compare_batch(batch, list(found), said.pop(batch, []), findings)
    for batch, rows in said.items():
        if rows:
            every = noun(len(rows), "the only change", f"all {count(len(rows))} changes")
            are = noun(len(rows), "is", "are")
            findings.add(What.FACTS, f"{every} of facts of the import {batch} {are} gone")
    for sku, kind, amount, after, currency in session.execute(text(_STANDS)):
        findings.add(
            What.FACTS,
            f"the {kind} of {sku} is {_minor(amount)}, and its last change left it at {_minor(after)} {currency}"
            " (minor units), or it was observed or supplied otherwise than that says",
        )


def _compare_batch(batch: str, rows: list[Found[tuple[object, ...]]], said: list[str], findings: Findings) -> None:
    digests = [digest_of(tuple(row)[1:]) for row in rows]
    if digests == said:
        return
    known = set(said)
    odd = [row for row, digest in zip(rows, digests, strict=True) if digest not in known]
    for row in odd:
        findings.add(
            What.FACTS,
            f"change {row[0]} of the {row.kind} of {row.sku} ({_minor(row.before)} → {_minor(row.after)} {row.currency}"
            f" in minor units, by {row.by_name}) is not one of those that were kept of the import {batch}",
        )
    missing = len(said) - len(rows)
    if missing > 0:
        findings.add(What.FACTS, f"{missing:,} of {len(said):,} changes of facts of the import {batch} are gone")
    elif not odd:
        findings.add(What.FACTS, f"the changes of facts of the import {batch} are out of their order, or there twice")


def _by_batch(session: AnySession) -> Iterator[tuple[str, Iterator[Found[tuple[object, ...]]]]]:
    query = select(*(as_it_stands(_CHANGES.c[name]) for name in ("id", *_COLUMNS)))
    query = query.order_by(col(FactChange.batch), col(FactChange.id))
    found = session.execute(query.execution_options(yield_per=5_000))
    yield from groupby(found, key=lambda row: str(row.batch))


def _minor(amount: object) -> str:
    return "unknown" if amount is None else f"{amount:,}" if isinstance(amount, int) else str(amount)


_STANDS = (
    "SELECT p.sku, f.kind, CASE f.kind WHEN 'cost' THEN p.cost ELSE p.competitor_price END AS amount, f.after,"
    " f.currency FROM fact_change f JOIN product p ON p.sku = f.sku"
    " WHERE f.id = (SELECT max(n.id) FROM fact_change n WHERE n.sku = f.sku AND n.kind = f.kind)"
    " AND (CASE f.kind WHEN 'cost' THEN p.cost ELSE p.competitor_price END IS DISTINCT FROM f.after"
    " OR CASE f.kind WHEN 'cost' THEN p.cost_observed_at ELSE p.competitor_observed_at END < f.observed_at)"
    " ORDER BY p.sku"
)
