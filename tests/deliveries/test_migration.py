"""What was counted before deliveries were sets, and said before entries had links, goes on as it stood."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from app.contracts.streams import NO_LINK, link_of
from app.database import open_engine
from app.migrations import HERE
from workers.streams import store

AT = "2026-11-23 09:00:00.000000"


@pytest.fixture
def before(store_url: str) -> Engine:
    """A pricing store as it was: one roll-back of three SKUs, of which catalog has answered two."""
    engine = open_engine(store_url)
    bring(engine, "0006")
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO lane (repricing_id, context, expected, applied, ignored, retrying, parked, reverted, undone)"
            " VALUES ('p1', 'catalog', 3, 1, 0, 0, 1, 1, 2), ('p2', 'catalog', 1, 1, 0, 0, 0, 0, 0)"))  # fmt: skip
        for repricing, sku, version, state in (("p1", "A", 2, "APPLIED"), ("p1", "B", 2, "PARKED"),
                                               ("p1", "C", 3, "REVERTED"), ("p2", "D", 5, "APPLIED")):  # fmt: skip
            connection.execute(
                text("INSERT INTO delivery (repricing_id, context, sku, version, state, cause, attempts, at)"
                     " VALUES (:r, 'catalog', :s, :v, :state, '', 0, :at)"),
                {"r": repricing, "s": sku, "v": version, "state": state, "at": AT})  # fmt: skip
        for seq, payload in ((1, "one"), (2, "two")):
            connection.execute(
                text("INSERT INTO outbox_event (stream, seq, event_id, type, correlation_id, at, payload)"
                     " VALUES ('s', :seq, 'e', 't', 'c', :at, :payload)"), {"seq": seq, "payload": payload, "at": AT}
            )  # fmt: skip
        connection.execute(text("INSERT INTO stream_sequence (stream, n) VALUES ('s', 2)"))
        connection.execute(text("INSERT INTO heard (stream, seq) VALUES ('s', 1), ('said', 7)"))
    return engine


def bring(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_lanes_keep_their_counts_and_deliveries_know_what_made_them(before: Engine) -> None:
    bring(before, "0009")

    with before.connect() as connection:
        rows = connection.execute(text("SELECT sku, acknowledged, undone FROM delivery ORDER BY sku")).all()
        lanes = connection.execute(text("SELECT repricing_id, undone FROM lane ORDER BY repricing_id")).all()
    assert [(sku, int(version), bool(undone)) for sku, version, undone in rows] == [
        ("A", 2, False), ("B", 0, True), ("C", 2, True), ("D", 5, False)]  # fmt: skip
    assert [tuple(row) for row in lanes] == [("p1", 2), ("p2", 0)]


def test_every_event_gets_the_link_that_it_would_have_got(before: Engine) -> None:
    bring(before, "0009")

    first = link_of(NO_LINK, 1, b"one")
    with before.connect() as connection:
        links = connection.execute(text("SELECT link FROM outbox_event ORDER BY seq")).scalars().all()
        head = connection.execute(text("SELECT link FROM stream_sequence")).scalar_one()
        heard = connection.execute(text("SELECT stream, link FROM heard ORDER BY stream")).all()
    assert links == [first, link_of(first, 2, b"two")]
    assert (head, [tuple(row) for row in heard]) == (links[-1], [("s", first), ("said", "")])


def test_a_context_s_answers_get_theirs(store_url: str) -> None:
    engine = open_engine(store_url, durable=False)
    store.migrate(engine, None, upto="streams_0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said (seq, type, correlation_id, payload) VALUES (1, 't', 'c', 'one')"))
        connection.execute(text("UPDATE said_sequence SET n = 1"))
    store.migrate(engine, None)

    with engine.connect() as connection:
        assert store.said_so_far(connection) == (1, link_of(NO_LINK, 1, b"one"))
        assert set(connection.execute(text("SELECT link FROM position")).scalars()) == {NO_LINK}
