"""A proposal's page keeps what it was opened with, says what changed since, and warns who demands waves."""

import pytest

from app import database
from app.canary.waves import Wave, WavePlan
from app.identity.records import UserRole
from app.lifecycle import actions
from app.lifecycle.publishing import brakes
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import PERSONAL, Action
from app.lifecycle.views import queries
from app.pages.overview.read import overview
from app.pages.proposal.read import ProposalAsked, ProposalPage, whole_page
from rules.ruleset import SEED_RULE_SET
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, product, proposing, stocked

PLAN = WavePlan(waves=(Wave(share_bp=5_000, bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60)))


@pytest.fixture(autouse=True)
def one_waiting(pricing_store: str) -> None:
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"))
        actions.submit(session, proposing(("T1", 130_00), ("T2", 130_00)), actor=ASHA, now=MONDAY)


def page(actor=KIRAN, *, seen: str = "") -> ProposalPage:
    return whole_page(ProposalAsked("PC-1", seen=seen), actor, MONDAY + HOUR)


def planned(plan: WavePlan | None = PLAN) -> None:
    with database.transaction() as session:
        actions.plan_waves(session, queries.find(session, "PC-1").id, plan, actor=NOOR, now=MONDAY + HOUR)


def test_every_personal_action_has_its_button():
    assert set(PERSONAL) == set(DEEDS)


def test_what_changed_since_the_page_was_opened_is_said_to_whoever_can_decide():
    first = page()
    planned()
    later, onlooker = page(seen=first.seen), page(OMAR, seen=first.seen)

    assert (first.changed, later.seen, later.head.standing != first.seen) == ("", first.seen, True)
    assert later.changed == "It now goes out in waves: up to 50 %, then all that is left."
    assert onlooker.changed == ""


def test_who_demands_waves_is_told_beforehand_that_somebody_else_has_to_approve():
    with database.transaction() as session:
        session.merge(UserRole(user_id=KIRAN.id, role="approver"))
    alone = page().demand_warns
    with database.transaction() as session:
        session.merge(UserRole(user_id=NOOR.id, role="approver"))

    assert alone.startswith("Nobody else here may approve")
    assert (
        page().demand_warns == "Who demands waves has a hand in the proposal, so somebody else has to approve it then."
    )


def test_who_planned_the_waves_may_plan_again_and_reads_why_they_cannot_approve():
    planned()
    buttons = page(NOOR).actions

    assert buttons[Action.PLAN_WAVES].allowed
    assert buttons[Action.APPROVE].why.startswith("You planned the waves of this proposal")


def test_a_verdict_of_retired_rules_is_said_with_the_way_on():
    with database.transaction() as session:
        session.get_one(StoredRuleSet, 1).status = RuleSetStatus.RETIRED
        rules = SEED_RULE_SET.model_copy(update={"number": 2}).to_json()
        session.add(StoredRuleSet(number=2, rules=rules, content_hash="x", status=RuleSetStatus.ACTIVE))
    seen = page()
    buttons = seen.actions

    assert [say.lead for say in seen.says] == ["Rule set 2 is in force now."]
    assert (buttons[Action.APPROVE].allowed, buttons[Action.RE_EVALUATE].allowed) == (False, True)


def test_what_was_decided_on_is_shown_after_it_went_out():
    seen = page().seen
    with database.transaction() as session:
        proposal = queries.find(session, "PC-1").id
        actions.decide(session, proposal, Action.APPROVE, actor=KIRAN, comment="", now=MONDAY + HOUR)
        actions.publish(session, proposal, now=MONDAY + HOUR)

    facts = {fact.label: fact.value for fact in page().decision_facts}
    assert facts["Content seen"] == f"{seen[:4]} {seen[4:8]}"


def test_what_falls_due_in_a_freeze_is_said_to_publish_when_that_ends():
    with database.transaction() as session:
        asked = proposing(("T2", 101_00), reason="Tea tonight", effective_at=MONDAY + 10 * HOUR)
        dated = queries.reference_of(actions.submit(session, asked, actor=ASHA, now=MONDAY).number)
        at = {"starts": MONDAY + 9 * HOUR, "ends": MONDAY + 15 * HOUR}
        brakes.freeze(session, **at, actor=OMAR, reason="Stocktake", now=MONDAY)

    told = whole_page(ProposalAsked(dated), KIRAN, MONDAY + HOUR).next
    with database.reading() as session:
        [ahead] = [row for row in overview(session, KIRAN, MONDAY + HOUR).ahead if row.reference == dated]

    assert told.words.startswith("publishes at ")
    assert told.words.endswith(", when the freeze ends,")
    assert (told.left, ahead.left) == ("in 14 h", "in 14 h"), "announced for 5 hours before it can go out"


def test_one_change_is_one_number_in_its_row_its_finding_and_the_totals():
    with database.transaction() as session:
        actions.submit(session, proposing(("T1", 128_33), reason="Tea"), actor=ASHA, now=MONDAY)
    seen = whole_page(ProposalAsked("PC-2"), KIRAN, MONDAY + HOUR)
    [row] = seen.rows
    largest = next(fact.value for fact in seen.facts if fact.label == "Largest change")

    assert "28.4 %" in row.found.whole  # the finding rounds away from its limit
    assert (row.change, row.found.number, largest) == ("+28.4 %",) * 3
