"""An installation that ran before facts had dates, and one in which a currency was re-labelled, lose no price."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import open_engine
from app.migrations import HERE


def test_the_price_says_which_currency_is_right_and_old_facts_get_a_date(store_url: str):
    """T1 was listed in INR; a later catalog called it JPY with a cost of 7,000 yen. T2 is as it should be."""
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for sku, currency in (("T1", "JPY"), ("T2", "INR")):
            connection.execute(
                text("INSERT INTO product VALUES (:sku, 'Tea', 'Tea', '', '', :currency, 7000, NULL)"),
                {"sku": sku, "currency": currency},
            )
            connection.execute(
                text("INSERT INTO price VALUES (:sku, 10000, 'INR', 1, '2026-11-23 09:00:00', NULL)"), {"sku": sku}
            )
        command.upgrade(config, "head")
        rows = connection.execute(
            text(
                "SELECT p.sku, p.currency, r.amount, r.currency, p.cost, p.cost_observed_at IS NOT NULL, p.cost_source"
                " FROM product p JOIN price r ON r.sku = p.sku ORDER BY p.sku"
            )
        ).all()
        command.downgrade(config, "0006")
    store.dispose()

    assert [tuple(row) for row in rows] == [
        ("T1", "INR", 10000, "INR", None, False, ""),
        ("T2", "INR", 10000, "INR", 7000, True, "catalog (before dates were kept)"),
    ]
