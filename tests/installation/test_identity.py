"""Who a store belongs to, and how what it carries stands to what others carry."""

import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app import database, installation
from app.contracts.installation import Epoch, Installation, Kinship
from app.contracts.streams import Tail
from app.database import open_engine, reading, transaction
from app.migrations import HERE, migrate
from tests.builders import MONDAY

STREAM = "px:{p00}:ev"
FIRST = Epoch(number=1, id="a")


def of(*epochs: Epoch, id_: str = "i") -> Installation:
    return Installation(id=id_, epochs=(FIRST, *epochs))


def later(id_: str, began_at: int, number: int = 2) -> Epoch:
    return Epoch(number=number, id=id_, began_at={STREAM: Tail(began_at, f"{id_}{began_at}")})


def test_a_store_has_one_identity_from_its_making_on(pricing_store: str) -> None:
    with reading() as session:
        first, again = installation.current(session), installation.current(session)
    assert first == again
    assert first.epoch.number == 1


def test_a_new_epoch_keeps_the_identity_and_says_where_it_began(pricing_store: str) -> None:
    with transaction() as session:
        before = installation.current(session)
        after = installation.begin_epoch(session, number=before.epoch.number + 1, began_at={STREAM: Tail(4, "l4")},
                                         by="Omar", why="put back", now=MONDAY)  # fmt: skip
        assert before.kinship(after) is Kinship.OLDER
        assert after.epoch.began_at == {STREAM: Tail(4, "l4")}
        assert installation.current(session).epoch == after.epoch
        session.rollback()


@pytest.mark.parametrize(("ours", "theirs", "kinship"), [
    (of(), of(), Kinship.SAME),
    (of(), of(later("b", 4)), Kinship.OLDER),
    (of(later("b", 4)), of(), Kinship.NEWER),
    (of(later("b", 4)), of(later("c", 4)), Kinship.PARTED),
    (of(), of(id_="other"), Kinship.STRANGER),
])  # fmt: skip
def test_what_two_stores_carry_is_compared_epoch_by_epoch(
    ours: Installation, theirs: Installation, kinship: Kinship
) -> None:
    assert ours.kinship(theirs) is kinship


@pytest.mark.parametrize(("held", "told", "kept"), [
    (of(), of(later("b", 4)), Tail(4, "b4")),
    (of(), of(later("b", 9)), Tail(7, "l7")),
    (of(later("b", 4)), of(later("c", 6)), Tail(4, "b4")),
    (of(later("b", 4)), of(later("b", 4), later("c", 6, 3)), Tail(6, "c6")),
    (of(), of(id_="other"), Tail(0)),
])  # fmt: skip
def test_of_a_position_holds_what_was_counted_before_the_two_parted(
    held: Installation, told: Installation, kept: Tail
) -> None:
    assert told.shared(held, STREAM, Tail(7, "l7")) == kept


def test_two_empty_stores_are_two_installations(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        engine = open_engine(f"sqlite:///{tmp_path}/{name}.db")
        migrate(engine)
        with engine.connect() as connection:
            made.append(connection.execute(text("SELECT installation_id FROM installation_epoch")).scalar_one())
    assert made[0] != made[1]


def test_every_copy_of_an_older_store_gets_the_same_identity(pricing_store: str, tmp_path: Path) -> None:
    if not pricing_store.startswith("sqlite"):
        pytest.skip("a copy of a PostgreSQL store is the same rows")
    with transaction() as session:
        session.connection().execute(
            text("INSERT INTO outbox_event (stream, seq, event_id, type, correlation_id, at, payload)"
                 " VALUES ('s', 1, 'first', 't', 'c', '2026-01-01 00:00:00', '{}')")
        )  # fmt: skip
    config = Config()
    config.set_main_option("script_location", str(HERE))
    with database.engine().begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    database.engine().dispose()
    made = set()
    for name in ("one", "other"):
        shutil.copyfile(tmp_path / "store.db", tmp_path / f"{name}.db")
        engine = open_engine(f"sqlite:///{tmp_path}/{name}.db")
        migrate(engine)
        with engine.connect() as connection:
            made.add(tuple(connection.execute(text("SELECT installation_id, id FROM installation_epoch")).one()))
    assert len(made) == 1
