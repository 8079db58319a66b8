"""What the kinds that came later protect, and how they say so."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from rules import registry
from rules.engine import judge, judge_many
from rules.facts import Facts, FamilyMember
from rules.finding import Finding, Severity
from rules.kinds.form import FieldKind, FormField, fields_of
from rules.kinds.kind import RuleKind
from rules.ruleset import Parameter, Rule, RuleSet

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINE = Facts("T1", "Tea", "Kettle", "INR", 100_00, 100_00)


def found(kind: str, facts: Facts, **parameters: Parameter) -> Finding | None:
    rule = Rule(id="r", kind=kind, severity=registry.kinds()[kind].usual, parameters=parameters)
    rules = RuleSet(number=2, rules=(rule,), mandatory=())
    findings = judge(facts, rules, NOW).findings
    assert judge_many([facts], rules, NOW)[0].findings == findings
    return findings[0] if findings else None


def said(kind: str, facts: Facts, **parameters: Parameter) -> tuple[str, int | None, str] | None:
    """Outcome, passing price and sentence of the finding."""
    finding = found(kind, facts, **parameters)
    return finding and (finding.outcome.value, finding.passing_price, finding.message)


def at(new: int, **facts: object) -> Facts:
    return replace(LINE, new=new, **facts)  # type: ignore[arg-type]


def refused(kind: str, **parameters: Parameter) -> str:
    return registry.kinds()[kind].faults_in(parameters)


class TestPriceEnding:
    def test_an_allowed_ending_passes_and_another_one_is_told_the_nearest(self) -> None:
        assert said("price_ending", at(101_90), digits=2, endings=(90, 99)) is None
        assert said("price_ending", at(101_37), digits=2, endings=(90, 99)) == (
            "BREACHED", 100_99, "The price ends in .37, not in .90 or .99; ₹100.99 would pass.",
        )  # fmt: skip

    def test_endings_have_the_point_where_their_currency_has_it(self) -> None:
        assert "ends in 1.37, not in 9.90" in said("price_ending", at(101_37), digits=3, endings=(990,))[2]
        assert "ends in 37, not in 00" in said("price_ending", at(101_37, currency="JPY"), digits=2, endings=(0,))[2]
        assert "ends in 7, not in 0 or 5" in said("price_ending", at(101_37), digits=1, endings=(0, 5))[2]

    def test_the_smallest_price_there_is_ends_somehow_too(self) -> None:
        assert found("price_ending", at(1), digits=1, endings=(1,)) is None
        assert said("price_ending", at(1), digits=1, endings=(0,))[1] == 10
        assert said("price_ending", at(2), digits=1, endings=(1,))[1] == 1

    def test_each_price_range_has_its_endings_and_a_passing_price_keeps_to_its_range(self) -> None:
        given = {
            "digits": 2, "endings": (50, 0), "middle_from": 100_00, "middle_endings": (90,),
            "upper_from": 1_000_00, "upper_endings": (0,),
        }  # fmt: skip
        assert [found("price_ending", at(price), **given) for price in (99_50, 100_90, 999_90, 1_000_00)] == [None] * 4
        assert said("price_ending", at(100_02), **given)[1] == 99_50
        assert said("price_ending", at(999_95), **given)[1] == 999_90, "1,000.00 is as near; the lower one is told"
        sentence = registry.kinds()["price_ending"].model_validate(given).sentence("INR")
        assert sentence == "A price ends in .50 or .00, from ₹100.00 on in .90, from ₹1,000.00 on in .00"

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"digits": 2, "endings": (100,)}, "100 is no ending of 2 digits; it is between 0 and 99"),
            ({"digits": 2, "endings": ()}, "endings: Tuple should have at least 1 item"),
            (
                {"digits": 2, "endings": (90,), "middle_from": 5},
                "a price range needs both the price at which it begins",
            ),
            ({"digits": 2, "endings": (90,), "upper_endings": (5,)}, "a price range needs both the price at which it"),
            (
                {"endings": (9,), "middle_from": 9, "middle_endings": (9,), "upper_from": 9, "upper_endings": (9,)},
                "high prices have to begin above middle ones",
            ),
        ],
    )
    def test_parameters_without_sense_are_refused(self, given: dict[str, Parameter], why: str) -> None:
        assert why in refused("price_ending", **given)


class TestMinimumAdvertisedPrice:
    def test_a_price_below_the_minimum_is_hard(self) -> None:
        finding = found("minimum_advertised_price", at(94_99, minimum_advertised=100_00))
        assert finding is not None
        assert (finding.severity, finding.observed_bp, finding.limit_bp) == ("HARD", 501, 0)
        assert (finding.passing_price, finding.message) == (
            100_00,
            "The price is 5.1 % below the ₹100.00 that its brand allows to advertise; ₹100.00 or more would pass.",
        )
        assert found("minimum_advertised_price", at(100_00, minimum_advertised=100_00)) is None

    def test_no_minimum_allows_any_price_unless_one_is_required_or_it_is_too_old(self) -> None:
        assert found("minimum_advertised_price", at(1)) is None
        assert said("minimum_advertised_price", at(1), required=True)[2].startswith("The advertised minimum is missing")
        old = at(1, too_old=frozenset({"minimum_advertised"}))
        assert said("minimum_advertised_price", old)[2] == (
            "The advertised minimum was stated too long ago to count; supply it anew."
        )


class TestChangeFrequency:
    def test_one_change_too_many_in_30_days_is_soft_and_no_other_price_would_help(self) -> None:
        assert found("change_frequency", at(101_00, changes_month=2), most=3) is None
        assert said("change_frequency", at(101_00, changes_month=3), most=3) == (
            "BREACHED", None,
            "The price changed 3 times in the last 30 days, and at most 3 times are allowed; "
            "it can change again when the first of them is older than that.",
        )  # fmt: skip

    def test_what_stays_does_not_change_and_what_nobody_counted_cannot_be_judged(self) -> None:
        assert found("change_frequency", at(100_00, changes_month=None), most=1) is None
        assert said("change_frequency", at(101_00), most=1)[0] == "NOT_EVALUATED"
        assert said("change_frequency", at(101_00, changes_month=-1), most=1)[0] == "NOT_EVALUATED"


GOOD, BEST = FamilyMember("T2", 80_00, rank=1), FamilyMember("T3", 120_00, rank=3)


class TestPriceLadder:
    def test_a_price_keeps_its_place_between_the_ranks_below_and_above(self) -> None:
        family = (GOOD, BEST)
        assert found("price_ladder", at(80_00, rank=2, family=family)) is None
        assert found("price_ladder", at(120_00, rank=2, family=family)) is None
        assert said("price_ladder", at(79_99, rank=2, family=family)) == (
            "BREACHED", 80_00,
            "The price is under the ₹80.00 of T2, which ranks below it; ₹80.00 to ₹120.00 would pass.",
        )  # fmt: skip
        assert said("price_ladder", at(120_01, rank=2, family=(BEST,))) == (
            "BREACHED", 120_00,
            "The price is above the ₹120.00 of T3, which ranks above it; ₹120.00 or less would pass.",
        )  # fmt: skip

    def test_a_step_may_be_asked_for(self) -> None:
        finding = found("price_ladder", at(85_00, rank=2, family=(GOOD,)), limit_bp=1_000)
        assert finding is not None
        assert (finding.observed_bp, finding.limit_bp, finding.passing_price) == (625, 1_000, 88_00)
        assert finding.message == (
            "The price is less than 10.0 % above the ₹80.00 of T2, which ranks below it; ₹88.00 or more would pass."
        )

    def test_where_the_others_stand_wrongly_no_price_passes(self) -> None:
        wrong = (replace(GOOD, price=130_00), BEST)
        assert said("price_ladder", at(100_00, rank=2, family=wrong)) == (
            "BREACHED", None,
            "The price is under the ₹130.00 of T2, which ranks below it; "
            "no price, as the others of the family stand, would pass.",
        )  # fmt: skip

    def test_without_rank_or_beside_equals_and_other_currencies_there_is_no_ladder(self) -> None:
        assert found("price_ladder", at(1, family=(GOOD, BEST))) is None
        assert found("price_ladder", at(1, rank=1, family=(GOOD,))) is None
        assert found("price_ladder", at(1, rank=2, family=(replace(GOOD, currency="EUR"),))) is None
        assert said("price_ladder", at(1, rank=2, family=(replace(GOOD, price=0),)))[0] == "NOT_EVALUATED"


SMALL = FamilyMember("P1", 10_00, pack_size=1, content=500)
LARGE = FamilyMember("P12", 100_00, pack_size=12, content=500)


class TestPackPrice:
    def test_a_bigger_pack_is_not_dearer_for_what_it_holds(self) -> None:
        six = {"pack_size": 6, "content": 500}
        assert found("pack_price", at(60_00, family=(SMALL, LARGE), **six)) is None
        assert said("pack_price", at(60_01, family=(SMALL,), **six)) == (
            "BREACHED", 60_00,
            "The price is 0.1 % dearer, for what the pack holds, than the smaller P1 at ₹10.00; "
            "₹60.00 or less would pass.",
        )  # fmt: skip
        assert said("pack_price", at(45_00, family=(SMALL, LARGE), **six)) == (
            "BREACHED", 50_00,
            "The bigger P12 at ₹100.00 would be 11.2 % dearer, for what it holds, than this pack; "
            "₹50.00 to ₹60.00 would pass.",
        )  # fmt: skip

    def test_content_counts_and_not_the_number_of_units_alone(self) -> None:
        assert found("pack_price", at(30_00, pack_size=2, content=1_500, family=(SMALL,))) is None
        assert found("pack_price", at(60_00, pack_size=3, content=1_000, family=(SMALL,))) is None
        assert found("pack_price", at(60_01, pack_size=3, content=1_000, family=(SMALL,))) is not None

    def test_a_pack_of_unknown_content_is_passed_over_unless_every_one_has_to_be_known(self) -> None:
        unknown = replace(SMALL, content=None)
        assert found("pack_price", at(999_00, pack_size=6, content=500, family=(unknown,))) is None
        assert found("pack_price", at(999_00, family=(SMALL,))) is None
        assert said("pack_price", at(9_00, pack_size=6, content=500, family=(unknown,)), required=True)[0] == (
            "NOT_EVALUATED"
        )
        assert said("pack_price", at(9_00, family=(SMALL,)), required=True)[0] == "NOT_EVALUATED"
        assert found("pack_price", at(9_00), required=True) is None, "a product without family has nothing beside it"

    def test_the_largest_numbers_that_there_may_be_are_compared_exactly(self) -> None:
        huge = {"pack_size": 10**9, "content": 10**9}
        other = FamilyMember("P2", 10**12, pack_size=10**9, content=10**9 - 1)
        assert found("pack_price", at(10**12, family=(other,), **huge)) is None
        assert found("pack_price", at(10**12 - 1, family=(replace(other, price=10**12 - 1),), **huge)) is None


class TestReductionFromLowest:
    def test_a_fall_that_is_not_below_the_lowest_of_30_days_is_no_reduction(self) -> None:
        assert found("reduction_from_lowest", at(79_99, lowest_month=80_00)) is None
        assert said("reduction_from_lowest", at(80_00, lowest_month=80_00)) == (
            "BREACHED", 79_99,
            "The price falls from ₹100.00, but the lowest of the last 30 days was ₹80.00, so it is no reduction; "
            "₹79.99 or less would pass.",
        )  # fmt: skip

    def test_a_least_reduction_is_reckoned_from_the_lowest(self) -> None:
        finding = found("reduction_from_lowest", at(77_00, lowest_month=80_00), limit_bp=500)
        assert finding is not None
        assert (finding.observed_bp, finding.limit_bp, finding.passing_price) == (375, 500, 76_00)
        assert "was ₹80.00, of which a reduction is 5.0 % at least; ₹76.00 or less would pass." in finding.message

    def test_a_rise_is_no_reduction_and_an_unknown_history_cannot_be_judged(self) -> None:
        assert found("reduction_from_lowest", at(100_00)) is None
        assert said("reduction_from_lowest", at(99_99)) == (
            "NOT_EVALUATED", None,
            "The lowest price of the last 30 days is not known, so a reduction cannot be judged.",
        )  # fmt: skip
        assert said("reduction_from_lowest", at(99_99, lowest_month=0))[0] == "NOT_EVALUATED"
        assert said("reduction_from_lowest", at(99_99, old=0))[0] == "NOT_EVALUATED"


SPAN: dict[str, Parameter] = {"decimals": 2, "least": 5_00, "most": 20_000_00}


class TestCurrencyIsSane:
    def test_a_price_outside_the_span_of_its_currency_is_hard(self) -> None:
        assert found("currency_is_sane", at(5_00), **SPAN) is None
        assert said("currency_is_sane", at(4_99), **SPAN) == (
            "BREACHED", 5_00,
            "The price of ₹4.99 is under the least plausible ₹5.00; ₹5.00 to ₹9,999.99 would pass.",
        )  # fmt: skip
        finding = found("currency_is_sane", at(20_000_01, old=10_000_00), **SPAN)
        assert finding is not None
        assert (finding.severity, finding.passing_price) == ("HARD", 20_000_00)

    def test_a_hundred_times_or_a_hundredth_of_the_current_price_is_taken_for_another_unit(self) -> None:
        assert found("currency_is_sane", at(9_999_99), **SPAN) is None
        assert (
            "₹10,000.00 is 100 times the current ₹100.00, as if in another unit"
            in said("currency_is_sane", at(10_000_00), **SPAN)[2]
        )
        assert (
            "₹10.00 is 1/100 of the current ₹1,000.00, as if in another unit"
            in said("currency_is_sane", at(10_00, old=1_000_00), **SPAN)[2]
        )

    def test_limits_in_units_of_one_currency_do_not_judge_another(self) -> None:
        assert said("currency_is_sane", at(500, currency="JPY"), **SPAN) == (
            "NOT_EVALUATED", None,
            "The span of plausible prices is given in units with 2 decimals, and JPY has none; "
            "a rule for JPY is needed.",
        )  # fmt: skip
        assert said("currency_is_sane", at(500, currency="XXX"), **SPAN)[0] == "NOT_EVALUATED"
        assert said("currency_is_sane", at(500, old=0), **SPAN)[0] == "NOT_EVALUATED"

    def test_a_span_in_which_the_current_price_leaves_nothing_names_no_price(self) -> None:
        finding = found("currency_is_sane", at(500_00, old=1), **{**SPAN, "least": 200_00})
        assert finding is not None
        assert finding.passing_price is None
        assert finding.message.endswith("as if in another unit; no price would pass.")

    def test_a_span_without_anything_in_it_is_refused(self) -> None:
        assert "the least plausible price is above the most" in refused("currency_is_sane", **{**SPAN, "least": 10**9})


@pytest.mark.parametrize("kind", registry.OUR_KINDS)
def test_every_kind_of_ours_has_a_form_that_explains_itself(kind: type[RuleKind]) -> None:
    fields = fields_of(kind)
    assert [field.name for field in fields] == list(kind.model_fields)
    assert all(field.title for field in fields)
    assert fields[0].help


def test_a_form_knows_types_bounds_and_defaults() -> None:
    (limit,) = fields_of(registry.kinds()["margin_stays_above_floor"])
    assert limit == FormField(
        "limit_bp", "Least margin", FieldKind.PERCENT, 0, 9_999, None, True, (),
        "The least margin, as a share of the new price.",
    )  # fmt: skip
    by_name = {field.name: field for field in fields_of(registry.kinds()["price_ending"])}
    assert (by_name["endings"].kind, by_name["endings"].least, by_name["endings"].most) == (FieldKind.INTEGERS, 1, 100)
    assert (by_name["digits"].default, by_name["digits"].required) == (2, False)
    assert (by_name["middle_from"].kind, by_name["middle_from"].least) == (FieldKind.MONEY, 2)
    assert by_name["middle_endings"].default == ()
    (required,) = fields_of(registry.kinds()["pack_price"])
    assert (required.kind, required.default) == (FieldKind.YES_NO, False)


def test_every_kind_says_its_rule_as_a_sentence() -> None:
    told = {
        "margin_stays_above_floor": ({"limit_bp": 1225}, "A margin is at least 12.25 % of the new price"),
        "change_frequency": ({"most": 1}, "A price changes at most 1 time in 30 days"),
        "reduction_from_lowest": (
            {"limit_bp": 500}, "A price that falls is below the lowest of 30 days by at least 5.0 %",
        ),
        "currency_is_sane": (
            SPAN, "A price is between ₹5.00 and ₹20,000.00, and neither 100 times nor 1/100 of the current one",
        ),
        "pack_price": ({}, "A bigger pack is not dearer, for what it holds, than a smaller one"),
        "minimum_advertised_price": ({}, "A price is never below the minimum that its brand allows to advertise"),
        "price_ladder": ({}, "A higher rank in a family costs at least 0.0 % more than a lower one"),
    }  # fmt: skip
    for name, (parameters, sentence) in told.items():
        assert registry.kinds()[name].model_validate(parameters).sentence("INR") == sentence


def test_the_usual_severity_is_the_kind_s_and_the_row_decides() -> None:
    hard = {kind.name for kind in registry.OUR_KINDS if kind.usual is Severity.HARD}
    assert hard == {"margin_stays_above_floor", "minimum_advertised_price", "currency_is_sane"}


@pytest.mark.parametrize("kind", registry.OUR_KINDS)
def test_no_kind_takes_a_parameter_that_it_does_not_know(kind: type[RuleKind]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate({"limit": 3})
