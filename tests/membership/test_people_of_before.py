"""An installation of before, brought to the newest schema: its people stay, its demo's password does not."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import open_engine
from app.migrations import HERE


def test_the_passwords_of_a_demo_go_and_everybody_elses_stay(store_url: str) -> None:
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for user_id in ("demo-kiran", "0199-maya"):
            connection.execute(
                text(
                    "INSERT INTO user_account (id, email, name, password_hash, active, created_at)"
                    " VALUES (:id, :id, 'X', 'hash', :active, '2026-11-23 09:00:00')"
                ),
                {"id": user_id, "active": True},
            )
            connection.execute(
                text(
                    "INSERT INTO api_token (token_hash, user_id, label, created_at)"
                    " VALUES (:id, :id, 'cli', '2026-11-23 09:00:00')"
                ),
                {"id": user_id},
            )
        command.upgrade(config, "head")
        people = connection.execute(text("SELECT id, password_hash, one_time_until FROM user_account ORDER BY id"))
        kept, tokens = people.all(), connection.execute(text("SELECT expires_at FROM api_token")).all()
        command.downgrade(config, "0006")
    store.dispose()

    assert [tuple(row) for row in kept] == [("0199-maya", "hash", None), ("demo-kiran", None, None)]
    assert [tuple(row) for row in tokens] == [(None,), (None,)]
