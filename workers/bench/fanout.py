"""How many prices a second reach every context, from the commit that publishes them to the last acknowledgement."""

from collections.abc import Sequence
from time import monotonic
from typing import TypedDict

from sqlalchemy import text
from sqlmodel import col, func, select

from app.contracts.events import PricesApplied, parse
from app.database import open_engine, reading
from app.deliveries.records import Lane
from app.pricelist.records import Price
from workers.bench.naive import NaiveResult, one_job_per_price
from workers.bench.rig import CONTEXTS, PRICE, Rig, approve, list_products, publish, rig, settled_everywhere, wait_for

NAIVE_SKUS = 300


class Fanout(TypedDict):
    """What one run measured. Deliveries are SKUs times contexts."""

    skus: int
    contexts: int
    deliveries: int
    publish_transaction_s: float
    commit_to_last_ack_s: float
    applied_deliveries_per_s: int
    applied_deliveries_per_s_with_transaction: int
    order_violations: int
    stale: int
    ordinary_deliveries_per_s: int
    ordinary_sample: int
    ratio: float
    processor_s: float


def measure(*, skus: int = 50_000, contexts: int = 2) -> Fanout:
    """Run the measurement and print it for people; the caller prints the result as JSON."""
    if not 1 <= contexts <= len(CONTEXTS) or skus < 1:
        raise ValueError(f"1 to {len(CONTEXTS)} contexts and at least one SKU")
    names, codes = CONTEXTS[:contexts], [f"B{n:06d}" for n in range(skus)]
    with rig(["relay"], ["track"], *(["worker", name] for name in names)) as built:
        print(f"{skus:,} SKUs, contexts {', '.join(names)}: listing products ...", flush=True)
        list_products(codes)
        wait_for(lambda: settled_everywhere(built.client(), names), "settling the listings", pause=0.2)
        proposal = approve(codes, PRICE + 500)
        used = built.processor_seconds()
        transaction, spread = _timed(proposal, skus, names)
        used = {name: round(after - used[name], 2) for name, after in built.processor_seconds().items()}
        violations, stale = _judged(built, names)
        print("the ordinary way: one RQ job per SKU and context ...", flush=True)
        ordinary = one_job_per_price(built, names, min(skus, NAIVE_SKUS))
    print("processor seconds        " + "  ".join(f"{name} {seconds}" for name, seconds in used.items()))
    result = _reported(skus, names, transaction, spread, violations, stale, ordinary)
    result["processor_s"] = round(sum(used.values()), 2)
    return result


def _timed(proposal: str, skus: int, names: Sequence[str]) -> tuple[float, float]:
    began = monotonic()
    publish(proposal)
    committed = monotonic()
    wait_for(lambda: _all_acknowledged(proposal, skus, names), "the last acknowledgement", pause=0.01)
    return committed - began, monotonic() - committed


def _all_acknowledged(proposal: str, skus: int, names: Sequence[str]) -> bool:
    with reading() as session:
        done = session.exec(
            select(func.count()).select_from(Lane).where(
                col(Lane.repricing_id) == proposal, col(Lane.applied) == skus, col(Lane.context).in_(names))
        ).one()  # fmt: skip
    return done == len(names)


def _judged(built: Rig, names: Sequence[str]) -> tuple[int, int]:
    """Judge afterwards, from the stores: did versions only ever rise, and is every price the authoritative one?"""
    with reading() as session:
        true = {sku: (amount, version) for sku, amount, version in session.exec(
            select(col(Price.sku), col(Price.amount), col(Price.version)))}  # fmt: skip
    violations = stale = 0
    for name in names:
        believed, said = _as_it_stands(f"sqlite:///{built.folder}/{name}.db")
        violations += _violations(said)
        stale += sum(1 for sku, price in true.items() if believed.get(sku) != price)
    return violations, stale


def _as_it_stands(url: str) -> tuple[dict[str, tuple[int, int]], Sequence[str]]:
    """Return what a context believes by now, and what it said on the way."""
    store = open_engine(url)
    with store.connect().execution_options(read_only=True) as connection:
        believed = {row.sku: (row.price, row.version) for row in
                    connection.execute(text("SELECT sku, price, version FROM belief"))}  # fmt: skip
        said = connection.execute(text("SELECT payload FROM said ORDER BY seq")).scalars().all()
    store.dispose()
    return believed, said


def _violations(said: Sequence[str]) -> int:
    highest: dict[str, int] = {}
    wrong = 0
    for payload in said:
        event = parse(payload)
        for item in event.applied if isinstance(event, PricesApplied) else ():
            wrong += item.version <= highest.get(item.sku, 0)
            highest[item.sku] = item.version
    return wrong


def _reported(skus: int, names: Sequence[str], transaction: float, spread: float, violations: int, stale: int,
              ordinary: NaiveResult) -> Fanout:  # fmt: skip
    deliveries = skus * len(names)
    rate = deliveries / spread
    result = Fanout(
        skus=skus, contexts=len(names), deliveries=deliveries, publish_transaction_s=round(transaction, 2),
        commit_to_last_ack_s=round(spread, 2), applied_deliveries_per_s=round(rate),
        applied_deliveries_per_s_with_transaction=round(deliveries / (spread + transaction)),
        order_violations=violations, stale=stale, ordinary_deliveries_per_s=round(ordinary["rate"]),
        ordinary_sample=ordinary["deliveries"], ratio=round(rate / ordinary["rate"], 1), processor_s=0.0)  # fmt: skip
    print(f"publishing transaction   {transaction:8.2f} s")
    print(f"commit to last ack       {spread:8.2f} s   {rate:10,.0f} applied deliveries/s (acknowledged and tracked)")
    print(f"order violations         {violations:8d}     stale prices {stale}")
    print(f"one RQ job per delivery  {ordinary['rate']:8.0f} deliveries/s on {ordinary['deliveries']:,}; "
          f"ratio {result['ratio']:,.0f} : 1", flush=True)  # fmt: skip
    return result
