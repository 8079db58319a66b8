"""What was announced: every event has its link, and every price in the history its event.

The links make the outbox one piece, and its end is kept (`stream_sequence`); so events tell what a price should be.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, String, Table, TextClause, column, select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session as AnySession
from sqlmodel import col

from app.contracts.streams import NO_LINK, link_of
from app.lifecycle.audit.evidence.findings import Findings, What
from app.lifecycle.audit.evidence.legible import AsItStands, as_it_stands
from app.outbox.records import OutboxEvent, StreamSequence
from app.pricelist.records import PriceHistory, Product
from app.protection.changes import Key, RowChange, Value, plainly
from app.protection.digests import digest_of
from app.words.counting import plural
from app.words.instants import written
from app.words.money import Money, UnknownCurrency

Event: TypeAlias = dict[str, object]
_EVENT: Table = OutboxEvent.__table__  # type: ignore[attr-defined]
PAST: Final = "past_price"
LISTED: Final = "product-listed.v1"


class Unmatched(NamedTuple):
    """A price in the history that no event announced just so, beside what was announced of its version, if anything."""

    sku: str
    version: int
    amount: int
    currency: str
    at: datetime
    proposal_id: str | None
    cause: str
    said_amount: int | None
    said_currency: str | None
    said_at: datetime | None
    said_of: str | None

    @property
    def sentence(self) -> str:
        """Say what it is, and what it should be."""
        told, is_now = f"version {self.version} of {self.sku} ({self.cause})", price(self.amount, self.currency)
        if self.said_amount is None or self.said_currency is None or self.said_at is None:
            return f"{told} is {is_now}, and nobody announced it"
        was = price(self.said_amount, self.said_currency)
        if was == is_now:
            is_now = f"{is_now} of {_instant(self.at)} by {self.proposal_id or 'nobody'}"
            was = f"{was} of {_instant(self.said_at)} by {self.said_of}"
        return f"{told} is {is_now} and should be {was}, as it was announced"

    @property
    def change(self) -> RowChange:
        """Return it in the form in which it is kept."""
        return past_price(*self[:7])


def past_price(
    sku: str, version: int, amount: int, currency: str, at: datetime, proposal_id: str | None, cause: str
) -> RowChange:
    """Return how a price that nobody announced is kept."""
    said: dict[str, Value] = {"amount": amount, "currency": currency, "at": plainly(at), "proposal_id": proposal_id}
    return RowChange(PAST, (sku, version), {**said, "cause": plainly(cause)})


def past_prices(session: AnySession) -> Iterator[RowChange]:
    """Yield every price that no event announced just so: from before there were any, or of a demo's year."""
    for found in unmatched(session):
        yield found.change


def unmatched(session: AnySession) -> Iterator[Unmatched]:
    """Yield every price in the history that no event announced just so, once."""
    before = None
    for row in session.execute(_query(session, _UNMATCHED).columns(*_UNMATCHED_COLUMNS)):
        if before != row[:2]:
            yield Unmatched(*row)
        before = row[:2]


def versions(session: AnySession) -> Iterator[Key]:
    """Yield every SKU and version that the history has."""
    query = select(col(PriceHistory.sku), col(PriceHistory.version)).execution_options(yield_per=5_000)
    yield from ((sku, version) for sku, version in session.execute(query))


def compare(session: AnySession, findings: Findings) -> None:
    """Name every event that was changed, put in or taken away, and what is no longer as it was announced."""
    walk = _Walk(session, findings)
    columns = [as_it_stands(_EVENT.c[name]) for name in _Filed._fields]
    query = select(*columns).order_by(col(OutboxEvent.stream), col(OutboxEvent.seq))
    for row in session.execute(query.execution_options(yield_per=5_000)):
        walk.see(_Filed._make(row))
    walk.end()
    for sku, version, amount, currency in session.execute(_query(session, _WITHOUT_HISTORY)):
        told = f"version {version} of {sku} is gone from its history: it was announced as {price(amount, currency)}"
        findings.add(What.HISTORY, told)


class _Filed(NamedTuple):
    """An event as it stands in the outbox."""

    stream: str
    seq: int
    event_id: str
    type: str
    correlation_id: str
    at: datetime
    payload: str
    link: str

    @property
    def name(self) -> str:
        return f"announcement {self.seq} of {self.stream}"

    def fits(self, event: Event) -> bool:
        """Tell whether it is filed as what it says."""
        try:
            said = (event["id"], event["type"], event["correlation_id"])
            at = datetime.fromisoformat(str(event["occurred_at"]))
        except (ValueError, KeyError):
            return False
        return said == (self.event_id, self.type, self.correlation_id) and at == self.at


class _Walk:
    """One reading of the outbox, stream by stream."""

    def __init__(self, session: AnySession, findings: Findings) -> None:
        self._session, self._findings = session, findings
        self._reached: dict[str, int] = {}
        self._link = NO_LINK
        self._listed: dict[str, tuple[str, int, str]] = {}

    def see(self, row: _Filed) -> None:
        """Check one event."""
        before = self._reached.get(row.stream, 0)
        link = self._link if before else NO_LINK
        event = _event(row.payload)
        if row.seq != before + 1:
            self._findings.add(What.OUTBOX, _missing(row.stream, before + 1, row.seq - 1))
        elif row.link != link_of(link, row.seq, row.payload.encode()):
            self._findings.add(What.OUTBOX, self._changed(row, event))
        elif not row.fits(event):
            self._findings.add(What.OUTBOX, f"{row.name} is filed as something other than it says")
        if row.type == LISTED:
            self._listed[str(event.get("sku"))] = (row.stream, row.seq, digest_of(_description(event)))
        self._reached[row.stream], self._link = row.seq, row.link

    def end(self) -> None:
        """Check where streams end, and products with what was last announced of them."""
        ends = {row.stream: row.n for row in self._session.scalars(select(StreamSequence))}
        for stream in sorted(ends.keys() | self._reached.keys()):
            reached, end = self._reached.get(stream, 0), ends.get(stream, 0)
            if reached < end:
                self._findings.add(What.OUTBOX, _missing(stream, reached + 1, end))
            elif reached > end:
                has, made = plural(reached, "announcement"), plural(end, "was", "were")
                self._findings.add(What.OUTBOX, f"{stream} has {has}, and {made} made")
        self._compare_products()

    def _compare_products(self) -> None:
        columns = (Product.sku, Product.name, Product.category, Product.subcategory, Product.brand, Product.currency)
        for sku, *told in self._session.execute(select(*map(col, columns)).execution_options(yield_per=5_000)):
            stream, seq, said = self._listed.pop(sku, ("", 0, ""))
            if said and said != digest_of(tuple(told)):
                self._findings.add(What.PRODUCT, self._renamed(sku, told, (stream, seq)))
        for sku in self._listed:
            self._findings.add(What.PRODUCT, f"{sku} was announced, and it is gone")

    def _renamed(self, sku: str, told: list[str], where: tuple[str, int]) -> str:
        event = self._session.get_one(OutboxEvent, where)
        was = ", ".join(map(str, _description(_event(event.payload))))
        return f"{sku} is {', '.join(told)} and was announced as {was}"

    def _changed(self, row: _Filed, event: Event) -> str:
        """Say that an event is not what was queued, and what the history says of its price."""
        sku, version = event.get("sku"), event.get("version")
        if not isinstance(sku, str) or not isinstance(version, int):
            return f"{row.name} was changed after it was queued"
        told = f"{row.name} ({row.type} of {sku}, version {version}) was changed after it was queued"
        if self._findings.is_full:
            return told
        theirs = col(PriceHistory.sku) == sku, col(PriceHistory.version).in_((version - 1, version))
        query = select(PriceHistory).where(*theirs).order_by(col(PriceHistory.version))
        prices = [price(found.amount, found.currency) for found in self._session.scalars(query)]
        return f"{told}; the history says {' → '.join(prices)}" if prices else told


def _event(payload: str) -> Event:
    try:
        event = json.loads(payload)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _description(event: Event) -> tuple[object, ...]:
    return tuple(event.get(name) for name in ("name", "category", "subcategory", "brand", "currency"))


def _missing(stream: str, first: int, last: int) -> str:
    if first == last:
        return f"announcement {first} of {stream} is missing"
    return f"announcements {first} to {last} of {stream} are missing"


def price(amount: int, currency: str) -> str:
    """Return a price in words."""
    try:
        return str(Money(amount, currency))
    except (TypeError, UnknownCurrency):
        return f"{amount} {currency}"


def _query(session: AnySession, query: str) -> TextClause:
    """Return a query of what was announced; what is none of ours, or no JSON at all, was announced of nothing."""
    dialect = session.connection().dialect
    postgres = dialect.name == "postgresql"
    taken = "json_extract_path_text({payload}::json, '{{}}')" if postgres else "json_extract({payload}, '$.{{}}')"
    taken = taken.format(payload=f"CASE WHEN {_is_json(dialect)} THEN o.payload END")
    fields = {name: taken.format(name) for name in ("sku", "version", "new", "price", "currency")}
    fields["amount"] = f"COALESCE({fields.pop('new')}, {fields.pop('price')})"
    for name in ("version", "amount"):
        fields[name] = _number(fields[name]) if postgres else f"CAST({fields[name]} AS BIGINT)"
    return text(_EVENTS.format(**fields) + query)


def _is_json(dialect: Dialect) -> str:
    if dialect.name != "postgresql":
        return "json_valid(o.payload)"
    known = dialect.server_version_info or (0,)
    return "pg_input_is_valid(o.payload, 'json')" if known >= (16,) else "o.payload LIKE '{{%}}'"  # formatted once more


def _number(words: str) -> str:
    return f"CASE WHEN {words} ~ '^-?[0-9]{{1,18}}$' THEN CAST({words} AS BIGINT) END"


def _instant(at: object) -> str:
    return written(at) if isinstance(at, datetime) else str(at)


_EVENTS = (
    "WITH e AS MATERIALIZED (SELECT CAST({sku} AS TEXT) AS sku, {version} AS version, {amount} AS amount,"
    " CAST({currency} AS TEXT) AS currency, o.type AS type,"
    " o.at AS at, o.correlation_id AS said_of FROM outbox_event o WHERE o.type IN"
    " ('product-listed.v1', 'price-change-published.v1', 'price-change-rolled-back.v1')) "
)
_UNMATCHED = (
    "SELECT h.sku, h.version, h.amount, h.currency, h.at, h.proposal_id, h.cause,"
    " a.amount AS said_amount, a.currency AS said_currency, a.at AS said_at, a.said_of AS said_of FROM price_history h"
    " LEFT JOIN e m ON m.sku = h.sku AND m.version = h.version AND m.amount = h.amount AND m.currency = h.currency"
    " AND m.at = h.at AND ((h.cause = 'listed' AND h.proposal_id IS NULL AND m.type = 'product-listed.v1')"
    " OR (h.cause = 'published' AND h.proposal_id = m.said_of AND m.type = 'price-change-published.v1')"
    " OR (h.cause = 'rolled-back' AND h.proposal_id = m.said_of AND m.type = 'price-change-rolled-back.v1'))"
    " LEFT JOIN e a ON a.sku = h.sku AND a.version = h.version"
    " WHERE m.sku IS NULL ORDER BY h.sku, h.version"
)
_HISTORY: Table = PriceHistory.__table__  # type: ignore[attr-defined]
_UNMATCHED_COLUMNS = (
    *(_HISTORY.c[name] for name in ("sku", "version", "amount", "currency")),
    column("at", AsItStands()),
    *(_HISTORY.c[name] for name in ("proposal_id", "cause")),
    column("said_amount", BigInteger()),
    column("said_currency", String()),
    column("said_at", AsItStands()),
    column("said_of", String()),
)
_WITHOUT_HISTORY = (
    "SELECT e.sku, e.version, e.amount, e.currency FROM e"
    " LEFT JOIN price_history h ON h.sku = e.sku AND h.version = e.version WHERE h.sku IS NULL ORDER BY e.sku"
)
