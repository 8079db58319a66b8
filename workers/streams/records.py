"""The tables that every context's own store has, whatever the context does. Instants are UTC milliseconds."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

METADATA = MetaData()

belief = Table(
    "belief",
    METADATA,
    Column("sku", Text, primary_key=True),
    Column("price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
)
"""The price side of the context's read model: the fence that no lower version passes."""

position = Table(
    "position",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("link", Text, nullable=False, server_default=""),
)
"""How far each partition is settled, and the link there: moved in the effect's transaction, by compare-and-set."""

parked = Table(
    "parked",
    METADATA,
    Column("sku", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("cause", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_parked_due", "partition", "state", "next_at"),
)
"""Events set aside, in order per SKU: the first one retries or is parked, those behind it wait."""

unreadable = Table(
    "unreadable",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True),
    Column("payload", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
)
"""Entries of ours that cannot be taken in: no event, of a newer version, or out of all bounds. Kept for a person."""

foreign_entry = Table(
    "foreign_entry",
    METADATA,
    Column("stream", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
)
"""Entries of the said stream that this context did not say."""

said = Table(
    "said",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("link", Text, nullable=False, server_default=""),
)
"""The context's own outbox: what it answers, written with the effect and carried to its said stream afterwards."""

said_sequence = Table(
    "said_sequence",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("link", Text, nullable=False, server_default=""),
)

belongs = Table(
    "belongs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("installation", Text, nullable=False),
)
"""The installation and epoch that this store's positions are counted in, as JSON: one row, none in a new store."""
