"""The pricing store is put back from an older copy: noticed at once, with a way out that loses nothing. On both stores.

Before, what was published afterwards reached nobody while every page said "caught up": the shop went on at 110.00, the
price list said 113.00, and each item sold lost 3.00.
"""

import pytest
from sqlalchemy import text
from sqlmodel import select

from app import alarms, database, installation, subscribers
from app.clock import utc_now
from app.contracts.events import dump, parse
from app.contracts.installation import INSTALLATION, Installation
from app.contracts.streams import REGISTRY, ContextRegistration, price_stream
from app.deliveries.records import ContextHealth
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.evidence.findings import What
from app.lifecycle.records import AuditEntry
from tests.builders import OMAR
from tests.installation.shop import OTHER, TEA, Context, Shop
from workers import restored
from workers.machine.installation import _refuse_elsewhere
from workers.orchestration.health import Observatory
from workers.ownership import BEHIND, Behind
from workers.streams.leases import PartitionLeases
from workers.streams.refusals import Elsewhere


@pytest.fixture
def catalog(shop: Shop) -> Context:
    made = Context("catalog", shop.redis_url)
    made.catch_up()
    return made


def alarms_on() -> dict[str, str]:
    with database.reading() as session:
        return {alarm.name: alarm.said for alarm in alarms.raised(session)}


def said_of_prices() -> list[str]:
    """Return what verification finds amiss with prices and their history."""
    with database.reading() as session:
        found = audit_trail.verify(session).findings
    return [one.sentence for one in found if one.what in (What.PRICE, What.HISTORY)]


def test_a_store_put_back_is_noticed_before_anything_is_carried(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()

    shop.put_back(copy)
    shop.publish(OTHER, 102_00)

    with pytest.raises(Behind, match="put back from an older copy"):
        shop.carry()
    assert "run `baton installation restored`" in alarms_on()["pricing-store-is-behind"]


def test_also_when_it_has_announced_as_much_again_meanwhile(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()

    shop.put_back(copy)
    shop.publish(OTHER, 102_00)
    shop.publish(OTHER, 104_00)

    with pytest.raises(Behind, match="is not what the pricing store announced"):
        shop.carry()


def test_a_context_that_is_ahead_is_an_alarm_and_never_caught_up(shop: Shop, catalog: Context) -> None:
    PartitionLeases(shop.client, "catalog", "one").renew()
    shown = ContextRegistration(name="catalog", does="re-prices", hears=(), at=utc_now(), workers=1,
                                positions={p: seq + 5 for p, seq in catalog.positions().items()})  # fmt: skip
    shop.client.hset(REGISTRY, "catalog", shown.model_dump_json())
    observatory = Observatory(shop.client)

    observatory.observe(utc_now())

    with database.reading() as session:
        assert session.exec(select(ContextHealth.state)).one() == "ahead"
    assert observatory.ahead
    assert "catalog has settled more than this pricing store ever announced" in alarms_on()["context-is-ahead"]

    with database.transaction() as session:
        alarms.ring(session, BEHIND, "The pricing store was put back.", utc_now())
    observatory.observe(utc_now())
    assert (observatory.ahead, [*alarms_on()]) == (True, [BEHIND]), "one notice about one thing"

    with database.transaction() as session:
        alarms.silence(session, BEHIND)
    settled = shown.model_copy(update={"positions": catalog.positions()})
    shop.client.hset(REGISTRY, "catalog", settled.model_dump_json())
    observatory.observe(utc_now())
    assert (observatory.ahead, alarms_on()) == (False, {})


def test_a_context_that_is_ahead_and_gone_for_good_can_be_retired_and_the_alarm_ends(shop: Shop) -> None:
    """It would never be silent, nothing would ever be heard again of anybody."""
    shown = ContextRegistration(name="till", does="counts", hears=(), at=utc_now(), workers=0, positions={3: 99})
    shop.client.hset(REGISTRY, "till", shown.model_dump_json())
    observatory = Observatory(shop.client)
    observatory.observe(utc_now())
    assert observatory.ahead

    with database.transaction() as session:
        subscribers.retire(session, "till", actor=OMAR, reason="Sold the shop", now=utc_now())
    observatory.observe(utc_now())

    assert (observatory.ahead, alarms_on()) == (False, {})


def test_after_a_new_epoch_what_is_published_reaches_everybody_and_nothing_older_comes_back(
    shop: Shop, catalog: Context
) -> None:
    search = Context("search", shop.redis_url)
    search.catch_up()
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.publish(TEA, 110_00)
    shop.carry()
    catalog.catch_up()  # search was slower: it never heard of either
    shop.put_back(copy)
    assert shop.price(TEA) == (100_00, 1)

    found = restored.look(shop.redis_url)
    done = restored.begin(shop.redis_url, found, why="disk failed")

    assert (done.taken_over, done.announced_again, done.unlike) == ((TEA,), (), ())
    assert shop.price(TEA) == (110_00, 3), "the list takes over what was published and lost"
    shop.carry()
    for context in (catalog, search):
        context.catch_up()
        assert context.believes(TEA) == (110_00, 3)
    shop.publish(TEA, 113_00)
    shop.publish(OTHER, 97_00)
    shop.carry()
    for context in (catalog, search):
        context.catch_up()
        assert (context.believes(TEA), context.believes(OTHER)) == ((113_00, 4), (97_00, 2))
        with database.reading() as session:
            assert context.ownership.bound == installation.current(session)
    with database.reading() as session:
        assert installation.current(session).epoch.number == 2
        assert session.exec(select(AuditEntry.action).where(AuditEntry.chain == "installation")).all() == ["new-epoch"]
    assert alarms_on() == {}
    assert said_of_prices() == []


def test_what_was_decided_here_meanwhile_stands_above_what_was_lost(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.publish(TEA, 110_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    proposal = shop.publish(TEA, 102_00)

    found = restored.look(shop.redis_url)
    done = restored.begin(shop.redis_url, found, why="disk failed")

    assert (done.taken_over, done.announced_again) == ((), (TEA,))
    shop.carry()
    catalog.catch_up()
    assert catalog.believes(TEA) == shop.price(TEA) == (102_00, 4)
    with database.transaction() as session:
        line = session.connection().execute(
            text("SELECT published_version FROM line WHERE proposal_id = :id"), {"id": proposal})  # fmt: skip
        assert line.scalar_one() == 4, "the proposal can still take its price back"
    assert said_of_prices() == []


def test_a_redis_that_was_lost_too_is_made_up_for_by_what_the_contexts_believe(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    shop.client.flushall()

    shop.restore("both disks failed")

    assert shop.price(TEA) == (105_00, 2)
    shop.publish(TEA, 108_00)
    shop.carry()
    catalog.catch_up()
    assert catalog.believes(TEA) == (108_00, 3)


def test_telling_redis_is_done_again_by_the_relay_when_the_command_was_killed_before_it(
    shop: Shop, catalog: Context
) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    found = restored.look(shop.redis_url)
    with database.transaction() as session:
        restored._begin(session, found, "killed at once", utc_now(), restored.Recovered())

    shop.publish(OTHER, 97_00)
    shop.carry()
    catalog.catch_up()

    assert catalog.believes(OTHER) == (97_00, 2)


def test_a_context_beyond_the_new_epochs_beginning_goes_back_to_it_and_no_further(shop: Shop, catalog: Context) -> None:
    copy, before = shop.copied(), catalog.places()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    found = restored.look(shop.redis_url)
    assert found.forks[price_stream(3)] == before[3]

    restored.begin(shop.redis_url, found, why="disk failed")
    with pytest.raises(Exception, match="a new epoch has begun"):
        catalog.ownership.check(installation_now())
    catalog.ownership.follow()

    assert catalog.places() == before


def test_what_a_stranger_wrote_meanwhile_is_no_price_that_was_lost(shop: Shop, catalog: Context) -> None:
    """Taken over, it would have been 1.00 everywhere, in the name of this installation."""
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    lost = parse(shop.client.xrevrange(price_stream(3), count=1)[0][1][b"e"])
    shop.put_back(copy)
    shop.client.xadd(price_stream(3), {"e": dump(lost.model_copy(update={"new": 1_00, "version": 9}))}, id="99-0")

    with pytest.raises(Behind):
        shop.carry()
    shop.restore()
    shop.carry()
    catalog.catch_up()

    assert shop.price(TEA) == catalog.believes(TEA) == (105_00, 2)
    assert alarms_on() == {}


def test_a_copy_of_before_an_epoch_is_noticed_too_and_a_third_one_begins(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    shop.restore()
    shop.publish(OTHER, 97_00)
    shop.carry()
    catalog.catch_up()

    shop.put_back(copy)  # once more, from the same copy: it knows of no second epoch
    with pytest.raises(Elsewhere, match="put back from a copy of before that epoch"):
        shop.carry()
    shop.restore("disk failed again")
    shop.publish(OTHER, 99_00)
    shop.carry()
    catalog.catch_up()

    assert (catalog.believes(TEA), catalog.believes(OTHER)) == ((105_00, 2), (99_00, 3))
    assert (shop.price(TEA), shop.price(OTHER)) == ((105_00, 2), (99_00, 3))
    assert installation_now().epoch.number == 3


def test_contexts_of_a_later_epoch_keep_nobody_from_starting(shop: Shop, catalog: Context) -> None:
    """The way out needs the Redis that `baton up` starts; each sent to the other, and nothing ever ran again."""
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    shop.restore()
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)  # of before the epoch that the context knows
    said: list[str] = []

    _refuse_elsewhere(shop.redis_url, given=False, say=said.append)

    assert ["catalog's store belongs to" in line for line in said] == [True]
    assert "Run `baton installation restored`" in said[0]
    shop.restore("disk failed again")


def test_to_say_it_once_more_changes_no_price_and_no_belief(shop: Shop, catalog: Context) -> None:
    copy = shop.copied()
    shop.publish(TEA, 105_00)
    shop.carry()
    catalog.catch_up()
    shop.put_back(copy)
    shop.restore()
    shop.carry()
    catalog.catch_up()

    again = shop.restore("pressed twice")
    shop.carry()
    catalog.catch_up()

    assert (again.taken_over, again.announced_again) == ((), ())
    assert shop.price(TEA) == catalog.believes(TEA) == (105_00, 2)


def test_nothing_is_changed_while_redis_cannot_be_asked(shop: Shop, catalog: Context) -> None:
    with pytest.raises(restored.CannotBegin, match="it may know what was published after the copy was made"):
        restored.look("redis://127.0.0.1:1/0")


def test_another_installations_redis_is_no_source_to_recover_from(shop: Shop) -> None:
    others = installation_now().model_copy(update={"id": "another-installation"})
    shop.client.set(INSTALLATION, others.model_dump_json())
    with pytest.raises(restored.CannotBegin, match="another one, and no older copy"):
        restored.look(shop.redis_url)


def installation_now() -> Installation:
    with database.reading() as session:
        return installation.current(session)
