"""The hash of an audit entry: what it says, and the entry of its chain before it."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

GENESIS = "0" * 64
"""What the first entry of a chain follows."""


class Entry(Protocol):
    """What an entry says, and where in its chain: a row to be written, or one that was read."""

    @property
    def chain(self) -> str: ...  # noqa: D102
    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def actor_name(self) -> str: ...  # noqa: D102
    @property
    def action(self) -> str: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102
    @property
    def prev_hash(self) -> str: ...  # noqa: D102


def hash_of(entry: Entry) -> str:
    """Return `SHA-256(prev_hash + canonical JSON of the entry)`."""
    body = [
        entry.chain,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.actor_name,
        entry.action,
        entry.detail,
    ]
    return sha256((entry.prev_hash + json.dumps(body, ensure_ascii=False)).encode()).hexdigest()
