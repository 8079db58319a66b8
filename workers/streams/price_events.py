"""What an entry of a price stream says to a consumer: an event it hears, the outline of a later one, or nothing."""

import json
import logging

from pydantic import ValidationError

from app.contracts.events import PRICE_EVENTS, Outline, PriceEvent, name_of, parse
from app.contracts.streams import partition_of
from workers.streams.consumer import Consumer
from workers.streams.entries import StreamEntry

log = logging.getLogger("baton.streams")

_KNOWN = {str(kind.model_fields["type"].default) for kind in PRICE_EVENTS}
_NAMES = {name_of(kind) for kind in _KNOWN}


class UnreadableEntry(Exception):
    """An entry that is no event, or that this consumer should hear and does not even see the outline of."""


def price_event(consumer: Consumer, partition: int, entry: StreamEntry) -> PriceEvent | Outline | None:
    """Return what an entry says, or None if it is nothing that this consumer hears. Raises `UnreadableEntry`."""
    try:
        event = parse(entry.payload)
    except ValidationError as error:
        return _outline(consumer, partition, entry, error)
    return event if isinstance(event, PRICE_EVENTS) and type(event) in consumer.on else None


def _outline(consumer: Consumer, partition: int, entry: StreamEntry, error: ValidationError) -> Outline | None:
    """Read what can be read of a later version of an event that this consumer hears."""
    kind = _kind_of(entry.payload)
    if kind is None or kind in _KNOWN:
        raise UnreadableEntry(str(error)) from error
    if name_of(kind) not in _NAMES or name_of(kind) not in map(name_of, consumer.hears()):
        return None  # of another name: not for this consumer, and no reason to worry
    try:
        outline = Outline.model_validate_json(entry.payload)
    except ValidationError:
        log.debug("entry %s shows not even its outline", entry.id)
        raise UnreadableEntry(f"{kind} is not known here") from error
    if partition_of(outline.sku) != partition:
        raise UnreadableEntry(f"{kind} is not known here") from error
    return outline


def _kind_of(payload: bytes) -> str | None:
    """Return the type that an event says it is of, if it says so at all."""
    try:
        kind = json.loads(payload)["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return kind if isinstance(kind, str) else None
