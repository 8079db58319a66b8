"""Drafts of rule sets: begun, changed row by row by several owners, and nothing bad is ever taken."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pydantic import JsonValue
from sqlmodel import select

from app.database import reading, transaction
from app.lifecycle import commands
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import KeyReused, NotAllowed, NotFound, Refused
from app.lifecycle.records import AuditEntry
from app.lifecycle.rule_records import RuleSetHand
from app.lifecycle.rulebook import drafts
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook.refusals import DraftMoved, NotInThisStatus, RulesOverlap, RulesRefused, TooManyRules
from app.lifecycle.rulebook.rows import MOST_RULES
from app.lifecycle.rulebook.stock import stock
from app.pricelist.records import Product
from rules.ruleset import SEED_RULE_SET
from tests.builders import ASHA, HOUR, MONDAY
from tests.lifecycle.rulebook import (
    LEELA,
    MAYA,
    RISES,
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

pytestmark = pytest.mark.usefixtures("tea")


def test_a_draft_begins_with_the_rows_of_the_active_set_and_judges_nothing():
    made = drafted()

    assert (made.number, made.status, made.based_on, made.version, made.drafted_by) == (2, "DRAFT", 1, 1, "leela")
    assert content(2).rules == SEED_RULE_SET.rules
    assert statuses() == {2: "DRAFT", 1: "ACTIVE"}


def test_a_draft_may_begin_with_a_set_that_was_retired():
    activated()

    again = commands.draft_rules(MAYA, start_from=1, reason="As it was", key=key(), now=MONDAY + HOUR)

    assert (content(again.number).rules, again.based_on) == (SEED_RULE_SET.rules, 2)
    with pytest.raises(NotFound):
        commands.draft_rules(MAYA, start_from=9, key=key(), now=MONDAY)


def test_rows_are_added_changed_and_taken_out_and_the_trail_says_from_what_to_what():
    made = with_tea()
    changed = commands.change_rule(
        MAYA, made.number, "tea-rises", {"parameters": {"limit_bp": 2500}, "rationale": "Less."}, version=2, key=key()
    )
    left = commands.remove_rule(LEELA, made.number, "competitor-band", version=3, key=key())

    row = next(rule for rule in content(made.number).rules if rule.id == "tea-rises")
    assert (row.parameters, row.owner, row.rationale) == ({"limit_bp": 2500}, "Leela", "Less.")
    assert row.scope.category == "Tea"
    assert (changed.version, left.version, left.rules) == (3, 4, 4)
    with reading() as session:
        told = [one.told for one in rule_sets.history(session, made.number)]
        hands = set(session.scalars(select(RuleSetHand.user_id)))
        assert audit_trail.verify(session).problem == ""
    assert "competitor-band was removed" in told[0]
    assert "limit from 30.0 % to 25.0 %" in told[1]
    assert hands == {"leela", "maya"}


def test_a_row_without_an_id_and_an_owner_gets_both():
    made = drafted()
    row = {name: value for name, value in TEA.items() if name != "id"}

    commands.add_rule(MAYA, made.number, row, version=1, key=key())
    commands.add_rule(MAYA, made.number, {**row, "scope": {"brand": "Brand", "category": "Tea"}}, version=2, key=key())

    added = content(made.number).rules[-2:]
    assert [rule.id for rule in added] == ["increase-stays-below-limit", "increase-stays-below-limit-2"]
    assert {rule.owner for rule in added} == {"Maya"}


def test_who_read_an_earlier_version_learns_what_changed_and_nothing_of_either_is_lost():
    """Two owners at one draft: the later one's 40 % would have been written over the earlier one's 20 % unseen."""
    made = with_tea()
    commands.change_rule(
        MAYA, made.number, "tea-rises", {"parameters": {"limit_bp": 2000}}, version=made.version, key=key()
    )

    with pytest.raises(DraftMoved) as refused:
        commands.change_rule(
            LEELA, made.number, "tea-rises", {"parameters": {"limit_bp": 4000}}, version=made.version, key=key()
        )

    assert refused.value.code == "draft_moved"
    assert "Maya changed rule set 2 since you read it" in refused.value.detail
    assert "limit from 30.0 % to 20.0 %" in refused.value.detail
    assert refused.value.extra["difference"] == [
        {"rule": "tea-rises", "change": "changed", "sentence": "Rule tea-rises: limit from 30.0 % to 20.0 %."}
    ]
    assert content(made.number).rules[-1].parameters == {"limit_bp": 2000}
    assert stored(made.number).version == 3


def test_the_reason_of_a_draft_is_not_written_over_unseen_either():
    made = with_tea()
    commands.explain_rules(MAYA, made.number, "Maya's reason", version=2, key=key())

    with pytest.raises(DraftMoved, match="its reason is now “Maya's reason”"):
        commands.explain_rules(LEELA, made.number, "Leela's reason", version=2, key=key())

    assert stored(made.number).reason == "Maya's reason"


def test_the_difference_goes_back_over_rows_that_came_and_went_and_required_kinds():
    made = with_tea()
    for step, do in enumerate(
        (
            lambda at: commands.remove_rule(MAYA, made.number, "tea-rises", version=at, key=key()),
            lambda at: commands.add_rule(MAYA, made.number, {**TEA, "id": "new"}, version=at, key=key()),
            lambda at: commands.require_kinds(MAYA, made.number, ["margin_stays_above_floor"], version=at, key=key()),
        ),
        start=made.version,
    ):
        do(step)

    with pytest.raises(DraftMoved) as refused:
        commands.remove_rule(LEELA, made.number, "margin-floor", version=made.version, key=key())

    told = [row["sentence"] for row in refused.value.extra["difference"]]  # type: ignore[union-attr,index,call-overload]
    assert refused.value.extra["difference_count"] == len(told) == 4
    assert any("Kind increase_stays_below_limit is no longer mandatory" in one for one in told)
    assert any(one.startswith("Rule new was added") for one in told)
    assert any(one.startswith("Rule tea-rises was removed") for one in told)


def test_of_two_owners_who_change_a_draft_in_the_same_moment_one_is_refused(pricing_store: str):
    made, ready = with_tea(), Barrier(2)

    def change(by, limit: int) -> str:
        ready.wait()
        try:
            commands.change_rule(
                by, made.number, "tea-rises", {"parameters": {"limit_bp": limit}}, version=made.version, key=key()
            )
        except DraftMoved as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(change, (LEELA, MAYA), (2000, 4000)))

    assert sorted(answers) == ["done", "draft_moved"]
    assert stored(made.number).version == made.version + 1


BAD: list[tuple[dict[str, JsonValue], type[Refused], str]] = [
    ({"parameters": {"limit_bp": "15 %"}}, RulesRefused, "limit_bp (“15 %”)"),
    ({"parameters": {"limit_bp": 12.5}}, RulesRefused, "limit_bp"),
    ({"parameters": {"limit_minor": 1500}}, RulesRefused, "limit_"),
    ({"parameters": {}}, RulesRefused, "limit_bp"),
    ({"severity": "FATAL"}, RulesRefused, "severity (“FATAL”)"),
    ({"kind": "no_such_kind"}, RulesRefused, "No kind no_such_kind is installed"),
    ({"scope": {"category": "Teaa"}}, RulesRefused, "Did you mean “Tea”?"),
    ({"scope": {"currency": "EUR"}}, RulesRefused, "No product is of the currency “EUR”"),
    ({"scope": {"skus": ["T1", "NOPE"]}}, RulesRefused, "No product has the SKU NOPE"),
    ({"scope": {"category": " "}}, RulesRefused, "a scope cannot be blank"),
    ({"scope": {"shelf": "3"}}, RulesRefused, "scope.shelf"),
    ({"valid_from": "2026-12-01T00:00:00"}, RulesRefused, "valid_from"),
    ({"valid_from": "2026-12-02T00:00:00Z", "valid_to": "2026-12-01T00:00:00Z"}, RulesRefused, "ends before it begins"),
    ({"scope": {}}, RulesOverlap, "equally specific"),
    ({"id": "margin-floor"}, RulesOverlap, "twice"),
    ({"id": "x" * 65}, RulesRefused, "id"),
    ({"anything": 1}, RulesRefused, "anything"),
    ({"rationale": "x" * 2_001}, RulesRefused, "2,001 characters are too many"),
]


def test_a_bad_row_is_refused_in_words_and_changes_nothing():
    made = drafted()

    for changes, refusal, said in BAD:
        with pytest.raises(refusal) as refused:
            commands.add_rule(LEELA, made.number, {**TEA, **changes}, version=1, key=key())
        assert said in refused.value.detail
        assert (refused.value.status, "Nothing was changed" in refused.value.detail) == (422, True)

    assert (stored(2).version, content(2).rules) == (1, SEED_RULE_SET.rules)


def test_a_cell_is_checked_as_it_is_typed_and_nothing_is_written():
    made = with_tea()

    with reading() as session:
        held = stock(session)
        said = [
            [bad.code for bad in drafts.rehearse(session, made.number, "tea-rises", fields, held)]
            for fields in ({"parameters": {"limit_bp": 10}}, {"parameters": {"limit_bp": "1 %"}}, {"scope": {}})
        ]
        new = drafts.rehearse(session, made.number, "new", {**TEA, "scope": {"category": "Nowhere"}}, held)

    assert (said, [bad.code for bad in new]) == ([[], ["bad_limit"], ["rules_overlap"]], ["unknown_name"])
    assert stored(made.number).version == made.version


def test_rows_for_the_same_products_may_follow_each_other_in_time_and_not_overlap():
    made = with_tea(valid_to="2026-12-01T00:00:00Z")
    later = {**TEA, "id": "tea-later", "valid_from": "2026-11-30T00:00:00Z"}

    with pytest.raises(RulesOverlap, match="tea-rises and tea-later"):
        commands.add_rule(LEELA, made.number, later, version=made.version, key=key())
    commands.add_rule(
        LEELA, made.number, {**later, "valid_from": "2026-12-01T00:00:00Z"}, version=made.version, key=key()
    )

    assert [rule.id for rule in content(made.number).rules[-2:]] == ["tea-rises", "tea-later"]


def test_all_rows_are_replaced_at_once_or_every_bad_one_is_named_and_none_is_taken():
    made = drafted()
    rows = [json.loads(rule.model_dump_json()) for rule in SEED_RULE_SET.rules]
    wrong = [
        {**rows[0], "parameters": {"limit_bp": "10 %"}}, rows[1], {**rows[2], "scope": {"category": "Nowhere"}}, TEA
    ]  # fmt: skip

    with pytest.raises(RulesRefused) as refused:
        commands.replace_rules(LEELA, made.number, wrong, version=1, key=key())
    assert [(row["row"], row["code"]) for row in refused.value.extra["rows"]] == [  # type: ignore[union-attr,index,call-overload]
        (1, "bad_limit"), (3, "unknown_name"),
    ]  # fmt: skip
    assert refused.value.detail.startswith("2 of 4 rules cannot be taken. Row 1: ")
    assert stored(made.number).version == 1

    done = commands.replace_rules(LEELA, made.number, [*rows, TEA], version=1, key=key())
    assert (done.rules, done.version) == (5, 2)


def test_ten_thousand_rows_are_refused_with_a_way_out():
    made = drafted()
    rows = [{**TEA, "id": f"r{n}", "scope": {"skus": [f"T{n}"]}} for n in range(10_000)]

    with pytest.raises(TooManyRules) as refused:
        commands.replace_rules(LEELA, made.number, rows, version=1, key=key())

    assert f"at most {MOST_RULES:,} rules, and this would be 10,000" in refused.value.detail
    assert (refused.value.code, stored(made.number).version) == ("too_many_rules", 1)


def test_what_was_once_taken_may_name_what_is_no_longer_sold():
    """Otherwise nobody could change another cell of a row whose category was renamed in the catalog."""
    made = with_tea()
    with transaction() as session:
        for row in session.exec(select(Product)):
            row.category = "Infusions"

    commands.change_rule(MAYA, made.number, "tea-rises", {"rationale": "Still so."}, version=made.version, key=key())
    with pytest.raises(RulesRefused, match="No product is of the category “Tea”"):
        commands.change_rule(
            MAYA, made.number, "increase-limit", {"scope": {"category": "Tea"}}, version=made.version + 1, key=key()
        )


def test_only_owners_draft_and_only_drafts_change():
    made = in_review()

    with pytest.raises(NotAllowed):
        commands.draft_rules(ASHA, key=key(), now=MONDAY)
    for number, stands in ((made.number, "in review"), (1, "active")):
        with pytest.raises(NotInThisStatus, match=stands):
            commands.remove_rule(MAYA, number, "tea-rises", version=stored(number).version, key=key())
        with pytest.raises(NotAllowed):
            commands.remove_rule(ASHA, number, "tea-rises", version=stored(number).version, key=key())
    with pytest.raises(NotFound):
        commands.remove_rule(MAYA, 9, "tea-rises", version=1, key=key())


def test_the_same_key_gives_the_same_answer_and_another_request_under_it_is_refused():
    made, again = drafted(), key()
    first = commands.add_rule(LEELA, made.number, TEA, version=1, key=again)

    assert commands.add_rule(LEELA, made.number, TEA, version=1, key=again) == first
    with pytest.raises(KeyReused):
        commands.add_rule(LEELA, made.number, {**TEA, "severity": "HARD"}, version=1, key=again)
    assert content(made.number).rules[-1].kind == RISES


def test_an_edit_that_changes_nothing_makes_no_version():
    made = with_tea()

    same = commands.change_rule(MAYA, made.number, "tea-rises", {"severity": "SOFT"}, version=2, key=key())

    assert same.version == 2
    with reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "change-rules")).all()
        assert len(entries) == 1
