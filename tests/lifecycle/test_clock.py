"""The conductor's clock: waves, dates, windows, brakes, deadlines and delegations, over days, in milliseconds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from app.canary.evidence import ContextCounts, Direction, Evidence, GuardLimits, Measure, MeasureLimit
from app.canary.waves import Wave, WavePlan
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.records import UserRole
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.audit import audit_trail
from app.lifecycle.clock import timers
from app.lifecycle.deciding import deadlines, delegations
from app.lifecycle.errors import CommentMissing, FourEyes, NotAllowed, Refused
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes, waves
from app.lifecycle.records import AuditEntry, Timer
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.pricelist.queries import prices_of
from app.timekeeping.business import BusinessCalendar
from tests.builders import (
    ASHA,
    BOTH,
    HOUR,
    KIRAN,
    MONDAY,
    NOOR,
    OMAR,
    RAVI,
    acts,
    open_shop,
    person,
    product,
    proposing,
    stocked,
)
from tests.lifecycle.test_proposals import announced, authoritative, found, submitted

LEELA = person("Leela", Role.OWNER)
DUTY = person("Duty", Role.EMERGENCY)
SKUS = [f"C{n:03}" for n in range(200)]
CONVERSION = MeasureLimit(
    name="conversion", direction=Direction.AT_LEAST, tolerance_bp=500, min_sample=100, required=True
)


def plan(*, measures: tuple[MeasureLimit, ...] = ()) -> WavePlan:
    shares = (500, 2500, 10_000)
    return WavePlan(
        waves=tuple(Wave(share_bp=share, bake_seconds=600) for share in shares), guards=GuardLimits(measures=measures)
    )


@pytest.fixture
def shop(pricing_store: str) -> None:
    open_shop(*(product(sku) for sku in SKUS), product("T1"), product("T2"))


def canary(*, measures: tuple[MeasureLimit, ...] = (), key: str = "canary") -> ProposalSummary:
    lines = tuple(ProposedLine(sku, 105_00) for sku in SKUS)
    made = commands.submit(ASHA, Submission("Tea by waves", lines, waves=plan(measures=measures)), key=key, now=MONDAY)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    return found(made)


def evidence(
    proposal: ProposalSummary, *, parked: int = 0, pending: int = 0, measures: tuple[Measure, ...] = ()
) -> Evidence:
    with reading() as session:
        out = waves.of(session, proposal.id)[found(proposal).wave - 1]
    assert out.published_at is not None
    lines = out.lines
    counts = ContextCounts(applied=lines - parked - pending, parked=parked, pending=pending)
    return Evidence(
        lines=lines,
        published_at=out.published_at,
        contexts={"catalog": counts, "search": counts},
        rollback_requests=0,
        landed_after_ms=None if pending else 900,
        estimate_ms=1000,
        measures=measures,
    )


def judge(proposal: ProposalSummary, seen: Evidence, *, after: timedelta) -> Status:
    with transaction() as session:
        actions.judge_wave(session, proposal.id, seen, now=MONDAY + after)
    return found(proposal).status


def ring(until: timedelta) -> list[str]:
    """Keep every appointment up to an instant, as the scheduler does; return what was kept."""
    kept = []
    while True:
        with transaction() as session:
            due = timers.claim(session, owner="test", now=MONDAY + until, limit=1)
        if not due:
            return kept
        with transaction() as session:
            timer = timers.take(session, due[0].id or 0, MONDAY + until)
            assert timer is not None
            actions.keep_appointment(session, timer, now=max(timer.due_at, MONDAY + until))
            kept.append(timer.kind)


def changed() -> int:
    with reading() as session:
        return sum(found.price == 105_00 for found in prices_of(session, SKUS))


@pytest.mark.usefixtures("shop")
def test_a_canary_goes_out_wave_by_wave_and_ends_published():
    proposal = canary()
    first = changed()
    statuses = [proposal.status]
    for minutes in (10, 20, 30):
        statuses.append(judge(proposal, evidence(proposal), after=timedelta(minutes=minutes)))

    assert statuses == [Status.CANARY, Status.CANARY, Status.CANARY, Status.PUBLISHED]
    assert (0 < first < 60, changed()) == (True, 200)
    events = announced(PriceChangePublished)
    assert sorted(event.line for event in events) == list(range(1, 201))
    assert {event.version for event in events} == {2}


@pytest.mark.usefixtures("shop")
def test_a_breach_in_the_second_wave_gives_back_exactly_what_went_out():
    proposal = canary()
    judge(proposal, evidence(proposal), after=timedelta(minutes=10))
    out = changed()
    seen = evidence(proposal)

    status = judge(proposal, evidence(proposal, parked=seen.lines // 2), after=timedelta(minutes=20))

    undone = announced(PriceChangeRolledBack)
    assert (status, changed(), len(undone)) == (Status.ROLLING_BACK, 0, out)
    assert len({event.sku for event in undone}) == out < 200
    assert [sku for sku in SKUS if authoritative(sku) not in ((100_00, 1), (100_00, 3))] == []


@pytest.mark.usefixtures("shop")
def test_what_is_unclear_waits_for_a_person_who_lets_it_go_on():
    proposal = canary()

    held = judge(proposal, evidence(proposal, pending=1), after=timedelta(minutes=10))
    with pytest.raises(NotAllowed):
        acts(ASHA, proposal.id, Action.CONTINUE, comment="go", key="c0", now=MONDAY + HOUR)
    with pytest.raises(CommentMissing):
        acts(KIRAN, proposal.id, Action.CONTINUE, key="c1", now=MONDAY + HOUR)
    going = acts(KIRAN, proposal.id, Action.CONTINUE, comment="One late feed", key="c2", now=MONDAY + HOUR)

    assert (held, going.status, going.wave) == (Status.HELD, Status.CANARY, 2)


@pytest.mark.usefixtures("shop")
def test_a_required_measure_that_nobody_posted_is_unclear_and_a_bad_one_is_a_breach():
    silent = canary(measures=(CONVERSION,))
    assert judge(silent, evidence(silent), after=timedelta(minutes=10)) is Status.HELD

    acts(KIRAN, silent.id, Action.CONTINUE, comment="Go", key="go", now=MONDAY + HOUR)
    bad = Measure(
        name="conversion", treated=Decimal("0.020"), control=Decimal("0.030"), sample=500, at=MONDAY + 2 * HOUR
    )
    assert judge(silent, evidence(silent, measures=(bad,)), after=3 * HOUR) is Status.ROLLING_BACK


@pytest.mark.usefixtures("shop")
def test_a_person_pauses_and_takes_back_a_canary():
    proposal = canary()

    paused = acts(OMAR, proposal.id, Action.PAUSE, comment="Look", key="p", now=MONDAY + HOUR)
    back = acts(OMAR, proposal.id, Action.ROLL_BACK, comment="Wrong", key="b", now=MONDAY + HOUR)

    assert (paused.status, back.status, changed()) == (Status.HELD, Status.ROLLING_BACK, 0)
    assert ring(10 * HOUR) == []


@pytest.mark.usefixtures("shop")
def test_judging_a_wave_twice_publishes_the_next_one_once():
    proposal = canary()
    with transaction() as session:
        (timer,) = timers.claim(session, owner="a", now=MONDAY + HOUR)
    takes = []
    for _ in range(2):
        with transaction() as session:
            takes.append(timers.take(session, timer.id or 0, MONDAY + HOUR) is not None)

    assert takes == [True, False]
    assert found(proposal).wave == 1


@pytest.mark.usefixtures("shop")
def test_two_schedulers_never_lease_the_same_appointment():
    submitted(("T1", 105_00), effective_at=MONDAY + HOUR, key="a")
    submitted(("T2", 105_00), effective_at=MONDAY + HOUR, key="b")
    with transaction() as session:
        first = [timer.id for timer in timers.claim(session, owner="a", now=MONDAY + HOUR, limit=1)]
    with transaction() as session:
        second = [timer.id for timer in timers.claim(session, owner="b", now=MONDAY + HOUR)]
    with transaction() as session:
        after_the_lease = timers.claim(session, owner="b", now=MONDAY + HOUR + timedelta(minutes=1))

    assert len(first) == len(second) == 1
    assert set(first).isdisjoint(second)
    assert len(after_the_lease) == 2


@pytest.mark.usefixtures("shop")
def test_what_was_due_while_nobody_was_there_happens_once_and_says_that_it_is_late():
    proposal = submitted(("T1", 105_00), effective_at=MONDAY + HOUR)

    kept, again = ring(9 * HOUR), ring(10 * HOUR)

    with reading() as session:
        told = [row.detail for row in session.exec(select(AuditEntry).where(AuditEntry.action == "publish")).all()]
    assert (kept, again, found(proposal).status) == (["publish"], [], Status.PUBLISHED)
    assert "Late: due 2026-11-23T10:00:00Z, published 8 h after." in told[0]


@pytest.mark.usefixtures("shop")
def test_a_dated_change_whose_baseline_moved_is_judged_on_the_price_of_its_hour():
    still_clean = submitted(("T1", 105_00), effective_at=MONDAY + 5 * HOUR, key="clean")
    by_now_steep = submitted(("T2", 112_00), effective_at=MONDAY + 5 * HOUR, key="steep")
    for sku, price in (("T1", 103_00), ("T2", 95_00)):
        early = submitted((sku, price), key=f"early {sku}")
        with transaction() as session:
            actions.publish(session, early.id, now=MONDAY + HOUR)

    ring(5 * HOUR)

    assert (found(still_clean).status, authoritative("T1")) == (Status.PUBLISHED, (105_00, 3))
    assert (found(by_now_steep).status, authoritative("T2")) == (Status.PENDING_APPROVAL, (95_00, 2))


@pytest.mark.usefixtures("shop")
def test_a_price_window_returns_by_itself_as_a_linked_proposal():
    made = commands.submit(
        ASHA,
        Submission("Weekend", (ProposedLine("T1", 90_00),), effective_at=MONDAY + HOUR, ends_at=MONDAY + 50 * HOUR),
        key="w",
        now=MONDAY,
    )
    ring(HOUR)
    inside = authoritative("T1")

    ring(50 * HOUR)

    with reading() as session:
        back = queries.proposals(session).items[0]
    assert (inside[0], authoritative("T1")) == (90_00, (100_00, 3))
    assert (back.returns, back.status) == (made.reference, Status.PUBLISHED)


@pytest.mark.usefixtures("shop")
def test_rolling_a_window_back_calls_its_end_off():
    made = commands.submit(
        ASHA, Submission("Weekend", (ProposedLine("T1", 90_00),), ends_at=MONDAY + 50 * HOUR), key="w", now=MONDAY
    )
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
        actions.roll_back(session, made.id, actor=OMAR, reason="Wrong", now=MONDAY + HOUR)

    ring(60 * HOUR)

    with reading() as session:
        assert queries.proposals(session).items[0].status is Status.WITHDRAWN
    assert authoritative("T1") == (100_00, 3)


@pytest.mark.usefixtures("shop")
def test_nothing_publishes_in_a_freeze_and_it_goes_out_when_the_freeze_ends():
    with transaction() as session:
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + 10 * HOUR, actor=OMAR, reason="Stocktaking", now=MONDAY)
    proposal = submitted(("T1", 105_00))
    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY + HOUR)
    frozen = found(proposal).status

    ring(10 * HOUR)

    assert (frozen, found(proposal).status) == (Status.APPROVED, Status.PUBLISHED)


@pytest.mark.usefixtures("shop")
def test_the_kill_switch_stops_publishing_until_somebody_resumes_it():
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong tax table", now=MONDAY)
    proposal = submitted(("T1", 105_00))
    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY + HOUR)
    stopped = found(proposal).status
    with pytest.raises(NotAllowed), transaction() as session:
        brakes.resume(session, actor=ASHA, reason="please", now=MONDAY + HOUR)
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Mended", now=MONDAY + 2 * HOUR)
        actions.publish(session, proposal.id, now=MONDAY + 2 * HOUR)

    assert (stopped, found(proposal).status) == (Status.APPROVED, Status.PUBLISHED)
    with reading() as session:
        assert audit_trail.verify(session).problem == ""


@pytest.mark.usefixtures("shop")
def test_an_emergency_needs_its_own_role_and_a_reason_and_passes_a_freeze():
    with transaction() as session:
        stocked(session)
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + 10 * HOUR, actor=OMAR, reason="Stocktaking", now=MONDAY)
    proposal = submitted(("T1", 120_00))

    with pytest.raises(NotAllowed):
        acts(KIRAN, proposal.id, Action.EXPEDITE, comment="now", key="e1", now=MONDAY + HOUR)
    with pytest.raises(CommentMissing):
        acts(DUTY, proposal.id, Action.EXPEDITE, key="e2", now=MONDAY + HOUR)
    done = acts(DUTY, proposal.id, Action.EXPEDITE, comment="Recall", key="e3", now=MONDAY + HOUR)

    assert (done.status, authoritative("T1")) == (Status.PUBLISHED, (120_00, 2))


@pytest.mark.usefixtures("shop")
def test_a_waiting_proposal_is_reminded_escalated_and_expires():
    proposal = submitted(("T1", 120_00))
    with pytest.raises(NotAllowed):
        commands.act(LEELA, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="l1", now=MONDAY)
    steps = [ring(12 * HOUR), ring(24 * HOUR)]
    level = found(proposal).level
    steps.append(ring(48 * HOUR))

    assert steps == [["remind"], ["escalate"], ["expire"]]
    assert (level, found(proposal).status) == (2, Status.EXPIRED)


@pytest.mark.usefixtures("shop")
def test_an_escalated_proposal_may_be_decided_by_the_next_level():
    proposal = submitted(("T1", 120_00))
    ring(24 * HOUR)

    done = commands.act(LEELA, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="l", now=MONDAY + 25 * HOUR)

    assert done.status is Status.APPROVED
    assert ring(60 * HOUR) == []


def lend(lender: Actor, borrower: Actor) -> None:
    with transaction() as session:
        session.merge(UserRole(user_id=lender.id, role="approver"))
        delegations.delegate(
            session, lender=lender, borrower_id=borrower.id, starts=MONDAY, ends=MONDAY + 8 * HOUR, now=MONDAY
        )


@pytest.mark.usefixtures("shop")
def test_a_delegate_decides_for_a_time_and_both_names_are_kept():
    lend(KIRAN, RAVI)
    proposal = submitted(("T1", 120_00))

    done = commands.act(RAVI, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="d", now=MONDAY + HOUR)

    with reading() as session:
        names = [row.actor_name for row in session.exec(select(AuditEntry).where(AuditEntry.action == "approve")).all()]
    assert (done.status, names) == (Status.APPROVED, ["Ravi for Kiran"])


@pytest.mark.usefixtures("shop")
def test_a_delegation_ends_is_not_lent_on_and_never_lets_anybody_decide_on_their_own_work():
    lend(KIRAN, RAVI)
    own, other = submitted(("T1", 120_00), by=RAVI, key="own"), submitted(("T2", 120_00), key="other")

    with pytest.raises(FourEyes):
        commands.act(RAVI, own.id, Action.APPROVE, seen=own.seen_hash, key="1", now=MONDAY + HOUR)
    with pytest.raises(NotAllowed):
        commands.act(RAVI, other.id, Action.APPROVE, seen=other.seen_hash, key="2", now=MONDAY + 9 * HOUR)
    with pytest.raises(Refused), transaction() as session:
        delegations.delegate(session, lender=RAVI, borrower_id=NOOR.id, starts=MONDAY, ends=MONDAY + HOUR, now=MONDAY)


@pytest.mark.usefixtures("shop")
def test_an_author_cannot_have_their_own_right_borrowed_for_their_own_proposal():
    lend(BOTH, RAVI)
    proposal = submitted(("T1", 120_00), by=BOTH)

    with pytest.raises(NotAllowed):
        commands.act(RAVI, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="1", now=MONDAY + HOUR)


@pytest.mark.usefixtures("shop")
def test_an_approver_may_demand_waves_that_another_one_approves():
    proposal = submitted(*((sku, 120_00) for sku in SKUS), key="big")
    with transaction() as session:
        actions.plan_waves(session, proposal.id, plan(), actor=KIRAN, now=MONDAY)
    approved = commands.act(NOOR, proposal.id, Action.APPROVE, seen=found(proposal).seen_hash, key="a", now=MONDAY)
    with transaction() as session:
        actions.publish(session, approved.id, now=MONDAY)

    assert (found(proposal).status, found(proposal).waves) == (Status.CANARY, 3)


@pytest.mark.usefixtures("shop")
def test_a_proposal_that_is_decided_leaves_no_timer_open():
    proposal = submitted(("T1", 120_00))
    commands.act(KIRAN, proposal.id, Action.REJECT, comment="no", seen=proposal.seen_hash, key="r", now=MONDAY)

    with reading() as session:
        open_timers = session.exec(select(Timer).where(Timer.done_at == None, Timer.cancelled_at == None)).all()  # noqa: E711
    assert open_timers == []


@pytest.mark.usefixtures("shop")
def test_a_queue_counts_in_its_own_working_hours_and_the_rest_waits_in_the_default():
    kolkata = BusinessCalendar(zone="Asia/Kolkata")
    with transaction() as session:
        deadlines.keep_queue(
            session,
            name="increases",
            rule="increase_stays_below_limit",
            minutes=480,
            calendar=kolkata,
            actor=LEELA,
            now=MONDAY,
        )
    friday = MONDAY + 4 * 24 * HOUR
    made = commands.submit(ASHA, proposing(("T1", 120_00)), key="friday", now=friday)

    # 09:00 UTC is 14:30 in Kolkata: 2 h 30 min are left of Friday, 5 h 30 min are Monday's, which opens at 03:30 UTC
    assert made.due_at == friday + 3 * 24 * HOUR
    assert made.expires_at == friday + 4 * 24 * HOUR
