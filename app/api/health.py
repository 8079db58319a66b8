"""Is the process alive, can it work, and how is everything doing (Prometheus)."""

from collections.abc import Callable, Iterator
from time import monotonic

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app import database
from app.alarms import raised, try_writing
from app.api.access import public
from app.deliveries import queries as deliveries
from app.deliveries.records import ContextState
from app.deliveries.views import ContextView
from app.lifecycle.table.status import Status
from app.lifecycle.views import queries as lifecycle

TRY_WRITING_SECONDS = 5.0

router = APIRouter(tags=["health"], dependencies=[Depends(public)])


class _Baton(Collector):
    """Reads the figures from the store at each scrape, so that no process has to count for another."""

    def collect(self) -> Iterator[Metric]:
        with database.reading() as session:
            by_status = lifecycle.status_counts(session)
            contexts = deliveries.contexts(session)
            in_flight = deliveries.in_flight(session)
            alarms = raised(session)
        proposals = GaugeMetricFamily("baton_proposals", "Proposals by status", labels=["status"])
        for status in Status:
            proposals.add_metric([status], by_status.get(status, 0))
        yield proposals
        yield GaugeMetricFamily("baton_repricings_in_flight", "Repricings that some context has not settled", in_flight)
        yield GaugeMetricFamily("baton_alarms", "Alarms that are on; /readyz says which", len(alarms))
        yield from _of_contexts(contexts)


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Answer as long as the process lives."""
    return "ok\n"


@router.get("/readyz")
def readyz() -> JSONResponse:
    """Answer 200 while the pricing store takes what is written and no alarm is on.

    Redis is not needed: approvals go on without it. An alarm says that what is decided now would not reach everybody.
    """
    try:
        with database.reading() as session:
            alarms = {alarm.name: alarm.said for alarm in raised(session)}
    except SQLAlchemyError as error:
        return _not_ready("does not answer", _first_line(error))
    try:
        _WRITABLE.look()
    except SQLAlchemyError as error:
        return _not_ready("answers, but refuses every write", _first_line(error))
    if alarms:
        return JSONResponse({"ready": False, "store": "answers", "alarms": alarms}, status_code=503)
    return JSONResponse({"ready": True, "store": "answers"})


class _Writable:
    """Tries to write, but not at every question: each try is a commit."""

    def __init__(self) -> None:
        self._at = -TRY_WRITING_SECONDS

    def look(self) -> None:
        """Raise the store's own error if it refuses; what worked a moment ago is not tried again."""
        if monotonic() - self._at >= TRY_WRITING_SECONDS:
            try_writing()
            self._at = monotonic()


_WRITABLE = _Writable()


def _not_ready(store: str, why: str) -> JSONResponse:
    return JSONResponse({"ready": False, "store": store, "why": why}, status_code=503)


def _first_line(error: SQLAlchemyError) -> str:
    return str(error).splitlines()[0][:500]


@router.get("/metrics", response_class=PlainTextResponse)
def metrics() -> Response:
    """Answer in Prometheus text format. Counts only: no SKU, no price, no name."""
    figures = CollectorRegistry()
    figures.register(_Baton())
    return Response(generate_latest(figures) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _of_contexts(contexts: list[ContextView]) -> Iterator[Metric]:
    gauges: dict[str, tuple[str, Callable[[ContextView], float]]] = {
        "lag_seconds": ("Age of the oldest unread event", lambda c: c.lag_ms / 1000),
        "behind": ("Unread events", lambda c: sum(c.behind)),
        "rate": ("Deliveries applied per second", lambda c: c.rate),
        "workers": ("Worker processes seen", lambda c: c.workers),
        "retrying": ("Deliveries waiting for another attempt", lambda c: c.retrying),
        "parked": ("Deliveries that need a person", lambda c: c.parked),
        "ahead": ("1 if it settled more than was ever announced", lambda c: c.state == ContextState.AHEAD),
    }
    for name, (help_text, figure) in gauges.items():
        gauge = GaugeMetricFamily(f"baton_context_{name}", help_text, labels=["context"])
        for context in contexts:
            gauge.add_metric([context.name], figure(context))
        yield gauge
