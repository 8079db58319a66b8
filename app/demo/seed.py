"""Filling an empty pricing store with the demo shop. Prices and proposals come to be as they would in real use."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import insert
from sqlmodel import Session, select

from app.database import alone
from app.demo.goods import CURRENCY, articles
from app.demo.proposals import tell_stories
from app.demo.years import DAYS, PastPrice, year_of
from app.identity import people
from app.identity.actor import SYSTEM
from app.lifecycle.audit.evidence.announced import past_price
from app.lifecycle.proposing import facts, policy
from app.pricelist.catalog_import import CatalogRow
from app.pricelist.described import Described
from app.pricelist.records import Price, PriceHistory, Product
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
    facts.import_catalog(session, shop, actor=SYSTEM, now=now - timedelta(days=10), batch="demo")
    tell_stories(session, shop, now)
    return True


def _remember_the_products(shop: Sequence[CatalogRow], session: Session) -> None:
    """Write products as they were a year ago, without a name; the catalog that comes later names and announces them."""
    described = [field.name for field in fields(Described)]
    nameless = [{name: getattr(article, name) for name in described} | {"name": ""} for article in shop]
    session.connection().execute(insert(Product), nameless)


def _remember_the_year(years: list[list[PastPrice]], session: Session) -> None:
    """Write past and present prices; the import after it announces the present ones to every context."""
    connection, past = session.connection(), list(chain.from_iterable(years))
    listed = {"currency": CURRENCY, "proposal_id": None}
    connection.execute(insert(PriceHistory), [asdict(price) | listed | {"cause": price.cause} for price in past])
    for price in past:
        unannounced = past_price(price.sku, price.version, price.amount, CURRENCY, price.at, None, price.cause)
        changes.note(session, *unannounced)
    present = [
        {"sku": last.sku, "amount": last.amount, "version": last.version, "since": last.at} | listed
        for last in (year[-1] for year in years)
    ]
    connection.execute(insert(Price), present)
