"""What the Prices page shows, as strings: rows with beliefs, one product in detail. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.components import format as shown
from app.components import vocabulary
from app.components.states import BeliefState, PublishedBy
from app.components.views import MoneyView, StatusView, View
from app.contexts import BeliefSince, PriceLock
from app.lifecycle.views.values import ProposalSummary
from app.pages.prices.chart import ChartView, Moment, draw
from app.pricelist.queries import Authoritative
from app.pricelist.records import Cause, Fact, PriceHistory
from app.words.counting import plural
from app.words.duration import duration
from app.words.percent import margin_bp, percent


class BeliefCell(View):
    """What one context believes of one SKU, in the table."""

    context: str = ""
    price: MoneyView = MoneyView()
    drift: bool = False
    word: str = ""
    title: str = ""


class PriceRow(View):
    """One product of the list."""

    sku: str = ""
    name: str = ""
    brand: str = ""
    price: MoneyView = MoneyView()
    version: str = ""
    cells: list[BeliefCell] = []
    lock: str = ""
    href: str = ""


class BeliefView(View):
    """What one context believes, in the detail."""

    context: str = ""
    price: MoneyView = MoneyView()
    version: str = ""
    heard: str = ""
    state: StatusView = StatusView()
    drift: bool = False


class VersionView(View):
    """One price of the history."""

    version: str = ""
    price: MoneyView = MoneyView()
    reference: str = ""
    how: StatusView = StatusView()
    at: str = ""


class ProductView(View):
    """One product in detail."""

    sku: str = ""
    name: str = ""
    brand: str = ""
    category: str = ""
    margin: str = ""
    price: MoneyView = MoneyView()
    since: str = ""
    reference: str = ""
    by: str = ""
    beliefs: list[BeliefView] = []
    lock_lead: str = ""
    lock_say: str = ""
    lock_mark: str = ""
    chart: ChartView = ChartView()
    versions: list[VersionView] = []
    more_versions: str = ""


@dataclass(frozen=True)
class Believed:
    """What every context believes of some SKUs."""

    contexts: tuple[str, ...]
    of: Mapping[str, Mapping[str, BeliefSince]]

    def belief(self, context: str, sku: str) -> BeliefSince | None:
        """Return one context's belief, or None."""
        return self.of.get(context, {}).get(sku)


def rows(
    found: Sequence[Authoritative],
    believed: Believed,
    locks: Mapping[str, PriceLock],
    links: Mapping[str, str],
    now: datetime,
) -> list[PriceRow]:
    """Show products beside what each context believes."""
    return [
        PriceRow(
            sku=product.sku,
            name=product.name,
            brand=product.brand,
            price=shown.money(product.price, product.currency),
            version=f"v{product.version}",
            cells=[_cell(context, product, believed.belief(context, product.sku)) for context in believed.contexts],
            lock=lock_words(locks[product.sku], now) if product.sku in locks else "",
            href=links.get(product.sku, ""),
        )
        for product in found
    ]


def _cell(context: str, product: Authoritative, belief: BeliefSince | None) -> BeliefCell:
    if belief is None:
        return BeliefCell(context=context, word="not heard", title=f"{context} has not heard of {product.sku}")
    drift = drifts(product, belief)
    title = f"{context} believes v{belief.version}" + (", another price" if drift else "")
    return BeliefCell(context=context, price=shown.money(belief.price, belief.currency), drift=drift, title=title)


def drifts(product: Authoritative, belief: BeliefSince) -> bool:
    """Tell whether a belief differs from the price list."""
    return belief.version != product.version or belief.money != product.money


def lock_words(lock: PriceLock, now: datetime) -> str:
    """Say why and until when a price is fixed."""
    return f"{lock.reason}, until {shown.when(lock.until, now)}, by {lock.by}"


def detail(
    product: Authoritative,
    believed: Believed,
    history: Sequence[PriceHistory],
    proposals: Mapping[str, ProposalSummary],
    lock: PriceLock | None,
    now: datetime,
    *,
    listed: int = 12,
) -> ProductView:
    """Show one product with its beliefs and its history (newest version first)."""
    beliefs = [_belief(context, product, believed.belief(context, product.sku), now) for context in believed.contexts]
    current = proposals.get(product.proposal_id or "")
    moments = [Moment(row.version, row.at, row.amount, _how(row, proposals)) for row in reversed(history)]
    zone = shown.local(now).tzinfo
    return ProductView(
        sku=product.sku,
        name=product.name,
        brand=product.brand,
        category=f"{product.category}, {product.subcategory}" if product.subcategory else product.category,
        margin=_margin(product, now),
        price=shown.money(product.price, product.currency),
        since=f"v{product.version}, since {shown.when(product.since, now, seconds=True)}",
        reference=current.reference if current else "",
        by=_by(history, current),
        beliefs=beliefs,
        lock_lead=f"Locked in catalog until {shown.when(lock.until, now)}." if lock else "",
        lock_mark=lock.mark if lock else "",
        lock_say=f"“{lock.reason}”, by {lock.by.rstrip('.')}." if lock else "",
        chart=draw(moments, now=now, currency=product.currency, competitor=_counted(product, now), zone=zone),
        versions=[_version(row, proposals, now) for row in history[:listed]],
        more_versions=f"{plural(len(history) - listed, 'earlier price')} in the chart" if len(history) > listed else "",
    )


def _counted(product: Authoritative, now: datetime) -> int | None:
    theirs = product.fact(Fact.COMPETITOR, now)
    return theirs.amount if theirs.measured else None


def _margin(product: Authoritative, now: datetime) -> str:
    cost = product.fact(Fact.COST, now)
    if product.cost is None or not cost.measured:
        return f"margin not measured: {'the cost is too old' if cost.too_old else 'no cost'}"
    return f"margin {percent(margin_bp(product.price, product.cost))}"


def _by(history: Sequence[PriceHistory], current: ProposalSummary | None) -> str:
    if not history or current is None:
        listed = not history or history[0].cause == Cause.LISTED
        return "by " if current else "as listed" if listed else "as published"
    return "by the rollback of " if history[0].cause == Cause.ROLLED_BACK else "by "


def _belief(context: str, product: Authoritative, belief: BeliefSince | None, now: datetime) -> BeliefView:
    if belief is None:
        return BeliefView(
            context=context,
            heard="not heard",
            state=vocabulary.look(vocabulary.BELIEFS, BeliefState.NOT_HEARD),
        )
    return BeliefView(
        context=context,
        price=shown.money(belief.price, belief.currency),
        version=f"v{belief.version}",
        heard=shown.when(belief.heard_at, now, seconds=True),
        state=_agreement(product, belief, now),
        drift=drifts(product, belief),
    )


def _agreement(product: Authoritative, belief: BeliefSince, now: datetime) -> StatusView:
    behind = product.version - belief.version
    if behind == 0 and belief.money == product.money:
        return vocabulary.look(vocabulary.BELIEFS, BeliefState.AGREES)
    since = duration(max((now - product.since).total_seconds(), 0.0))
    if behind > 0:
        look = vocabulary.look(vocabulary.BELIEFS, BeliefState.BEHIND)
        return vocabulary.saying(look, f"{plural(behind, 'version')} {look.word}, {since}")
    return vocabulary.look(vocabulary.BELIEFS, BeliefState.DIFFERS)


def _how(row: PriceHistory, proposals: Mapping[str, ProposalSummary]) -> str:
    if row.cause != Cause.PUBLISHED:
        return row.cause
    proposal = proposals.get(row.proposal_id or "")
    return PublishedBy.PERSON if proposal is not None and proposal.decided_by else PublishedBy.CLEAN


def _version(row: PriceHistory, proposals: Mapping[str, ProposalSummary], now: datetime) -> VersionView:
    proposal = proposals.get(row.proposal_id or "")
    return VersionView(
        version=f"v{row.version}",
        price=shown.money(row.amount, row.currency),
        reference=proposal.reference if proposal else "",
        how=_how_view(_how(row, proposals), proposal),
        at=shown.when(row.at, now, seconds=True),
    )


def _how_view(how: str, proposal: ProposalSummary | None) -> StatusView:
    if how == PublishedBy.PERSON and proposal is not None:
        look = vocabulary.look(vocabulary.PUBLISHED_BY, PublishedBy.PERSON)
        return vocabulary.saying(look, f"{look.word} {proposal.decided_by}")
    if how == PublishedBy.CLEAN and proposal is not None:
        return vocabulary.look(vocabulary.PUBLISHED_BY, PublishedBy.CLEAN)
    return vocabulary.look(vocabulary.CAUSES, Cause.PUBLISHED if how in set(PublishedBy) else how)
