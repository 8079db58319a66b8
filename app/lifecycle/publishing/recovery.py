"""Putting the price list right after the pricing store was put back from an older copy.

Prices had been published since, and the contexts follow them. What is known outside at a higher version was published
by this installation and is not taken back: the list takes it over. Where a newer decision was made here meanwhile that
one stands, at a version above all that anybody has heard. Either way no older price overwrites a newer one anywhere,
and whatever is published afterwards has a version that everybody listens to.

A proposal that waits here to go out may have gone out already, and its prices been taken back or followed by others.
What is known outside does not say whose they were, only that more than one price came after the one it was judged on:
then nothing of it goes out by itself any more, and a person sees it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app import outbox
from app.clock import new_id, traceparent_of
from app.contracts.events import Event, PriceChangePublished, PriceEvent, ProductListed
from app.database import pulse
from app.identity.actor import SYSTEM
from app.lifecycle.audit.evidence.announced import past_price
from app.lifecycle.proposing import verdicts
from app.lifecycle.publishing import effects, releases
from app.lifecycle.records import Line, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.pricelist.records import Cause, Price, PriceHistory, Product
from app.protection import changes

SKUS_PER_STEP = 1_000
_OVERTAKEN = (
    "The pricing store was put back from an older copy, and in the time that was lost more than one price followed the"
    " one that this was judged on: it may have gone out already, and been taken back. Nothing of it goes out by itself."
)
_TO_COME = (Status.EVALUATING, Status.APPROVED, Status.PUBLISHED, Status.CANARY)


@dataclass(frozen=True, slots=True)
class NewestOutside:
    """The newest that is known of a SKU outside: what was announced (oldest first), or what a context believes."""

    sku: str
    price: int
    currency: str
    version: int
    announced: tuple[PriceEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of some SKUs. `unlike` could not be dealt with: unknown here, or in another currency."""

    taken_over: tuple[str, ...] = ()
    announced_again: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    def __add__(self, other: "Recovered") -> "Recovered":
        return Recovered(
            self.taken_over + other.taken_over,
            self.announced_again + other.announced_again,
            self.unlike + other.unlike,
        )


def recover(session: Session, known: Sequence[NewestOutside], decided_here: set[str], *, now: datetime) -> Recovered:
    """Bring the list to where the outside is, for at most `SKUS_PER_STEP` SKUs. Safe to repeat.

    `decided_here` are the SKUs whose price was set in this store after it was put back.
    """
    _list_unknown(session, known, now)
    prices = {row.sku: row for row in session.exec(select(Price).where(col(Price.sku).in_([k.sku for k in known])))}
    taken: list[str] = []
    again: list[str] = []
    unlike: list[str] = []
    said: list[tuple[str, Event]] = []
    for one in known:
        price = prices.get(one.sku)
        if price is None or price.currency != one.currency:
            unlike.append(one.sku)
        elif (one.version, one.price) == (price.version, price.amount) or one.version < price.version:
            continue
        elif one.version > price.version and one.sku not in decided_here:
            said += [(one.sku, event) for event in _take_over(session, price, one, now)]
            taken.append(one.sku)
        else:
            said.append((one.sku, _announce_again(session, price, one, now)))
            again.append(one.sku)
    session.flush()
    outbox.record_prices(session, said)
    pulse(session, "prices")
    for proposal_id in _overtaken(session, known):
        _let_nothing_out(session, moves.loaded(session, proposal_id), now)
    return Recovered(tuple(taken), tuple(again), tuple(unlike))


def _overtaken(session: Session, known: Sequence[NewestOutside]) -> list[str]:
    """Return the proposals still to go out with a line that two prices or more have followed outside."""
    reached = {one.sku: one.version for one in known}
    waiting = select(Line.proposal_id, Line.sku, Line.base_version).join(
        Proposal, col(Proposal.id) == col(Line.proposal_id)
    )
    rows = session.exec(
        waiting.where(
            col(Line.sku).in_(list(reached)),
            col(Line.published_version).is_(None),
            col(Proposal.returns).is_(None),  # what moved on is left alone by a return anyway
            col(Proposal.status).in_(_TO_COME),
        )
    )
    return sorted({proposal_id for proposal_id, sku, judged_on in rows if reached[sku] > judged_on + 1})


def _let_nothing_out(session: Session, proposal: Proposal, now: datetime) -> None:
    """Stop what goes out, hold a canary, and put before a person what was to go out by itself."""
    if effects.goes_out(session, proposal.id):
        releases.stop_what_is_under_way(session, proposal, now, why=_OVERTAKEN)
    if proposal.status == Status.CANARY:
        held = Case(session, proposal, Action.PAUSE, SYSTEM, now)
        moves.move(held, comment=_OVERTAKEN, lines=proposal.published_lines)
    elif proposal.status in (Status.EVALUATING, Status.APPROVED):
        proposal.must_be_seen = True
        session.add(proposal)
    if proposal.status == Status.APPROVED and effects.under_way(session, proposal.id) is None:
        verdicts.re_evaluate(session, proposal.id, actor=SYSTEM, now=now, comment=_OVERTAKEN)


def _list_unknown(session: Session, known: Iterable[NewestOutside], now: datetime) -> None:
    """List products that were listed after the copy was made. Without a known cost no rule lets them out blindly."""
    listings = {k.sku: e for k in known for e in k.announced if isinstance(e, ProductListed)}
    here = set(session.scalars(select(Product.sku).where(col(Product.sku).in_(list(listings)))))
    for sku, event in listings.items():
        if sku in here:
            continue
        session.add(
            Product(
                sku=sku,
                name=event.name,
                category=event.category,
                subcategory=event.subcategory,
                brand=event.brand,
                currency=event.currency,
            )
        )
        session.add(Price(sku=sku, amount=event.price, currency=event.currency, version=0, since=now))
    session.flush()


def _take_over(session: Session, price: Price, one: NewestOutside, now: datetime) -> list[PriceEvent]:
    """Follow what was announced; what a context believes beyond that is announced as it believes it."""
    lost = [event for event in one.announced if event.version > price.version]
    if not lost or lost[-1].version < one.version:
        lost.append(_listing(session, one.sku, one.price, one.currency, one.version, now))
    for event in {event.version: event for event in lost}.values():
        price.amount, price.version, price.since = _amount(event), event.version, min(event.occurred_at, now)
        price.proposal_id = None
        _remember(session, price)
    session.add(price)
    return lost


def _remember(session: Session, price: Price) -> None:
    """Write a price into its history, and keep that: no announcement says just this."""
    past = PriceHistory(
        sku=price.sku,
        version=price.version,
        amount=price.amount,
        currency=price.currency,
        at=price.since,
        proposal_id=price.proposal_id,
        cause=Cause.RECOVERED,
    )
    session.add(past)
    changes.note(
        session,
        *past_price(past.sku, past.version, past.amount, past.currency, past.at, past.proposal_id, past.cause),
    )


def _announce_again(session: Session, price: Price, one: NewestOutside, now: datetime) -> Event:
    """Give the price of this list a version above all that is known, and tell everybody."""
    before = price.version
    price.version, price.since = max(one.version, before) + 1, now
    session.add(price)
    _remember(session, price)
    line = session.exec(
        select(Line).where(
            col(Line.proposal_id) == price.proposal_id,
            col(Line.sku) == price.sku,
            col(Line.published_version) == before,
        )
    ).first()
    if line is None:
        return _listing(session, price.sku, price.amount, price.currency, price.version, now)
    line.published_version = price.version  # it is still this proposal's price, and it may still take it back
    session.add(line)
    return PriceChangePublished(
        id=new_id(),
        occurred_at=now,
        correlation_id=line.proposal_id,
        traceparent=traceparent_of(line.proposal_id),
        sku=price.sku,
        old=one.price,
        new=price.amount,
        currency=price.currency,
        version=price.version,
        line=line.line,
        of=session.get_one(Proposal, line.proposal_id).published_lines,
    )


def _listing(session: Session, sku: str, price: int, currency: str, version: int, now: datetime) -> ProductListed:
    product = session.get_one(Product, sku)
    return ProductListed(
        id=new_id(),
        occurred_at=now,
        correlation_id=new_id(),
        sku=sku,
        name=product.name,
        category=product.category,
        subcategory=product.subcategory,
        brand=product.brand,
        price=price,
        currency=currency,
        version=version,
    )


def _amount(event: PriceEvent) -> int:
    return event.price if isinstance(event, ProductListed) else event.new
