"""Where events travel: stream names, partitions, leases and the registry of contexts.

Every stream carries one entry per event: in the field `e` the event (UTF-8 JSON), in the field `l` its link. An entry's
id is `<seq>-0`, where `seq` counts 1, 2, 3 … without holes per stream and was assigned in the database transaction that
caused the event. The link is made of the link before, the sequence and the event (`link_of`), so that whoever knows the
link where they stand knows what goes on from there, and what a stranger put in its place. Braces in a key are a Redis
Cluster hash tag: all keys of one partition live together.

Before a consumer reads or writes anything, and again after its connection broke, it reads `px:installation` (see
`app.contracts.installation`) and compares it with the one that it keeps beside its positions: another identity is not
its source; a later epoch puts each position back to at most that epoch's `began_at` of the stream, with the link there.
"""

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

from pydantic import BaseModel, ConfigDict

PARTITIONS = 16
"""Number of price streams. Fixed: changing it moves SKUs between streams and would break their order."""

EVENT_FIELD = "e"
LINK_FIELD = "l"
NO_LINK = ""
"""The link before a stream's first entry; of a position, that it is from before there were links."""
LIFECYCLE_STREAM = "px:{lifecycle}:ev"
REGISTRY = "px:contexts"
"""Hash of context name -> `ContextRegistration` as JSON; a context writes its own field on every heartbeat."""
AMISS = "px:amiss"
"""Set of streams that somebody could not read on from; whoever writes such a stream compares it with its own store."""


class Tail(NamedTuple):
    """A place in a stream: the sequence there, and the link that was made of everything up to it."""

    seq: int
    link: str = NO_LINK


BEGINNING = Tail(0)


def partition_of(sku: str) -> int:
    """Return the partition (0..15) in which all events of this SKU travel, in order."""
    return crc32(sku.encode()) % PARTITIONS


def link_of(before: str, seq: int, event: bytes) -> str:
    """Return an entry's link: BLAKE2b (8 bytes, in hex) over `<link before> <seq> <event>`."""
    return blake2b(b"%s %d %s" % (before.encode(), seq, event), digest_size=8).hexdigest()


def price_stream(partition: int) -> str:
    """Return the stream of a price partition."""
    return f"px:{{p{partition:02d}}}:ev"


def said_stream(context: str) -> str:
    """Return the stream on which a context answers."""
    return f"px:{{said-{context}}}:ev"


def lease_key(context: str, partition: int) -> str:
    """Return the key that names the one worker of a context that may read a partition."""
    return f"px:{{p{partition:02d}}}:lease:{context}"


def answering_store_key(context: str) -> str:
    """Return the key under which a context's processes show where the one store lies that it answers from.

    Programs of others need not: it is how ours keep a second store from answering in the same name.
    """
    return f"px:store:{context}"


class ContextRegistration(BaseModel):
    """How a context makes itself known.

    `does` is a verb for people ("re-indexes"); `positions` is the last sequence it has settled per partition. `said` is
    the last sequence of its own answers, if these carry links; `alarm` what a person has to look at, in a sentence.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    does: str
    hears: tuple[str, ...]
    at: datetime
    positions: dict[int, int]
    workers: int
    said: int | None = None
    alarm: str = ""
