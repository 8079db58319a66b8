"""Which row counts for which line, and which rule sets are refused outright."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from rules import registry
from rules.engine import judge, judge_many
from rules.facts import Facts
from rules.finding import Severity
from rules.ruleset import SEED_RULE_SET, BrokenRuleSet, Rule, RuleSet, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RISE = "increase_stays_below_limit"


def rise(
    id: str,
    limit: int,
    *,
    severity: Severity = Severity.SOFT,
    since: datetime | None = None,
    until: datetime | None = None,
    **scope: str,
) -> Rule:
    return Rule(
        id=id,
        kind=RISE,
        severity=severity,
        parameters={"limit_bp": limit},
        scope=Scope(**scope),
        valid_from=since,
        valid_to=until,
    )


def rules(*rows: Rule) -> RuleSet:
    return RuleSet(number=2, rules=rows, mandatory=())


def counted(
    rule_set: RuleSet, *, category: str = "Tea", brand: str = "Kettle", channel: str | None = None, at: datetime = NOW
) -> str | None:
    """The row by which a doubled price is judged."""
    line = Facts("T1", category, brand, "INR", 100_00, 200_00, 70_00, None, channel)
    found = judge(line, rule_set, at).findings
    assert judge_many([line], rule_set, at)[0].findings == found
    return found[0].rule_id if found else None


def test_the_most_specific_scope_wins_whatever_the_order() -> None:
    rows = (
        rise("all", 1500),
        rise("tea", 500, category="Tea"),
        rise("tea-kettle", 300, category="Tea", brand="Kettle"),
    )
    for ordered in (rows, rows[::-1]):
        assert counted(rules(*ordered)) == "tea-kettle"
        assert counted(rules(*ordered), brand="Other") == "tea"
        assert counted(rules(*ordered), category="Baby") == "all"


def test_case_and_blanks_do_not_decide_whether_a_rule_applies() -> None:
    assert (
        counted(rules(rise("all", 1500), rise("tea", 500, category="Tea & Coffee")), category="TEA  & coffee ") == "tea"
    )


def test_a_scope_may_name_channel_and_currency() -> None:
    rows = rules(
        rise("all", 1500),
        rise("online", 500, channel="online"),
        rise("online-eur", 9, channel="online", currency="EUR"),
    )
    assert counted(rows, channel="online") == "online"
    assert counted(rows) == "all"


def test_a_rule_is_in_force_from_its_beginning_until_before_its_end() -> None:
    row = rules(rise("week", 500, since=NOW, until=NOW + timedelta(days=7)))
    assert counted(row, at=NOW) == "week"
    assert counted(row, at=NOW - timedelta(microseconds=1)) is None
    assert counted(row, at=NOW + timedelta(days=7)) is None


def test_severity_is_data() -> None:
    line = Facts("T1", "Tea", "Kettle", "INR", 100_00, 200_00, 70_00)
    assert judge(line, rules(rise("hard", 500, severity=Severity.HARD)), NOW).verdict == "HARD"


def test_an_equally_specific_tie_is_refused_and_the_refusal_says_where() -> None:
    with pytest.raises(ValueError, match=r"tea and kettle are equally .* \(category Tea, brand Kettle\): narrow one"):
        rules(rise("tea", 500, category="Tea"), rise("kettle", 300, brand="Kettle"))


@pytest.mark.parametrize(
    "second",
    [
        rise("b", 300, category="Baby"),
        rise("b", 300, category="Tea", since=NOW),
        Rule(
            id="b",
            kind="price_stays_near_competitor",
            severity=Severity.SOFT,
            parameters={"limit_bp": 1},
            scope=Scope(category="Tea"),
        ),
    ],
)
def test_rules_that_never_meet_are_no_tie(second: Rule) -> None:
    assert rules(rise("a", 500, category="Tea", until=NOW), second).rules


def test_a_rule_for_exactly_the_overlap_settles_a_tie() -> None:
    settled = rules(
        rise("tea", 500, category="Tea"),
        rise("kettle", 300, brand="Kettle"),
        rise("both", 200, category="Tea", brand="Kettle"),
    )
    assert counted(settled) == "both"
    with pytest.raises(ValueError, match="equally specific"):
        rules(
            rise("tea", 500, category="Tea"),
            rise("kettle", 300, brand="Kettle"),
            rise("both", 200, category="Tea", brand="Kettle", until=NOW),
        )


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{}",
        "[]",
        '{"number": 0, "rules": []}',
        SEED_RULE_SET.to_json().replace("HARD", "hard-ish"),
        SEED_RULE_SET.to_json().replace('"margin-floor"', '"increase-limit"'),
        SEED_RULE_SET.to_json().replace('"category":null', '"categroy":null'),
        SEED_RULE_SET.to_json().replace('"category":null', '"category":" "'),
        SEED_RULE_SET.to_json().replace('"valid_to":null', '"valid_to":"2026-01-01T00:00:00"'),
    ],
)
def test_stored_nonsense_is_no_rule_set(broken: str) -> None:
    with pytest.raises(BrokenRuleSet):
        RuleSet.from_json(broken)


def test_faults_are_named_before_a_set_is_activated() -> None:
    assert SEED_RULE_SET.faults(registry.kinds()) == []
    bad = rules(rise("typo", 2_000_000), Rule(id="x", kind="unheard_of", severity=Severity.HARD, parameters={}))
    assert [fault.partition(":")[0] for fault in bad.faults(registry.kinds())] == ["Rule typo", "Rule x"]


def test_the_content_hash_is_of_what_the_set_says_not_of_its_number() -> None:
    again = SEED_RULE_SET.model_copy(update={"number": 9})
    assert RuleSet.from_json(again.to_json()).content_hash == SEED_RULE_SET.content_hash
    assert rules(rise("a", 500)).content_hash != rules(rise("a", 501)).content_hash


def test_what_scopes_learnt_to_name_left_the_hash_of_every_stored_set_as_it_was() -> None:
    assert SEED_RULE_SET.content_hash == "5d6551f9a1f0e7b20b71fcc385427f2b1461a0eb66e8f8bcb11d8d804721637f"
    assert '"sub_category"' not in SEED_RULE_SET.to_json()
    named = rules(rise("a", 500).model_copy(update={"scope": Scope(sub_category="Green", skus=("T1",))}))
    assert RuleSet.from_json(named.to_json()) == named


def of_scope(id: str, **scope: object) -> Rule:
    return rise(id, 500).model_copy(update={"scope": Scope.model_validate(scope)})


def test_a_sub_category_says_more_than_a_category_and_skus_say_most() -> None:
    rows = rules(
        of_scope("all"), of_scope("tea", category="Tea"), of_scope("green", sub_category="Green"),
        of_scope("one", skus=["T1", "T7"]),
        of_scope("green-kettle", category="Tea", sub_category="green", brand="Kettle", channel="web", currency="INR"),
    )  # fmt: skip

    def row(sku: str, sub_category: str, channel: str | None = None) -> str | None:
        line = Facts(sku, "Tea", "Kettle", "INR", 100_00, 200_00, channel=channel, sub_category=sub_category)
        (found,) = judge(line, rows, NOW).findings
        assert judge_many([line], rows, NOW)[0].findings == (found,)
        return found.rule_id

    assert [row("T2", "Black"), row("T2", " GREEN "), row("T2", "Green", "web"), row("T1", "Green", "web")] == [
        "tea", "green", "green-kettle", "one",
    ]  # fmt: skip
    assert row("t1", "Black") == "tea", "SKUs are compared as they are listed"


def test_the_sentence_of_a_scope_names_everything_and_shortens_long_lists() -> None:
    scope = Scope(category="Tea", sub_category="Green", skus=("T4", "T1", "T3", "T2", "T2"))
    assert scope.sentence() == "category Tea, sub-category Green, SKU T1, T2, T3 and 1 more"
    assert Scope(skus=("T2", "T1")).sentence() == "SKU T1, T2"
    assert scope.skus == ("T1", "T2", "T3", "T4")


@pytest.mark.parametrize("skus", [(), ("",), ("=1+1",), ("T 1", "T\u200b1"), tuple(f"T{n}" for n in range(10_001))])
def test_a_list_of_no_or_too_many_or_impossible_skus_is_refused(skus: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="SKU"):
        Scope(skus=skus)


def test_rows_that_share_a_sku_are_a_tie_unless_a_row_for_what_they_share_settles_it() -> None:
    first, second = of_scope("a", skus=("T1", "T2", "T3")), of_scope("b", skus=("T2", "T3", "T4"))
    with pytest.raises(ValueError, match=r"a and b are equally specific where both apply \(SKU T2, T3\)"):
        rules(first, second)
    with pytest.raises(ValueError, match="equally specific"):
        rules(first, second, of_scope("c", skus=("T2",), category="Tea"))
    assert rules(of_scope("a", skus=("T1",)), of_scope("b", skus=("T2",)))


def test_ties_are_found_among_10000_rows_at_once() -> None:
    began = time.process_time()
    rows = [
        rise(f"r{n}", 500, category=f"C{n // 100}", brand=f"B{n % 100}", since=NOW if n % 2 else None)
        for n in range(9_000)
    ]
    rows += [rise(f"w{n}", 500, since=NOW + timedelta(days=n), until=NOW + timedelta(days=n + 1)) for n in range(1_000)]
    assert rules(*rows)
    assert time.process_time() - began < 3
    with pytest.raises(ValueError, match=r"r8999 and late are equally specific"):
        rules(*rows, rise("late", 500, category="C89", brand="b99"))
