"""Listing products."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.contracts.events import ProductListed, parse
from app.database import reading, transaction
from app.lifecycle import actions
from app.outbox.records import OutboxEvent
from app.pricelist import catalog_import, queries
from app.pricelist.catalog_import import CatalogRow, Imported, import_catalog
from app.pricelist.records import FactChange, Price, Product
from app.words.money import CurrenciesMixed, Money
from tests.builders import ASHA, HOUR, MONDAY, product, proposing, stocked
from tests.meeting import at_once, failures


def announced(session) -> list[ProductListed]:  # type: ignore[no-untyped-def]
    found = (parse(row.payload) for row in session.exec(select(OutboxEvent)).all())
    return [event for event in found if isinstance(event, ProductListed)]


def test_a_listed_product_has_version_one_and_is_announced(pricing_store: str):
    with transaction() as session:
        imported = import_catalog(session, [product("T1", name="Assam")], now=MONDAY)

    with reading() as session:
        found = queries.price_of(session, "T1")
        (event,) = announced(session)
    assert found is not None
    assert (found.price, found.version, imported.listed, imported.renewed) == (100_00, 1, 1, 0)
    assert (event.name, event.price, event.version) == ("Assam", 100_00, 1)


def test_importing_again_renews_the_description_and_leaves_the_price_to_the_lifecycle(pricing_store: str):
    with transaction() as session:
        stocked(session, product("T1"))
        proposal = actions.submit(session, proposing(("T1", 105_00)), actor=ASHA, now=MONDAY)
        actions.publish(session, proposal.id, now=MONDAY)
        imported = import_catalog(session, [product("T1", price=1_00, name="Assam gold")], now=MONDAY)

    with reading() as session:
        found = queries.price_of(session, "T1")
        listed = announced(session)
    assert found is not None
    assert (found.name, found.price, found.version, imported.renewed) == ("Assam gold", 105_00, 2, 1)
    assert (listed[-1].price, listed[-1].version) == (105_00, 2)


def test_the_same_catalog_again_says_nothing_to_anybody(pricing_store: str):
    with transaction() as session:
        import_catalog(session, [product("T1"), product("T2")], now=MONDAY)
        again = import_catalog(session, [product("T1"), product("T2", name="Green")], now=MONDAY)

    with reading() as session:
        assert [event.name for event in announced(session)] == ["Product T1", "Product T2", "Green"]
    assert (again.listed, again.renewed, again.unchanged) == (0, 1, 1)


def test_100_rupees_never_become_10000_yen(pricing_store: str):
    """Before, the price list said JPY at version 1, and 10,000 JPY went out at the next proposal."""
    with transaction() as session:
        import_catalog(session, [product("T1")], now=MONDAY)

    with pytest.raises(CurrenciesMixed), transaction() as session:
        import_catalog(session, [replace(product("T1"), currency="JPY")], now=MONDAY)

    with reading() as session:
        found = queries.price_of(session, "T1")
    assert found is not None
    assert found.money == Money(100_00, "INR")


@pytest.mark.parametrize("table", [Product, Price])
def test_the_store_itself_refuses_to_part_an_amount_from_its_currency(pricing_store: str, table: type):
    with transaction() as session:
        import_catalog(session, [product("T1")], now=MONDAY)

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(table).where(col(table.sku) == "T1").values(currency="JPY"))


def test_a_row_that_names_no_cost_says_nothing_about_it(pricing_store: str):
    with transaction() as session:
        import_catalog(session, [product("T1", cost=70_00)], now=MONDAY)
        again = import_catalog(session, [product("T1", cost=None, competitor=95_00)], now=MONDAY + HOUR)

    with reading() as session:
        found = queries.price_of(session, "T1")
    assert found is not None
    assert (found.cost, found.competitor, len(again.facts)) == (70_00, 95_00, 1)


def test_an_import_writes_down_which_facts_it_changed_and_who_it_was(pricing_store: str):
    with transaction() as session:
        import_catalog(session, [product("T1", cost=70_00)], now=MONDAY)
        import_catalog(session, [product("T1", cost=50_00)], now=MONDAY + HOUR, by=ASHA)

    with reading() as session:
        changes = session.exec(select(FactChange).order_by(col(FactChange.id))).all()
    assert [(c.kind, c.before, c.after, c.by) for c in changes] == [
        ("cost", None, 70_00, "system"), ("cost", 70_00, 50_00, "asha")
    ]  # fmt: skip


def test_products_are_found_by_any_text_literally(pricing_store: str):
    with transaction() as session:
        stocked(session, product("T%1", name="100% tea"), product("T2", name="Coffee"))

    with reading() as session:
        assert [p.sku for p in queries.find_products(session, "%")] == ["T%1"]
        assert [p.sku for p in queries.find_products(session, "coff")] == ["T2"]


def imported(*rows: CatalogRow) -> Callable[[], Imported]:
    def committed() -> Imported:
        with transaction() as session:
            return import_catalog(session, rows, now=MONDAY)

    return committed


def test_two_imports_that_list_one_product_at_once_give_it_one_first_price(pricing_store: str, monkeypatch):
    one, other = (imported(product("T1", price=price)) for price in (100_00, 120_00))

    outcomes = at_once(monkeypatch, one, other, at=((catalog_import, "known"),))

    assert failures(outcomes) == []
    assert sorted(one.listed for one in outcomes) == [0, 1]
    with reading() as session:
        found = queries.price_of(session, "T1")
        said = {parse(row.payload).price for row in session.exec(select(OutboxEvent))}  # type: ignore[union-attr]
        assert found is not None
        assert said == {found.price}, "every context would sell at the other price, 20.00 a piece beside the list"


def test_two_imports_of_the_same_products_in_another_order_do_not_wait_for_each_other(pricing_store: str, monkeypatch):
    rows = [product(f"T{n}") for n in range(300)]

    outcomes = at_once(monkeypatch, imported(*rows), imported(*rows[::-1]), at=((catalog_import, "new_id"),))

    assert sorted(one.listed for one in outcomes) == [0, 300]


def test_an_import_does_not_wait_for_a_publication_that_wrote_prices_of_its_products(pricing_store: str):
    with transaction() as session:
        import_catalog(session, [product("T1")], now=MONDAY)
    if not pricing_store.startswith("postgresql"):
        return  # one writer: whoever publishes has the store alone

    with transaction() as publishing:
        publishing.execute(select(Product).where(Product.sku == "T1").with_for_update(key_share=True, read=True))
        with transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            renewed = import_catalog(session, [product("T1", name="Assam", cost=60_00)], now=MONDAY + HOUR)

    assert (renewed.renewed, len(renewed.facts)) == (1, 1)
