"""How late the conductor's clock is with 100,000 open timers, and what it costs while none of them is due."""

import os
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import TypedDict

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlmodel import col

from app.canary.waves import suggest
from app.clock import new_id, utc_now
from app.database import reading, transaction
from app.identity.actor import SYSTEM
from app.lifecycle import actions
from app.lifecycle.clock.timers import Kind
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.records import Proposal, Timer
from app.lifecycle.table.status import Status
from workers.bench.rig import PRICE, Rig, list_products, rig, wait_for

SOFT_PRICE = 120_00
CHUNK = 20_000
LEAD = timedelta(seconds=6)
TICKS = os.sysconf("SC_CLK_TCK")


class Lateness(TypedDict):
    """From a timer's instant to the moment that its effect was committed as of."""

    median: int
    p99: int
    largest: int


class Measured(TypedDict):
    """Of one orchestrating process on one store."""

    open_timers: int
    idle_cpu_percent_of_a_core: float
    due: int
    due_per_second: int
    acted_on: int
    late_ms: Lateness
    late_ms_while_a_large_proposal_is_judged: Lateness
    judged_lines: int
    submitting_seconds: float
    judging_seconds: float


def measure(*, timers: int = 100_000, due: int = 1_000, seconds: int = 20, lines: int = 27_555) -> Measured:
    """Open so many timers, idle, let some ring at random instants, and again while a large proposal is judged."""
    with rig(["relay"]) as built:
        list_products([f"B{n:06d}" for n in range(max(lines, due * 2))])
        proposals = _waiting(due * 2)
        _open(timers - 2 * due)
        built.start("orchestrate")
        sleep(8)
        idle = _idle(built, seconds)
        quiet = _kept(proposals[:due], _arm(proposals[:due], seconds))
        last = _arm(proposals[due:], seconds)
        sleep(LEAD.total_seconds())
        submitting, judging = _judge(lines)
        busy = _kept(proposals[due:], last)
    return Measured(
        open_timers=timers,
        idle_cpu_percent_of_a_core=idle,
        due=due,
        due_per_second=due // seconds,
        acted_on=len(quiet) + len(busy),
        late_ms=_distribution(quiet),
        late_ms_while_a_large_proposal_is_judged=_distribution(busy),
        judged_lines=lines,
        submitting_seconds=submitting,
        judging_seconds=judging,
    )


def _waiting(number: int) -> list[str]:
    """Make proposals that wait for approval, one line each, and take their own deadlines away."""
    made: list[str] = []
    for start in range(0, number, 200):
        with transaction() as session:
            for n in range(start, min(start + 200, number)):
                wish = Submission("bench", (ProposedLine(f"B{n:06d}", SOFT_PRICE),))
                proposal = actions.submit(session, wish, actor=SYSTEM, now=utc_now())
                if proposal.status != Status.PENDING_APPROVAL:
                    raise RuntimeError(f"the bench proposal is {proposal.status}")
                made.append(proposal.id)
    with transaction() as session:
        session.connection().execute(delete(Timer))
    return made


def _open(number: int) -> None:
    """Open timers for hours to come."""
    far, chance = utc_now() + timedelta(hours=2), random.Random(1)  # noqa: S311
    for start in range(0, number, CHUNK):
        rows = [
            {"proposal_id": new_id(), "kind": Kind.REMIND, "version": 1, "due_at": far + _up_to(chance, 86_400)}
            for _ in range(min(CHUNK, number - start))
        ]
        with transaction() as session:
            session.connection().execute(insert(Timer), rows)


def _idle(built: Rig, seconds: int) -> float:
    process = built.processes["orchestrate"].pid
    before = _ticks(process)
    sleep(seconds)
    return round(100 * (_ticks(process) - before) / TICKS / seconds, 2)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _arm(proposals: Sequence[str], seconds: int) -> datetime:
    """Arm one reminder per proposal at random instants of a span; return the last instant."""
    chance, first = random.Random(2), utc_now() + LEAD  # noqa: S311
    instants = [first + _up_to(chance, seconds) for _ in proposals]
    rows = [
        {"proposal_id": proposal, "kind": Kind.REMIND, "version": 1, "due_at": at}
        for proposal, at in zip(proposals, instants, strict=True)
    ]
    with transaction() as session:
        session.connection().execute(insert(Timer), rows)
    return max(instants)


def _judge(lines: int) -> tuple[float, float]:
    """Submit a large proposal and wait until it is judged by the orchestrating process; return how long each took."""
    wish = Submission("bench", tuple(ProposedLine(f"B{n:06d}", PRICE + 100) for n in range(lines)), waves=_PLAN)
    began = monotonic()
    with transaction() as session:
        proposal = actions.submit(session, wish, actor=SYSTEM, now=utc_now()).id
    submitted = monotonic()
    wait_for(lambda: _status(proposal) != Status.EVALUATING, "judging", pause=0.1)
    return round(submitted - began, 1), round(monotonic() - submitted, 1)


def _status(proposal: str) -> str:
    with reading() as session:
        return session.scalars(select(col(Proposal.status)).where(col(Proposal.id) == proposal)).one()


_PLAN = suggest(27_555, 0, 0)


def _up_to(chance: random.Random, seconds: int) -> timedelta:
    return timedelta(milliseconds=chance.randrange(seconds * 1_000))


def _kept(proposals: Sequence[str], last: datetime) -> list[float]:
    """Wait until every one of these timers was kept; return how many milliseconds each was late."""
    while utc_now() < last:
        sleep(0.5)
    wait_for(lambda: _open_among(proposals) == 0, "keeping every appointment", pause=0.5)
    with reading() as session:
        rows = [row for part in _parts(proposals) for row in session.execute(_INSTANTS.where(_among(part)))]
    return [(done - due).total_seconds() * 1_000 for due, done in rows]


_INSTANTS = select(col(Timer.due_at), col(Timer.done_at)).where(col(Timer.done_at).is_not(None))


def _among(proposals: Sequence[str]) -> ColumnElement[bool]:
    return col(Timer.proposal_id).in_(proposals)


def _parts(proposals: Sequence[str]) -> Iterator[Sequence[str]]:
    return (proposals[start : start + 5_000] for start in range(0, len(proposals), 5_000))


def _open_among(proposals: Sequence[str]) -> int:
    count = select(func.count()).select_from(Timer).where(col(Timer.done_at).is_(None))
    with reading() as session:
        return sum(session.scalar(count.where(_among(part))) or 0 for part in _parts(proposals))


def _distribution(late: Sequence[float]) -> Lateness:
    ordered = sorted(late)
    return Lateness(
        median=round(ordered[len(ordered) // 2]),
        p99=round(ordered[len(ordered) * 99 // 100]),
        largest=round(ordered[-1]),
    )
