"""The process that serves one context."""

from sqlalchemy.exc import OperationalError

from app import logs
from app.config import settings
from app.store_file import end_when_replaced
from workers.loop import STOPPING, stop_on_signals
from workers.rq_worker import Trouble, keep_working
from workers.streams.desk import Desk, desk_of
from workers.streams.refusals import Elsewhere
from workers.streams.worker import StreamWorker


def run(context_name: str) -> None:
    """Serve a context until SIGTERM or SIGINT; the batch in hand is finished first."""
    logs.begin(f"context-{context_name}")
    stop_on_signals()
    end_when_replaced()
    desk = _opened(context_name)
    if desk is None:
        return
    keep_working(
        lambda connection: StreamWorker(context_name, connection),
        settings().redis_url,
        check=desk.belonging.check,
        meanwhile=desk.follow_epoch,
    )
    desk.close()


def _opened(context_name: str) -> Desk | None:
    trouble = Trouble(f"{context_name}: store")
    while not STOPPING.is_set():
        try:
            return desk_of(context_name)
        except (OperationalError, Elsewhere) as error:
            trouble.met(error)
    return None
