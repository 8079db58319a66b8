"""Costs and competitor prices come in as a file: a SKU per row, one or both facts, and where and when they were seen.

`currency`, `observed_at` and `source` may stand in columns of their own; otherwise they are said once for the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from app.clock import new_id
from app.database import committed, reading
from app.identity.actor import Actor
from app.intake.pace import in_parts, in_steps
from app.intake.problems import BadRow, RowsRefused, bad
from app.intake.sheet_rows import Sheet, SheetRow
from app.intake.unreadable import UnreadableFile
from app.lifecycle.proposing import facts
from app.lifecycle.proposing.facts import Supplied, SupplyOutcome
from app.pricelist.queries import known_currencies
from app.pricelist.records import Fact
from app.words import sku
from app.words.money import EXPONENTS, Money, NotAPrice
from app.words.typed import plain

COLUMNS = {Fact.COST: "cost", Fact.COMPETITOR: "competitor_price"}
MAX_SOURCE = 120
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class FactsSeen:
    """Where and when the facts of a file were seen, where its rows do not say so themselves."""

    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class TriedFacts:
    """What would become of a file of facts: its observations, and the rows that cannot be taken."""

    columns: Sequence[str]
    rows: int
    supplied: Sequence[Supplied]
    bad: Sequence[BadRow]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FactsImported:
    """What became of observations: another fact now, the same one again, or older than the one on file."""

    import_id: str
    changed: int
    confirmed: int
    older: int
    left_out: int


class NotAnObservation(ValueError):
    """A text that is no instant, or a source without a name."""


def tried(sheet: Sheet, seen: FactsSeen, actor: Actor, now: datetime) -> TriedFacts:
    """Read a file of facts and compare it with the price list, writing nothing.

    Raises `UnreadableFile` or `NotAllowed`.
    """
    facts.refuse_stranger(actor)
    _refuse_columns(sheet)
    found = _Found(seen, actor, now)
    rows = ((origin, name) for origin in sheet.rows if (name := found.named(origin)))
    for part in in_parts(rows, AT_ONCE):
        found.take(part)
    found.bad.sort(key=lambda problem: problem.row)
    return TriedFacts(sheet.columns, found.rows, found.supplied, found.bad, sheet.notes)


def carry_out(found: TriedFacts, actor: Actor, *, without_bad_rows: bool = False) -> FactsImported:
    """Take what was tried, some facts to a transaction, each with its entry in the audit trail.

    Raises `RowsRefused` if rows are bad and nobody said to go on without them; `FactsRefused` if one became so since,
    then the steps before it stand.
    """
    if found.bad and not without_bad_rows:
        raise RowsRefused(found.bad, found.rows)
    batch, outcomes = new_id(), list[SupplyOutcome]()
    for step in in_steps(found.supplied, list):
        outcomes += committed(partial(facts.supply, supplied=step, actor=actor, batch=batch))
    return FactsImported(batch, **facts.counted(outcomes), left_out=len(found.bad))


def instant_of(text: str) -> datetime:
    """Return the instant that a text means: a day (`2026-11-20`, from its beginning in UTC) or one with its offset."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAnObservation(f"“{text[:40]}” is no date; write 2026-11-20, or 2026-11-20T09:00+05:30.") from None
    if len(text.strip()) == 10:
        return at.replace(tzinfo=UTC)
    if at.tzinfo is None:
        raise NotAnObservation(f"“{text[:40]}” has no offset from UTC, so it could be two instants; add +00:00.")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise NotAnObservation("This instant is beyond the calendar.") from None


def source_of(text: str) -> str:
    """Return the name of a source. Raises `NotAnObservation` without one."""
    name = plain(text)
    if not name:
        raise NotAnObservation("Say where the fact is from, like “supplier price list” or the name of a feed.")
    if len(name) > MAX_SOURCE:
        raise NotAnObservation(f"The source has {len(name)} characters; at most {MAX_SOURCE} are kept.")
    return name


def _refuse_columns(sheet: Sheet) -> None:
    sheet.needs("sku")
    if not any(name in sheet.columns for name in COLUMNS.values()):
        raise UnreadableFile(
            "The first row must name a column “cost” or a column “competitor_price” beside “sku”. Nothing was read.",
            code="columns_missing",
        )


class _Found:
    """What was found so far while a file of facts is read, some rows at a time."""

    def __init__(self, seen: FactsSeen, actor: Actor, now: datetime) -> None:
        self._seen, self._actor, self._now = seen, actor, now
        self.rows = 0
        self.supplied: list[Supplied] = []
        self.bad: list[BadRow] = []
        self._rows_of: dict[str, int] = {}

    def named(self, origin: SheetRow) -> str:
        """Return the SKU of a row, or nothing if it cannot be taken."""
        self.rows += 1
        name = _name(origin)
        if isinstance(name, str) and name in self._rows_of:
            name = bad(origin, "duplicate_sku", f"The SKU already stands in row {self._rows_of[name]:,}.")
        if isinstance(name, BadRow):
            self.bad.append(name)
            return ""
        self._rows_of[name] = origin.number
        return name

    def take(self, part: Sequence[tuple[SheetRow, str]]) -> None:
        """Take the observations of some rows, as far as each row is good as a whole."""
        with reading() as session:
            currencies = known_currencies(session, [name for _, name in part])
            read = [self._read(origin, name, currencies.get(name)) for origin, name in part]
            flat = [(place, one) for place, found in enumerate(read) for one in found]
            unfit = facts.unfit(session, [one for _, one in flat], actor=self._actor, now=self._now)
        refused = {flat[place][0]: why for place, why in unfit.items()}
        for place, why in refused.items():
            self.bad.append(bad(part[place][0], why.code, why.reason))
        self.supplied += [one for place, one in flat if place not in refused]

    def _read(self, origin: SheetRow, name: str, currency: str | None) -> list[Supplied]:
        try:
            return self._observations(origin, name, currency)
        except NotAPrice as refused:
            self.bad.append(bad(origin, refused.code, str(refused)))
        except NotAnObservation as refused:
            self.bad.append(bad(origin, "bad_observation", str(refused)))
        return []

    def _observations(self, origin: SheetRow, name: str, known: str | None) -> list[Supplied]:
        cells = origin.cells
        currency = cells.get("currency", "").upper() or known
        if known is None or currency is None:
            self.bad.append(bad(origin, "unknown_sku", "No product has this SKU."))
            return []
        if currency not in EXPONENTS:
            raise NotAnObservation(f"“{cells.get('currency', '')[:20]}” is no currency; write its code, like INR.")
        source = source_of(cells["source"]) if cells.get("source") else self._seen.source
        at = instant_of(cells["observed_at"]) if cells.get("observed_at") else self._seen.observed_at
        found = [
            Supplied(name, kind, Money.parse(cells[column], currency), source, at)
            for kind, column in COLUMNS.items()
            if cells.get(column)
        ]
        if not found:
            raise NotAnObservation("The row names neither a cost nor a competitor price.")
        return found


def _name(origin: SheetRow) -> str | BadRow:
    if origin.defect:
        return bad(origin, "bad_row", origin.defect)
    try:
        return sku.parse(origin.cells["sku"])
    except sku.NotASku as refused:
        return bad(origin, "bad_sku", str(refused))
