"""Stories of canaries on a running installation, large or small: the tests and the measuring scripts share them."""

import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep

from sqlmodel import col, func, select

from app import database
from app.canary.evidence import Direction, GuardLimits, Measure, MeasureLimit
from app.clock import utc_now
from app.lifecycle.publishing import measures
from app.lifecycle.records import CanaryWave, Timer
from app.lifecycle.table.status import Status
from app.migrations import migrate
from tests.faults.canaries import STEERER, checked, continue_if_held, plan, propose, standing
from tests.faults.installation import Installation, tell_processes
from tests.redis_server import RedisServer
from tests.stores import forget
from tests.waiting import wait_for

TENTHS = tuple(range(1_000, 10_001, 1_000))
CONVERSION = MeasureLimit(
    name="conversion", direction=Direction.AT_LEAST, tolerance_bp=300, min_sample=100, required=False
)


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Run everything but the web in a folder of its own."""
    valkey = RedisServer(folder)
    kept = dict(os.environ)
    os.environ |= tell_processes(folder, valkey)
    forget()
    migrate(database.engine())
    valkey.start()
    installation = Installation(folder, valkey)
    try:
        installation.start_all()
        yield installation
        installation.stop_all()
    finally:
        for process in installation.running.values():
            process.kill()
        database.engine().dispose()
        valkey.kill()
        os.environ.clear()
        os.environ.update(kept)
        forget()


def breach_in_wave_two(
    baton: Installation, skus: Sequence[str], price: int, *, bake_seconds: int = 3, patience: float = 120
) -> dict[str, object]:
    """Let wave 1 pass, post a bad measure on wave 2, wait for the way back; return what the checker found."""
    before = baton.folder / "before.json"
    before.write_text(json.dumps(checked(baton.folder, "-", "snapshot")))
    waves = plan((500, 2_500, 10_000), bake_seconds, GuardLimits(landing_floor_ms=60_000, measures=(CONVERSION,)))
    proposal, reference = propose(skus, price, waves)
    _until(lambda: standing(proposal)[1] == 2, proposal, patience)
    _post_bad_conversion(proposal)
    _until(lambda: standing(proposal)[0] == Status.ROLLED_BACK, proposal, patience)
    wait_for(lambda: not checked(baton.folder, reference, "rolled-back")["number_of_faults"], "settling", pause=0.5,
             patience=20)  # fmt: skip
    return checked(baton.folder, reference, "rolled-back", "--waves", "1,2", "--before", str(before))


@dataclass
class Toll:
    """What became of the waves while the orchestrating process was killed again and again."""

    kills: int = 0
    with_a_timer_in_hand: int = 0
    waves: int = 0
    canaries: int = 0
    continued_by_a_person: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)


def kill_during_waves(
    baton: Installation, rounds: Iterator[int], skus: Sequence[str], *, kills: int, at_once: int = 4, seed: int = 1
) -> Toll:
    """Kill -9 the orchestrating process at random moments while canaries go out; check every canary afterwards."""
    chance, toll, began = random.Random(seed), Toll(), monotonic()
    while toll.kills < kills:
        price = next(rounds)
        canaries = [propose(skus[n::at_once], price, plan(TENTHS, 1)) for n in range(at_once)]
        while any(standing(proposal)[0] != Status.PUBLISHED for proposal, _ in canaries):
            if toll.kills < kills:
                _kill_once(baton, chance, toll)
            else:
                sleep(0.2)
            toll.continued_by_a_person += sum(continue_if_held(proposal) for proposal, _ in canaries)
        for number, (proposal, reference) in enumerate(canaries):
            baton.wait_until_applied(proposal, len(skus[number::at_once]))
            found = checked(baton.folder, reference, "published")
            toll.waves += len(found["waves_out"])  # type: ignore[arg-type]
            toll.faults += found["faults"]  # type: ignore[operator]
            toll.canaries += 1
    toll.seconds = round(monotonic() - began, 1)
    return toll


def _kill_once(baton: Installation, chance: random.Random, toll: Toll) -> None:
    """Half of the kills come right after a wave went out or was judged, where the next may be under way."""
    before, patience = _progress(), monotonic() + 6
    if chance.random() < 0.5:
        while _progress() == before and monotonic() < patience:
            sleep(0.01)
        sleep(chance.uniform(0, 0.03))
    else:
        sleep(chance.uniform(0, 2.5))
    baton.kill("orchestrate")
    toll.kills += 1
    with database.reading() as session:
        in_hand = select(func.count()).where(col(Timer.done_at).is_(None), col(Timer.cancelled_at).is_(None),
                                             col(Timer.lease_owner).is_not(None))  # fmt: skip
        toll.with_a_timer_in_hand += bool(session.exec(in_hand).one())
    baton.start("orchestrate")


def _progress() -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).where(col(CanaryWave.published_at).is_not(None))).one()


def _post_bad_conversion(proposal: str) -> None:
    now = utc_now()
    bad = Measure(name="conversion", treated=Decimal("0.020"), control=Decimal("0.030"), sample=5_000, at=now)
    with database.transaction() as session:
        measures.post(session, proposal, bad, None, actor=STEERER, now=now)


def _until(condition: Callable[[], bool], proposal: str, patience: float) -> None:
    def reached() -> bool:
        continue_if_held(proposal)
        return condition()

    wait_for(reached, f"getting on from {standing(proposal)}", patience=patience, pause=0.05)
