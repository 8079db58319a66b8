"""A verdict is good only while its facts are: whenever prices are about to go out, they are compared with today's."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.canary.evidence import ContextCounts, Evidence
from app.canary.waves import Selector, Wave, WavePlan
from app.contracts.streams import LIFECYCLE_STREAM
from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.errors import FactsMoved
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes, comparison, effects
from app.lifecycle.records import AuditEntry, Line, Proposal
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.outbox.records import OutboxEvent, OutboxJob
from app.pricelist.queries import price_of
from app.pricelist.records import Product
from rules.ruleset import SEED_RULE_SET, RuleSet
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, open_shop, person, product
from workers.orchestration import rejudging
from workers.orchestration.scheduler import Scheduler

EMMA = person("Emma", Role.EMERGENCY)
MINUTE = timedelta(minutes=1)
TWO_WAVES = WavePlan(
    waves=(Wave(selector=Selector(skus=("T1",)), bake_seconds=600), Wave(share_bp=10_000, bake_seconds=600))
)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    """Four teas at 100.00 that cost 50.00; competitors ask 100.00."""
    open_shop(*(product(f"T{n}", cost=50_00, competitor=100_00) for n in range(1, 5)))


def propose(*lines: tuple[str, int], key: str = "p", **more: object) -> ProposalSummary:
    wish = Submission("Auction prices", tuple(ProposedLine(*line) for line in lines), **more)  # type: ignore[arg-type]
    return commands.submit(ASHA, wish, key=key, now=MONDAY)


def approve(proposal: ProposalSummary, by: Actor = KIRAN, at: datetime = MONDAY) -> None:
    seen = found(proposal).seen_hash
    commands.act(by, proposal.id, Action.APPROVE, seen=seen, key=f"a{proposal.id}", now=at)


def costs(sku: str, cost: int) -> None:
    change(sku, cost=cost)


def change(sku: str, **facts: object) -> None:
    with transaction() as session:
        session.execute(update(Product).where(col(Product.sku) == sku).values(**facts))


def publish(proposal: ProposalSummary, at: datetime = MONDAY + HOUR) -> None:
    with transaction() as session:
        actions.publish(session, proposal.id, now=at)


def found(proposal: ProposalSummary) -> ProposalSummary:
    with reading() as session:
        return queries.summary(session, proposal.id)


def price(sku: str) -> int:
    with reading() as session:
        found = price_of(session, sku)
        assert found is not None
        return found.price


def told(proposal: ProposalSummary) -> str:
    with reading() as session:
        rows = session.scalars(select(AuditEntry).where(col(AuditEntry.chain) == proposal.id)).all()
        return " ".join(row.detail for row in rows)


def stricter_rules() -> None:
    """Rule set 2: the same rules, with a limit of 3 % on increases."""
    rules = [
        rule.model_copy(update={"parameters": {"limit_bp": 300}}) if rule.id == "increase-limit" else rule
        for rule in SEED_RULE_SET.rules
    ]
    second = RuleSet(number=2, rules=tuple(rules))
    with transaction() as session:
        session.execute(update(StoredRuleSet).values(status=RuleSetStatus.RETIRED))
        session.add(
            StoredRuleSet(number=2, rules=second.to_json(), status=RuleSetStatus.ACTIVE,
                          content_hash=second.content_hash, activated_at=MONDAY))  # fmt: skip


def ring(at: datetime) -> None:
    scheduler = Scheduler(lambda: at)
    while scheduler.step() == 0.0:
        pass


def all_applied(proposal: ProposalSummary) -> None:
    applied = {"catalog": ContextCounts(applied=1, ignored=0, parked=0, retrying=0, pending=0)}
    evidence = Evidence(lines=1, published_at=MONDAY, contexts=applied, landed_after_ms=10, estimate_ms=1000,
                        rollback_requests=0)  # fmt: skip
    with transaction() as session:
        actions.judge_wave(session, proposal.id, evidence, now=MONDAY + 2 * HOUR)


def dated_and_due() -> ProposalSummary:
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)
    costs("T1", 110_00)
    ring(MONDAY + HOUR)
    return proposal


def frozen_and_opened() -> ProposalSummary:
    with transaction() as session:
        window = brakes.freeze(session, starts=MONDAY, ends=MONDAY + 9 * HOUR, actor=OMAR, reason="Sale", now=MONDAY)
        freeze = window.id
    proposal = propose(("T1", 104_00))
    publish(proposal)
    costs("T1", 110_00)
    with transaction() as session:
        brakes.lift(session, freeze, actor=OMAR, reason="Over", now=MONDAY + 2 * HOUR)
    publish(proposal, MONDAY + 2 * HOUR)
    return proposal


def stopped_and_resumed() -> ProposalSummary:
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Check", now=MONDAY)
    proposal = propose(("T1", 104_00))
    publish(proposal)
    costs("T1", 110_00)
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Fine", now=MONDAY + HOUR)
    publish(proposal, MONDAY + 2 * HOUR)
    return proposal


def approved_by_a_person() -> ProposalSummary:
    proposal = propose(("T1", 120_00))
    approve(proposal)
    costs("T1", 130_00)
    publish(proposal)
    return proposal


def opening_of_a_window() -> ProposalSummary:
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR, ends_at=MONDAY + 50 * HOUR)
    costs("T1", 110_00)
    ring(MONDAY + HOUR)
    return proposal


WAYS = (dated_and_due, frozen_and_opened, stopped_and_resumed, approved_by_a_person, opening_of_a_window)


@pytest.mark.parametrize("way", WAYS)
def test_a_price_that_fell_below_cost_since_its_verdict_does_not_go_out(way: Callable[[], ProposalSummary]):
    proposal = way()

    assert price("T1") == 100_00, "a new price below cost, 6.00 to 10.00 lost with every piece, and nobody was asked"
    assert found(proposal).status is Status.REJECTED
    assert "cost ₹50.00 → ₹1" in told(proposal)


@pytest.mark.parametrize("facts", [{"competitor_price": 80_00}, {"cost": None}, {"category": "Coffee", "cost": 99_00}])
def test_every_fact_of_a_verdict_is_compared(facts: dict[str, object]):
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)

    change("T1", **facts)
    ring(MONDAY + HOUR)

    assert price("T1") == 100_00
    assert found(proposal).status in (Status.PENDING_APPROVAL, Status.REJECTED)


def test_a_price_proposed_in_another_currency_than_its_products_does_not_go_out():
    """Such lines are from before a SKU kept its currency: 104.00 in euro would go out as 104.00 in rupees."""
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)
    with transaction() as session:
        session.execute(update(Line).where(col(Line.sku) == "T1").values(currency="EUR"))

    ring(MONDAY + HOUR)

    assert price("T1") == 100_00
    assert found(proposal).status is Status.REJECTED
    assert "this price was proposed in EUR" in told(proposal)


def test_a_competitor_that_fell_puts_a_clean_price_before_a_person_with_the_difference():
    proposal = propose(("T1", 104_00), ("T2", 101_00), effective_at=MONDAY + HOUR)

    change("T1", competitor_price=80_00)
    ring(MONDAY + HOUR)

    assert (found(proposal).status, price("T1"), price("T2")) == (Status.PENDING_APPROVAL, 100_00, 100_00)
    assert "T1: competitor ₹100.00 → ₹80.00. The price is 30.0 % above the competitor's" in told(proposal)


def test_a_rule_set_activated_meanwhile_judges_what_is_about_to_go_out():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)

    stricter_rules()
    ring(MONDAY + HOUR)

    assert (found(proposal).status, price("T1")) == (Status.PENDING_APPROVAL, 100_00)
    assert found(proposal).rule_set == 2


def test_what_moved_for_the_better_goes_out_and_the_record_says_what_was_compared():
    proposal = propose(("T1", 104_00), ("T2", 103_00), effective_at=MONDAY + HOUR)

    costs("T1", 40_00)
    ring(MONDAY + HOUR)

    assert (found(proposal).status, price("T1")) == (Status.PUBLISHED, 104_00)
    assert "2 lines compared with their facts under rule set 1; 1 of them moved and passes still." in told(proposal)


def test_an_approved_breach_goes_out_as_long_as_it_is_no_larger_than_what_was_approved():
    smaller, larger = propose(("T1", 120_00), key="s"), propose(("T2", 120_00), key="l")
    for proposal in (smaller, larger):
        approve(proposal)

    change("T1", competitor_price=105_00)
    change("T2", competitor_price=95_00)
    for proposal in (smaller, larger):
        publish(proposal)

    assert (found(smaller).status, price("T1")) == (Status.PUBLISHED, 120_00)
    assert (found(larger).status, price("T2")) == (Status.PENDING_APPROVAL, 100_00)


def test_what_was_put_before_a_person_again_goes_out_once_they_approve_it_as_it_is():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)
    change("T1", competitor_price=80_00)
    ring(MONDAY + HOUR)

    approve(proposal, at=MONDAY + 2 * HOUR)
    publish(proposal, MONDAY + 2 * HOUR)

    assert price("T1") == 104_00


def test_the_second_wave_is_held_when_its_facts_moved_and_goes_on_without_what_is_hard():
    proposal = propose(("T1", 104_00), ("T2", 104_00), ("T3", 104_00), waves=TWO_WAVES)
    publish(proposal)

    costs("T2", 110_00)
    all_applied(proposal)

    assert (found(proposal).status, price("T2"), price("T3")) == (Status.HELD, 100_00, 100_00)
    assert "Wave 2 no longer stands as it was passed. T2: cost ₹50.00 → ₹110.00." in told(proposal)
    with reading() as session:
        shown = {line.sku: line.verdict for line in queries.lines(session, proposal.id).items}
    assert shown == {"T1": "CLEAN", "T2": "HARD", "T3": "CLEAN"}, "the person who continues sees what is hard"

    seen = found(proposal).seen_hash
    commands.act(KIRAN, proposal.id, Action.CONTINUE, comment="Without T2", seen=seen, key="go",
                 now=MONDAY + 3 * HOUR)  # fmt: skip
    assert (price("T2"), price("T3")) == (100_00, 104_00)
    assert "1 line left out: T2" in told(proposal)


def test_who_lets_a_canary_go_on_whose_next_wave_turned_hard_is_refused_with_what_is_found_and_reads_it():
    """At a cost of 110.00 each T2 sold at 104.00 loses 6.00."""
    proposal = propose(("T1", 104_00), ("T2", 104_00), ("T3", 104_00), waves=TWO_WAVES)
    publish(proposal)
    acts(OMAR, proposal.id, Action.PAUSE, comment="Look", key="p", now=MONDAY + 2 * HOUR)
    costs("T2", 110_00)

    with pytest.raises(FactsMoved, match="Nothing went out and nothing was changed") as refused:
        acts(KIRAN, proposal.id, Action.CONTINUE, comment="Go", key="go", now=MONDAY + 3 * HOUR)

    (moved,) = refused.value.extra["moved"]
    assert (moved["sku"], moved["standing"], refused.value.extra["moved_count"]) == ("T2", "hard", 1)
    assert "T2: cost ₹50.00 → ₹110.00. Margin" in moved["finding"]
    with reading() as session:
        done = session.scalars(select(col(AuditEntry.action)).where(col(AuditEntry.chain) == proposal.id)).all()
        shown = {line.sku: line.verdict for line in queries.lines(session, proposal.id).items}
    assert (found(proposal).status, "continue" in done, price("T3")) == (Status.HELD, False, 100_00)
    assert shown["T2"] == "HARD", "Baton judged it again, so that it can be read and left behind"
    acts(KIRAN, proposal.id, Action.CONTINUE, comment="Without T2", key="on", now=MONDAY + 3 * HOUR)
    assert (price("T2"), price("T3")) == (100_00, 104_00)


def test_a_held_wave_whose_facts_move_once_more_shows_the_new_difference_before_it_goes_on():
    proposal = propose(("T1", 104_00), ("T2", 104_00), waves=TWO_WAVES)
    publish(proposal)
    change("T2", competitor_price=90_00)
    all_applied(proposal)
    before = found(proposal).seen_hash

    change("T2", competitor_price=70_00)
    assert len(rejudging.step()) == 1

    assert found(proposal).seen_hash != before
    assert "competitor ₹90.00 → ₹70.00" in told(proposal)


def test_an_emergency_does_not_send_out_what_no_longer_stands():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + 9 * HOUR)
    costs("T1", 110_00)

    with pytest.raises(FactsMoved, match="no longer stands"):
        commands.act(EMMA, proposal.id, Action.EXPEDITE, comment="Now", seen=found(proposal).seen_hash,
                     key="e", now=MONDAY + HOUR)  # fmt: skip

    assert (found(proposal).status, price("T1")) == (Status.APPROVED, 100_00)


def test_an_emergency_goes_out_over_facts_that_moved_for_the_better():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + 9 * HOUR)
    costs("T1", 40_00)

    commands.act(EMMA, proposal.id, Action.EXPEDITE, comment="Now", seen=found(proposal).seen_hash,
                 key="e", now=MONDAY + HOUR)  # fmt: skip

    assert price("T1") == 104_00


def test_what_waits_for_a_person_is_judged_again_as_soon_as_its_facts_move():
    proposal = propose(("T1", 120_00), ("T2", 101_00))
    assert rejudging.step() == []

    costs("T2", 60_00)
    assert len(rejudging.step()) == 1

    with reading() as session:
        assert queries.moved_facts(session, proposal.id, MONDAY + HOUR) == [], "nobody is sent away with re-evaluate"
        assert {line.sku: line.cost for line in queries.lines(session, proposal.id).items}["T2"] == 60_00
    assert found(proposal).status is Status.PENDING_APPROVAL
    approve(proposal)
    assert rejudging.step() == []


def test_what_waits_for_its_date_goes_back_to_a_person_when_it_no_longer_stands_and_not_at_its_date():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + 100 * HOUR)

    change("T1", competitor_price=80_00)
    rejudging.step()

    assert found(proposal).status is Status.PENDING_APPROVAL


def test_two_changes_of_one_price_do_not_add_up_to_what_nobody_looked_at():
    first, second = propose(("T1", 90_00), key="1"), propose(("T1", 113_00), key="2", effective_at=MONDAY + HOUR)
    publish(first, MONDAY)

    ring(MONDAY + HOUR)

    assert (found(second).status, price("T1")) == (Status.PENDING_APPROVAL, 90_00), "from 90.00 it is +25.6 %"


def test_a_price_that_stands_there_already_is_left_alone_and_said():
    first, second = propose(("T1", 104_00), key="1"), propose(("T1", 104_00), ("T2", 104_00), key="2")
    publish(first)

    publish(second, MONDAY + 2 * HOUR)

    assert (found(second).published_lines, price("T1"), price("T2")) == (1, 104_00, 104_00)
    assert "1 line left out: T1" in told(second)


def rules_that_change(at: datetime) -> None:
    """Rule set 1, of which the limit on increases becomes 3 % at an instant; the set itself stays the same."""
    limit = next(rule for rule in SEED_RULE_SET.rules if rule.id == "increase-limit")
    stricter = limit.model_copy(update={"id": "stricter", "parameters": {"limit_bp": 300}, "valid_from": at})
    others = tuple(rule for rule in SEED_RULE_SET.rules if rule.id != limit.id)
    rules = RuleSet(number=1, rules=(*others, limit.model_copy(update={"valid_to": at}), stricter))
    with transaction() as session:
        session.execute(update(StoredRuleSet).values(rules=rules.to_json(), content_hash=rules.content_hash))


def test_a_rule_that_comes_into_force_before_the_date_judges_what_is_about_to_go_out():
    rules_that_change(MONDAY + 30 * MINUTE)
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)
    assert proposal.status is Status.APPROVED

    ring(MONDAY + HOUR)

    assert (found(proposal).status, price("T1")) == (Status.PENDING_APPROVAL, 100_00)


def test_resuming_asks_only_for_what_is_due():
    later, due = propose(("T1", 104_00), key="l", effective_at=MONDAY + 9 * HOUR), propose(("T2", 104_00), key="d")
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong feed", now=MONDAY)
        session.execute(update(OutboxJob).values(done_at=MONDAY))
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Fine", now=MONDAY)

    with reading() as session:
        asked = session.scalars(select(col(OutboxJob.args)).where(col(OutboxJob.done_at).is_(None))).all()
    assert later.status is Status.APPROVED
    assert [json.loads(args)["proposal_id"] for args in asked] == [due.id]


def test_a_held_wave_says_what_is_worst_of_it_now_and_why_a_line_stays_behind():
    proposal = propose(("T1", 104_00), ("T2", 104_00), ("T3", 104_00), waves=TWO_WAVES)
    publish(proposal)
    costs("T2", 103_00)
    all_applied(proposal)

    held = found(proposal)
    assert (held.verdict, held.headline) == ("HARD", "1 of 3 lines breaks a hard rule by now")

    acts(KIRAN, proposal.id, Action.CONTINUE, comment="Without it", key="go", now=MONDAY + 3 * HOUR)
    assert "T2: seen as hard before. Margin 0.9 %" in told(proposal)


def test_what_is_refused_when_its_hour_comes_tells_nobody_to_look_again():
    proposal = propose(("T1", 104_00), effective_at=MONDAY + HOUR)
    costs("T1", 110_00)
    ring(MONDAY + HOUR)

    assert found(proposal).status is Status.REJECTED
    assert "a person looks again" not in told(proposal)


def test_a_cost_that_rises_after_the_comparison_and_before_the_price_is_set_keeps_that_line_back(
    monkeypatch: pytest.MonkeyPatch,
):
    proposal = propose(("T1", 104_00), ("T2", 104_00))
    compare = comparison.compare

    def compared(session: Session, *case: Proposal, **more: object) -> comparison.Comparison:
        answer = compare(session, *case, **more)  # type: ignore[arg-type]
        session.execute(update(Product).where(col(Product.sku) == "T1").values(cost=110_00))
        return answer

    monkeypatch.setattr(comparison, "compare", compared)
    publish(proposal)

    assert (price("T1"), price("T2")) == (100_00, 104_00), "at 104.00 every T1 would have lost 6.00"
    assert found(proposal).published_lines == 1
    with reading() as session:
        last = session.scalars(select(OutboxEvent).order_by(col(OutboxEvent.seq).desc()).where(
            col(OutboxEvent.stream) == LIFECYCLE_STREAM)).first()  # fmt: skip
    assert last is not None
    assert json.loads(last.payload)["lines"] == 1, "the tracker waits for no more than went out"


THREE_WAVES = WavePlan(
    waves=(
        Wave(selector=Selector(skus=("T1",)), bake_seconds=600),
        Wave(selector=Selector(skus=("T2",)), bake_seconds=600),
        Wave(share_bp=10_000, bake_seconds=600),
    )
)


def judged_by(proposal: ProposalSummary) -> dict[str, set[int]]:
    """By which rule set each line was found at fault."""
    with reading() as session:
        rows = session.execute(select(col(Line.sku), col(Line.findings)).where(col(Line.proposal_id) == proposal.id))
        return {sku: {finding.rule_set for finding in policy.stored_findings(found)} for sku, found in rows}


@pytest.mark.parametrize("step", [1, 1_000])
def test_a_canary_held_under_other_rules_says_the_set_by_which_all_that_is_to_come_was_judged(
    step: int, monkeypatch: pytest.MonkeyPatch
):
    proposal = propose(("T1", 104_00), ("T2", 104_00), ("T3", 104_00), ("T4", 104_00), waves=THREE_WAVES)
    publish(proposal)
    monkeypatch.setattr(effects, "LINES_PER_STEP", step)
    stricter_rules()
    all_applied(proposal)
    while found(proposal).under_way:
        with transaction() as session:
            actions.carry_out(session, proposal.id, now=MONDAY + 2 * HOUR)

    assert (found(proposal).status, found(proposal).rule_set) == (Status.HELD, 2)
    assert judged_by(proposal) == {"T1": set(), "T2": {2}, "T3": {2}, "T4": {2}}
    assert rejudging.step() == [], "it would be judged again and again"


def test_a_wave_that_was_judged_along_with_a_held_one_is_still_compared_when_its_turn_comes():
    proposal = propose(("T1", 104_00), ("T2", 104_00), ("T3", 104_00), waves=THREE_WAVES)
    publish(proposal)
    stricter_rules()
    all_applied(proposal)
    commands.act(KIRAN, proposal.id, Action.CONTINUE, comment="Fine", seen=found(proposal).seen_hash, key="go",
                 now=MONDAY + 3 * HOUR)  # fmt: skip
    change("T3", competitor_price=90_00)
    all_applied(proposal)

    assert (found(proposal).status, price("T2"), price("T3")) == (Status.HELD, 104_00, 100_00)


def test_what_goes_out_in_one_piece_says_the_rule_set_under_which_it_was_compared():
    proposal = propose(("T1", 102_00))
    stricter_rules()
    publish(proposal)

    assert (found(proposal).status, found(proposal).rule_set) == (Status.PUBLISHED, 2)
