"""Time and ids at the edge of the domain; everything inside takes them as arguments."""

from datetime import UTC, datetime
from hashlib import sha256

import uuid_utils


def utc_now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562): unique, and sortable by time of creation."""
    return str(uuid_utils.uuid7())


def traceparent_of(correlation_id: str) -> str:
    """Return a W3C `traceparent` whose trace id is derived from the proposal, so that one proposal is one trace."""
    trace = sha256(correlation_id.encode()).hexdigest()
    return f"00-{trace[:32]}-{trace[32:48]}-01"
