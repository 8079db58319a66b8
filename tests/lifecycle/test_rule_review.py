"""From a draft to the set that judges: a second person, who saw exactly that, and nothing left uncovered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from pydantic import JsonValue
from sqlmodel import select

from app import database
from app.database import open_engine, reading, transaction
from app.identity import people
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import (
    CommentMissing,
    FourEyes,
    NotAllowed,
    Refused,
    SeenContentChanged,
    SeenContentMissing,
    TransitionRefused,
)
from app.lifecycle.proposing import policy
from app.lifecycle.records import Timer
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import applying
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook.diagram import page
from app.lifecycle.rulebook.refusals import NothingToRebase, NotInThisStatus, NotThen, RuleSetOvertaken, RuleSetUnfit
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import BY_RULE_SET_MOVE, RULE_SET_TRANSITIONS, RuleSetAction
from app.lifecycle.rulebook.values import RuleSetSummary
from app.pricelist.catalog_import import import_catalog
from app.pricelist.records import Product
from tests.architecture.test_docs import ROOT
from tests.builders import ASHA, HOUR, MONDAY, product, proposing
from tests.lifecycle.rulebook import (
    LEELA,
    MAYA,
    OLGA,
    TEA,
    activated,
    content,
    drafted,
    in_review,
    key,
    statuses,
    stored,
    with_tea,
)
from workers.orchestration.scheduler import Scheduler

pytestmark = pytest.mark.usefixtures("tea")
SIX = MONDAY + timedelta(hours=9)


def nothing_changed(number: int, status: str) -> None:
    assert statuses()[number] == status
    assert statuses()[1] == "ACTIVE"


def activates(number: int, by=MAYA, **more: object):  # type: ignore[no-untyped-def]
    return commands.activate_rules(by, number, content_hash=stored(number).content_hash, key=key(), **more)  # type: ignore[arg-type]


def rings(at) -> None:  # type: ignore[no-untyped-def]
    """Let the clock keep what is due, as the orchestrating process does."""
    Scheduler(now=lambda: at, owner="test").step()


def test_no_move_stands_in_the_table_twice_and_every_status_is_reached():
    assert len(BY_RULE_SET_MOVE) == len(RULE_SET_TRANSITIONS)
    assert {row.target for row in RULE_SET_TRANSITIONS} == set(RuleSetStatus)
    left = {row.source for row in RULE_SET_TRANSITIONS}
    assert set(RuleSetStatus) - left == {RuleSetStatus.RETIRED, RuleSetStatus.DROPPED}


def test_whatever_the_table_does_not_know_is_refused_and_changes_nothing():
    made = with_tea()
    do = {
        RuleSetAction.CHANGE: lambda: commands.remove_rule(MAYA, 2, "tea-rises", version=2, key=key()),
        RuleSetAction.REBASE: lambda: commands.rebase_rules(MAYA, 2, version=2, key=key()),
        RuleSetAction.SHADOW: lambda: commands.shadow_rules(MAYA, 2, True, key=key()),
        RuleSetAction.SUBMIT: lambda: commands.submit_rules(MAYA, 2, content_hash=made.content_hash, key=key()),
        RuleSetAction.RETURN: lambda: commands.return_rules(
            MAYA, 2, content_hash=made.content_hash, comment="no", key=key()
        ),
        RuleSetAction.ACTIVATE: lambda: activates(2),
        RuleSetAction.SCHEDULE: lambda: activates(2, effective_at=MONDAY + timedelta(days=900)),
        RuleSetAction.DROP: lambda: commands.drop_rules(
            MAYA, 2, content_hash=made.content_hash, comment="no", key=key()
        ),
    }
    for status in set(RuleSetStatus) - {RuleSetStatus.ACTIVE}:
        with transaction() as session:
            session.get_one(StoredRuleSet, 2).status = status
        for action in do.keys() - {action for source, action in BY_RULE_SET_MOVE if source is status}:
            with pytest.raises(NotInThisStatus):
                do[action]()
            nothing_changed(2, status)


def test_the_diagram_in_the_docs_is_the_table():
    assert (ROOT / "docs" / "rules.md").read_text() == page()


def test_a_second_owner_activates_what_the_first_drafted_and_the_former_set_retires():
    with transaction() as session:
        before = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY).status
    made = in_review()

    done = activates(made.number, comment="Agreed", now=MONDAY + HOUR)

    assert (done.status, done.activated_by, done.activated_at) == ("ACTIVE", "Maya", MONDAY + HOUR)
    assert statuses() == {2: "ACTIVE", 1: "RETIRED"}
    assert stored(1).retired_at == MONDAY + HOUR
    with transaction() as session:
        after = actions.submit(session, proposing(("T2", 120_00)), actor=ASHA, now=MONDAY + HOUR)
        assert (before, after.status, after.rule_set) == ("PENDING_APPROVAL", "APPROVED", 2)
    with reading() as session:
        assert audit_trail.verify(session).problem == ""
        told = [(one.verb, one.by, one.said) for one in rule_sets.history(session, 2)]
    assert told == [
        ("activate-rules", "Maya", "Agreed"), ("submit-rules", "Leela", "Tea swings"), ("change-rules", "Leela", ""),
        ("draft-rules", "Leela", "Tea swings"),
    ]  # fmt: skip


@pytest.mark.parametrize("by", [LEELA, MAYA], ids=["who drafted it", "who edited it"])
def test_nobody_activates_what_they_had_a_hand_in(by):  # type: ignore[no-untyped-def]
    made = with_tea()
    commands.change_rule(
        MAYA, made.number, "tea-rises", {"rationale": "So."}, version=made.version, key=key(), now=MONDAY
    )
    read = stored(made.number).content_hash
    commands.submit_rules(LEELA, made.number, content_hash=read, key=key(), now=MONDAY)

    with pytest.raises(FourEyes, match="and nobody decides on their own work"):
        activates(made.number, by)
    with pytest.raises(FourEyes):
        activates(made.number, by, effective_at=SIX, now=MONDAY)

    nothing_changed(made.number, "IN_REVIEW")
    activates(made.number, OLGA)
    assert statuses()[made.number] == "ACTIVE"


def test_whoever_only_submitted_it_has_a_hand_in_it_too():
    made = with_tea()
    commands.submit_rules(MAYA, made.number, content_hash=made.content_hash, key=key(), now=MONDAY)

    with pytest.raises(FourEyes, match="You submitted rule set 2"):
        activates(made.number, MAYA)


def test_a_refusal_says_who_else_there_is():
    made = in_review()

    with pytest.raises(FourEyes, match=r"baton user add EMAIL --role owner"):
        activates(made.number, LEELA)
    with transaction() as session:
        people.add(session, "olga@demo.example", "Olga", [Role.OWNER], password=None, now=MONDAY)
    with pytest.raises(FourEyes, match="Ask another owner"):
        activates(made.number, LEELA)


def test_only_owners_activate():
    made = in_review()

    with pytest.raises(NotAllowed):
        activates(made.number, ASHA)
    nothing_changed(made.number, "IN_REVIEW")


def test_an_activation_binds_to_what_was_read_and_says_what_changed_since():
    """Maya read 30 %; meanwhile it was returned, set to 90 % and submitted again. She would have let 90 % through."""
    made = in_review()
    commands.return_rules(OLGA, 2, content_hash=made.content_hash, comment="Look again", key=key(), now=MONDAY)
    commands.change_rule(LEELA, 2, "tea-rises", {"parameters": {"limit_bp": 9000}}, version=2, key=key())
    commands.submit_rules(LEELA, 2, content_hash=stored(2).content_hash, key=key(), now=MONDAY)

    with pytest.raises(SeenContentChanged) as refused:
        commands.activate_rules(MAYA, 2, content_hash=made.content_hash, key=key())
    with pytest.raises(SeenContentMissing):
        commands.activate_rules(MAYA, 2, content_hash="", key=key())

    assert refused.value.code == "content_changed"
    assert refused.value.extra["difference"] == [
        {"rule": "tea-rises", "change": "changed", "sentence": "Rule tea-rises: limit from 30.0 % to 90.0 %."}
    ]
    nothing_changed(2, "IN_REVIEW")


def test_what_is_in_review_goes_back_with_a_word_on_why_and_can_be_changed_again():
    made = in_review()
    with pytest.raises(CommentMissing):
        commands.return_rules(MAYA, 2, content_hash=made.content_hash, comment=" ", key=key())

    back = commands.return_rules(MAYA, 2, content_hash=made.content_hash, comment="Too much", key=key(), now=MONDAY)

    assert (back.status, back.submitted_by) == ("DRAFT", None)
    commands.remove_rule(LEELA, 2, "tea-rises", version=2, key=key())
    with reading() as session:
        assert ("return-rules", "Maya", "Too much") in [
            (one.verb, one.by, one.said) for one in rule_sets.history(session, 2)
        ]


def test_a_set_is_submitted_with_a_reason():
    made = commands.draft_rules(LEELA, key=key(), now=MONDAY)

    with pytest.raises(CommentMissing):
        commands.submit_rules(LEELA, 2, content_hash=made.content_hash, key=key(), now=MONDAY)
    done = commands.submit_rules(LEELA, 2, content_hash=made.content_hash, reason="Because", key=key(), now=MONDAY)

    assert (done.status, done.reason) == ("IN_REVIEW", "Because")


def test_what_is_dropped_is_a_memory_that_can_be_drafted_from():
    made = in_review()

    dropped = commands.drop_rules(MAYA, 2, content_hash=made.content_hash, comment="Not now", key=key())

    assert dropped.status == "DROPPED"
    assert content(commands.draft_rules(MAYA, start_from=2, key=key()).number).rules == content(2).rules


def limited(rule: str, **fields: JsonValue) -> Callable[[int], RuleSetSummary]:
    return lambda version: commands.change_rule(LEELA, 2, rule, fields, version=version, key=key())


def required(*kinds: str) -> Callable[[int], RuleSetSummary]:
    return lambda version: commands.require_kinds(LEELA, 2, kinds, version=version, key=key())


def removed(rule: str) -> Callable[[int], RuleSetSummary]:
    return lambda version: commands.remove_rule(LEELA, 2, rule, version=version, key=key())


UNFIT = [
    (
        [required("margin_stays_above_floor", "price_stays_near_competitor"), removed("competitor-band")],
        "gap",
        "No rule of the mandatory kind price_stays_near_competitor covers 4 products",
    ),
    (
        [limited(rule, parameters={"limit_bp": 0}) for rule in ("increase-limit", "decrease-limit", "tea-rises")],
        "contradiction",
        "contradict each other",
    ),
    ([limited("increase-limit", valid_to="2026-12-01T00:00:00Z")], "gap", "from 2026-12-24T00:00:00Z"),
]


@pytest.mark.parametrize(("edits", "what", "said"), UNFIT, ids=["gap", "contradiction", "gap to come"])
def test_a_set_that_cannot_judge_is_not_submitted_and_the_refusal_names_what_is_wrong(edits, what: str, said: str):
    with_tea(scope={"category": "Tea", "brand": "Brand"}, valid_to="2026-12-24T00:00:00Z")
    for at, edit in enumerate(edits, start=2):
        edit(at)

    with pytest.raises(RuleSetUnfit) as refused:
        commands.submit_rules(LEELA, 2, content_hash=stored(2).content_hash, key=key(), now=MONDAY)

    assert said in refused.value.detail
    assert refused.value.extra["findings"][0]["what"] == what  # type: ignore[index,call-overload]
    nothing_changed(2, "DRAFT")


def test_what_became_unfit_in_review_is_not_activated():
    """Products in another currency came in after the review: nobody could have changed their prices any more."""
    made = drafted()
    for at, name in enumerate(("margin-floor", "increase-limit", "decrease-limit"), start=1):
        commands.change_rule(LEELA, 2, name, {"scope": {"currency": "INR"}}, version=at, key=key(), now=MONDAY)
    commands.submit_rules(LEELA, made.number, content_hash=stored(2).content_hash, key=key(), now=MONDAY)
    with transaction() as session:
        import_catalog(session, [replace(product("E1"), currency="EUR")], now=MONDAY)

    with pytest.raises(RuleSetUnfit) as refused:
        activates(2)

    assert "covers 1 product" in refused.value.detail
    assert refused.value.extra["findings_count"] == 3
    nothing_changed(2, "IN_REVIEW")


def test_a_category_that_went_away_since_is_named():
    made = in_review()
    with transaction() as session:
        for row in session.exec(select(Product)):
            row.category = "Infusions"

    with pytest.raises(RuleSetUnfit, match="No product is of the category “Tea”"):
        activates(made.number)


def test_a_set_that_was_overtaken_says_so_and_is_brought_up_to_date():
    """Two drafts of set 1. When the first is active, the second would silently take its change back."""
    first, second = in_review(), drafted()
    commands.change_rule(MAYA, 3, "margin-floor", {"parameters": {"limit_bp": 1200}}, version=1, key=key())
    waiting = commands.submit_rules(MAYA, 3, content_hash=stored(3).content_hash, key=key(), now=MONDAY)
    activates(first.number, OLGA)

    with pytest.raises(RuleSetOvertaken, match=r"`baton rules rebase 3 --as OWNER`"):
        activates(second.number, OLGA)
    assert statuses() == {3: "IN_REVIEW", 2: "ACTIVE", 1: "RETIRED"}

    commands.return_rules(MAYA, 3, content_hash=waiting.content_hash, comment="Rebase", key=key(), now=MONDAY)
    with pytest.raises(RuleSetOvertaken):
        commands.submit_rules(MAYA, 3, content_hash=waiting.content_hash, key=key(), now=MONDAY)
    rebased = commands.rebase_rules(MAYA, 3, version=2, key=key())
    with pytest.raises(NothingToRebase):
        commands.rebase_rules(MAYA, 3, version=rebased.version, key=key())

    rows = {rule.id: rule.parameters for rule in content(3).rules}
    assert (rows["tea-rises"], rows["margin-floor"]) == ({"limit_bp": 3000}, {"limit_bp": 1200})
    commands.submit_rules(MAYA, 3, content_hash=rebased.content_hash, key=key(), now=MONDAY)
    activates(3, OLGA)
    assert statuses() == {3: "ACTIVE", 2: "RETIRED", 1: "RETIRED"}


def test_a_row_that_both_changed_stays_as_the_draft_has_it_and_the_trail_names_it():
    first, second = in_review(), drafted()
    commands.add_rule(MAYA, second.number, {**TEA, "parameters": {"limit_bp": 500}}, version=1, key=key())
    activates(first.number, OLGA)

    commands.rebase_rules(MAYA, second.number, version=2, key=key())

    assert content(second.number).rules[-1].parameters == {"limit_bp": 500}
    with reading() as session:
        assert "changed on both sides, and as the draft has it: tea-rises" in rule_sets.history(session, 3)[0].told


def test_a_set_takes_effect_at_its_instant_by_the_clock():
    made = in_review()

    waits = activates(made.number, effective_at=SIX, now=MONDAY)
    rings(SIX - timedelta(minutes=1))
    assert (waits.status, waits.effective_at, statuses()) == ("SCHEDULED", SIX, {2: "SCHEDULED", 1: "ACTIVE"})

    rings(SIX + timedelta(seconds=1))

    assert statuses() == {2: "ACTIVE", 1: "RETIRED"}
    assert stored(2).activated_by == "Maya"
    with reading() as session:
        newest = rule_sets.history(session, 2)[0]
        assert (newest.verb, newest.by) == ("activate-rules", "Baton")
        assert "agreed to by Maya" in newest.told
        assert audit_trail.verify(session).problem == ""


def test_an_instant_that_has_passed_or_is_far_away_is_refused():
    made = in_review()

    for at in (MONDAY - HOUR, MONDAY, MONDAY + timedelta(days=2000)):
        with pytest.raises(NotThen):
            activates(made.number, effective_at=at, now=MONDAY)
    nothing_changed(made.number, "IN_REVIEW")


def test_what_was_agreed_to_and_cannot_judge_when_its_time_comes_is_a_draft_again():
    made = in_review()
    activates(made.number, effective_at=SIX, now=MONDAY)
    with transaction() as session:
        for row in session.exec(select(Product)):
            row.category = "Infusions"

    rings(SIX)

    nothing_changed(made.number, "DRAFT")
    with reading() as session:
        newest = rule_sets.history(session, 2)[0]
    assert newest.verb == "return-rules"
    assert "No product is of the category “Tea”" in newest.told


def test_one_set_waits_for_its_moment_and_another_that_is_activated_first_turns_it_back():
    first, second = in_review(), in_review(MAYA)
    activates(first.number, OLGA, effective_at=SIX, now=MONDAY)

    with pytest.raises(TransitionRefused, match="Rule set 2 takes effect at 2026-11-23T18:00:00Z"):
        activates(second.number, OLGA, effective_at=SIX + HOUR, now=MONDAY)
    activates(second.number, OLGA, now=MONDAY)
    rings(SIX)

    assert statuses() == {3: "ACTIVE", 2: "DRAFT", 1: "RETIRED"}
    with reading() as session:
        open_timers = session.exec(select(Timer).where(Timer.done_at == None, Timer.cancelled_at == None)).all()  # noqa: E711
        assert open_timers == []


def test_what_waits_for_its_moment_may_be_returned_dropped_or_activated_at_once():
    made = in_review()
    seen = {"content_hash": made.content_hash, "now": MONDAY + HOUR}

    activates(2, effective_at=SIX, now=MONDAY)
    commands.return_rules(MAYA, 2, comment="Otherwise", key=key(), **seen)
    rings(SIX)
    assert (statuses()[2], stored(2).effective_at) == ("DRAFT", None)

    commands.submit_rules(LEELA, 2, key=key(), **seen)
    activates(2, effective_at=SIX + HOUR, now=MONDAY)
    commands.activate_rules(MAYA, 2, key=key(), **seen)
    rings(SIX + HOUR)
    assert (statuses()[2], stored(2).effective_at) == ("ACTIVE", MONDAY + HOUR)

    third = drafted()
    commands.submit_rules(LEELA, 3, content_hash=third.content_hash, key=key(), now=MONDAY)
    activates(3, effective_at=SIX + 2 * HOUR, now=MONDAY)
    commands.drop_rules(MAYA, 3, content_hash=third.content_hash, comment="Otherwise", key=key(), now=MONDAY)
    rings(SIX + 2 * HOUR)
    assert statuses() == {3: "DROPPED", 2: "ACTIVE", 1: "RETIRED"}


def test_of_two_activations_in_the_same_moment_one_judges():
    in_review(), in_review(MAYA)
    ready = Barrier(2)

    def activate(number: int) -> str:
        ready.wait()
        try:
            return activates(number, OLGA).status
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(activate, (2, 3)))

    assert sorted(answers) == ["ACTIVE", "rule_set_overtaken"]
    assert sorted(statuses().values()) == ["ACTIVE", "IN_REVIEW", "RETIRED"]


def test_an_active_set_is_seen_over_another_connection_with_the_next_look(pricing_store: str):
    """A process keeps no rules: the next verdict of every one reads the number that is active now."""
    other = open_engine(database.engine().url)
    made = in_review()

    with other.connect() as elsewhere:
        before = elsewhere.exec_driver_sql("SELECT number FROM rule_set WHERE status = 'ACTIVE'").scalar()
        elsewhere.rollback()
        activates(made.number)
        after = elsewhere.exec_driver_sql("SELECT number FROM rule_set WHERE status = 'ACTIVE'").scalar()
    other.dispose()

    assert (before, after) == (1, 2)
    with reading() as session:
        assert policy.active_rule_set(session).number == 2


def test_what_may_be_done_with_a_set_is_told_with_the_reason_why_not():
    made = in_review()

    with reading() as session:
        mine = {one.action: one for one in rule_sets.open_actions(session, made.number, LEELA, MONDAY)}
        hers = {one.action: one.allowed for one in rule_sets.open_actions(session, made.number, MAYA, MONDAY)}
        theirs = rule_sets.open_actions(session, made.number, ASHA, MONDAY)

    assert "You drafted rule set 2" in mine[RuleSetAction.ACTIVATE].why_not
    assert mine[RuleSetAction.RETURN].allowed
    assert hers == dict.fromkeys(hers, True)
    assert {"activate", "schedule", "return", "drop", "shadow"} == set(hers)
    assert {one.why_not for one in theirs} == {"Only an owner changes the rules, and Asha is not one."}


def test_a_set_rides_in_shadow_until_it_is_activated():
    made = with_tea()
    on = commands.shadow_rules(MAYA, made.number, True, key=key())
    commands.submit_rules(LEELA, made.number, content_hash=made.content_hash, key=key(), now=MONDAY)

    done = activates(made.number, MAYA)

    assert (on.shadow, done.shadow) == (True, False), "and who put it in shadow had no hand in what it says"


def test_which_row_counts_for_a_sku_is_told_with_the_reason_and_is_the_one_that_judges():
    activated(scope={"sub_category": "all", "skus": ["T1"]})

    with reading() as session:
        found = applying.applies_to(session, 2, " T1 ", MONDAY)
        rises = next(one for one in found.kinds if one.kind == TEA["kind"])
        other = applying.applies_to(session, 2, "T2", MONDAY).kinds
    assert rises.row is not None
    assert (rises.row.id, [row.id for row in rises.others]) == ("tea-rises", ["increase-limit"])
    assert "tea-rises says most precisely what it is (sub-category all, SKU T1)" in rises.why
    assert "increase-limit (all products) say less." in rises.why
    assert [one.row and one.row.id for one in other if one.kind == TEA["kind"]] == ["increase-limit"]
    with transaction() as session:
        judged = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
        assert judged.status == "APPROVED", "30 % is the limit of T1 alone"
