"""Products and lines of before go on without what nobody has said of them yet."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import open_engine
from app.migrations import HERE


def test_what_was_there_before_is_there_after_and_back(store_url: str):
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0018")
        connection.execute(
            text(
                "INSERT INTO product (sku, name, category, subcategory, brand, currency, cost_source,"
                " competitor_source) VALUES ('T1', 'Tea', 'Tea', '', '', 'INR', '', '')"
            )
        )
        command.upgrade(config, "0019")
        found = connection.execute(
            text("SELECT family, family_rank, pack_size, content, content_unit, minimum_advertised FROM product")
        ).all()
        command.downgrade(config, "0018")
        back = connection.execute(text("SELECT sku FROM product")).all()
    store.dispose()

    assert [tuple(row) for row in found] == [("", None, None, None, "", None)]
    assert [tuple(row) for row in back] == [("T1",)]
