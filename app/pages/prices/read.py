"""Reads the Prices page: products through search's own index, prices from the price list, beliefs from each context."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app import contexts, routes
from app.contexts import product_search
from app.database import reading
from app.deliveries import queries as deliveries
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import facts as evidence
from app.lifecycle.views import queries as lifecycle
from app.lifecycle.views.values import ProposalSummary
from app.pages.prices import facts_view as told_facts
from app.pages.prices import view
from app.pages.prices.facts_view import FactsView
from app.pages.prices.view import Believed, PriceRow, ProductView
from app.pricelist import queries as pricelist
from app.pricelist.queries import Authoritative
from app.pricelist.records import PriceHistory
from app.words.counting import plural
from app.words.money import Money, NotAPrice

PAGE = 50
CHUNK = 200
HISTORY = 60


@dataclass(frozen=True)
class PricesAsked:
    """What is looked for, as it stands in the address; the price range as it was typed."""

    q: str = ""
    category: str = ""
    min: str = ""
    max: str = ""
    after: str = ""
    sku: str = ""

    def address(self, **changes: str) -> str:
        """Return the page's address for this, with changes."""
        return routes.with_query(routes.PRICES, **(vars(self) | changes))


@dataclass(frozen=True)
class PricesPage:
    """The page's content."""

    rows: list[PriceRow]
    contexts: list[str]
    categories: list[str]
    note: str
    source: str
    fallback: bool
    next_to: str
    first_to: str
    detail: ProductView
    known: bool
    range_bad: str
    facts: FactsView


@dataclass(frozen=True)
class _Range:
    """Between which prices, in one currency: amounts of others are never compared with them."""

    low: Money | None = None
    high: Money | None = None
    bad: str = ""

    @property
    def currency(self) -> str | None:
        """Return the currency of the range, or None without one."""
        bound = self.low or self.high
        return bound.currency if bound else None

    def holds(self, price: Money) -> bool:
        """Tell whether a price is in the range."""
        if self.currency is None:
            return True
        if price.currency != self.currency:
            return False
        return (self.low is None or price >= self.low) and (self.high is None or price <= self.high)


@dataclass(frozen=True)
class _Found:
    products: list[Authoritative]
    next_after: str
    source: str
    fallback: bool = False


def prices_page(wanted: PricesAsked, now: datetime) -> PricesPage:
    """Read the list and the chosen product."""
    with reading() as session:
        names = _names(session)
        between = _range(wanted, pricelist.a_currency(session))
        found = _find(session, wanted, between)
        chosen = wanted.sku or (found.products[0].sku if found.products else "")
        product = pricelist.price_of(session, chosen) if chosen else None
        history = pricelist.history(session, chosen, limit=HISTORY) if product else []
        changes = evidence.history(session, chosen, limit=told_facts.SHOWN) if product else []
        proposals = _proposals(session, history)
        total = pricelist.count_products(session)
        categories = [name for name, _ in pricelist.categories(session)]
    skus = [row.sku for row in found.products]
    asked = sorted({*skus, chosen} - {""})
    believed = Believed(names, {name: contexts.beliefs(name, asked) for name in names})
    locks = contexts.lock_of(asked)
    links = {sku: wanted.address(sku=sku) for sku in skus}
    return PricesPage(
        rows=view.rows(found.products, believed, locks, links, now),
        contexts=list(names),
        categories=categories,
        note=plural(total, "SKU"),
        source=found.source,
        fallback=found.fallback,
        next_to=wanted.address(after=found.next_after, sku="") if found.next_after else "",
        first_to=wanted.address(after="", sku="") if wanted.after else "",
        detail=view.detail(product, believed, history, proposals, locks.get(chosen), now) if product else ProductView(),
        known=product is not None or not wanted.sku,
        range_bad=between.bad,
        facts=told_facts.told(product, changes, now) if product else FactsView(),
    )


def _names(session: Session) -> tuple[str, ...]:
    """Return the contexts in the order they registered; those that never ran come last."""
    registered = [context.name for context in deliveries.contexts(session)]
    folder = [name for name in contexts.names() if name not in registered]
    return tuple(name for name in registered + folder if name in contexts.names())


def _range(wanted: PricesAsked, currency: str | None) -> _Range:
    if currency is None:
        return _Range()
    try:
        low, high = (Money.parse(text, currency) if text else None for text in (wanted.min, wanted.max))
    except NotAPrice as refused:
        return _Range(bad=str(refused))
    return _Range(low, high)


def _find(session: Session, wanted: PricesAsked, between: _Range) -> _Found:
    if not wanted.q and between.currency is None:
        return _listed(session, wanted, between)
    hits = _searched(wanted, between)
    if hits is None:
        return replace(_listed(session, wanted, between), fallback=True)
    skus, next_after = hits
    return _Found(pricelist.prices_of(session, skus), next_after, "found by the context search")


def _searched(wanted: PricesAsked, between: _Range) -> tuple[list[str], str] | None:
    skus: list[str] = []
    cursor: str | None = wanted.after or None
    size = CHUNK if wanted.category else PAGE
    while True:
        hits = product_search.find(wanted.q, low=between.low, high=between.high, cursor=cursor, limit=size)
        if hits is None:
            return None
        skus += [hit.sku for hit in hits.items if not wanted.category or hit.category == wanted.category]
        cursor = hits.next_cursor
        if cursor is None or len(skus) >= PAGE:
            return skus, cursor or ""


def _listed(session: Session, wanted: PricesAsked, between: _Range) -> _Found:
    after, products = wanted.after, list[Authoritative]()
    while True:
        page = pricelist.find_products(
            session, wanted.q, category=wanted.category or None, after=after or None, limit=PAGE + 1
        )
        products += [product for product in page[:PAGE] if between.holds(product.money)]
        after = page[PAGE - 1].sku if len(page) > PAGE else ""
        if not after or len(products) >= PAGE:
            return _Found(products, after, "from the price list")


def _proposals(session: Session, history: list[PriceHistory]) -> dict[str, ProposalSummary]:
    found: dict[str, ProposalSummary] = {}
    for proposal_id in {row.proposal_id for row in history if row.proposal_id}:
        try:
            found[proposal_id] = lifecycle.summary(session, proposal_id)
        except NotFound:
            continue
    return found
