"""Filling an empty pricing store with the demo shop. Prices and proposals come to be as they would in real use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import insert
from sqlmodel import Session, select

from app.database import alone
from app.demo.goods import CURRENCY, Article, articles
from app.demo.proposals import row_of, tell_stories
from app.demo.years import DAYS, PastPrice, year_of
from app.identity import people
from app.identity.actor import SYSTEM
from app.lifecycle.audit.evidence.announced import past_price
from app.lifecycle.proposing import facts, policy
from app.pricelist.records import Cause, Price, PriceHistory, Product
from app.protection import changes


def seed(session: Session, now: datetime) -> bool:
    """Make the demo people, shop, year and proposals; does nothing and returns False if products exist already."""
    alone(session, "demo")
    people.ensure_demo_people(session, now)
    policy.install_seed_rules(session, now - timedelta(days=DAYS))
    if session.exec(select(Product.sku).limit(1)).first() is not None:
        return False
    shop = articles()
    _remember_the_products(shop, session)
    _remember_the_year([year_of(article, now) for article in shop], session)
    rows, at = [row_of(article) for article in shop], now - timedelta(days=10)
    facts.import_catalog(session, rows, actor=SYSTEM, now=at, batch="demo")
    tell_stories(session, shop, now)
    return True


def _remember_the_products(shop: Sequence[Article], session: Session) -> None:
    """Write products as they were a year ago, without a name; the catalog that comes later names and announces them."""
    session.connection().execute(
        insert(Product),
        [
            {
                "sku": article.sku,
                "name": "",
                "category": article.category,
                "subcategory": article.subcategory,
                "brand": article.brand,
                "currency": CURRENCY,
            }
            for article in shop
        ],
    )


def _remember_the_year(years: list[list[PastPrice]], session: Session) -> None:
    """Write past and present prices; the import after it announces the present ones to every context."""
    connection = session.connection()
    connection.execute(
        insert(PriceHistory),
        [
            {
                "sku": past.sku,
                "version": past.version,
                "amount": past.amount,
                "currency": CURRENCY,
                "at": past.at,
                "proposal_id": None,
                "cause": Cause.LISTED if past.version == 1 else Cause.PUBLISHED,
            }
            for past in chain.from_iterable(years)
        ],
    )
    for past in chain.from_iterable(years):
        cause = Cause.LISTED if past.version == 1 else Cause.PUBLISHED
        unannounced = past_price(past.sku, past.version, past.amount, CURRENCY, past.at, None, cause)
        changes.note(session, *unannounced)
    connection.execute(
        insert(Price),
        [
            {
                "sku": last.sku,
                "amount": last.amount,
                "currency": CURRENCY,
                "version": last.version,
                "since": last.at,
                "proposal_id": None,
            }
            for last in (year[-1] for year in years)
        ],
    )
