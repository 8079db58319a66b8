"""One price at a time: from the commit that publishes it until every context has it in its own store."""

import sqlite3
from collections.abc import Sequence
from statistics import quantiles
from time import monotonic, sleep
from typing import TypedDict

from workers.bench.rig import CONTEXTS, PRICE, approve, list_products, publish, rig, settled_everywhere, wait_for

PATIENCE_SECONDS = 30
NAMES = CONTEXTS[:2]


class Latency(TypedDict):
    """Milliseconds from commit to applied in both contexts."""

    changes: int
    contexts: int
    p50_ms: float
    p95_ms: float
    max_ms: float


def measure(*, changes: int = 200) -> Latency:
    """Run the measurement and print it for people; the caller prints the result as JSON."""
    with rig(["relay"], ["track"], *(["worker", name] for name in NAMES)) as built:
        skus = [f"L{n:04d}" for n in range(changes)]
        list_products(skus)
        wait_for(lambda: settled_everywhere(built.client(), NAMES), "settling the listings", pause=0.2)
        stores = [sqlite3.connect(built.folder / f"{name}.db", isolation_level=None) for name in NAMES]
        took = [_one(sku, stores) for sku in skus]
    cuts = quantiles(took, n=100)
    result = Latency(changes=changes, contexts=len(NAMES), p50_ms=round(cuts[49], 1), p95_ms=round(cuts[94], 1),
                     max_ms=round(max(took), 1))  # fmt: skip
    print(f"{changes} single changes, commit to applied in {' and '.join(NAMES)}:")
    print(f"p50 {result['p50_ms']} ms   p95 {result['p95_ms']} ms   max {result['max_ms']} ms", flush=True)
    return result


def _one(sku: str, stores: Sequence[sqlite3.Connection]) -> float:
    proposal = approve([sku], PRICE + 500)
    publish(proposal)
    committed = monotonic()
    while not all(_applied(store, sku) for store in stores):
        if monotonic() - committed > PATIENCE_SECONDS:
            raise TimeoutError(f"{sku} was not applied within {PATIENCE_SECONDS} s")
        sleep(0.001)
    return (monotonic() - committed) * 1000


def _applied(store: sqlite3.Connection, sku: str) -> bool:
    return store.execute("SELECT 1 FROM belief WHERE sku = ? AND version = 2", (sku,)).fetchone() is not None
