"""A worker that is started beside the installation it names: with other stores, or with none that say who it is.

Before, it joined at once, took half of the partitions and answered for prices that it kept in a store nobody looks at:
the shop went on selling at 100.00 what the price list had at 110.00, 10.00 lost on each, and the health said that all
was well.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app import database, installation
from app.contexts.discovery import store_as_it_is
from app.contracts.installation import INSTALLATION, Epoch, Installation
from app.contracts.streams import REGISTRY, answering_store_key
from tests.installation.shop import TEA, Context, Shop
from tests.stores import forget, migrated
from workers.__main__ import cli
from workers.choreography.catalog import CONSUMER
from workers.streams import store
from workers.streams.consumption import Consumption, consumption_of, refuse_elsewhere
from workers.streams.ownership import carried_by
from workers.streams.refusals import Elsewhere, NotYet, Occupied
from workers.streams.store_claim import StoreClaim, StorePlace, place_of, place_of_file

HERE, THERE = (
    StorePlace("inode 1", "var/catalog.db", "var/catalog.db"),
    StorePlace("inode 2", "copy/catalog.db", "copy/catalog.db"),
)
Settle = Callable[..., None]


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    """An installation whose tea went from 100.00 to 110.00."""
    empty_shop.stock(TEA)
    empty_shop.publish(TEA, 110_00)
    empty_shop.carry()
    return empty_shop


@pytest.fixture
def elsewhere(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settle:
    """Lets this process be started from another data folder, with the first one's Redis."""

    def settle(**told: str) -> None:
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        for name, value in {"DATA_DIR": str(folder), "DATABASE_URL": "", **told}.items():
            monkeypatch.setenv(f"BATON_{name}", value)
        monkeypatch.delenv("BATON_SUPERVISOR", raising=False)
        database.engine().dispose()
        forget()

    return settle


def everything(shop: Shop) -> dict[bytes, object]:
    return {key: shop.client.dump(key) for key in shop.client.scan_iter()}


def baton(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_a_worker_beside_another_pricing_store_binds_no_store_and_answers_nothing(
    shop: Shop, elsewhere: Settle, tmp_path: Path
) -> None:
    before = everything(shop)
    elsewhere()
    migrated(f"sqlite:///{tmp_path}/elsewhere/pricing.db")
    catalog = Context("catalog", shop.redis_url)

    with pytest.raises(Elsewhere, match="would answer in another shop's name"):
        catalog.catch_up()

    assert (catalog.ownership.bound, set(catalog.positions().values())) == (None, {0})
    assert everything(shop) == before


@pytest.mark.parametrize("name", ["catalog", "search", "analytics"])
def test_typed_by_a_person_it_is_told_at_once_and_makes_no_store(
    shop: Shop, elsewhere: Settle, tmp_path: Path, name: str
) -> None:
    before = everything(shop)
    elsewhere()

    refused = baton("worker", name)

    assert refused.exit_code == 1
    assert f"nothing says that this {name} belongs to installation" in refused.output
    assert "BATON_INSTALLATION=" in refused.output
    assert (everything(shop), [*(tmp_path / "elsewhere").iterdir()]) == (before, [])


def test_so_is_one_that_rq_starts(shop: Shop, elsewhere: Settle) -> None:
    elsewhere()
    with pytest.raises(Elsewhere, match="no pricing store is here"):
        consumption_of("catalog")


def test_a_context_on_a_machine_of_its_own_is_told_in_so_many_words(shop: Shop, elsewhere: Settle) -> None:
    with database.reading() as session:
        ours = installation.current(session)
    elsewhere(INSTALLATION=ours.id)
    catalog = Context("catalog", shop.redis_url)

    catalog.catch_up()

    assert (catalog.ownership.bound, catalog.believes(TEA)) == (ours, (110_00, 2))
    elsewhere(INSTALLATION="")  # once bound, the store itself says it
    again = Context("catalog", shop.redis_url)
    again.catch_up()
    assert again.believes(TEA) == (110_00, 2)


def test_told_of_another_installation_it_touches_nothing(shop: Shop, elsewhere: Settle) -> None:
    elsewhere(INSTALLATION="another-installation")
    catalog = Context("catalog", shop.redis_url)
    with pytest.raises(Elsewhere, match="says that this catalog belongs to installation another-installation"):
        catalog.catch_up()
    assert catalog.ownership.bound is None


def test_a_pricing_store_of_before_an_epoch_vouches_for_nobody(shop: Shop) -> None:
    with database.reading() as session:
        ours = installation.current(session)
    later = Installation(id=ours.id, epochs=(*ours.epochs, Epoch(number=2, id="second")))
    shop.client.set(INSTALLATION, later.model_dump_json())

    with pytest.raises(Elsewhere, match="The pricing store was put back from a copy of before that epoch"):
        Context("catalog", shop.redis_url).catch_up()


def test_a_context_goes_on_while_the_pricing_store_is_away_and_a_new_one_waits(shop: Shop, elsewhere: Settle) -> None:
    catalog = Context("catalog", shop.redis_url)
    catalog.catch_up()
    shop.publish(TEA, 112_00)
    shop.carry()
    elsewhere(DATABASE_URL="postgresql://nobody@127.0.0.1:1/away")

    again = Context("catalog", shop.redis_url, catalog.engine)
    again.catch_up()
    with pytest.raises(NotYet, match="waits for it and touches nothing"):
        Context("catalog", shop.redis_url).catch_up()

    assert again.believes(TEA) == (112_00, 3)


def test_a_context_store_that_was_deleted_is_filled_again_by_itself(shop: Shop, tmp_path: Path) -> None:
    first = Context("catalog", shop.redis_url)
    first.catch_up()
    StoreClaim(shop.client, "catalog", place_of(first.engine)).hold()
    first.engine.dispose()
    for file in tmp_path.glob("catalog.db*"):
        file.unlink()

    refuse_elsewhere("catalog")
    again = Context("catalog", shop.redis_url)
    StoreClaim(shop.client, "catalog", place_of(again.engine)).hold()
    again.catch_up()

    assert again.believes(TEA) == (110_00, 2)


def test_a_second_store_that_answers_for_a_context_is_refused_while_the_first_one_lives(shop: Shop) -> None:
    StoreClaim(shop.client, "catalog", HERE).hold()

    with pytest.raises(Occupied, match=r"catalog answers from another store: var/catalog\.db"):
        StoreClaim(shop.client, "catalog", THERE).hold()

    StoreClaim(shop.client, "catalog", HERE).hold()
    StoreClaim(shop.client, "search", THERE).hold()


@pytest.mark.parametrize("moved", [StorePlace("inode 1", "moved", ""), StorePlace("inode 3", "var/catalog.db", "")])
def test_the_same_file_at_another_path_and_another_file_at_the_same_path_are_the_same_store(
    shop: Shop, moved: StorePlace
) -> None:
    StoreClaim(shop.client, "catalog", HERE).hold()
    StoreClaim(shop.client, "catalog", moved).hold()


def test_another_store_is_let_in_when_there_is_no_sign_of_the_first_any_more(shop: Shop) -> None:
    StoreClaim(shop.client, "catalog", HERE).hold()
    assert 0 < shop.client.pttl(answering_store_key("catalog")) <= 30_000
    shop.client.pexpire(answering_store_key("catalog"), 0)
    StoreClaim(shop.client, "catalog", THERE).hold()


def test_a_copied_folder_says_all_the_right_things_and_is_refused_all_the_same(
    shop: Shop, elsewhere: Settle, tmp_path: Path
) -> None:
    catalog = Context("catalog", shop.redis_url)
    catalog.catch_up()
    StoreClaim(shop.client, "catalog", place_of(catalog.engine)).hold()
    with database.reading() as session:
        elsewhere_told = {"INSTALLATION": installation.current(session).id}
    catalog.engine.dispose()
    elsewhere(**elsewhere_told)
    shutil.copyfile(tmp_path / "catalog.db", tmp_path / "elsewhere" / "catalog.db")

    refused = baton("worker", "catalog")

    assert (refused.exit_code, f"another store: {tmp_path}/catalog.db on" in refused.output) == (1, True), (
        refused.output
    )
    with pytest.raises(Occupied):
        consumption_of("catalog")
    assert not shop.client.hexists(REGISTRY, "catalog")


def test_two_databases_are_two_places_and_one_is_one(store_url: str, tmp_path: Path) -> None:
    one, again = database.open_engine(store_url), database.open_engine(store_url)
    store.migrate(one, None)
    assert place_of(one) == place_of(again)
    assert place_of(one).is_other_than(*_shown(place_of_file(tmp_path / "other.db")))
    for engine in (one, again):
        engine.dispose()


def test_a_worker_that_finds_its_seat_taken_reads_no_further(shop: Shop, tmp_path: Path) -> None:
    consumption = Consumption(CONSUMER, f"sqlite:///{tmp_path}/catalog.db", shop.redis_url)
    consumption.claim_store(carried_by(shop.client))
    consumption.refuse_elsewhere()
    shop.client.delete(answering_store_key("catalog"))
    StoreClaim(shop.client, "catalog", THERE).hold()

    with pytest.raises(Occupied):
        consumption.keep_up()

    with pytest.raises(Occupied):
        consumption.refuse_elsewhere()
    assert not consumption.leases.owned
    shop.client.delete(answering_store_key("catalog"))
    consumption.claim_store(carried_by(shop.client))
    consumption.refuse_elsewhere()


def _shown(place: StorePlace) -> tuple[str, str]:
    return place.file, place.address


def test_a_store_of_another_installation_is_not_even_brought_up_to_date(shop: Shop, elsewhere: Settle) -> None:
    """The context's own address led into another shop's store: it stays at the schema that its own version knows."""
    theirs = Installation(id="another-installation", epochs=(Epoch(number=1, id="e"),))
    with database.reading() as session:
        elsewhere_told = {"INSTALLATION": installation.current(session).id}
    elsewhere(**elsewhere_told)
    other = store_as_it_is("catalog")
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE belongs (id INTEGER PRIMARY KEY, installation TEXT NOT NULL)"))
        connection.execute(text("INSERT INTO belongs VALUES (1, :it)"), {"it": theirs.model_dump_json()})
    with pytest.raises(Elsewhere, match="catalog's store belongs to installation another-"):
        consumption_of("catalog")
    with other.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'position'")).scalar_one() == 0
    other.dispose()
