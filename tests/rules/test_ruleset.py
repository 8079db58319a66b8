"""Which row counts for which line, and which rule sets are refused outright."""

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
