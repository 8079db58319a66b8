"""What a set leaves open or says in vain is told before it is activated."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from rules import registry
from rules.coverage import Coverage, Shelf, coverage
from rules.finding import Severity
from rules.ruleset import SEED_RULE_SET, Parameter, Rule, RuleSet, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=8)
FLOOR, RISE, FALL = "margin_stays_above_floor", "increase_stays_below_limit", "decrease_stays_above_limit"


def shelf(category: str, products: int, *, brand: str = "Kettle", sub_category: str = "") -> Shelf:
    return Shelf(category, sub_category, brand, "INR", None, products)


TEA, BABY = shelf("Tea", 40, sub_category="Green"), shelf("Baby", 12)


def floor(
    id: str,
    scope: Scope | None = None,
    *,
    kind: str = FLOOR,
    limit: int = 1000,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Rule:
    return Rule(
        id=id,
        kind=kind,
        severity=Severity.HARD,
        parameters={"limit_bp": limit},
        scope=scope or Scope(),
        valid_from=since,
        valid_to=until,
    )


def held(*rows: Rule, mandatory: tuple[str, ...] = (FLOOR,), skus: dict[str, Shelf] | None = None) -> Coverage:
    rules = RuleSet(number=2, rules=rows, mandatory=mandatory)
    return coverage(rules, [TEA, BABY], NOW, registry.kinds(), skus)


def test_the_seed_set_leaves_nothing_open() -> None:
    assert coverage(SEED_RULE_SET, [TEA, BABY], NOW, registry.kinds(), {}) == Coverage((), (), (), ())


def test_products_that_no_mandatory_rule_covers_are_counted_and_named() -> None:
    (gap,) = held(floor("tea", Scope(category="TEA"))).gaps
    assert (gap.kind, gap.products, gap.shelves, gap.since) == (FLOOR, 12, (BABY,), NOW)
    assert gap.sentence == (
        "No rule of the mandatory kind margin_stays_above_floor covers 12 products: Baby, Kettle (12). "
        "Add a rule for them, or one for all products."
    )


def test_a_mandatory_kind_without_any_row_covers_nothing() -> None:
    (gap,) = held().gaps
    assert gap.products == 52


def test_a_gap_that_opens_when_a_rule_ends_is_told_with_its_instant() -> None:
    (gap,) = held(floor("all", until=LATER)).gaps
    assert (gap.since, gap.products) == (LATER, 52)
    assert " covers 52 products from 2026-12-01T09:00:00Z: " in gap.sentence


def test_a_rule_that_begins_when_another_ends_leaves_no_gap() -> None:
    assert held(floor("old", until=LATER), floor("new", since=LATER)).gaps == ()


def test_a_rule_that_has_ended_covers_nothing_and_one_that_begins_later_leaves_a_gap_until_then() -> None:
    gaps = held(floor("past", until=NOW), floor("later", since=LATER)).gaps
    assert [(gap.since, gap.products) for gap in gaps] == [(NOW, 52)]


def test_skus_that_rules_name_are_taken_off_the_gap_of_their_shelf() -> None:
    known = {"B1": BABY, "B2": BABY, "T1": TEA}
    (gap,) = held(floor("tea", Scope(category="Tea")), floor("two", Scope(skus=("B2", "B1"))), skus=known).gaps
    assert gap.products == 10
    assert "Baby, Kettle (10 of 12 products)" in gap.sentence


def test_a_row_that_a_more_specific_one_always_overrides_is_shadowed() -> None:
    (row,) = held(
        floor("all"), floor("tea", Scope(category="Tea")), floor("kettle-tea", Scope(category="Tea", brand="Kettle"))
    ).shadowed
    assert (row.rule, row.by) == ("tea", ("kettle-tea",))
    assert row.sentence == (
        "Rule tea (category Tea) never counts, because for each product it covers a more specific rule always does: "
        "kettle-tea. Drop it, or narrow those."
    )


def test_a_row_is_not_shadowed_if_it_counts_before_the_other_begins() -> None:
    assert held(floor("all"), floor("tea", Scope(brand="Kettle"), since=LATER)).shadowed == ()
    (row,) = held(
        floor("all"),
        floor("until", Scope(brand="Kettle"), until=LATER),
        floor("from", Scope(brand="Kettle"), since=LATER),
    ).shadowed
    assert (row.rule, row.by) == ("all", ("until", "from"))


def test_a_shelf_whose_every_sku_is_named_shadows_what_is_said_of_the_shelf() -> None:
    known = {f"B{n}": BABY for n in range(12)}
    rows = floor("all"), floor("baby", Scope(category="Baby")), floor("each", Scope(skus=tuple(known)))
    assert [row.rule for row in held(*rows, skus=known).shadowed] == ["baby"]
    assert held(*rows[:2], floor("each", Scope(skus=tuple(known)[1:])), skus=known).shadowed == ()


def test_a_scope_that_matches_no_product_is_told() -> None:
    (row,) = held(floor("all"), floor("toys", Scope(category="Toys", sub_category="Cars"))).unmatched
    assert (row.rule, row.wholly) == ("toys", True)
    assert row.sentence == (
        "Rule toys covers no product: there is none in category Toys, sub-category Cars. Mend its scope or drop it."
    )


def test_skus_that_nobody_knows_are_named() -> None:
    rows = floor("all"), floor("some", Scope(skus=("T1", "T9"))), floor("gone", Scope(skus=("X1",)))
    some, gone = held(*rows, skus={"T1": TEA}).unmatched
    assert (some.skus, some.wholly) == (("T9",), False)
    assert some.sentence == "Of the SKUs that rule some names, 1 is not a product: T9."
    assert (gone.skus, gone.wholly) == (("X1",), True)
    assert held(*rows).unmatched == ()


def test_a_sku_outside_the_category_of_its_row_is_not_covered_by_it() -> None:
    (row,) = held(floor("all"), floor("odd", Scope(category="Baby", skus=("T1",))), skus={"T1": TEA}).unmatched
    assert (row.rule, row.skus, row.wholly) == ("odd", (), True)


def test_limits_that_leave_no_change_at_all_contradict_each_other() -> None:
    rows = floor("no-rise", kind=RISE, limit=0), floor("no-fall", Scope(category="Tea"), kind=FALL, limit=0)
    (found,) = held(*rows, mandatory=()).contradictions
    assert (found.rules, found.products) == (("no-rise", "no-fall"), 40)
    assert found.sentence == (
        "Rules no-rise and no-fall contradict each other for 40 products: a price may neither rise nor fall, so no "
        "change can pass both. Raise one of the limits."
    )


def pair(first: tuple[str, dict[str, Parameter]], second: tuple[str, dict[str, Parameter]]) -> list[str]:
    rows = [
        Rule(id=f"r{n}", kind=kind, severity=Severity.SOFT, parameters=parameters)
        for n, (kind, parameters) in enumerate((first, second))
    ]
    return [found.sentence for found in held(*rows, mandatory=()).contradictions]


@pytest.mark.parametrize(
    ("least", "most", "contradict"), [(31_00, 30_00, True), (30_00, 30_00, False), (0, 30_00, False), (0, 0, True)]
)
def test_a_reduction_that_has_to_be_larger_than_a_fall_may_be_contradicts_it(
    least: int, most: int, contradict: bool
) -> None:
    found = pair(("reduction_from_lowest", {"limit_bp": least}), (FALL, {"limit_bp": most}))
    assert bool(found) is contradict
    if least == 31_00:
        assert found == [
            "Rules r0 and r1 contradict each other for 52 products: a reduction has to go below the lowest price of 30 "
            "days by 31.0 %, and a price may fall by 30.0 % at most, so no reduction can pass both. Allow a larger "
            "fall or ask for a smaller reduction."
        ]


def test_endings_of_which_none_lies_in_the_span_of_plausible_prices_contradict_it() -> None:
    ending: dict[str, Parameter] = {"digits": 3, "endings": (990, 995)}
    span: dict[str, Parameter] = {"decimals": 2, "least": 1_00, "most": 9_89}
    (said,) = pair(("price_ending", ending), ("currency_is_sane", span))
    assert said.endswith(
        "no price between the least and the most plausible one ends as prices have to. Widen one of them."
    )
    assert pair(("price_ending", ending), ("currency_is_sane", {**span, "most": 9_90})) == []


def test_limits_that_never_count_for_one_product_do_not_contradict_each_other() -> None:
    in_turn = (
        floor("no-rise", kind=RISE, limit=0, until=LATER),
        floor("no-fall", kind=FALL, limit=0, since=LATER),
    )
    elsewhere = (
        floor("no-rise", Scope(category="Baby"), kind=RISE, limit=0),
        floor("no-fall", Scope(category="Tea"), kind=FALL, limit=0),
    )
    assert held(*in_turn, mandatory=()).contradictions == ()
    assert held(*elsewhere, mandatory=()).contradictions == ()


@pytest.mark.parametrize("limit", [-1, "0", True])
def test_a_row_that_does_not_fit_its_kind_is_no_contradiction_but_a_fault(limit: int) -> None:
    assert held(floor("a", kind=RISE, limit=limit), floor("b", kind=FALL, limit=0), mandatory=()).contradictions == ()


def test_500_rows_over_1000_shelves_are_held_against_each_other_within_a_click() -> None:
    made = Random(9)
    shelves = [
        shelf(f"C{n % 40}", 27, brand=f"B{n // 5}", sub_category=f"S{n % 160}") for n in range(1000)
    ]  # fmt: skip
    scopes = {
        f"{kind}-{n}": (kind, Scope(category=f"C{made.randrange(40)}", sub_category=f"S{n}"))
        for kind in (FLOOR, RISE, FALL)
        for n in range(160)
    }
    rows = [floor(id, scope, kind=kind) for id, (kind, scope) in scopes.items()]
    rows += [floor(f"all-{kind}", kind=kind) for kind in (FLOOR, RISE, FALL)]
    rules = RuleSet(number=2, rules=tuple(rows), mandatory=(FLOOR, RISE, FALL))
    coverage(rules, shelves[:10], NOW, registry.kinds(), {})
    began = time.process_time()
    found = coverage(rules, shelves, NOW, registry.kinds(), {})
    assert time.process_time() - began < 0.3
    assert found.gaps == ()
    assert found.unmatched
