"""Large effects on real processes, killed again and again: every price out once and back once, the store never kept."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app import database
from app.clock import new_id
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.identity.actor import SYSTEM, Actor
from app.identity.roles import Role
from app.lifecycle import commands
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import effects
from app.lifecycle.records import Effect
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.outbox.records import OutboxEvent
from app.pricelist.records import Price, PriceHistory
from tests.faults.installation import Installation
from tests.faults.stories import running
from tests.waiting import wait_for

SKUS = [f"L{n:05d}" for n in range(4 * effects.LINES_PER_STEP)]
OMAR = Actor("omar", "Omar", "omar@demo.example", frozenset({Role.OPERATOR}), "person")
HELD = re.compile(r"was held for (\d+) ms \((\d+) ms of work\)")


@pytest.fixture(scope="module")
def baton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("large")) as installation:
        for start in range(0, len(SKUS), effects.LINES_PER_STEP):
            installation.stock(SKUS[start : start + effects.LINES_PER_STEP])
        yield installation


def killing(baton: Installation, proposal: str, until: frozenset[Status], seed: int) -> int:
    """Kill the orchestrating process while it carries something out, until the proposal stands so; count the kills."""
    chance, kills, after = Random(seed), 0, 0
    while not _over(proposal, until):
        step = wait_for(lambda seen=after: _moved(proposal, seen, until), "a step", pause=0.02)
        if not _over(proposal, until) and kills < 3 and (kills == 0 or chance.random() < 0.7):
            baton.kill("orchestrate")
            baton.start("orchestrate")
            kills += 1
        after = step
    return kills


def _moved(proposal: str, seen: int, until: frozenset[Status]) -> int | None:
    """How far an effect is, once it is further than what was seen, or once everything is over."""
    with database.reading() as session:
        done = session.scalar(
            select(func.coalesce(func.sum(Effect.done), 0)).where(col(Effect.proposal_id) == proposal))  # fmt: skip
    return max(int(done or 0), 1) if int(done or 0) > seen or _over(proposal, until) else None


def _over(proposal: str, until: frozenset[Status]) -> bool:
    with database.reading() as session:
        found = queries.summary(session, proposal)
    return found.status in until and found.under_way is None


def announced(kind: type) -> int:
    with database.reading() as session:
        named = kind.model_fields["type"].default
        return session.scalar(
            select(func.count(col(OutboxEvent.event_id))).where(col(OutboxEvent.type) == named)) or 0  # fmt: skip


def prices() -> dict[int, int]:
    with database.reading() as session:
        rows = session.execute(select(col(Price.amount), func.count()).group_by(col(Price.amount)))
        return dict(iter(rows))


def test_prices_go_out_once_and_come_back_once_however_often_the_process_dies(baton: Installation) -> None:
    lines = tuple(ProposedLine(sku, 101_00) for sku in SKUS)
    made = commands.submit(SYSTEM, Submission("Large", lines), key=new_id())

    killed_going_out = killing(baton, made.id, frozenset({Status.PUBLISHED}), seed=1)
    out = (announced(PriceChangePublished), prices())

    with database.reading() as session:
        seen = queries.summary(session, made.id)
    asked = monotonic()
    answer = commands.act(OMAR, made.id, Action.ROLL_BACK, comment="Wrong", seen=seen.seen_hash, key=new_id())
    answered = monotonic() - asked
    killed_coming_back = killing(baton, made.id, frozenset({Status.ROLLING_BACK, Status.ROLLED_BACK}), seed=2)
    baton.wait_for_status(made.id, Status.ROLLED_BACK)

    assert out == (len(SKUS), {101_00: len(SKUS)})
    assert (announced(PriceChangeRolledBack), prices()) == (len(SKUS), {100_00: len(SKUS)})
    with database.reading() as session:
        versions = session.execute(
            select(func.count()).select_from(PriceHistory).group_by(col(PriceHistory.sku))).scalars()  # fmt: skip
        assert set(versions) == {3}, "listed, published, taken back: each exactly once"
    assert killed_going_out >= 1
    assert killed_coming_back >= 1
    assert answer.status is Status.ROLLING_BACK
    assert answered < 5, "the person who asks is not kept waiting for thousands of prices"
    baton.assert_in_order_and_true(SKUS[:200])


def test_nobody_kept_the_pricing_store_for_longer_than_promised(baton: Installation) -> None:
    """By the work done meanwhile: how long a busy machine lets a process wait is not the product's to promise."""
    log = (Path(baton.folder) / "processes.log").read_text(errors="replace")

    too_long = [found.group(0) for found in HELD.finditer(log) if int(found.group(2)) > database.HELD_MS]

    assert too_long == []
