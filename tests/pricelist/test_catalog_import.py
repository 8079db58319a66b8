"""Listing products."""

import pytest
from sqlmodel import select

from app.contracts.events import ProductListed, parse
from app.database import reading, transaction
from app.lifecycle import actions
from app.outbox.records import OutboxEvent
from app.pricelist import catalog_import, queries
from app.pricelist.catalog_import import import_catalog, import_in_steps, read_catalog
from tests.builders import ASHA, MONDAY, product, proposing, stocked
from tests.meeting import at_once, failures

HEADER = "sku,name,category,subcategory,brand,currency,cost,price,competitor_price\n"


def test_a_listed_product_has_version_one_and_is_announced(pricing_store: str):
    with transaction() as session:
        imported = import_catalog(session, [product("T1", name="Assam")], now=MONDAY)

    with reading() as session:
        found = queries.price_of(session, "T1")
        event = parse(session.exec(select(OutboxEvent)).one().payload)
    assert found is not None
    assert (found.price, found.version, imported.listed, imported.renewed) == (100_00, 1, 1, 0)
    assert isinstance(event, ProductListed)
    assert (event.name, event.price, event.version) == ("Assam", 100_00, 1)


def test_importing_again_renews_the_description_and_leaves_the_price_to_the_lifecycle(pricing_store: str):
    with transaction() as session:
        stocked(session, product("T1"))
        proposal = actions.submit(session, proposing(("T1", 105_00)), actor=ASHA, now=MONDAY)
        actions.publish(session, proposal.id, now=MONDAY)
        imported = import_catalog(session, [product("T1", price=1_00, name="Assam gold")], now=MONDAY)

    with reading() as session:
        found = queries.price_of(session, "T1")
        listed = [
            e for row in session.exec(select(OutboxEvent)).all() if isinstance(e := parse(row.payload), ProductListed)
        ]
    assert found is not None
    assert (found.name, found.price, found.version, imported.renewed) == ("Assam gold", 105_00, 2, 1)
    assert (listed[-1].price, listed[-1].version) == (105_00, 2)


def test_a_catalog_file_is_read_row_by_row_and_bad_rows_are_named():
    rows, bad = read_catalog(
        (
            HEADER
            + 'A,"Tea, black",Tea,Leaf,Brand,INR,70.00,100.00,\n'
            + "A,Tea,Tea,Leaf,Brand,INR,70.00,100.00,\n"
            + "B,Tea,Tea,Leaf,Brand,INR,70.00,1e3,\n"
        ).encode("utf-8-sig")
    )

    assert [(row.sku, row.name, row.price, row.competitor_price) for row in rows] == [("A", "Tea, black", 100_00, None)]
    assert [row.row for row in bad] == [2, 3]


def test_a_catalog_without_its_columns_is_refused():
    with pytest.raises(ValueError, match="lacks the columns"):
        read_catalog(b"sku,name\nA,Tea\n")


def test_products_are_found_by_any_text_literally(pricing_store: str):
    with transaction() as session:
        stocked(session, product("T%1", name="100% tea"), product("T2", name="Coffee"))

    with reading() as session:
        assert [p.sku for p in queries.find_products(session, "%")] == ["T%1"]
        assert [p.sku for p in queries.find_products(session, "coff")] == ["T2"]


def test_two_imports_that_list_one_product_at_once_give_it_one_first_price(pricing_store: str, monkeypatch):
    def imported(price: int):
        return lambda: import_in_steps([product("T1", price=price)], now=MONDAY)

    outcomes = at_once(monkeypatch, imported(100_00), imported(120_00), at=((catalog_import, "_current"),))

    assert failures(outcomes) == []
    assert sorted(one.listed for one in outcomes) == [0, 1]
    with reading() as session:
        found = queries.price_of(session, "T1")
        said = {parse(row.payload).price for row in session.exec(select(OutboxEvent))}  # type: ignore[union-attr]
        assert found is not None
        assert said == {found.price}, "every context would sell at the other price, 20.00 a piece beside the list"


def test_two_imports_of_the_same_products_in_another_order_do_not_wait_for_each_other(pricing_store: str, monkeypatch):
    rows = [product(f"T{n}") for n in range(300)]

    def imported(rows):
        return lambda: import_in_steps(rows, now=MONDAY)

    outcomes = at_once(monkeypatch, imported(rows), imported(rows[::-1]), at=((catalog_import, "new_id"),))

    assert sorted(one.listed for one in outcomes) == [0, 300]
