"""What tests share among their stores never depends on which of them came first."""

from sqlalchemy import literal, select

from app.database import open_engine
from tests.stores import compiling_once


def test_a_store_that_was_never_reached_spoils_no_other(empty_postgres: str) -> None:
    with compiling_once():
        unreached = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
        store = open_engine(empty_postgres)
        with store.connect() as connection:
            answer = connection.execute(select(literal("100 %").op("||")("%"))).scalar_one()

    assert answer == "100 %%"
    assert unreached.dialect is not store.dialect
    store.dispose()
