"""An installation in which drafts wait already loses none of their lines."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import open_engine
from app.migrations import HERE

DRAFT = (
    "INSERT INTO draft (id, owner_id, filename, size_bytes, rule_set, rows, problem, unchanged, clean, soft, hard,"
    " created_at) VALUES ('d1', 'asha', 'week.csv', 10, 1, 2, 0, 0, 2, 0, 0, '2026-11-23 09:00:00')"
)
LINE = "INSERT INTO draft_line (draft_id, \"row\", kind, sku, raw_price) VALUES ('d1', :row, 'clean', :sku, '104')"
ROWS = 'SELECT "row", sku FROM draft_line{} ORDER BY "row"'


def test_what_was_read_before_is_the_first_edition_and_nothing_is_lost_on_the_way_there_or_back(store_url: str):
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        connection.execute(text(DRAFT))
        for row in (1, 2):
            connection.execute(text(LINE), {"row": row, "sku": f"T{row}"})
        command.upgrade(config, "head")
        (draft,) = connection.execute(
            text("SELECT edition, coming, changed_at = created_at, submitted_as, discarded_at FROM draft")
        )
        kept = connection.execute(text(ROWS.format(" WHERE edition = 1"))).all()
        command.downgrade(config, "0014")
        back = connection.execute(text(ROWS.format(""))).all()
    store.dispose()

    assert tuple(draft) == (1, 1, True, None, None)
    assert kept == back == [(1, "T1"), (2, "T2")]
