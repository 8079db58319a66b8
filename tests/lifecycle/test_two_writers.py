"""Between two writers: PostgreSQL lets them meet where SQLite lets one wait. Nobody gets a bare error for that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from threading import Event

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlmodel import Session, col, select

from app import database
from app.contracts.streams import partition_of
from app.database import alone, committed, reading, transaction
from app.identity.actor import SYSTEM, Actor
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.audit import audit_trail
from app.lifecycle.clock import timers
from app.lifecycle.commands import keyed
from app.lifecycle.deciding import deadlines, delegations, seen_content
from app.lifecycle.errors import NotFound, Outrun, Refused, SeenContentChanged
from app.lifecycle.proposing import policy
from app.lifecycle.proposing import submit as writing
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes, effects, publication
from app.lifecycle.publishing.brakes import BrakeRefused
from app.lifecycle.records import AuditEntry, Decision, Freeze, PublishingStop, Timer
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import adoption
from app.lifecycle.table import moves
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.outbox.records import OutboxJob
from app.timekeeping.business import BusinessCalendar
from rules.ruleset import SEED_RULE_SET, RuleSet
from tests.builders import (
    ASHA,
    HOUR,
    KIRAN,
    MONDAY,
    NOOR,
    OMAR,
    PEOPLE,
    acts,
    open_shop,
    person,
    product,
    proposing,
    stocked,
)
from tests.lifecycle.test_proposals import found
from tests.lifecycle.test_windows import DAY, act, back_of, change, plan, price, window
from tests.meeting import KEPT_AWAY, at_once, failures
from workers.orchestration import jobs
from workers.orchestration.scheduler import Scheduler

DUTY = person("Duty", Role.EMERGENCY)
LEELA, MAYA = person("Leela", Role.OWNER), person("Maya", Role.OWNER)
SKUS = [f"W{n:02}" for n in range(40)]
CLOSE = tuple(sku for sku in SKUS if partition_of(sku) == partition_of(SKUS[0]))[:3]
"""SKUs that travel on the same stream."""
LOCKED = ((moves, "locked"),)
TOLD = (moves, "tell")


@pytest.fixture
def shop(pricing_store: str) -> None:
    open_shop(*(product(sku) for sku in ("T1", "T2", *SKUS)))


def alone_in_a_transaction(do: Callable[[Session], object]) -> object:
    """What a transaction does once: no second try hides a wrong order of locks."""
    with transaction() as session:
        return do(session)


def bare(outcomes: list[object]) -> list[Exception]:
    """Return what was raised that says nothing to a person."""
    return [error for error in failures(outcomes) if not isinstance(error, Refused)]


def chain(name: str) -> list[str]:
    with reading() as session:
        assert audit_trail.verify(session).problem == ""
        return list(session.exec(select(AuditEntry.action).where(AuditEntry.chain == name)))


# one key, one number


@pytest.mark.usefixtures("shop")
def test_an_approval_sent_twice_at_once_has_one_answer_and_no_refusal(monkeypatch):
    made = commands.submit(ASHA, proposing(("T1", 120_00)), key="s", now=MONDAY)

    def approve() -> ProposalSummary:
        return commands.act(KIRAN, made.id, Action.APPROVE, seen=made.seen_hash, key="twice", now=MONDAY)

    answers = at_once(monkeypatch, approve, approve, at=((keyed, "_answered"),))

    assert failures(answers) == []
    assert answers[0] == answers[1]
    with reading() as session:
        assert len(session.exec(select(Decision)).all()) == 1


@pytest.mark.usefixtures("shop")
def test_the_first_two_proposals_ever_get_two_numbers(monkeypatch):
    def submit(sku: str) -> Callable[[], object]:
        return lambda: commands.submit(ASHA, proposing((sku, 101_00)), key=sku, now=MONDAY).number

    numbers = at_once(monkeypatch, submit("T1"), submit("T2"), at=((writing, "lay_out"),))

    assert sorted(numbers) == [1, 2]


# what has no row of its own


@pytest.mark.usefixtures("shop")
def test_of_two_stops_of_publishing_at_once_one_stops_it(monkeypatch):
    def stop(actor: Actor) -> Callable[[], object]:
        return lambda: commands.stop(actor, reason="Wrong currency", key="stop", now=MONDAY)

    outcomes = at_once(monkeypatch, stop(DUTY), stop(person("Dev", Role.EMERGENCY)), at=((brakes, "stopped"),))

    (refused,) = failures(outcomes)
    assert (type(refused), getattr(refused, "code", "")) == (BrakeRefused, "already_stopped")
    assert chain("publishing") == ["stop-publishing"]
    with reading() as session:
        assert len(session.exec(select(PublishingStop)).all()) == 1


@pytest.mark.usefixtures("shop")
def test_a_brake_moved_twice_under_one_key_moves_once_and_says_the_same(monkeypatch):
    def stop() -> object:
        return commands.stop(DUTY, reason="Wrong currency", key="one", now=MONDAY)

    answers = at_once(monkeypatch, stop, stop, at=((keyed, "_answered"),))

    assert failures(answers) == []
    assert answers[0] == answers[1]
    assert chain("publishing") == ["stop-publishing"]


@pytest.mark.usefixtures("shop")
def test_of_two_that_resume_publishing_at_once_one_does(monkeypatch):
    commands.stop(DUTY, reason="Wrong currency", key="stop", now=MONDAY)

    def resume(key: str) -> Callable[[], object]:
        return lambda: commands.resume(DUTY, reason="Right again", key=key, now=MONDAY)

    (refused,) = failures(at_once(monkeypatch, resume("one"), resume("other"), at=((brakes, "stopped"),)))

    assert getattr(refused, "code", "") == "not_stopped"
    assert chain("publishing") == ["stop-publishing", "resume-publishing"]


@pytest.mark.usefixtures("shop")
def test_two_freezes_announced_at_once_both_stand(monkeypatch):
    def freeze(hour: int) -> Callable[[], object]:
        starts, ends = MONDAY + hour * HOUR, MONDAY + 2 * hour * HOUR
        return lambda: commands.freeze(OMAR, starts=starts, ends=ends, reason="Sale", key=f"f{hour}", now=MONDAY)

    assert failures(at_once(monkeypatch, freeze(1), freeze(2), at=((audit_trail, "hash_of"),))) == []
    assert chain("publishing") == ["freeze", "freeze"]


@pytest.mark.usefixtures("shop")
def test_a_freeze_is_lifted_once(monkeypatch):
    commands.freeze(OMAR, starts=MONDAY, ends=MONDAY + HOUR, reason="Sale", key="freeze", now=MONDAY)
    with reading() as session:
        freeze_id = session.exec(select(Freeze.id)).one()

    def lift(key: str) -> Callable[[], object]:
        return lambda: commands.lift(OMAR, freeze_id, reason="Over", key=key, now=MONDAY)

    (refused,) = failures(at_once(monkeypatch, lift("a"), lift("b"), at=((brakes, "_checked"), (Session, "get"))))

    assert isinstance(refused, NotFound)
    assert chain("publishing") == ["freeze", "lift-freeze"]


@pytest.mark.usefixtures("shop")
def test_two_notes_about_one_context_at_once_are_both_kept(monkeypatch):
    def lock(sku: str) -> Callable[[], object]:
        return lambda: commands.note(OMAR, chain="context:catalog", action="lock-price", comment=sku, now=MONDAY)

    assert failures(at_once(monkeypatch, lock("T1"), lock("T2"), at=((audit_trail, "hash_of"),))) == []
    assert chain("context:catalog") == ["lock-price", "lock-price"]


@pytest.mark.usefixtures("shop")
def test_two_delegations_at_once_are_both_kept_and_each_ends_once(monkeypatch):
    def lend(to: Actor) -> Callable[[], object]:
        def lent(session: Session) -> str:
            return delegations.delegate(
                session, lender=KIRAN, borrower_id=to.id, starts=MONDAY, ends=MONDAY + DAY, now=MONDAY
            ).id

        return lambda: alone_in_a_transaction(lent)

    lent = at_once(monkeypatch, lend(NOOR), lend(OMAR), at=((audit_trail, "hash_of"),))
    assert failures(lent) == []

    def end() -> object:
        return alone_in_a_transaction(lambda session: delegations.end(session, lent[0], actor=KIRAN, now=MONDAY))

    (refused,) = failures(at_once(monkeypatch, end, end, at=((Session, "get"),)))
    assert isinstance(refused, NotFound)
    assert chain(f"delegation:{KIRAN.id}") == ["delegate", "delegate", "end-delegation"]


@pytest.mark.usefixtures("pricing_store")
def test_two_first_starts_at_once_install_the_seed_rules_once(monkeypatch):
    def install() -> object:
        return alone_in_a_transaction(lambda session: policy.install_seed_rules(session, MONDAY))

    assert failures(at_once(monkeypatch, install, install, at=((policy, "install_seed_rules"),))) == []
    with reading() as session:
        assert [row.status for row in session.exec(select(StoredRuleSet))] == ["ACTIVE"]


@pytest.mark.usefixtures("pricing_store")
def test_two_owners_who_adopt_at_once_get_one_draft(monkeypatch):
    old = RuleSet(number=1, rules=SEED_RULE_SET.rules[:3])
    with transaction() as session:
        session.add(StoredRuleSet(number=1, rules=old.to_json(), status="ACTIVE", content_hash=old.content_hash))

    def adopt(owner: Actor) -> Callable[[], object]:
        return lambda: alone_in_a_transaction(lambda s: adoption.adopt(s, actor=owner, now=MONDAY).number)

    assert at_once(monkeypatch, adopt(LEELA), adopt(MAYA), at=((adoption, "_draft_with"),)) == [2, 2]
    assert chain("rules") == ["draft-rules", "submit-rules"]


@pytest.mark.usefixtures("pricing_store")
def test_a_queue_set_twice_at_once_is_set(monkeypatch):
    def keep(minutes: int) -> Callable[[], object]:
        return lambda: alone_in_a_transaction(
            lambda session: deadlines.keep_queue(
                session,
                name="q",
                rule="",
                minutes=minutes,
                calendar=BusinessCalendar(zone="UTC"),
                actor=OMAR,
                now=MONDAY,
            )
        )

    assert failures(at_once(monkeypatch, keep(10), keep(20), at=((Session, "merge"),))) == []
    assert chain("queues") == ["set-queue", "set-queue"]


# a window and its return


@pytest.fixture
def out_in_part(shop: None) -> ProposalSummary:
    """A price window of which the first of two waves is out: its return is planned."""
    return window(*((sku, 104_00) for sku in SKUS), ends=2 * HOUR, waves=plan(20, 20))


def wave_goes_out(promotion: ProposalSummary) -> Callable[[], object]:
    return lambda: alone_in_a_transaction(lambda s: actions.advance(s, promotion.id, now=MONDAY + HOUR))


def test_the_end_of_a_window_that_meets_a_wave_going_out_brings_everything_back(monkeypatch, out_in_part):
    back = back_of(out_in_part)

    def ends() -> object:
        return alone_in_a_transaction(lambda session: actions.end_window(session, back.id, now=MONDAY + 2 * HOUR))

    assert failures(at_once(monkeypatch, ends, wave_goes_out(out_in_part), at=LOCKED)) == []

    alone_in_a_transaction(lambda session: actions.end_window(session, back.id, now=MONDAY + 2 * HOUR))
    assert {price(sku) for sku in SKUS} == {100_00}, "4.00 too much on every one of 40 SKUs, for good"


@pytest.mark.parametrize(("who", "action"), [(DUTY, Action.EXPEDITE), (KIRAN, Action.KEEP)])
def test_a_person_at_the_return_who_meets_a_wave_gets_no_bare_error(monkeypatch, out_in_part, who, action):
    back = back_of(out_in_part)

    def decided() -> object:
        return acts(who, back.id, action, comment="Now", key="k", now=MONDAY + HOUR)

    outcomes = at_once(monkeypatch, decided, wave_goes_out(out_in_part), at=LOCKED)

    assert bare(outcomes) == []
    if not failures(outcomes):
        assert back_of(out_in_part).status is (Status.PUBLISHED if action is Action.EXPEDITE else Status.WITHDRAWN)
    else:  # the wave was first, so the return has more lines than this person saw
        assert [type(error) for error in failures(outcomes)] == [SeenContentChanged]
        assert back_of(out_in_part).lines == len(SKUS)


def test_a_person_who_continues_a_held_window_as_it_ends_gets_no_bare_error(monkeypatch, out_in_part):
    act(Action.PAUSE, out_in_part, at=HOUR, by=OMAR)
    back = back_of(out_in_part)

    def ends() -> object:
        return alone_in_a_transaction(lambda session: actions.end_window(session, back.id, now=MONDAY + 2 * HOUR))

    def goes_on() -> object:
        return acts(OMAR, out_in_part.id, Action.CONTINUE, comment="It sells", key="k", now=MONDAY + HOUR)

    assert bare(at_once(monkeypatch, ends, goes_on, at=LOCKED)) == []


def test_a_change_taken_back_over_a_window_waits_for_nobody_who_decides_on_its_return(monkeypatch, shop):
    promotion = window(("T1", 112_00), ends=10 * HOUR)
    above = change(("T1", 108_00), at=HOUR)
    back = back_of(promotion)

    def taken_back() -> object:
        at = MONDAY + 2 * HOUR
        return alone_in_a_transaction(lambda s: actions.roll_back(s, above.id, actor=SYSTEM, reason="Breach", now=at))

    def kept() -> object:
        return acts(KIRAN, back.id, Action.KEEP, comment="It sells", key="k", now=MONDAY + 2 * HOUR)

    meet = ((publication, "restore_prices"), (seen_content, "refuse_unseen"))
    outcomes = at_once(monkeypatch, taken_back, kept, at=meet)
    assert bare(outcomes) == [], "at most this person is told that the return is aimed elsewhere by now"
    assert found(above).status is Status.ROLLING_BACK
    if [type(lost) for lost in failures(outcomes)] == [SeenContentChanged]:  # it was aimed anew first
        outcomes = [kept()]
    assert failures(outcomes) == []
    assert back_of(promotion).status is Status.WITHDRAWN


def test_a_return_that_somebody_had_in_hand_is_aimed_by_a_job_and_goes_back(monkeypatch, pricing_store):
    if not pricing_store.startswith("postgresql"):
        pytest.skip("on SQLite nobody has anything in hand while another one writes")
    with transaction() as session:
        stocked(session, product("T1"))
    promotion = window(("T1", 112_00), ends=10 * HOUR)
    above = change(("T1", 108_00), at=HOUR)
    back = back_of(promotion)

    with transaction() as session:
        moves.locked(session, back.id)
        acts(OMAR, above.id, Action.ROLL_BACK, comment="Wrong", key="r", now=MONDAY + 2 * HOUR)

    with reading() as session:
        (job,) = session.exec(select(OutboxJob).where(OutboxJob.name == "aim", col(OutboxJob.done_at).is_(None))).all()
    jobs.aim(proposal_id=back.id, job=job.id or 0)
    with reading() as session:
        assert [(line.old, line.new) for line in queries.lines(session, back.id).items] == [(112_00, 100_00)]


# the turn: numbers, streams, prices


@pytest.mark.usefixtures("shop")
def test_a_submission_and_a_window_that_goes_out_do_not_wait_for_each_other(monkeypatch):
    ready = commands.submit(
        ASHA, Submission("Promotion", (ProposedLine("T1", 104_00),), ends_at=MONDAY + HOUR), key="w", now=MONDAY
    )

    def submitted() -> object:
        return alone_in_a_transaction(lambda s: actions.submit(s, proposing(("T2", 104_00)), actor=ASHA, now=MONDAY))

    def published() -> object:
        return alone_in_a_transaction(lambda session: actions.publish(session, ready.id, now=MONDAY))

    assert failures(at_once(monkeypatch, submitted, published, at=((writing, "next_number"), TOLD))) == []
    assert price("T1") == 104_00


@pytest.mark.usefixtures("shop")
def test_a_step_of_a_large_publication_and_a_small_one_do_not_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(effects, "LINES_PER_STEP", 1)
    large = commands.submit(ASHA, proposing((CLOSE[0], 104_00), (CLOSE[1], 104_00)), key="l", now=MONDAY)
    jobs.judge(large.id)
    with transaction() as session:
        looked = actions.look(session, large.id, now=MONDAY)
        actions.publish(session, large.id, now=MONDAY, looked=looked)
    small = commands.submit(ASHA, proposing((CLOSE[2], 104_00)), key="s", now=MONDAY)

    def stepped() -> object:
        return alone_in_a_transaction(lambda session: actions.carry_out(session, large.id, now=MONDAY))

    def published() -> object:
        return alone_in_a_transaction(lambda session: actions.publish(session, small.id, now=MONDAY))

    meet = ((publication, "announce_publication"), TOLD)
    assert failures(at_once(monkeypatch, stepped, published, at=meet)) == []
    assert (price(CLOSE[0]), price(CLOSE[2])) == (104_00, 104_00)


# the clock


@pytest.mark.usefixtures("shop")
def test_the_clock_and_a_person_at_the_same_proposal_do_not_wait_for_each_other(monkeypatch):
    made = commands.submit(ASHA, proposing(("T1", 120_00)), key="s", now=MONDAY)
    due = MONDAY + 12 * HOUR

    def approved() -> object:
        return acts(KIRAN, made.id, Action.APPROVE, key="a", now=due)

    outcomes = at_once(monkeypatch, Scheduler(lambda: due).step, approved, at=((timers, "take"), *LOCKED))

    assert failures(outcomes) == []
    assert found(made).status is Status.APPROVED
    with reading() as session:
        set_aside = session.exec(select(Timer).where(Timer.lease_owner == timers.NOBODY)).all()
    assert set_aside == []


@pytest.mark.usefixtures("shop")
def test_a_wave_that_goes_to_wait_as_the_freeze_is_lifted_does_not_wait_for_its_end(monkeypatch):
    lines = tuple(ProposedLine(sku, 104_00) for sku in SKUS)
    canary = commands.submit(ASHA, Submission("Waves", lines, waves=plan(20, 20)), key="c", now=MONDAY)
    alone_in_a_transaction(lambda session: actions.publish(session, canary.id, now=MONDAY))
    starts, ends = MONDAY + timedelta(minutes=10), MONDAY + 5 * DAY
    commands.freeze(OMAR, starts=starts, ends=ends, reason="Sale", key="freeze", now=MONDAY)
    with reading() as session:
        freeze_id = session.exec(select(Freeze.id)).one()
    baked = MONDAY + timedelta(minutes=20)
    with transaction() as session:  # judged before; now it is the next wave's turn
        moved = session.connection().execute(text("UPDATE canary_wave SET judged_at = published_at WHERE number = 1"))
        assert moved.rowcount == 1

    frozen, lifted, opens_at = Event(), Event(), brakes.opens_at

    def opens(session: Session, now: datetime) -> datetime:
        opening = opens_at(session, now)
        frozen.set()
        lifted.wait(KEPT_AWAY)  # unless whoever lifts it is kept away until this transaction is over
        return opening

    def waits() -> object:
        return alone_in_a_transaction(lambda session: actions.advance(session, canary.id, now=baked))

    def lifts() -> None:
        frozen.wait(KEPT_AWAY)
        commands.lift(OMAR, freeze_id, reason="Sold out", key="lift", now=baked)
        lifted.set()

    monkeypatch.setattr(brakes, "opens_at", opens)
    assert failures(at_once(monkeypatch, waits, lifts, at=())) == []
    with reading() as session:
        assert timers.next_due(session) == baked, "wave 2 would have waited five days for a freeze that is lifted"


# what no order can help against


@pytest.mark.usefixtures("shop")
def test_a_command_that_lost_a_race_is_carried_out_again(monkeypatch):
    class Between:
        steps = staticmethod(lambda: None)

    def takes(first: str, second: str) -> Callable[[], object]:
        def taken(session: Session) -> str:
            alone(session, first)
            Between.steps()
            alone(session, second)
            return first

        return lambda: committed(taken)

    assert at_once(monkeypatch, takes("a", "b"), takes("b", "a"), at=((Between, "steps"),)) == ["a", "b"]


def test_a_command_that_loses_every_time_is_refused_in_words(shop, pricing_store):
    if not pricing_store.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    tries: list[int] = []

    def meets_the_same(session: Session) -> None:
        tries.append(1)
        session.add(User(id="x", email=PEOPLE[0].email, name="X", created_at=MONDAY))
        session.flush()

    with pytest.raises(Outrun, match="Nothing changed; do it again"):
        commands.carried_out(meets_the_same)

    assert len(tries) == database.TRIES


@pytest.mark.usefixtures("shop")
def test_of_several_stops_and_active_sets_of_before_one_is_kept():
    with database.engine().begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration = import_module("app.migrations.versions.0007_locks")
        migration.downgrade()
        for name in ("a", "b"):
            connection.execute(
                text(
                    "INSERT INTO publishing_stop (id, reason, stopped_by, stopped_at)"
                    " VALUES (:id, 'x', 'Dev', '2026-11-23 09:00:00')"
                ),
                {"id": name},
            )
        connection.execute(
            text("INSERT INTO rule_set (number, rules, content_hash, status) VALUES (2, :r, 'x', 'ACTIVE')"),
            {"r": SEED_RULE_SET.to_json()},
        )
        migration.upgrade()

    with reading() as session:
        assert [
            row.id for row in session.exec(select(PublishingStop).where(col(PublishingStop.resumed_at).is_(None)))
        ] == ["a"]
        assert policy.active_number(session) == 2
