"""Every decision binds to what the person saw, whatever changed meanwhile, on SQLite and PostgreSQL alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import col, func, select

from app.canary.waves import Wave, WavePlan
from app.database import pulse, reading, transaction
from app.identity.actor import SYSTEM, Actor
from app.identity.records import UserRole
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.errors import (
    FourEyes,
    NotAllowed,
    RulesMoved,
    SeenContentChanged,
    SeenContentMissing,
    TransitionRefused,
)
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import effects, measures
from app.lifecycle.records import AuditEntry, Command, Decision
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import TRANSITIONS, UNBOUND, Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import bounds
from app.outbox.records import OutboxEvent
from app.pricelist.records import Product
from rules.ruleset import SEED_RULE_SET
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, RAVI, acts, person, product, proposing, stocked
from tests.lifecycle.test_clock import (
    DUTY,
    LEELA,
    SKUS,
    canary,
    changed,
    evidence,
    judge,
    lend,
    plan,
    ring,
    shop,
)
from tests.lifecycle.test_proposals import authoritative, found, submitted

__all__ = ["shop"]
pytestmark = pytest.mark.usefixtures("shop")
LATER = MONDAY + HOUR
WHO = {
    Action.WITHDRAW: ASHA, Action.EXPEDITE: DUTY, Action.ROLL_BACK: OMAR, Action.PAUSE: OMAR,
    Action.ASK_ROLL_BACK: OMAR,
}  # fmt: skip
BOUND = [(t.source, t.action) for t in TRANSITIONS if t.source and t.by and t.action not in UNBOUND]


def waiting() -> ProposalSummary:
    return submitted(("T1", 120_00), ("T2", 104_00))


def approved() -> ProposalSummary:
    return submitted(("T1", 105_00), effective_at=MONDAY + 10 * HOUR)


def held() -> ProposalSummary:
    made = canary()
    assert judge(made, evidence(made, pending=1), after=HOUR / 2) is Status.HELD
    return found(made)


def published() -> ProposalSummary:
    made = submitted(("T1", 105_00))
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    return found(made)


def half_back() -> ProposalSummary:
    """A roll-back that stopped after its first line, because the other one broke the margin floor for a while."""
    made = submitted(("T1", 105_00), ("T2", 105_00))
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    with pytest.MonkeyPatch.context() as in_steps:
        in_steps.setattr(effects, "LINES_PER_STEP", 1)
        acts(OMAR, made.id, Action.ROLL_BACK, comment="because", key="half", now=MONDAY)
        for cost in (70_00, 99_00):
            costs(cost)
            with transaction() as session:
                actions.carry_out(session, made.id, now=MONDAY)
    costs(70_00)
    return found(made)


def costs(cost: int) -> None:
    with transaction() as session:
        session.execute(update(Product).values(cost=cost))
        pulse(session, "prices")


def returning() -> ProposalSummary:
    """The return of a price window that is on."""
    window = commands.submit(
        ASHA, Submission("Tonight", (ProposedLine("T1", 105_00),), ends_at=MONDAY + 50 * HOUR), key="w", now=MONDAY
    )
    with transaction() as session:
        actions.publish(session, window.id, now=MONDAY)
        back = bounds.return_of(session, window.id)
        assert back is not None
    return found(replace(window, id=back.id))


def hard_by_now(proposal: ProposalSummary, action: Action) -> ProposalSummary:
    """A publication whose earlier prices break the margin floor by now, asked back by somebody else if that is next."""
    costs(99_00)
    if action is Action.AGREE_ROLL_BACK:
        acts(OMAR, proposal.id, Action.ASK_ROLL_BACK, comment="because", key="asked", now=LATER)
    return found(proposal)


def ready_for(status: Status, action: Action) -> ProposalSummary:
    if action is Action.KEEP:
        back = returning()
        return hard_return(back) if status is Status.PENDING_APPROVAL else back
    made = BY_STATUS[status]()
    return hard_by_now(made, action) if action in (Action.ASK_ROLL_BACK, Action.AGREE_ROLL_BACK) else made


def hard_return(back: ProposalSummary) -> ProposalSummary:
    with transaction() as session:
        session.execute(update(Product).where(col(Product.sku) == "T1").values(cost=94_00))
        actions.check_return(session, back.id, now=MONDAY)
    return found(back)


BY_STATUS: dict[Status, Callable[[], ProposalSummary]] = {
    Status.PENDING_APPROVAL: waiting,
    Status.APPROVED: approved,
    Status.CANARY: canary,
    Status.HELD: held,
    Status.PUBLISHED: published,
    Status.ROLLING_BACK: half_back,
}


def act(proposal: ProposalSummary, action: Action, seen: str, *, by: Actor | None = None, key: str = "k") -> Status:
    who = by or WHO.get(action, KIRAN)
    if action is Action.PLAN_WAVES:
        return commands.plan_waves(who, proposal.id, plan(), seen=seen, key=key, now=LATER).status
    return commands.act(who, proposal.id, action, comment="because", seen=seen, key=key, now=LATER).status


def everything() -> tuple[object, ...]:
    """What a refusal must not touch: statuses, prices, decisions, audit, events, answers."""
    with reading() as session:
        counted = [session.scalar(select(func.count()).select_from(t)) for t in (AuditEntry, Decision, OutboxEvent)]
        answered = session.scalar(select(func.count()).select_from(Command).where(col(Command.key) == "k"))
        statuses = [(p.reference, p.status, p.version, p.waves) for p in queries.proposals(session).items]
    return (*counted, answered, statuses, changed(), authoritative("T1"), authoritative("T2"))


@pytest.mark.parametrize(("status", "action"), BOUND)
def test_no_personal_action_goes_on_without_what_was_seen_or_on_something_else(status: Status, action: Action):
    proposal = ready_for(status, action)
    before = everything()
    assert proposal.status is status

    with pytest.raises(SeenContentMissing) as missing:
        act(proposal, action, "")
    with pytest.raises(SeenContentChanged) as wrong:
        act(proposal, action, "0" * len(proposal.seen_hash))

    assert (missing.value.code, missing.value.status) == ("content_hash_missing", 422)
    assert (wrong.value.code, wrong.value.status) == ("content_changed", 409)
    assert everything() == before
    act(proposal, action, proposal.seen_hash)


def re_evaluated_on_other_facts(proposal: ProposalSummary) -> None:
    with transaction() as session:
        stocked(session, product("T1", cost=80_00))
    commands.act(NOOR, proposal.id, Action.RE_EVALUATE, key="again", now=MONDAY)


def other_rules(number: int = 2) -> None:
    with transaction() as session:
        session.get_one(StoredRuleSet, 1).status = RuleSetStatus.RETIRED
        rules = SEED_RULE_SET.model_copy(update={"number": number}).to_json()
        session.add(StoredRuleSet(number=number, rules=rules, content_hash="x", status=RuleSetStatus.ACTIVE))


def re_evaluated_under_other_rules(proposal: ProposalSummary) -> None:
    other_rules()
    commands.act(NOOR, proposal.id, Action.RE_EVALUATE, key="again", now=MONDAY)


def given_waves(proposal: ProposalSummary) -> None:
    commands.plan_waves(NOOR, proposal.id, plan(), seen=proposal.seen_hash, key="waves", now=MONDAY)


@pytest.mark.parametrize(("change", "what", "words"), [
    (re_evaluated_on_other_facts, "lines and facts", "its current prices or facts are others"),
    (re_evaluated_under_other_rules, "rule set", "it is now judged by rule set 2"),
    (given_waves, "wave plan", "it now goes out in waves: up to 5 %, then"),
])  # fmt: skip
@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.RETURN, Action.EXPEDITE, Action.WITHDRAW])
def test_what_changed_between_look_and_click_is_refused_and_named(action: Action, change, what: str, words: str):
    proposal = waiting()
    change(proposal)

    with pytest.raises(SeenContentChanged) as refused:
        act(proposal, action, proposal.seen_hash)

    told = refused.value.extra["changed"]
    assert what in [one["what"] for one in told]  # type: ignore[index, union-attr]
    assert words in refused.value.detail
    assert "Noor" in refused.value.detail
    assert (found(proposal).status, authoritative("T1")) == (Status.PENDING_APPROVAL, (100_00, 1))
    assert act(proposal, action, found(proposal).seen_hash) is not Status.PENDING_APPROVAL


def test_an_approval_given_for_five_percent_first_does_not_send_everything():
    """200 SKUs dearer by 20.00 each: 4,000.00 at once instead of 200.00 in the first wave."""
    lines = tuple((sku, 120_00) for sku in SKUS)
    made = commands.submit(ASHA, replace(proposing(*lines), waves=plan()), key="bold", now=MONDAY)
    commands.plan_waves(NOOR, made.id, None, seen=made.seen_hash, key="none", now=MONDAY)

    with pytest.raises(SeenContentChanged) as refused:
        act(made, Action.APPROVE, made.seen_hash)

    assert "it now goes out all at once" in refused.value.detail
    with transaction() as session:
        actions.publish(session, made.id, now=LATER)
    assert (found(made).status, sum(authoritative(sku)[0] == 120_00 for sku in SKUS)) == (Status.PENDING_APPROVAL, 0)


def test_five_percent_first_that_an_approver_demands_of_three_skus_is_one_of_them():
    """Three SKUs dearer by 20.00 each: 60.00 a piece at once instead of 20.00 in the first wave."""
    made = submitted(*((sku, 120_00) for sku in SKUS[:3]))
    commands.plan_waves(NOOR, made.id, plan(), seen=made.seen_hash, key="waves", now=MONDAY)
    act(found(made), Action.APPROVE, found(made).seen_hash)
    with transaction() as session:
        actions.publish(session, made.id, now=LATER)

    assert (found(made).waves, sum(authoritative(sku)[0] == 120_00 for sku in SKUS)) == (3, 1)


@pytest.mark.parametrize("action", [Action.PAUSE, Action.ROLL_BACK])
def test_a_wave_that_went_out_meanwhile_is_told_before_a_canary_is_steered(action: Action):
    proposal = canary()
    judge(proposal, evidence(proposal), after=HOUR / 2)

    with pytest.raises(SeenContentChanged) as refused:
        act(proposal, action, proposal.seen_hash)

    assert f"{found(proposal).published_lines} of its 200 lines are out now, up to wave 2" in refused.value.detail
    act(proposal, action, found(proposal).seen_hash)


def test_who_continues_has_seen_the_evidence_of_the_wave_that_is_held():
    proposal = held()
    act(proposal, Action.CONTINUE, proposal.seen_hash, key="first")
    assert judge(proposal, evidence(proposal, pending=2), after=2 * HOUR) is Status.HELD
    out = changed()

    with pytest.raises(SeenContentChanged):
        act(proposal, Action.CONTINUE, proposal.seen_hash, by=OMAR, key="second")

    assert (found(proposal).wave, changed()) == (2, out)


def test_the_clock_invalidates_nothing_that_somebody_is_reading():
    proposal = waiting()
    assert [ring(12 * HOUR), ring(24 * HOUR)] == [["remind"], ["escalate"]]

    assert found(proposal).seen_hash == proposal.seen_hash
    assert act(proposal, Action.APPROVE, proposal.seen_hash) is Status.APPROVED


def test_a_re_evaluation_that_finds_the_same_invalidates_nothing():
    proposal = waiting()
    with transaction() as session:
        actions.re_evaluate(session, proposal.id, actor=SYSTEM, now=MONDAY)
    again = found(proposal)

    assert (again.seen_hash, again.version > proposal.version) == (proposal.seen_hash, True)


def test_a_decision_keeps_what_was_seen_also_when_the_proposal_goes_on():
    proposal = waiting()
    act(proposal, Action.APPROVE, proposal.seen_hash)
    with transaction() as session:
        actions.publish(session, proposal.id, now=LATER)

    assert found(proposal).decided_seen == proposal.seen_hash != found(proposal).seen_hash


@pytest.mark.parametrize("action", [Action.APPROVE, Action.EXPEDITE])
def test_a_verdict_of_retired_rules_lets_nobody_decide_until_it_is_reached_again(action: Action):
    proposal = waiting()
    other_rules()

    with pytest.raises(RulesMoved) as refused:
        act(proposal, action, proposal.seen_hash)
    again = commands.act(KIRAN, proposal.id, Action.RE_EVALUATE, key="again", now=LATER)

    assert (refused.value.code, refused.value.extra) == ("rules_moved", {"judged_by": 1, "active": 2})
    assert (again.rule_set, authoritative("T1")) == (2, (100_00, 1))
    assert act(proposal, action, again.seen_hash) is not Status.PENDING_APPROVAL


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.RETURN])
def test_who_planned_the_waves_may_plan_them_again_but_not_decide(action: Action):
    proposal = waiting()
    act(proposal, Action.PLAN_WAVES, proposal.seen_hash, key="p1")
    commands.plan_waves(KIRAN, proposal.id, None, seen=found(proposal).seen_hash, key="p2", now=LATER)

    with pytest.raises(FourEyes) as refused:
        act(proposal, action, found(proposal).seen_hash)

    assert "You planned the waves of this proposal" in refused.value.detail
    act(proposal, action, found(proposal).seen_hash, by=NOOR)


def test_waves_planned_on_a_lent_right_bar_both_the_borrower_and_the_lender():
    lend(KIRAN, RAVI)
    proposal = waiting()
    act(proposal, Action.PLAN_WAVES, proposal.seen_hash, by=RAVI, key="p")

    for somebody in (KIRAN, RAVI):
        with pytest.raises(NotAllowed):
            act(proposal, Action.APPROVE, found(proposal).seen_hash, by=somebody)
    act(proposal, Action.APPROVE, found(proposal).seen_hash, by=NOOR)


def test_who_set_a_limit_for_a_canary_does_not_let_it_go_on():
    proposal = canary()
    limit, measure = measures_of_conversion()
    with transaction() as session:
        measures.post(session, proposal.id, measure, limit, actor=OMAR, now=MONDAY + HOUR / 3)
    assert judge(proposal, evidence(proposal, pending=1), after=HOUR / 2) is Status.HELD

    with pytest.raises(FourEyes):
        act(proposal, Action.CONTINUE, found(proposal).seen_hash, by=OMAR)
    act(proposal, Action.CONTINUE, found(proposal).seen_hash)


def measures_of_conversion():
    from tests.lifecycle.test_clock import CONVERSION, Decimal, Measure

    at = MONDAY + HOUR / 4
    measure = Measure(name="conversion", treated=Decimal("0.03"), control=Decimal("0.03"), sample=500, at=at)
    return CONVERSION.model_copy(update={"required": False}), measure


def test_an_installation_with_one_approver_is_told_what_to_do():
    with transaction() as session:
        session.merge(UserRole(user_id=KIRAN.id, role=Role.APPROVER))
    proposal = waiting()
    act(proposal, Action.PLAN_WAVES, proposal.seen_hash, key="p")

    with pytest.raises(FourEyes) as alone:
        act(proposal, Action.APPROVE, found(proposal).seen_hash)
    with transaction() as session:
        session.merge(UserRole(user_id=NOOR.id, role=Role.APPROVER))
    with pytest.raises(FourEyes) as with_a_second:
        act(proposal, Action.APPROVE, found(proposal).seen_hash)

    assert "wait until it is escalated to the rule owners, or have a second person added" in alone.value.detail
    assert "Ask somebody else who may." in with_a_second.value.detail
    ring(24 * HOUR)
    assert act(proposal, Action.APPROVE, found(proposal).seen_hash, by=LEELA) is Status.APPROVED


def test_an_answer_kept_by_an_earlier_version_is_still_given():
    proposal = submitted(("T1", 105_00), key="once")
    with transaction() as session:
        kept = session.get_one(Command, (ASHA.id, "once"))
        kept.answer = kept.answer.replace('"seen_hash"', '"content_hash"').replace(',"decided_seen":null', "")

    assert submitted(("T1", 105_00), key="once") == proposal


def test_waves_are_planned_with_a_plan_only():
    proposal = waiting()
    one = WavePlan(waves=(Wave(share_bp=10_000, bake_seconds=60),))

    with pytest.raises(Exception, match="not an action for people"):
        acts(KIRAN, proposal.id, Action.PLAN_WAVES, key="p", now=MONDAY)
    done = commands.plan_waves(KIRAN, proposal.id, one, seen=proposal.seen_hash, key="w", now=MONDAY)
    assert done.waves == 1


def test_a_stranger_hears_that_they_may_not_before_anything_else():
    proposal = waiting()

    with pytest.raises(Exception, match="Only an approver or owner may approve this"):
        act(proposal, Action.APPROVE, "", by=person("Xenia", Role.AUDITOR))


def test_a_plan_that_stands_already_is_refused_and_bars_nobody():
    proposal = waiting()

    with pytest.raises(TransitionRefused, match="goes out like this already"):
        commands.plan_waves(KIRAN, proposal.id, None, seen=proposal.seen_hash, key="same", now=MONDAY)

    assert act(proposal, Action.APPROVE, proposal.seen_hash) is Status.APPROVED


def test_a_deed_that_only_another_release_knows_is_told_as_it_stands():
    made = submitted(("T1", 120_00))
    with transaction() as session:
        session.add(
            AuditEntry(
                chain=made.id, seq=9, at=MONDAY, actor=KIRAN.id, actor_name=KIRAN.name, action="wave-through",
                detail="{}", prev_hash="", hash="",
            )
        )  # fmt: skip

    with pytest.raises(SeenContentChanged, match=r"Kiran \(wave through"):
        commands.act(KIRAN, made.id, Action.APPROVE, seen="what it was", key="a", now=MONDAY)
