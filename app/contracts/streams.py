"""Where events travel: stream names, partitions, leases and the registry of contexts.

Every stream carries one entry per event, in the single field `e` (UTF-8 JSON). An entry's id is `<seq>-0`, where `seq`
counts 1, 2, 3 … without holes per stream and was assigned in the database transaction that caused the event. Braces in
a key are a Redis Cluster hash tag: all keys of one partition live together.

Before a consumer reads or writes anything, and again after its connection broke, it reads `px:installation` (see
`app.contracts.installation`) and compares it with the one that it keeps beside its positions: another identity is not
its source; a later epoch puts each position back to at most that epoch's `began_at` of the stream.
"""

from datetime import datetime
from zlib import crc32

from pydantic import BaseModel, ConfigDict

PARTITIONS = 16
"""Number of price streams. Fixed: changing it moves SKUs between streams and would break their order."""

EVENT_FIELD = "e"
LIFECYCLE_STREAM = "px:{lifecycle}:ev"
REGISTRY = "px:contexts"
"""Hash of context name -> `ContextRegistration` as JSON; a context writes its own field on every heartbeat."""


def partition_of(sku: str) -> int:
    """Return the partition (0..15) in which all events of this SKU travel, in order."""
    return crc32(sku.encode()) % PARTITIONS


def price_stream(partition: int) -> str:
    """Return the stream of a price partition."""
    return f"px:{{p{partition:02d}}}:ev"


def said_stream(context: str) -> str:
    """Return the stream on which a context answers."""
    return f"px:{{said-{context}}}:ev"


def lease_key(context: str, partition: int) -> str:
    """Return the key that names the one worker of a context that may read a partition."""
    return f"px:{{p{partition:02d}}}:lease:{context}"


class ContextRegistration(BaseModel):
    """How a context makes itself known.

    `does` is a verb for people ("re-indexes"); `positions` is the last sequence it has settled per partition.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    does: str
    hears: tuple[str, ...]
    at: datetime
    positions: dict[int, int]
    workers: int
