"""A whole Baton but for the web: real processes on a private Valkey and SQLite stores, to break and to watch."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select

from app import contexts, database
from app.clock import utc_now
from app.contexts import discovery
from app.contracts.events import PricesApplied, parse
from app.deliveries.records import Lane
from app.identity.actor import SYSTEM
from app.lifecycle import actions
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.records import Proposal
from app.lifecycle.table.status import Status
from app.pricelist.records import Price
from tests.builders import product, stocked
from tests.redis_server import RedisServer
from tests.waiting import PATIENCE, wait_for

CONTEXTS = ("catalog", "search")


class Installation:
    def __init__(self, folder: Path, valkey: RedisServer) -> None:
        self.folder = folder
        self.valkey = valkey
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *words: str, name: str = "") -> None:
        with (self.folder / "processes.log").open("ab") as log:
            self.running[name or "-".join(words)] = subprocess.Popen(
                [sys.executable, "-m", "workers", *words], stdout=log, stderr=log)  # fmt: skip

    def start_all(self) -> None:
        for words in (["relay"], ["track"], ["orchestrate"], *(["worker", name] for name in CONTEXTS)):
            self.start(*words)

    def kill(self, name: str) -> None:
        """As -9 does."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            assert process.wait(PATIENCE) == 0

    def stock(self, skus: Sequence[str]) -> None:
        with database.transaction() as session:
            stocked(session, *(product(sku) for sku in skus), now=utc_now())
        wait_for(lambda: all(self.settled(name) >= len(skus) for name in CONTEXTS), "settling the listings")

    def publish(self, skus: Sequence[str], price: int) -> str:
        """Propose, and let the orchestrating process publish what the rules pass."""
        with database.transaction() as session:
            proposal = actions.submit(session, submission(skus, price), actor=SYSTEM, now=utc_now())
            return actions.evaluate(session, proposal.id, now=utc_now()).id

    def publish_here(self, skus: Sequence[str], price: int) -> str:
        """The same, without waiting for another process: the announcement is committed on return."""
        proposal = self.publish(skus, price)
        with database.transaction() as session:
            looked = actions.look(session, proposal, now=utc_now())
            return actions.publish(session, proposal, now=utc_now(), looked=looked).id

    def settled(self, name: str) -> int:
        """How many events a context has settled."""
        if not discovery.has_store(name):
            return 0
        try:
            with discovery.store_of(name).connect().execution_options(read_only=True) as connection:
                return int(connection.execute(text("SELECT coalesce(sum(seq), 0) FROM position")).scalar_one())
        except DatabaseError:
            return 0  # no tables yet

    def lanes(self, proposal: str) -> dict[str, Lane]:
        with database.reading() as session:
            return {lane.context: lane for lane in
                    session.exec(select(Lane).where(col(Lane.repricing_id) == proposal))}  # fmt: skip

    def status(self, proposal: str) -> str:
        with database.reading() as session:
            found = session.get(Proposal, proposal)
            assert found is not None
            return found.status

    def wait_for_status(self, proposal: str, status: Status) -> None:
        wait_for(lambda: self.status(proposal) == status, f"{status}")

    def wait_until_applied(self, proposal: str, number: int) -> None:
        wait_for(lambda: [self.lanes(proposal)[name].applied for name in CONTEXTS if name in self.lanes(proposal)]
                 == [number] * len(CONTEXTS), "applying everywhere", pause=0.1)  # fmt: skip

    def assert_in_order_and_true(self, skus: Sequence[str]) -> None:
        """Every context believes the authoritative prices, and applied each version once and upwards."""
        with database.reading() as session:
            true = {sku: (amount, version) for sku, amount, version in
                    session.exec(select(col(Price.sku), col(Price.amount), col(Price.version)))}  # fmt: skip
        for name in CONTEXTS:
            believed = contexts.beliefs(name, skus)
            assert {sku: (b.price, b.version) for sku, b in believed.items()} == {sku: true[sku] for sku in skus}
            assert _violations(name) == []


def submission(skus: Sequence[str], price: int) -> Submission:
    return Submission("faults", tuple(ProposedLine(sku, price) for sku in skus))


def tell_processes(folder: Path, valkey: RedisServer) -> dict[str, str]:
    return {"BATON_DATA_DIR": str(folder), "BATON_REDIS_URL": valkey.url, "BATON_DATABASE_URL": "",
            "BATON_SUPERVISOR": str(os.getpid())}  # fmt: skip


def _violations(name: str) -> list[tuple[str, int]]:
    with discovery.store_of(name).connect().execution_options(read_only=True) as connection:
        payloads = connection.execute(text("SELECT payload FROM said ORDER BY seq")).scalars().all()
    highest: dict[str, int] = {}
    wrong = []
    for event in map(parse, payloads):
        for item in event.applied if isinstance(event, PricesApplied) else ():
            if item.version <= highest.get(item.sku, 0):
                wrong.append((item.sku, item.version))
            highest[item.sku] = item.version
    return wrong
