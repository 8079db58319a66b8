"""Reading the audit trail again from its first entry: every hash, every seal, every place, and the head."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Table, func, select
from sqlmodel import Session, col

from app.lifecycle.audit.evidence import head as heads
from app.lifecycle.audit.evidence import keys
from app.lifecycle.audit.evidence.findings import Findings, What
from app.lifecycle.audit.evidence.hashing import GENESIS, hash_of
from app.lifecycle.audit.evidence.keys import AuditKey, AuditKeyWrong
from app.lifecycle.audit.evidence.legible import as_it_stands
from app.lifecycle.records import AuditEntry, AuditHead
from app.words.counting import plural
from app.words.instants import written

_LAST = 2**62


class Row(NamedTuple):
    """One entry as it is read."""

    id: int
    chain: str
    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    detail: str
    prev_hash: str
    hash: str
    position: int | None
    seal: str

    @property
    def name(self) -> str:
        """Return what an entry is called in a sentence."""
        return f"entry {self.seq} of {self.chain} ({self.action} by {self.actor_name}, {written(self.at)})"


_KINDS: Final = (int, str, int, datetime, str, str, str, str, str, str, int | None, str)
_IN_PLACE: Final = {"id": 0, "seq": 0, "position": None, "at": datetime.min.replace(tzinfo=UTC)}
"""What a cell is taken for that is none of its column's kind; of any other one, what is written there."""


def rows(session: Session) -> Iterator[Row]:
    """Return every entry in its place; those without a place come last."""
    table: Table = AuditEntry.__table__  # type: ignore[attr-defined]
    columns = [as_it_stands(table.c[name]) for name in Row._fields]
    place = func.coalesce(col(AuditEntry.position), _LAST)
    for found in session.execute(select(*columns).order_by(place, col(AuditEntry.id))).yield_per(5_000):
        yield _legible(*found)


def _legible(*found: object) -> Row:
    """Return an entry to compute with; of a cell that is none of its kind something that no hash or seal is of."""
    if all(map(isinstance, found, _KINDS)):
        return Row._make(found)
    return Row._make(
        value if isinstance(value, kind) else _IN_PLACE.get(name, str(value))
        for name, value, kind in zip(Row._fields, found, _KINDS, strict=True)
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


class Walk:
    """One reading of the whole trail, entry by entry; `end` looks at the head."""

    def __init__(self, session: Session, findings: Findings) -> None:
        self._findings = findings
        self._head = heads.read(session)
        self._key = self._key_at_hand()
        self._adopted = _adopted_upto(session)
        self._digest = sha256()
        self._chains: dict[str, tuple[int, str]] = {}
        self._position = 0
        self._seal: str | None = self._root() if self._adopted == 0 else None
        self.entries = 0

    @property
    def chains(self) -> int:
        """Return how many chains were seen."""
        return len(self._chains)

    @property
    def head(self) -> AuditHead | None:
        """Return the head as it stands."""
        return self._head

    @property
    def key(self) -> AuditKey | None:
        """Return the key that the trail is sealed with, if it is at hand."""
        return self._key

    @property
    def adopted(self) -> int:
        """Return how many entries were there before the first seal of this key."""
        return self._adopted

    @property
    def end_position(self) -> int:
        """Return the place of the last entry."""
        return self._position

    def see(self, row: Row) -> bool:
        """Check one entry; tell whether it can be relied on."""
        before = self._findings.count
        self.entries += 1
        self._in_chain(row)
        self._in_trail(row)
        return self._findings.count == before

    def end(self) -> None:
        """Check the head against the last entry."""
        found, add = self._head, self._findings.add
        if found is None:
            if self.entries:
                stand = plural(self.entries, "entry stands", "entries stand")
                add(What.HEAD_GONE, f"{stand} here and there is no head over them")
            return
        if self._key is not None and not heads.is_ours(self._key, found):
            add(What.HEAD_FORGED, f"the head says {_entries(found.position)}, and that was not written with the key")
        self._missing_at_the_end(found)

    def _missing_at_the_end(self, found: AuditHead) -> None:
        missing = found.position - self._position
        if missing > 0 and not self._position:
            self._findings.add(What.EMPTIED, f"{_were(missing)} taken away, and nothing is left")
        elif missing > 0:
            self._findings.add(What.CUT, f"{_were(missing)} taken away from the end: the head says {found.position:,}")
        elif missing < 0:
            self._findings.add(What.HEAD_FORGED, f"the head says {_entries(found.position)}, and there are more")

    def _in_chain(self, row: Row) -> None:
        seq, prev = self._chains.get(row.chain, (0, GENESIS))
        if row.seq != seq + 1:
            self._findings.add(
                What.MISSING, f"{row.name} follows entry {seq}: something was taken away or put in", row.id
            )
        elif row.prev_hash != prev:
            self._findings.add(What.CHANGED, f"{row.name} does not continue the entry before it", row.id)
        elif row.hash != hash_of(row):
            self._findings.add(What.CHANGED, f"{row.name} was changed after it was written", row.id)
        self._chains[row.chain] = (row.seq, row.hash)

    def _in_trail(self, row: Row) -> None:
        if row.position is None:
            self._findings.add(What.UNSEALED, f"{row.name} has no seal: Baton did not write it", row.id)
            return
        if row.position <= self._adopted:
            self._digest.update(row.hash.encode())
        gap = row.position - self._position - 1
        if gap:
            self._odd_place(row, gap)
        elif row.position > self._adopted:
            self._sealed(row)
        self._position, self._seal = row.position, row.seal
        if row.position == self._adopted:
            self._seal = self._root()

    def _odd_place(self, row: Row, gap: int) -> None:
        if gap < 0:
            self._findings.add(What.MISPLACED, f"{row.name} stands in a place that was taken: {row.position:,}", row.id)
        else:
            self._findings.add(What.MISSING, f"{_were(gap)} taken away before {row.name}", row.id)

    def _sealed(self, row: Row) -> None:
        if self._key is None or self._seal is None:
            return
        if self._key.fits(row.seal, "entry", row.position or 0, self._seal, row.hash):
            return
        if row.position == self._adopted + 1 and self._adopted:
            self._findings.add(
                What.ADOPTED_CHANGED, f"the first {self._adopted:,} are not those that were adopted", row.id
            )
        else:
            self._findings.add(What.REWRITTEN, f"{row.name} is not what was sealed in its place", row.id)

    def _root(self) -> str | None:
        return heads.root(self._key, self._adopted, self._digest.hexdigest()) if self._key else None

    def _key_at_hand(self) -> AuditKey | None:
        if self._head is None:
            return keys.at_hand()
        try:
            return heads.own(self._head)
        except AuditKeyWrong as wrong:
            self._findings.add(What.NO_KEY, f"{wrong.detail} Without it no seal can be checked")
            return None


def _adopted_upto(session: Session) -> int:
    """Return up to where entries were adopted: those before the last adoption."""
    last = select(func.max(col(AuditEntry.position))).where(
        col(AuditEntry.chain) == heads.NAME, col(AuditEntry.action) == heads.ADOPT
    )
    return max((_number(session.scalar(last)) or 1) - 1, 0)


def _entries(number: int) -> str:
    return plural(number, "entry", "entries")


def _were(number: int) -> str:
    return plural(number, "entry was", "entries were")
