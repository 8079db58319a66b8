"""A whole Baton without the web, in a temporary directory: real Valkey, relay, tracker and contexts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from app import config, database
from app.clock import utc_now
from app.database import reading, transaction
from app.identity.actor import SYSTEM
from app.lifecycle import actions
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.table.status import Status
from app.migrations import migrate
from app.pricelist.catalog_import import CatalogRow, import_catalog
from workers.machine import valkey
from workers.machine.parent import SUPERVISED
from workers.ownership import RedisOwnership
from workers.streams.connection import connect

T = TypeVar("T")
PRICE, COST = 100_00, 60_00
CONTEXTS = ("catalog", "search", "analytics")
IMPORT_CHUNK = 10_000


class Rig:
    """The directory, the connections and the processes of one measurement."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *words: str) -> None:
        """Start one Baton process."""
        self.start_command("-".join(words), [sys.executable, "-m", "workers", *words])

    def start_command(self, name: str, command: Sequence[str]) -> None:
        """Start any process on this rig's stores."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603

    def stop(self) -> None:
        """Stop everything, Valkey last."""
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def processor_seconds(self) -> dict[str, float]:
        """Return what each process has used so far (Linux; elsewhere nothing)."""
        used: dict[str, float] = {}
        for name, process in self.processes.items():
            stat = Path(f"/proc/{process.pid}/stat")
            if stat.exists():
                fields = stat.read_text().rpartition(")")[2].split()
                used[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return used

    def client(self) -> Redis:
        """Return a connection to the rig's Valkey."""
        return connect(self.redis_url)


@contextmanager
def rig(*programs: Sequence[str]) -> Iterator[Rig]:
    """Set a rig up, start programs on it, and take it down again."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as name:
        folder = Path(name)
        server = valkey.prepare(folder)
        os.environ |= {
            "BATON_DATA_DIR": name,
            "BATON_REDIS_URL": server.url,
            "BATON_DATABASE_URL": "",
            SUPERVISED: str(os.getpid()),
        }
        for context in CONTEXTS:  # a running installation's own stores are none of ours
            os.environ.pop(f"BATON_{context.upper()}_DATABASE_URL", None)
        config.settings.cache_clear()
        database.engine.cache_clear()
        migrate(database.engine())
        built = Rig(folder, server.url)
        try:
            built.start_command("valkey", [str(server.binary), str(server.config)])
            wait_for(lambda: _answers(built.client()), "Valkey")
            RedisOwnership(database.engine(), server.url).connect().ping()  # claims it before contexts start
            for program in programs:
                built.start(*program)
            yield built
        finally:
            built.stop()
            database.engine().dispose()


def wait_for(condition: Callable[[], T | None], what: str, *, patience: float = 120, pause: float = 0.02) -> T:
    """Wait until a condition gives something and return that."""
    deadline = monotonic() + patience
    while monotonic() < deadline:
        if found := condition():
            return found
        sleep(pause)
    raise TimeoutError(f"{what} did not happen within {patience:.0f} s")


def list_products(skus: Sequence[str]) -> None:
    """List products in the pricing store, under the seed rules."""
    with transaction() as session:
        policy.install_seed_rules(session, utc_now())
    for start in range(0, len(skus), IMPORT_CHUNK):
        rows = [
            CatalogRow(sku, f"Product {sku}", f"Category {n % 20}", "All", "Bench", "INR", COST, PRICE, None)
            for n, sku in enumerate(skus[start : start + IMPORT_CHUNK])
        ]
        with transaction() as session:
            import_catalog(session, rows, now=utc_now())


def approve(skus: Sequence[str], price: int) -> str:
    """Propose one price for all SKUs and let the rules approve it; it stays to be published."""
    with transaction() as session:
        submission = Submission("bench", tuple(ProposedLine(sku, price) for sku in skus))
        proposal = actions.submit(session, submission, actor=SYSTEM, now=utc_now())
        actions.evaluate(session, proposal.id, now=utc_now())
        if proposal.status != Status.APPROVED:
            raise RuntimeError(f"the bench proposal is {proposal.status}")
        return proposal.id


def publish(proposal_id: str) -> None:
    """Let everything out, in the steps that the orchestrating process would take (a rig has none)."""
    with reading() as session:
        looked = actions.look(session, proposal_id, now=utc_now())
    with transaction() as session:
        actions.publish(session, proposal_id, now=utc_now(), looked=looked)
    while _carry_out(proposal_id):
        pass


def _carry_out(proposal_id: str) -> bool:
    with transaction() as session:
        return actions.carry_out(session, proposal_id, now=utc_now())


def settled_everywhere(client: Redis, contexts: Sequence[str]) -> bool:
    """Whether every context has registered and settled everything that was announced."""
    from workers.orchestration.health import Observatory

    with reading() as session:
        seen = Observatory(client).look(session, {}, utc_now())
    return all(name in seen and seen[name].state == "caught-up" for name in contexts)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
