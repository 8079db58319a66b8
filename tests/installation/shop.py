"""A whole installation in this process, step by step: a store, a relay, a Redis, and contexts that catch up when told.

`put_back` does what an administrator does who restores a copy of the pricing store.
"""

from datetime import datetime

from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from app import database
from app.canary.waves import WavePlan
from app.clock import utc_now
from app.contexts.discovery import store_as_it_is
from app.contracts.streams import PARTITIONS, Tail, partition_of, price_stream
from app.identity.actor import SYSTEM
from app.lifecycle import actions
from app.lifecycle.proposing.policy import install_seed_rules
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing.recovery import Recovered
from app.lifecycle.records import Proposal
from app.pricelist.records import Price
from tests.builders import OMAR, product, stocked
from workers import restored
from workers.ownership import RedisOwnership
from workers.relay import Relay
from workers.streams import store
from workers.streams.connection import StreamReader, connect
from workers.streams.consumption import find_consumer
from workers.streams.ownership import ContextOwnership, carried_by
from workers.streams.refusals import EpochTurned
from workers.streams.sink import Sink

Rows = dict[str, list[dict[str, object]]]


class Context:
    """One context, with its real store and its real consumer."""

    def __init__(self, name: str, redis_url: str, engine: Engine | None = None) -> None:
        consumer = find_consumer(name)
        self.engine = engine or store_as_it_is(name)
        store.migrate(self.engine, consumer.migrations)
        self.ownership = ContextOwnership(name, self.engine)
        self._sink = Sink(consumer, self.engine, bound=lambda: self.ownership.bound)
        self._client = connect(redis_url)

    def catch_up(self) -> None:
        """Ask whose Redis this is, follow into a new epoch, and hear whatever is there."""
        try:
            self.ownership.check(carried_by(self._client))
        except EpochTurned:
            self.ownership.follow()
        after = {price_stream(p): seq for p, seq in self.positions().items()}
        found = StreamReader(self._client).read(after, count=500, block_ms=1)
        for stream, entries in found.items():
            self._sink.settle(int(stream[5:7]), entries)
        if found:
            self.catch_up()

    def positions(self) -> dict[int, int]:
        with self.engine.connect() as connection:
            return store.positions(connection)

    def places(self) -> dict[int, Tail]:
        """Return the positions with their links."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT partition, seq, link FROM position"))
            return {partition: Tail(seq, link) for partition, seq, link in rows}

    def believes(self, sku: str) -> tuple[int, int]:
        with self.engine.connect() as connection:
            belief = store.beliefs(connection, [sku])[sku]
        return belief.price, belief.version


class Shop:
    """The pricing store that `app.database` points to, with its relay."""

    def __init__(self, redis_url: str) -> None:
        self.redis_url = redis_url
        self.ownership = RedisOwnership(database.engine(), redis_url)
        self.client = connect(redis_url)

    def carry(self) -> None:
        """Let the relay run once, as its process does: it asks first."""
        self.ownership.refuse(self.client)
        Relay(database.engine(), self.client).carry()

    def stock(self, *skus: str) -> None:
        with database.transaction() as session:
            install_seed_rules(session, utc_now())
            stocked(session, *(product(sku) for sku in skus), now=utc_now())

    def publish(self, sku: str, price: int) -> str:
        return self.put_out(self.approve({sku: price}))

    def approve(
        self, prices: dict[str, int], *, waves: WavePlan | None = None, effective_at: datetime | None = None
    ) -> str:
        """Propose prices that are clean: nothing but the orchestrating process stands between them and the shop."""
        lines = tuple(ProposedLine(sku, price) for sku, price in prices.items())
        with database.transaction() as session:
            submission = Submission("restored", lines, effective_at, waves=waves)
            proposal = actions.submit(session, submission, actor=SYSTEM, now=utc_now())
            actions.evaluate(session, proposal.id, now=utc_now())
        return proposal.id

    def put_out(self, proposal_id: str) -> str:
        """Do what the orchestrating process does with what is approved."""
        with database.transaction() as session:
            looked = actions.look(session, proposal_id, now=utc_now())
            actions.publish(session, proposal_id, now=utc_now(), looked=looked)
        return proposal_id

    def status(self, proposal_id: str) -> str:
        with database.reading() as session:
            return session.get_one(Proposal, proposal_id).status

    def carry_on(self, proposal_id: str) -> None:
        """Do what the orchestrating process does with what is under way, to its end."""
        more = True
        while more:
            with database.transaction() as session:
                more = actions.carry_out(session, proposal_id, now=utc_now())

    def take_back(self, proposal_id: str) -> None:
        with database.transaction() as session:
            actions.roll_back(session, proposal_id, actor=OMAR, reason="Wrong list", now=utc_now())
        self.carry_on(proposal_id)

    def price(self, sku: str) -> tuple[int, int]:
        with database.reading() as session:
            row = session.get_one(Price, sku)
            return row.amount, row.version

    def copied(self) -> Rows:
        """Return every row: a copy of the store."""
        with database.engine().connect() as connection:
            return {table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
                    for table in SQLModel.metadata.sorted_tables}  # fmt: skip

    def put_back(self, copy: Rows) -> None:
        """Put the store back as it was, whatever happened since."""
        tables = SQLModel.metadata.sorted_tables
        with database.engine().begin() as connection:
            for table in reversed(tables):
                connection.execute(table.delete())
            for table in tables:
                if copy[table.name]:
                    connection.execute(table.insert(), copy[table.name])
            if connection.dialect.name == "postgresql":
                connection.execute(text(_COUNT_ON))
        self.ownership = RedisOwnership(database.engine(), self.redis_url)  # its processes start afresh

    def restore(self, why: str = "disk failed") -> Recovered:
        """Say that the store was put back, as `baton installation restored` does, and begin a new epoch."""
        return restored.begin(self.redis_url, restored.look(self.redis_url), why=why)


def in_one_partition(count: int) -> list[str]:
    """Return SKUs that travel in one partition, so that their events have one order."""
    skus = (f"TEA-{n}" for n in range(PARTITIONS * count * 10))
    return [sku for sku in skus if partition_of(sku) == 3][:count]


TEA, OTHER = in_one_partition(2)


_COUNT_ON = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_default LIKE 'nextval%' LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, false) FROM %I',
                       found.table_name, found.column_name, found.column_name, found.table_name);
    END LOOP;
END $$
"""
