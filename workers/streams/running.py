"""The process that serves one context."""

from sqlalchemy.exc import OperationalError

from app.config import settings
from workers.loop import Outage, as_soon_as, begin
from workers.rq_worker import keep_working
from workers.streams.connection import connect
from workers.streams.consumption import desk_of
from workers.streams.refusals import Elsewhere
from workers.streams.worker import StreamWorker


def run(context_name: str) -> None:
    """Serve a context until SIGTERM or SIGINT; the batch in hand is finished first."""
    begin(f"context-{context_name}")
    desk = as_soon_as(lambda: desk_of(context_name), Outage(f"{context_name}: store", OperationalError, Elsewhere))
    if desk is None:
        return
    keep_working(
        lambda connection: StreamWorker(context_name, connection),
        lambda: connect(settings().redis_url, desk.belonging.check),
        meanwhile=desk.follow_epoch,
    )
    desk.close()
