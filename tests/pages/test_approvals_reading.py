"""The approvals page says what waits, why, and what is shut, in words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app import database
from app.canary.waves import Selector, Wave, WavePlan
from app.components import format as shown
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.clock import timers
from app.lifecycle.deciding import delegations
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.transitions import Action
from app.pages.approvals import bulk_read, detail_read, lines_read, queue_read
from app.pages.approvals.detail_read import OpenedAs
from app.pages.approvals.queue_read import QueueAsked
from app.pages.approvals.view import BulkView, ItemView, ProposalDetail
from app.pricelist.records import Price, PriceHistory
from app.words.title import title_of
from rules.ruleset import SEED_RULE_SET
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, RAVI, person, product, proposing, stocked

LEELA = person("Leela", Role.OWNER)


@pytest.fixture(autouse=True)
def two_waiting(pricing_store: str) -> None:
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"), product("T3", competitor=100_00), product("T4"))
        actions.submit(session, proposing(("T1", 130_00), ("T4", 101_00), reason="First in"), actor=ASHA, now=MONDAY)
        actions.submit(session, proposing(("T2", 160_00), reason="Second in"), actor=ASHA, now=MONDAY + HOUR)


def queue(actor=KIRAN, **wanted: str) -> queue_read.QueuePage:
    with database.reading() as session:
        return queue_read.queue(session, actor, QueueAsked(**wanted), {}, MONDAY + HOUR)


def detail(item: str, actor=KIRAN, *, seen: str = "") -> ProposalDetail:
    with database.reading() as session:
        return detail_read.detail(session, actor, QueueAsked(item=item), [item], OpenedAs("nonce", seen), MONDAY + HOUR)


def test_the_soonest_due_leads_and_nothing_is_open_that_nobody_asked_for():
    asked = queue()

    assert [group.rows[0].title for group in asked.groups] == ["First in", "Second in"]
    assert [row.open for group in asked.groups for row in group.rows] == [False, False]
    opened = queue(item=asked.references[1])
    assert [row.open for group in opened.groups for row in group.rows] == [False, True]


def test_groups_are_one_rule_and_one_band():
    assert [(group.title, group.band) for group in queue().groups] == [
        ("Increase", "20 to 30 %"),
        ("Increase", "over 50 %"),
    ]


def test_what_i_wrote_is_mine_and_cannot_be_ticked():
    asked = queue(ASHA)

    assert all(row.mine and row.why == "You wrote this" for group in asked.groups for row in group.rows)
    assert [tab.word for tab in asked.tabs] == ["Waiting 2", "Mine 2", "Decided"]


def test_a_filter_narrows_the_queue_and_stays_in_the_address():
    asked = queue(q="second")

    assert [row.title for group in asked.groups for row in group.rows] == ["Second in"]
    assert asked.groups[0].rows[0].href == f"/approvals?q=second&item={asked.references[0]}"


def test_the_detail_says_why_and_what_would_pass():
    item = queue().references[0]
    with database.reading() as session:
        line = lines_read.breaking_lines(session, item)[0]

    assert detail(item).sentences[0].verdict.word == "1 of 2 lines rises more than 15.0 %"
    assert (line.passing.units, line.change, line.change_tone) == ("115", "+30.0 %", "warn b")


def test_an_analyst_reads_why_deciding_is_shut():
    assert detail(queue().references[0], ASHA).shut == "Approvers decide; your roles do not include that"


def test_a_moved_fact_shuts_approving_and_is_named():
    item = queue().references[0]
    with database.transaction() as session:
        stocked(session, product("T1", cost=71_00), now=MONDAY + HOUR)
    seen = detail(item)

    assert seen.shut == "Re-evaluate first"
    assert "T1 cost: ₹70.00 → ₹71.00" in seen.moved


def test_somebody_elses_decision_is_told_and_everything_stays_readable():
    item = queue().references[0]
    with database.transaction() as session:
        proposal = queue_read.queries.find(session, item)
        actions.decide(session, proposal.id, Action.REJECT, actor=NOOR, comment="Too steep", now=MONDAY + HOUR)
    seen = detail(item)

    assert seen.gone.startswith("Noor rejected this")
    assert seen.gone_detail == "“Too steep”"
    assert seen.sentences
    assert not seen.waits


def test_what_was_decided_says_by_whom():
    item = queue().references[0]
    with database.transaction() as session:
        proposal = queue_read.queries.find(session, item)
        actions.decide(session, proposal.id, Action.APPROVE, actor=NOOR, comment="", now=MONDAY + HOUR)

    assert [row.note for group in queue(tab="decided").groups for row in group.rows] == ["approved by Noor"]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Tea: auction prices", ("Tea: auction prices", "")),
        ("New crop. It landed dearer.", ("New crop.", "It landed dearer.")),
        ("One\nTwo", ("One", "Two")),
        ("x" * 200, ("x" * 90 + " …", "x" * 200)),
    ],
)
def test_a_reason_has_a_title(reason: str, expected: tuple[str, str]):
    assert title_of(reason) == expected


def late(by: timedelta) -> None:
    """Let the clock act on the first proposal as it would."""
    with database.transaction() as session:
        due = timers.claim(session, owner="test", now=MONDAY + by)
        for timer in [found for found in due if timers.take(session, found.id or 0, MONDAY + by)]:
            actions.keep_appointment(session, timer, now=MONDAY + by)


def queue_at(after: timedelta, actor: Actor = LEELA, **wanted: str) -> queue_read.QueuePage:
    with database.reading() as session:
        return queue_read.queue(session, actor, QueueAsked(**wanted), {}, MONDAY + after)


def rows(asked: queue_read.QueuePage) -> list[ItemView]:
    return [row for group in asked.groups for row in group.rows]


def test_half_the_time_reminds_and_the_end_escalates_to_owners_who_may_then_decide():
    before = [row.mine for row in rows(queue())], [row.mine for row in rows(queue_at(HOUR))]
    late(12.5 * HOUR)
    reminded = [row.stage.word for row in rows(queue_at(12.5 * HOUR))]
    late(24.5 * HOUR)
    asked = queue_at(24.5 * HOUR)

    assert before == ([False, False], [True, True])
    assert reminded == ["reminded", ""]
    assert [row.stage.word.partition(",")[0] for row in rows(asked)] == ["escalated", "reminded"]
    assert [row.mine for row in rows(asked)] == [False, True]
    assert [tab.word for tab in asked.tabs][:2] == ["Waiting 2", "Escalated 1"]
    with database.reading() as session:
        opened = detail_read.detail(
            session, LEELA, QueueAsked(item=asked.references[0]), [], OpenedAs("n"), MONDAY + 24.5 * HOUR
        )
    assert (opened.approve.allowed, opened.right, opened.shut) == (True, "", "")


def test_what_expired_is_not_counted_any_more():
    for hours in (12.5, 24.5, 48.5):
        late(hours * HOUR)
    asked = queue_at(48.5 * HOUR)

    assert [row.title for row in rows(asked)] == ["Second in"]
    assert asked.tabs[0].word == "Waiting 1"
    assert asked.note.startswith("1 waiting")


def test_a_borrowed_right_opens_the_buttons_and_both_names_are_shown():
    item = queue().references[0]
    with database.transaction() as session:
        session.add(UserRole(user_id=KIRAN.id, role=Role.APPROVER.value))
        delegations.delegate(
            session, lender=KIRAN, borrower_id=RAVI.id, starts=MONDAY, ends=MONDAY + 8 * HOUR, now=MONDAY
        )
    opened = detail(item, RAVI)
    with database.transaction() as session:
        actions.decide(
            session,
            queue_read.queries.find(session, item).id,
            Action.APPROVE,
            actor=RAVI,
            comment="",
            now=MONDAY + HOUR,
        )

    assert (opened.approve.allowed, opened.right) == (True, "You decide for Kiran; the audit keeps both names")
    assert [row.note for row in rows(queue(RAVI, tab="decided"))] == ["approved by Ravi for Kiran"]
    assert detail(queue().references[0], RAVI).shut == ""


def test_an_owner_uses_a_borrowed_right_before_escalation_in_both_names():
    item = queue().references[0]
    with database.transaction() as session:
        session.merge(User(id=LEELA.id, email=LEELA.email, name=LEELA.name, created_at=MONDAY))
        session.add(UserRole(user_id=KIRAN.id, role=Role.APPROVER.value))
        delegations.delegate(
            session, lender=KIRAN, borrower_id=LEELA.id, starts=MONDAY, ends=MONDAY + 8 * HOUR, now=MONDAY
        )
        found = queue_read.queries.find(session, item)
        actions.decide(session, found.id, Action.APPROVE, actor=LEELA, comment="", now=MONDAY + HOUR)

    assert [row.note for row in rows(queue(LEELA, tab="decided"))] == ["approved by Leela for Kiran"]


def test_a_fall_is_shown_as_a_fall_and_a_rise_of_a_month_beside_the_change_that_was_asked_for():
    with database.transaction() as session:
        stocked(session, product("T5", cost=5_00), product("T6"))
        session.add(PriceHistory(sku="T6", version=2, amount=114_00, currency="INR", at=MONDAY, cause="published"))
        session.execute(update(Price).where(col(Price.sku) == "T6").values(amount=114_00, version=2))
        slip = actions.submit(session, proposing(("T5", 16_00), reason="A slip"), actor=ASHA, now=MONDAY)
        twice = actions.submit(session, proposing(("T6", 129_96), reason="In steps"), actor=ASHA, now=MONDAY)
        references = [f"PC-{slip.number}", f"PC-{twice.number}"]

    rows = {row.title: row for group in queue().groups for row in group.rows}
    with database.reading() as session:
        fall, rise = (lines_read.breaking_lines(session, reference)[0] for reference in references)

    assert [(group.title, group.band) for group in queue(q="slip").groups] == [("Decrease", "over 50 %")]
    assert (rows["A slip"].worst, rows["In steps"].worst) == ("−84.0 %", "+30.0 %")
    assert (fall.change, fall.passing.units, fall.change_tone) == ("−84.0 %", "70", "warn b")
    assert (rise.change, rise.passing.units, rise.change_tone) == ("+14.0 %", "115", "warn b")
    assert detail(references[0]).sentences[0].rest == "; most, −84.0 %."


def test_a_proposal_stays_bound_to_how_it_was_opened_and_says_what_changed():
    item = queue().references[0]
    first = detail(item)
    with database.transaction() as session:
        plan = WavePlan(waves=(Wave(share_bp=5_000, bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60)))
        actions.plan_waves(session, queue_read.queries.find(session, item).id, plan, actor=NOOR, now=MONDAY + HOUR)
    later = detail(item, seen=first.seen)

    assert (first.changed, later.seen) == ("", first.seen)
    assert later.changed == "It now goes out in waves: up to 50 %, then all that is left."
    assert detail(item).changed == ""


def test_a_verdict_of_retired_rules_offers_one_click_to_reach_it_again():
    item = queue().references[0]
    with database.transaction() as session:
        session.get_one(StoredRuleSet, 1).status = RuleSetStatus.RETIRED
        rules = SEED_RULE_SET.model_copy(update={"number": 2}).to_json()
        session.add(StoredRuleSet(number=2, rules=rules, content_hash="x", status=RuleSetStatus.ACTIVE))
    seen = detail(item)

    assert seen.moved_title == "Judged by rule set 1; rule set 2 is in force now."
    assert (seen.approve.allowed, seen.shut, seen.re_evaluate.allowed) == (False, "Re-evaluate first", True)


def previewed(ticks: dict[str, str], actor: Actor = KIRAN) -> BulkView:
    with database.reading() as session:
        return bulk_read.preview(session, actor, ticks, "n", MONDAY + HOUR)


def test_a_bulk_approval_is_summed_up_before_it_is_done():
    ticks = {row.reference: row.seen for group in queue().groups for row in group.rows}
    plan = previewed(ticks)

    assert (plan.title, plan.refused) == ("Approve 2 proposals", "")
    assert {fact.label: f"{fact.value} {fact.note}".strip() for fact in plan.facts} == {
        "Lines": "3",
        "One of each": "₹300.00 → ₹391.00 (+30.3 %)",
        "Mean change": "+30.3 %",
        "Largest change": "+60.0 % in PC-2",
        "Worst: increase": "+60.0 % in PC-2",
    }


def test_a_bulk_approval_names_what_will_be_refused_and_why():
    ticks = {row.reference: row.seen for group in queue().groups for row in group.rows}
    with database.transaction() as session:
        planned = queue_read.queries.find(session, "PC-1").id
        plan = WavePlan(waves=(Wave(share_bp=5_000, bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60)))
        actions.plan_waves(session, planned, plan, actor=NOOR, now=MONDAY + HOUR)
    as_noor = previewed(ticks, NOOR)
    changed = previewed({"PC-2": "0" * len(ticks["PC-2"])})

    assert (as_noor.title, as_noor.refused) == ("Approve 1 proposal", "1 of 2 will be refused.")
    assert as_noor.rows[0].note.startswith("You planned the waves of this proposal")
    assert changed.rows[0].note.startswith("Changed since you selected it:")
    assert changed.facts == []


def test_what_an_approval_approves_besides_the_prices_is_shown_where_it_is_given():
    lines, ends = proposing(("T3", 130_00), ("T4", 130_00), reason="Tonight only"), MONDAY + 5 * HOUR
    plan = WavePlan(
        waves=(Wave(selector=Selector(skus=("T3",)), bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60))
    )
    with database.transaction() as session:
        made = actions.submit(session, replace(lines, ends_at=ends, waves=plan), actor=ASHA, now=MONDAY + HOUR)
        planned = queue_read.queries.summary(session, made.id)
    seen = detail(planned.reference)
    facts = {fact.label: fact.value for fact in seen.facts}
    [row] = previewed({planned.reference: seen.seen}).rows

    assert facts["Earlier prices return"].endswith(shown.clock(ends))
    assert facts["Goes out"] == "in 2 waves"
    assert "until " in row.note
    assert row.note.endswith(", in 2 waves")


def test_the_reason_of_a_return_is_not_quoted_where_it_begins_with_what_baton_wrote():
    reason = "Offer for the long weekend, with the two supermarkets at the ring road in mind, which have begun already"
    with database.transaction() as session:
        window = actions.submit(session, proposing(("T3", 130_00), reason=reason), actor=ASHA, now=MONDAY)
        other = actions.submit(session, proposing(("T1", 131_00)), actor=ASHA, now=MONDAY)
        other.returns, other.reason = window.id, f"Back from PC-{window.number}: {reason}"
        session.add(other)

    assert detail(f"PC-{window.number}").rest == f"“{reason}”"
    assert detail(f"PC-{other.number}").rest == f"Back from PC-{window.number}: {reason}"
