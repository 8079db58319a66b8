"""The conductor's clock: each timer once, in time, whatever dies, jumps or runs twice. On both stores."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from app.canary.evidence import GuardLimits
from app.canary.waves import Wave, WavePlan
from app.clock import new_id
from app.contracts.events import Item, PriceChangePublished, PriceParked, PricesApplied, ProposalMoved, parse
from app.database import reading, transaction
from app.deliveries import projection
from app.deliveries.records import Lane
from app.lifecycle import actions, commands
from app.lifecycle.clock import schedule, timers
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes
from app.lifecycle.records import AuditEntry, Proposal, Timer
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.outbox.records import OutboxEvent
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, product, proposing, stocked
from workers.orchestration import appointments
from workers.orchestration.scheduler import LONGEST, SHORTEST, Scheduler

MINUTE = timedelta(minutes=1)
SKUS = [f"W{n:03}" for n in range(120)]
CONTEXTS = ("catalog", "search")


class Watch:
    """A clock in a test's hand."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def watch(pricing_store: str) -> Watch:
    with transaction() as session:
        stocked(session, *(product(sku) for sku in SKUS), product("T1"), product("T2"))
        seen = [projection.Observation(name, "", "working", 1, 0, "[]", 0, "[]") for name in CONTEXTS]
        projection.observe_contexts(session, seen, now=MONDAY)
    return Watch()


def canary(**limits: int) -> str:
    plan = WavePlan(
        waves=tuple(Wave(share_bp=share, bake_seconds=600) for share in (1_000, 4_000, 10_000)),
        guards=GuardLimits(**limits),
    )
    lines = tuple(ProposedLine(sku, 105_00) for sku in SKUS)
    made = commands.submit(ASHA, Submission("By waves", lines, waves=plan), key=new_id(), now=MONDAY)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    return made.id


def dated(sku: str, after: timedelta) -> str:
    with transaction() as session:
        wish = proposing((sku, 101_00), effective_at=MONDAY + after)
        return actions.submit(session, wish, actor=ASHA, now=MONDAY).id


def events(kind: type) -> list:
    with reading() as session:
        rows = session.exec(select(OutboxEvent).order_by(col(OutboxEvent.stream), col(OutboxEvent.seq))).all()
    return [event for row in rows if isinstance(event := parse(row.payload), kind)]


def contexts_answer(
    proposal: str, at: datetime, *, names: Sequence[str] = CONTEXTS, park: int = 0, but: int = 0
) -> None:
    """Let contexts answer everything that was announced; some SKUs parked, some not answered."""
    sent = [event for event in events(PriceChangePublished) if event.correlation_id == proposal]
    with transaction() as session:
        for event in events(ProposalMoved):
            if event.correlation_id == proposal:
                projection.hear(session, event)
        for name in names:
            about = {"occurred_at": at, "correlation_id": proposal, "context": name}
            applied = tuple(Item(sku=event.sku, version=event.version) for event in sent[park : len(sent) - but])
            projection.hear(
                session,
                PricesApplied(
                    id=new_id(), of=max(e.of for e in sent), partition=0, position=1, applied=applied, **about
                ),
            )
            for event in sent[:park]:
                projection.hear(
                    session,
                    PriceParked(
                        id=new_id(), of=event.of, sku=event.sku, version=event.version, attempts=1, cause="No", **about
                    ),
                )


def work(scheduler: Scheduler) -> float:
    """Let a scheduler act until there is nothing left to do now; return how long it would sleep."""
    while (wait := scheduler.step()) == 0:
        pass
    return wait


def status(proposal: str) -> str:
    with reading() as session:
        found = session.get(Proposal, proposal)
        assert found is not None
        return found.status


def readings(proposal: str) -> str:
    with reading() as session:
        view = schedule.canary_of(session, proposal)
    assert view is not None
    return " ".join(reading.sentence for wave in view.waves for reading in wave.readings)


def test_a_timer_is_slept_up_to_and_kept_at_its_instant(watch: Watch) -> None:
    proposal = dated("T1", HOUR)
    scheduler = Scheduler(watch)
    far = work(scheduler)
    watch.at = MONDAY + HOUR - timedelta(milliseconds=300)
    near = work(scheduler)
    before = status(proposal)
    watch.at = MONDAY + HOUR
    work(scheduler)

    assert (far, near) == (LONGEST, pytest.approx(0.3))
    assert (before, status(proposal)) == (Status.APPROVED, Status.PUBLISHED)


def test_a_canary_passes_its_waves_by_itself(watch: Watch) -> None:
    proposal, scheduler = canary(), Scheduler(watch)
    told = []
    for minutes in (10, 20, 30):
        contexts_answer(proposal, watch.at + MINUTE / 6)
        watch.at = MONDAY + minutes * MINUTE
        work(scheduler)
        told.append(status(proposal))

    assert told == [Status.CANARY, Status.CANARY, Status.PUBLISHED]
    assert sorted(event.sku for event in events(PriceChangePublished)) == SKUS
    assert "It landed after 10.0 s" in readings(proposal)
    with reading() as session:
        lanes = {lane.context: (lane.expected, lane.applied) for lane in session.exec(select(Lane)).all()}
    assert lanes == dict.fromkeys(CONTEXTS, (120, 120))


def test_a_context_that_is_silent_makes_the_wave_wait_for_a_person(watch: Watch) -> None:
    proposal = canary()
    contexts_answer(proposal, watch.at, names=["catalog"])
    watch.at += 10 * MINUTE
    work(Scheduler(watch))

    assert status(proposal) == Status.HELD
    assert "search has said nothing about" in readings(proposal)


def test_a_breach_in_wave_two_takes_back_what_went_out_and_nothing_else(watch: Watch) -> None:
    proposal, scheduler = canary(), Scheduler(watch)
    contexts_answer(proposal, watch.at)
    watch.at += 10 * MINUTE
    work(scheduler)
    out = {event.sku for event in events(PriceChangePublished)}
    contexts_answer(proposal, watch.at, park=len(out))
    watch.at += 10 * MINUTE
    work(scheduler)

    assert status(proposal) == Status.ROLLING_BACK
    assert {event.sku for event in events(PriceChangePublished)} == out
    assert len(out) < len(SKUS)


def test_a_wave_waits_for_a_freeze_to_end_and_for_a_stop_to_be_lifted(watch: Watch) -> None:
    proposal, scheduler = canary(), Scheduler(watch)
    contexts_answer(proposal, watch.at)
    with transaction() as session:
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + HOUR, actor=OMAR, reason="Stocktaking", now=MONDAY)
    watch.at = MONDAY + 10 * MINUTE
    work(scheduler)
    with transaction() as session:
        frozen = session.get(Proposal, proposal).wave  # type: ignore[union-attr]
        brakes.stop(session, actor=OMAR, reason="Wrong", now=watch.at)
    watch.at = MONDAY + HOUR
    work(scheduler)
    with transaction() as session:
        stopped = session.get(Proposal, proposal).wave  # type: ignore[union-attr]
        brakes.resume(session, actor=OMAR, reason="Mended", now=watch.at)
    watch.at += MINUTE
    work(scheduler)

    with reading() as session:
        assert (frozen, stopped, session.get(Proposal, proposal).wave) == (1, 1, 2)  # type: ignore[union-attr]


def test_lifting_a_freeze_early_lets_a_waiting_wave_go_at_once(watch: Watch) -> None:
    proposal, scheduler = canary(), Scheduler(watch)
    contexts_answer(proposal, watch.at)
    with transaction() as session:
        made = brakes.freeze(session, starts=MONDAY, ends=MONDAY + 9 * HOUR, actor=OMAR, reason="Stock", now=MONDAY)
        freeze = made.id
    watch.at += 10 * MINUTE
    work(scheduler)
    with transaction() as session:
        brakes.lift(session, freeze, actor=OMAR, reason="Done early", now=watch.at)
    work(scheduler)

    with reading() as session:
        assert session.get(Proposal, proposal).wave == 2  # type: ignore[union-attr]


def test_a_person_who_rolls_back_first_leaves_a_stale_timer_without_effect(watch: Watch) -> None:
    proposal = canary()
    with transaction() as session:
        (timer,) = timers.claim(session, owner="slow", now=MONDAY + HOUR)
    acts(OMAR, proposal, Action.ROLL_BACK, comment="Wrong", key="b", now=MONDAY + MINUTE)
    with transaction() as session:
        taken = timers.take(session, timer.id or 0, MONDAY + HOUR)
        appointments.keep(session, timer, MONDAY + HOUR)

    assert taken is None
    assert status(proposal) == Status.ROLLING_BACK


def test_what_the_lifecycle_refuses_is_logged_and_the_clock_goes_on(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from app.lifecycle.errors import TransitionRefused

    def refuse(*_: object, **__: object) -> None:
        raise TransitionRefused("Somebody was faster.")

    dated("T1", MINUTE)
    monkeypatch.setattr(appointments.actions, "keep_appointment", refuse)
    watch.at += MINUTE
    wait = work(Scheduler(watch))

    assert (wait, "Somebody was faster." in caplog.text) == (LONGEST, True)


def test_a_timer_that_fails_is_set_aside_and_keeps_nobody_waiting(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = dated("T1", MINUTE), dated("T2", 2 * MINUTE)
    keep = appointments.keep

    def keep_unless_broken(session, timer, now, evidence) -> None:  # type: ignore[no-untyped-def]
        if timer.proposal_id == broken:
            raise RuntimeError("no such luck")
        keep(session, timer, now, evidence)

    monkeypatch.setattr(appointments, "keep", keep_unless_broken)
    scheduler = Scheduler(watch)
    watch.at += 2 * MINUTE
    wait = work(scheduler)
    then = status(sound)
    monkeypatch.setattr(appointments, "keep", keep)
    watch.at += timedelta(seconds=2)
    work(scheduler)

    assert (wait, then, status(broken)) == (SHORTEST, Status.PUBLISHED, Status.PUBLISHED)


def test_two_schedulers_keep_each_appointment_once(watch: Watch) -> None:
    proposals = [dated("T1", MINUTE), dated("T2", MINUTE)]
    first, second = Scheduler(watch, "a"), Scheduler(watch, "b")
    watch.at += MINUTE
    for _ in range(4):
        first.step(), second.step()

    with reading() as session:
        kept = session.exec(select(AuditEntry.chain).where(AuditEntry.action == "publish")).all()
    assert sorted(kept) == sorted(proposals)


def test_the_timers_of_a_scheduler_that_was_killed_are_not_waited_for(watch: Watch) -> None:
    import socket

    proposal = dated("T1", MINUTE)
    watch.at += MINUTE
    with transaction() as session:
        assert timers.claim(session, owner=f"clock.{socket.gethostname()}.4194399.dead", now=watch.at)
    work(Scheduler(watch))

    assert status(proposal) == Status.PUBLISHED


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(days=30)])
def test_a_clock_that_jumps_loses_nothing_and_repeats_nothing(watch: Watch, jump: timedelta) -> None:
    early, late = dated("T1", MINUTE), dated("T2", HOUR)
    scheduler = Scheduler(watch)
    watch.at += jump
    work(scheduler)
    with transaction() as session:
        timers.claim(session, owner="elsewhere.host.1.x", now=watch.at)
    watch.at = MONDAY + MINUTE
    work(scheduler)
    first = status(early)
    watch.at = MONDAY + HOUR
    work(scheduler)

    with reading() as session:
        kept = session.exec(select(AuditEntry.chain).where(AuditEntry.action == "publish")).all()
    assert (first, status(late), sorted(kept)) == (Status.PUBLISHED, Status.PUBLISHED, sorted([early, late]))


def test_a_lease_from_before_the_clock_was_put_back_holds_nobody(watch: Watch) -> None:
    proposal = dated("T1", MINUTE)
    with transaction() as session:
        assert timers.claim(session, owner="elsewhere", now=MONDAY + timedelta(days=30))
    watch.at += MINUTE
    work(Scheduler(watch))

    assert status(proposal) == Status.PUBLISHED


def test_three_weeks_of_deadlines_run_in_a_moment(watch: Watch) -> None:
    with transaction() as session:
        waiting = actions.submit(session, proposing(("T1", 150_00)), actor=ASHA, now=MONDAY).id
    scheduler = Scheduler(watch)
    for _ in range(21 * 24):
        watch.at += HOUR
        work(scheduler)

    with reading() as session:
        did = session.exec(
            select(AuditEntry.action).where(AuditEntry.chain == waiting).order_by(col(AuditEntry.seq))
        ).all()
        left = session.exec(select(Timer).where(col(Timer.done_at).is_(None), col(Timer.cancelled_at).is_(None))).all()
    assert did[-3:] == ["remind", "escalate", "expire"]
    assert (status(waiting), left) == (Status.EXPIRED, [])


def test_a_person_continues_what_was_held_and_the_last_wave_ends_it(watch: Watch) -> None:
    proposal, scheduler = canary(), Scheduler(watch)
    contexts_answer(proposal, watch.at, but=1)
    watch.at += 10 * MINUTE
    work(scheduler)
    held = status(proposal)
    acts(KIRAN, proposal, Action.CONTINUE, comment="One feed is late", key="go", now=watch.at)
    for _ in range(2):
        contexts_answer(proposal, watch.at)
        watch.at += 10 * MINUTE
        work(scheduler)

    assert (held, status(proposal)) == (Status.HELD, Status.PUBLISHED)
