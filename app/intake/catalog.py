"""The catalog comes in: read row by row, tried without writing anything, then listed in steps.

Nothing is refused whole without naming its rows, and nothing is dropped unless somebody said to go on without it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from sys import intern

from sqlmodel import Session

from app.clock import new_id, utc_now
from app.database import committed, reading
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.intake import attribute_cells
from app.intake.attribute_cells import UnfitCell
from app.intake.pace import in_parts, in_steps
from app.intake.problems import BadRow, RowsRefused, bad
from app.intake.sheet_rows import Sheet, SheetRow
from app.lifecycle.errors import NotAllowed
from app.lifecycle.proposing import facts
from app.pricelist.attributes import MOST_IN_FAMILY
from app.pricelist.catalog_import import (
    AT_ONCE,
    SOURCE,
    CatalogRow,
    Imported,
    Known,
    Prepared,
    Seen,
    changes_attributes,
    counts,
    known,
    prepare,
)
from app.pricelist.queries import family_sizes
from app.words import sku
from app.words.money import EXPONENTS, NotAPrice, parse_price
from app.words.typed import plain

NEEDED = ("sku", "name", "category", "subcategory", "brand", "currency", "price")
LONGEST = {"name": 300, "category": 120, "subcategory": 120, "brand": 120}


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of a catalog file: its rows, those that cannot be taken, and what the others would do."""

    columns: Sequence[str]
    rows: Sequence[CatalogRow]
    bad: Sequence[BadRow]
    listed: int
    known: int
    other_prices: int
    notes: Sequence[str] = ()

    @property
    def of(self) -> int:
        """Return how many rows the file has."""
        return len(self.rows) + len(self.bad)


@dataclass(frozen=True, slots=True)
class CatalogImported:
    """What an import did; `facts` counts costs and competitor prices that are others now."""

    import_id: str
    listed: int
    renewed: int
    unchanged: int
    facts: int
    left_out: int
    other_prices: int


def tried(sheet: Sheet, actor: Actor) -> Tried:
    """Read a catalog and compare it with the price list, writing nothing. Raises `UnreadableFile` or `NotAllowed`."""
    refuse_stranger(actor)
    sheet.needs(*NEEDED)
    found = _Found(actor, attribute_cells.places(sheet.columns))
    rows = ((origin, row) for origin in sheet.rows if (row := found.read(origin)) is not None)
    for part in in_parts(rows, AT_ONCE):
        found.compare(part)
    found.bad.sort(key=lambda problem: problem.row)
    known_already = len(found.rows) - found.listed
    return Tried(sheet.columns, found.rows, found.bad, found.listed, known_already, found.other_prices, sheet.notes)


def carry_out(
    found: Tried,
    actor: Actor,
    *,
    now: datetime | None = None,
    without_bad_rows: bool = False,
    import_id: str | None = None,
) -> CatalogImported:
    """List what was tried, some rows to a transaction, so that nobody waits for the store meanwhile.

    Each step is whole, with its entry in the audit trail; the same file again after one that was killed does the rest.
    `left_out` of what it returns are bad rows that somebody said to go on without.
    Raises `RowsRefused` if rows are bad and nobody said to go on without them, or `NotAllowed`.
    """
    refuse_stranger(actor)
    if found.bad and not without_bad_rows:
        raise RowsRefused(found.bad, found.of)
    batch, done = import_id or new_id(), list[Imported]()
    for rows, ready in in_steps(found.rows, partial(_prepared, batch=batch, now=now)):
        done.append(committed(partial(facts.import_catalog, rows=rows, ready=ready, actor=actor, now=now, batch=batch)))
    return CatalogImported(batch, **counts(done), left_out=len(found.bad), other_prices=found.other_prices)


def _prepared(rows: Sequence[CatalogRow], *, batch: str, now: datetime | None) -> tuple[Sequence[CatalogRow], Prepared]:
    at = now or utc_now()
    with reading() as session:
        return rows, prepare(session, rows, now=at, import_id=batch, seen=Seen(SOURCE, at))


def refuse_stranger(actor: Actor) -> None:
    """Raise `NotAllowed` unless the actor may list products."""
    if actor.kind != "system" and not actor.may(Permission.LIST_PRODUCTS):
        raise NotAllowed(f"{actor.name} may not list products. Ask an operator or an owner.")


class _Found:
    """What was found so far while a catalog is read, some rows at a time: a file may have a million."""

    def __init__(self, actor: Actor, places: Mapping[str, str]) -> None:
        self._actor, self._places = actor, places
        self.rows: list[CatalogRow] = []
        self.bad: list[BadRow] = []
        self.listed = self.other_prices = 0
        self._seen: dict[str, int] = {}
        self._families = _Families()

    def read(self, origin: SheetRow) -> CatalogRow | None:
        """Return a row that can be taken as far as the file alone can tell."""
        row = _row(origin, self._places)
        if isinstance(row, CatalogRow) and row.sku in self._seen:
            row = bad(origin, "duplicate_sku", f"The SKU already stands in row {self._seen[row.sku]:,}.")
        if isinstance(row, BadRow):
            self.bad.append(row)
            return None
        self._seen[row.sku] = origin.number
        return row

    def compare(self, part: Sequence[tuple[SheetRow, CatalogRow]]) -> None:
        """Compare rows with what is on file of their SKUs."""
        with reading() as session:
            current = known(session, [row.sku for _, row in part])
            self._families.read(session, [row.stated.family for _, row in part])
            barred = facts.interests(session, [row.sku for _, row in part], self._actor)
        for origin, row in part:
            found = current.get(row.sku)
            refused = _why_not(row, found, barred) if found is not None else None
            refused = refused or _unranked(row, found) or self._families.why_not(row, found)
            if refused is not None:
                self.bad.append(bad(origin, *refused))
                continue
            self.rows.append(row)
            self.listed += found is None
            self.other_prices += found is not None and found.amount != row.price


class _Families:
    """How many products every family would have that a file names."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def read(self, session: Session, names: Collection[str | None]) -> None:
        """Look up families that were not named before."""
        new = {name for name in names if name and name not in self._sizes}
        self._sizes |= dict.fromkeys(new, 0) | family_sizes(session, new)

    def why_not(self, row: CatalogRow, found: Known | None) -> tuple[str, str] | None:
        """Count a product in, or return a code and a sentence if its family is full."""
        family = row.stated.family
        if not family or (found is not None and found.family == family):
            return None
        if self._sizes[family] >= MOST_IN_FAMILY:
            return (
                "family_full",
                f"The family “{family[:40]}” has {MOST_IN_FAMILY} products, the most that one may have.",
            )
        self._sizes[family] += 1
        return None


def _unranked(row: CatalogRow, found: Known | None) -> tuple[str, str] | None:
    """Return a code and a sentence if a row gives a rank to a product without a family."""
    said = row.stated
    family = said.family if said.family is not None else found.family if found else ""
    if not said.family_rank or family:
        return None
    return "rank_without_family", f"It has rank {said.family_rank} in no family; name the family beside it."


def _why_not(row: CatalogRow, found: Known, barred: Mapping[str, str]) -> tuple[str, str] | None:
    """Return a code and a sentence if a row may not renew what is on file of its SKU."""
    if found.currency != row.currency:
        return "currency_changed", _keeps(row, found.currency)
    if row.sku in barred and _changes_facts(row, found):
        return "four_eyes", facts.not_theirs(barred[row.sku])
    return None


def _row(origin: SheetRow, places: Mapping[str, str]) -> CatalogRow | BadRow:
    if origin.defect:
        return bad(origin, "bad_row", origin.defect)
    try:
        return _checked(origin, places)
    except sku.NotASku as refused:
        return bad(origin, "missing_sku" if not origin.cells["sku"].strip() else "bad_sku", str(refused))
    except NotAPrice as refused:
        return bad(origin, refused.code, str(refused))
    except UnfitCell as refused:
        return bad(origin, refused.code, str(refused))


def _checked(origin: SheetRow, places: Mapping[str, str]) -> CatalogRow:
    cells = origin.cells
    currency = intern(cells["currency"].upper())
    if currency not in EXPONENTS:
        raise UnfitCell(
            "unknown_currency", f"“{cells['currency'][:20]}” is no currency; write its code, like INR or EUR."
        )
    return CatalogRow(
        sku=sku.parse(cells["sku"]),
        name=_words(cells["name"], "name"),
        category=_often(cells["category"], "category"),
        subcategory=_often(cells["subcategory"], "subcategory", needed=False),
        brand=_often(cells["brand"], "brand", needed=False),
        currency=currency,
        cost=_amount(cells.get("cost", ""), currency, "Cost"),
        price=parse_price(cells["price"], currency),
        competitor_price=_amount(cells.get("competitor_price", ""), currency, "Competitor price"),
        stated=attribute_cells.stated(cells, places, currency),
    )


def _words(given: str, name: str, *, needed: bool = True) -> str:
    if "\0" in given:
        raise UnfitCell("bad_text", f"The {name} holds a sign that no store keeps (U+0000); type it anew.")
    text = _plain(given)
    if needed and not text:
        raise UnfitCell("missing_text", f"The {name} is missing.")
    if len(text) > LONGEST[name]:
        raise UnfitCell("text_too_long", f"The {name} has {len(text):,} characters; at most {LONGEST[name]} are kept.")
    return text


_often = lru_cache(maxsize=20_000)(_words)
"""What stands in row after row: the brands and categories of a million products are some thousands."""


def _plain(text: str) -> str:
    return intern(text if text.isascii() and text.isprintable() else plain(text))


def _amount(text: str, currency: str, what: str) -> int | None:
    """Read a fact; an empty cell says nothing about it."""
    if not text:
        return None
    try:
        return parse_price(text, currency)
    except NotAPrice as refused:
        raise UnfitCell(refused.code, f"{what}: {refused}") from refused


def _changes_facts(row: CatalogRow, found: Known) -> bool:
    amounts = row.cost not in (None, found.cost) or row.competitor_price not in (None, found.competitor_price)
    return amounts or changes_attributes(row, found)


def _keeps(row: CatalogRow, currency: str) -> str:
    return (
        f"{row.sku} is priced in {currency}, and a SKU keeps its currency for life: {row.currency} would make its price"
        " another one. List it under a SKU of its own."
    )
