"""Protected rows as they stand, compared with what Baton did to them: every change replayed, as it was committed."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from app.lifecycle.audit.evidence import announced, fact_batches, kept_rows
from app.lifecycle.audit.evidence.findings import Findings, Misfit, What
from app.lifecycle.audit.evidence.kept_rows import BEGINNINGS, FOUND, StateEnd
from app.lifecycle.audit.evidence.keys import AuditKey
from app.lifecycle.audit.evidence.trail import Walk
from app.lifecycle.records import AuditEntry, AuditState
from app.protection.changes import Key, RowChange, Values, key_of
from app.protection.tables import KEPT
from app.words.instants import written

Kept: TypeAlias = dict[Key, tuple[Values, int]]
"""What a table's rows should be, each with the entry of the trail after which it was last changed."""
LONGEST = 80
_PSEUDO_KEYS = {announced.PAST: ("sku", "version"), fact_batches.BATCH: ("batch", "part")}


class Replayed:
    """What every protected row should be."""

    def __init__(self, session: Session, walk: Walk, pass_by: Callable[[int, str], None]) -> None:
        self._session, self._key, self._head, self._pass_by = session, walk.key, walk.head, pass_by
        self.tables: dict[str, Kept] = {}
        self._problems: list[Misfit] = []
        self.found: int | None = None
        self.found_rows = 0
        self._end = StateEnd()
        self._replay()

    @property
    def is_kept(self) -> bool:
        """Tell whether anything was ever kept here."""
        return bool(self._end.position)

    @property
    def end_position(self) -> int:
        """Return how many transactions' changes are kept."""
        return self._end.position

    def rows(self, table: str) -> Kept:
        """Return what the rows of a table should be."""
        return self.tables.get(table, {})

    def name_what_is_wrong(self, findings: Findings) -> bool:
        """Name what does not fit in what is kept; tell whether there is anything to compare with."""
        for finding in self._problems:
            findings.add(finding.what, finding.sentence)
        head = self._head
        if head is None or not (head.state_position or self.is_kept):
            return self.is_kept
        missing = head.state_position - self._end.position
        if missing > 0:
            findings.add(What.KEPT_CHANGED, f"the last {missing:,} of {head.state_position:,} kept changes are gone")
        elif missing < 0 or head.state_seal != self._end.seal:
            findings.add(What.KEPT_CHANGED, "the kept changes do not end where the head says")
        return self.is_kept

    def _replay(self) -> None:
        columns = (AuditState.position, AuditState.entry, AuditState.kind, AuditState.body, AuditState.seal)
        query = select(*map(col, columns)).order_by(col(AuditState.id)).execution_options(yield_per=500)
        for position, entry, kind, body, seal in self._session.execute(query):
            self._take(position, entry, kind, body, seal)

    def _take(self, position: int, entry: int, kind: str, body: str, seal: str) -> None:
        begins = kind in BEGINNINGS
        before = "" if begins else self._end.seal
        fits = self._key is None or seal == kept_rows.seal_of(self._key, position, before, entry, kind, body)
        if fits and begins:
            self.tables, self._problems, self.found_rows = {}, [], 0
            self.found = entry if kind == FOUND else None
        elif position != self._end.position + 1:
            self._wrong(f"change {position:,} follows change {self._end.position:,}: something is missing, or put in")
        if not fits:
            self._wrong(f"change {position:,} is not what was sealed in its place")
        else:
            self._apply(json.loads(body), entry, counts=kind != kept_rows.CHANGE)
        self._end = StateEnd(position, seal)
        self._pass_by(position, seal)

    def _apply(
        self, changes: Iterable[tuple[str, list[str | int | None], Values | None]], entry: int, *, counts: bool
    ) -> None:
        for table, key, values in changes:
            rows = self.tables.setdefault(table, {})
            if values is None:
                rows.pop(tuple(key), None)
                continue
            before = rows.get(tuple(key), ({}, 0))[0]
            rows[tuple(key)] = (before | values, entry)
            self.found_rows += counts

    def _wrong(self, sentence: str) -> None:
        self._problems.append(Misfit(What.KEPT_CHANGED, sentence))


def compare(session: Session, replayed: Replayed, key: AuditKey | None, findings: Findings) -> None:
    """Name every protected row that is not as Baton left it."""
    comparison = _Comparison(session, key, findings)
    for name, keeping, table in kept_rows.kept_tables():
        comparison.compare(name, replayed.rows(name), kept_rows.rows_of(session, table, keeping))
    comparison.compare_past(replayed.rows(announced.PAST))
    batches = {key: values for key, (values, _) in replayed.rows(fact_batches.BATCH).items()}
    fact_batches.compare(session, batches, findings)


class _Comparison:
    """One comparison of rows with what they should be."""

    def __init__(self, session: Session, key: AuditKey | None, findings: Findings) -> None:
        self._session, self._key, self._findings = session, key, findings

    def compare(self, table: str, kept: Kept, rows: Iterable[RowChange]) -> None:
        """Compare a table."""
        left = dict(kept)
        for row in rows:
            said = left.pop(row.key, None)
            values = row.values or {}
            if said is not None:
                self._compare_row(row, *said)
            elif not KEPT[table].may_be_blank or any(values.values()):
                self._findings.add(What.ROW_FORGED, f"{_name(row)} should not be there: Baton did not write it")
        for key, (values, entry) in left.items():
            if not KEPT[table].may_go and not (KEPT[table].may_be_blank and not any(values.values())):
                self._gone(RowChange(table, key, values), entry)

    def compare_past(self, kept: Kept) -> None:
        """Compare prices that nobody announced just so with those that are known of."""
        for found in announced.unmatched(self._session):
            said = kept.get(found.change.key)
            if said is not None:
                self._compare_row(found.change, *said)
                continue
            self._findings.add(What.HISTORY, found.sentence)
        present = self._present(kept)
        for key, (values, entry) in kept.items():
            if key not in present:
                self._gone(RowChange(announced.PAST, key, values), entry)

    def _present(self, kept: Kept) -> frozenset[Key]:
        return frozenset() if not kept else frozenset(announced.versions(self._session))

    def _compare_row(self, row: RowChange, said: Values, entry: int) -> None:
        keeping = KEPT[row.table]
        stands = (kept_rows.hidden(row, self._key) if self._key else row).values or {}
        odd = [
            (name, stands[name], value)
            for name, value in said.items()
            if name in stands and stands[name] != value and (self._key is not None or name not in keeping.secret)
        ]
        if not odd:
            return
        told = "; ".join(
            f"{name} is not the one that was set"
            if name in keeping.secret
            else f"{name} is {_shown(now)} and should be {_shown(then)}"
            for name, now, then in odd
        )
        self._findings.add(What.ROW_CHANGED, f"{_name(row, said)}: {told}{self._since(entry)}")

    def _gone(self, row: RowChange, entry: int) -> None:
        told = ", ".join(
            f"{name} {_shown(value)}"
            for name, value in (row.values or {}).items()
            if value not in (None, "") and name not in KEPT[row.table].secret
        )
        was = f" (it was: {told})" if told else ""
        self._findings.add(What.ROW_GONE, f"{_name(row)} is gone{was}{self._since(entry)}")

    def _since(self, entry: int) -> str:
        """Say which entry of the trail left a row as it should be."""
        if self._findings.is_full or not entry:
            return ""
        query = select(AuditEntry).where(col(AuditEntry.position) == entry).limit(1)
        found = self._session.scalars(query).first()
        if found is None:
            return f", as entry {entry:,} left it"
        return f", as entry {entry:,} left it ({found.action} by {found.actor_name}, {written(found.at)})"


def _name(row: RowChange, said: Mapping[str, str | int | None] | None = None) -> str:
    names = _PSEUDO_KEYS.get(row.table) or key_of(SQLModel.metadata.tables[row.table])
    words = dict(row.values or {}) | dict(said or {}) | dict(zip(names, row.key, strict=False))
    return KEPT[row.table].called.format(**words)


def _shown(value: str | int | None) -> str:
    text = "nothing" if value is None or value == "" else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
