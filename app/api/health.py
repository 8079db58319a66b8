"""Is the process alive, can it work, and how is everything doing (Prometheus)."""

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import database
from app.api.access import public
from app.deliveries import queries as deliveries
from app.deliveries.queries import ContextView
from app.lifecycle import queries as lifecycle
from app.lifecycle.status import Status

router = APIRouter(tags=["health"], dependencies=[Depends(public)])


class _Baton(Collector):
    """Reads the figures from the store at each scrape, so that no process has to count for another."""

    def collect(self) -> Iterator[Metric]:
        with database.reading() as session:
            by_status = lifecycle.status_counts(session)
            contexts = deliveries.contexts(session)
            in_flight = deliveries.in_flight(session)
        proposals = GaugeMetricFamily("baton_proposals", "Proposals by status", labels=["status"])
        for status in Status:
            proposals.add_metric([status], by_status.get(status, 0))
        yield proposals
        yield GaugeMetricFamily("baton_repricings_in_flight", "Repricings that some context has not settled", in_flight)
        yield from _of_contexts(contexts)


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Answer as long as the process lives."""
    return "ok\n"


@router.get("/readyz")
def readyz() -> JSONResponse:
    """Answer 200 while the pricing store answers. Redis is not needed: approvals go on without it."""
    try:
        with database.reading() as session:
            session.connection().execute(text("SELECT n FROM pulse LIMIT 1"))
    except SQLAlchemyError:
        return JSONResponse({"ready": False, "store": "does not answer"}, status_code=503)
    return JSONResponse({"ready": True, "store": "answers"})


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
    }
    for name, (help_text, figure) in gauges.items():
        gauge = GaugeMetricFamily(f"baton_context_{name}", help_text, labels=["context"])
        for context in contexts:
            gauge.add_metric([context.name], figure(context))
        yield gauge
