"""A rule that is missing, broken, unknown or crashing must never let a line pass."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import polars as pl
import pytest

from rules import registry
from rules.engine import judge, judge_many
from rules.facts import Facts
from rules.finding import LineVerdict, RuleOutcome, Severity, Verdict
from rules.kinds.kind import Breach, RuleKind
from rules.ruleset import SEED_RULE_SET, Parameter, Rule, RuleSet

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLEAN = Facts("T1", "Tea", "Kettle", "INR", 100_00, 101_00, 70_00)


class EndsInNine(RuleKind):
    """A third party's rule: prices end in 9."""

    name: ClassVar[str] = "price_ends_in_nine"

    def check(self, facts: Facts) -> Breach | None:
        return None if facts.new // 100 % 10 == 9 else Breach(None, None, None, "The price does not end in 9.")


class Crashes(EndsInNine):
    name: ClassVar[str] = "crashes"

    def check(self, facts: Facts) -> Breach | None:
        raise ZeroDivisionError

    def suspects(self) -> pl.Expr:
        return pl.col("no such column") > 0


class Babbles(EndsInNine):
    name: ClassVar[str] = "babbles"

    def check(self, facts: Facts) -> Breach | None:
        return True  # type: ignore[return-value]


KINDS = {**registry.kinds(), **{kind.name: kind for kind in (EndsInNine, Crashes, Babbles)}}


def with_rule(
    kind: str, parameters: Mapping[str, Parameter] | None = None, *, until: datetime | None = None
) -> RuleSet:
    rule = Rule(id="new", kind=kind, severity=Severity.SOFT, parameters=dict(parameters or {}), valid_to=until)
    return RuleSet(number=2, rules=(*SEED_RULE_SET.rules, rule))


def verdict(facts: Facts, rules: RuleSet, *, at: datetime = NOW) -> LineVerdict:
    alone = judge(facts, rules, at, kinds=KINDS)
    assert judge_many([facts, facts], rules, at, kinds=KINDS) == [alone, alone]
    return alone


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("crashes", {}, "Rule new failed with ZeroDivisionError; tell the rule owner."),
        ("babbles", {}, "Rule new gave no usable answer; tell the rule owner."),
        (
            "unheard_of",
            {},
            "Rule new cannot be applied, because its kind of rule is not installed; tell the rule owner.",
        ),
        (
            "price_ends_in_nine",
            {"limit": 3},
            "Rule new cannot be applied, because its parameters do not fit its kind; tell the rule owner.",
        ),
    ],
)
def test_a_rule_that_cannot_do_its_work_is_hard(kind: str, parameters: dict[str, Parameter], said: str) -> None:
    judged = verdict(CLEAN, with_rule(kind, parameters))
    assert judged.verdict is Verdict.HARD
    assert [(found.outcome, found.message) for found in judged.findings] == [(RuleOutcome.NOT_EVALUATED, said)]


@pytest.mark.parametrize("limit", ["1000", True, -1, 10_000, 1 << 70])
def test_a_limit_that_is_no_sane_number_is_hard(limit: Parameter) -> None:
    floor = Rule(id="floor", kind="margin_stays_above_floor", severity=Severity.SOFT, parameters={"limit_bp": limit})
    assert verdict(CLEAN, RuleSet(number=2, rules=(floor, SEED_RULE_SET.rules[1]))).verdict is Verdict.HARD


def test_a_mandatory_kind_without_a_rule_in_force_is_hard() -> None:
    floor = SEED_RULE_SET.rules[0].model_copy(update={"valid_to": NOW})
    rules = RuleSet(number=2, rules=(floor, *SEED_RULE_SET.rules[1:]))
    assert verdict(CLEAN, rules, at=NOW - timedelta(seconds=1)).verdict is Verdict.CLEAN
    (found,) = verdict(CLEAN, rules, at=NOW).findings
    assert (found.rule, found.rule_id, found.severity) == ("margin_stays_above_floor", None, "HARD")


def test_an_empty_rule_set_passes_nothing() -> None:
    assert verdict(CLEAN, RuleSet(number=2, rules=())).verdict is Verdict.HARD


@pytest.mark.parametrize("price", [0, -100, 10**12 + 1, 1e3, True])
def test_what_is_no_price_is_hard(price: int) -> None:
    assert verdict(Facts("T1", "Tea", "Kettle", "INR", 100_00, price, 70_00), SEED_RULE_SET).verdict is Verdict.HARD


@pytest.mark.parametrize("price", [0, 10**12 + 1, True])
@pytest.mark.parametrize("lines", [1, 500])
def test_what_is_no_price_is_hard_even_if_there_is_no_rule_at_all(price: int, lines: int) -> None:
    nothing = RuleSet(number=2, rules=(), mandatory=())
    facts = [Facts("T1", "Tea", "Kettle", "INR", 100_00, price, 70_00)] * lines
    assert {found.verdict for found in judge_many(facts, nothing, NOW, kinds=KINDS)} == {Verdict.HARD}
    assert judge(facts[0], nothing, NOW, kinds=KINDS).verdict is Verdict.HARD


@pytest.mark.parametrize("cost", [0, -1, 10**13, 70.0, False])
def test_what_is_no_cost_is_hard(cost: int) -> None:
    assert verdict(Facts("T1", "Tea", "Kettle", "INR", 100_00, 101_00, cost), SEED_RULE_SET).verdict is Verdict.HARD


def test_an_expired_optional_rule_just_no_longer_applies() -> None:
    assert verdict(CLEAN, with_rule("crashes", until=NOW)).verdict is Verdict.CLEAN


def test_a_plugin_kind_judges_with_the_severity_of_its_row() -> None:
    (found,) = verdict(CLEAN, with_rule("price_ends_in_nine")).findings
    assert (found.severity, found.outcome, found.message) == ("SOFT", "BREACHED", "The price does not end in 9.")
