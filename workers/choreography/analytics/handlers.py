"""What analytics does with what it hears."""

from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import Connection

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from app.words.percent import change_bp
from workers.choreography.analytics import records
from workers.choreography.analytics.records import CountedChange
from workers.streams import Heard

UNKNOWN = "(unknown)"


def note_categories(connection: Connection, heard: Sequence[Heard]) -> None:
    """Remember which category a SKU belongs to."""
    records.note_categories(connection, {h.sku: h.event.category for h in heard if isinstance(h.event, ProductListed)})


def count_changes(connection: Connection, heard: Sequence[Heard]) -> None:
    """Count price changes on the day they were published."""
    published = [h.event for h in heard if isinstance(h.event, PriceChangePublished)]
    categories = records.categories_of(connection, [event.sku for event in published])
    records.count(connection, [_change(event, categories.get(event.sku, UNKNOWN)) for event in published])


def take_out_again(connection: Connection, heard: Sequence[Heard]) -> None:
    """Take changes that were rolled back out of the count, if they are in it."""
    undone = {h.sku: h.event.undoes for h in heard if isinstance(h.event, PriceChangeRolledBack) and h.takes_back_ours}
    records.take_out(connection, undone)


def _change(event: PriceChangePublished, category: str) -> CountedChange:
    day = event.occurred_at.astimezone(UTC).date().isoformat()
    return CountedChange(event.sku, event.version, category, day, change_bp(event.old, event.new))
