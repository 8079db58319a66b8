"""What changed between two sets is told row by row, in words."""

from datetime import UTC, datetime

from rules.difference import difference
from rules.finding import Severity
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FLOOR = SEED_RULE_SET.rules[0]


def changed(**updates: object) -> RuleSet:
    return SEED_RULE_SET.model_copy(update={"rules": (FLOOR.model_copy(update=updates), *SEED_RULE_SET.rules[1:])})


def test_a_set_and_its_copy_do_not_differ_whatever_their_numbers_and_order() -> None:
    again = SEED_RULE_SET.model_copy(update={"number": 9, "rules": SEED_RULE_SET.rules[::-1]})
    assert not difference(SEED_RULE_SET, again)
    assert difference(SEED_RULE_SET, again).sentences == ()


def test_a_changed_row_says_which_field_from_what_to_what() -> None:
    after = changed(parameters={"limit_bp": 1225}, scope=Scope(category="Tea"), severity=Severity.SOFT, valid_from=NOW)
    (row,) = difference(SEED_RULE_SET, after).changed
    assert [(field.field, field.before, field.after) for field in row.fields] == [
        ("severity", "hard", "soft"),
        ("scope", "all products", "category Tea"),
        ("limit", "10.0 %", "12.25 %"),
        ("start", "none", "2026-11-23T09:00:00Z"),
    ]
    assert row.sentence == (
        "Rule margin-floor: severity from hard to soft; scope from all products to category Tea; "
        "limit from 10.0 % to 12.25 %; start from none to 2026-11-23T09:00:00Z."
    )
    assert (row.before, row.after) == (FLOOR, after.rules[0])


def test_who_and_why_are_part_of_the_difference() -> None:
    (row,) = difference(SEED_RULE_SET, changed(owner="", rationale="Because.")).changed
    assert row.sentence == (
        "Rule margin-floor: owner from Leela M. to nobody; reason from “Below this we lose money.” to “Because.”."
    )


def test_a_new_row_and_one_that_is_gone_are_told_whole() -> None:
    extra = Rule(
        id="tea", kind="price_ending", severity=Severity.SOFT, scope=Scope(category="Tea"),
        parameters={"digits": 2, "endings": (90, 99), "only": True, "why": "nines"}, valid_to=NOW,
    )  # fmt: skip
    after = SEED_RULE_SET.model_copy(update={"rules": (*SEED_RULE_SET.rules[1:], extra)})
    found = difference(SEED_RULE_SET, after)
    assert [row.rule for row in (*found.added, *found.removed)] == ["tea", "margin-floor"]
    added, removed = found.sentences
    assert added.endswith(
        ", digits 2, endings 90, 99, only yes, why nines, for category Tea, soft, until 2026-11-23T09:00:00Z."
    )
    assert removed == "Rule margin-floor was removed: margin at least, limit 10.0 %, for all products, hard."


def test_long_lists_of_skus_that_read_alike_are_told_apart() -> None:
    many = tuple(f"A{n}" for n in range(10, 40))
    before, after = changed(scope=Scope(skus=many)), changed(scope=Scope(skus=(*many[:-1], "Z9")))
    (row,) = difference(before, after).changed
    assert row.sentence == "Rule margin-floor: scope from one with A39 to one with Z9."


def test_what_became_mandatory_is_told() -> None:
    before = SEED_RULE_SET.model_copy(update={"mandatory": ("a",)})
    after = SEED_RULE_SET.model_copy(update={"mandatory": ("b",)})
    found = difference(before, after)
    assert found
    assert found.sentences == (
        "Kind b became mandatory: a product without such a rule cannot pass.",
        "Kind a is no longer mandatory: products without such a rule pass it.",
    )
