"""The schema of the pricing store, step by step (Alembic)."""

from pathlib import Path

from sqlalchemy import Engine

from app.database import lock_name

HERE = Path(__file__).parent


def migrate(store: Engine) -> None:
    """Bring a pricing store to the newest schema. Safe to call again, by several at once, and on an empty store.

    On SQLite it makes the file: nobody else does.
    """
    from alembic import command  # only now: this package is also asked which tables there are
    from alembic.config import Config

    if store.dialect.name == "sqlite" and store.url.database:
        Path(store.url.database).touch()
    config = Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        lock_name(connection, "schema")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
