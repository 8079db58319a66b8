"""Rules out as a file and in again: nothing is lost on the way, and every bad row is named as the file counts it."""

import io

import openpyxl
import pytest

from app.intake import rules_file
from app.intake.unreadable import UnreadableFile
from app.lifecycle.rulebook.refusals import RulesRefused, TooManyRules
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet
from tests.builders import open_shop, product
from tests.lifecycle.rulebook import LEELA, content, drafted, key

FULL = RuleSet(
    number=7,
    rules=(
        *SEED_RULE_SET.rules,
        Rule.model_validate_json(
            '{"id": "=tea", "kind": "increase_stays_below_limit", "severity": "HARD", "parameters": {"limit_bp": 3000},'
            ' "scope": {"category": "Tea", "brand": "Brand", "currency": "INR", "sub_category": "All"},'
            ' "valid_from": "2026-12-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00.000Z", "owner": "Leela",'
            ' "rationale": "-10 % was \\"too much\\", they said"}'
        ),
        Rule.model_validate_json(
            '{"id": "two", "kind": "increase_stays_below_limit", "severity": "SOFT", "parameters": {"limit_bp": 100},'
            ' "scope": {"skus": ["T1", "T 2"]}}'
        ),
    ),
)


@pytest.fixture
def draft(pricing_store: str) -> int:
    open_shop(product("T1"), product("T 2"))
    return drafted().number


def imported(written: str | bytes, number: int, version: int = 1) -> None:
    raw = written.encode() if isinstance(written, str) else written
    rules_file.carry_out(rules_file.read(raw), LEELA, number, version=version, key=key())


@pytest.mark.parametrize("write", [rules_file.as_csv, rules_file.as_json])
def test_what_goes_out_comes_in_as_it_was(write, draft: int):  # type: ignore[no-untyped-def]
    imported(write(FULL), draft)

    assert content(draft).rules == FULL.rules
    assert content(draft).content_hash == FULL.content_hash or write is rules_file.as_csv


def test_a_workbook_comes_in_with_its_numbers_and_an_empty_cell_is_not_set(draft: int):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["ID", "Kind", "Severity", "Category", "Sub-category", "limit_bp", "Rationale"])
    for rule in SEED_RULE_SET.rules:
        sheet.append([rule.id, rule.kind, "soft", None, "", rule.limit_bp, "Because"])
    out = io.BytesIO()
    book.save(out)

    imported(out.getvalue(), draft)

    assert [rule.limit_bp for rule in content(draft).rules] == [1000, 1500, 1000, 3000]
    assert {rule.severity for rule in content(draft).rules} == {"SOFT"}


def test_bad_rows_are_named_as_the_file_counts_them_and_none_is_taken(draft: int):
    table = "id,kind,severity,category,limit_bp\n" + "\n".join(
        (
            "a,margin_stays_above_floor,HARD,,1000",
            "",
            "b,increase_stays_below_limit,SOFT,,15 %",
            "c,increase_stays_below_limit,SOFT,Teee,1500",
            "d,increase_stays_below_limit,LOUD,Tea,1500",
        )
    )

    with pytest.raises(RulesRefused) as refused:
        imported(table, draft)

    named = [(row["row"], row["field"], row["code"]) for row in refused.value.extra["rows"]]  # type: ignore[union-attr,index,call-overload]
    assert named == [
        (4, "parameters.limit_bp", "bad_limit"), (5, "scope", "unknown_name"), (6, "severity", "bad_field"),
    ]  # fmt: skip
    assert "Row 4: limit_bp (“15 %”)" in refused.value.detail
    assert content(draft).rules == SEED_RULE_SET.rules


def test_ten_thousand_rows_are_refused_before_any_is_read(draft: int):
    line = "margin_stays_above_floor,HARD,1000\n"

    with pytest.raises(TooManyRules):
        imported("kind,severity,limit_bp\n" + line * 10_000, draft)
    with pytest.raises(TooManyRules):
        imported("[" + ",".join(['{"kind": "x"}'] * 10_000) + "]", draft)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("sku,price\nT1,100\n", "columns_missing"),
        ("kind,severity,kind\na,SOFT,b\n", "columns_doubled"),
        ('{"rules": [1]}', "not_rules"),
        ('{"rules": [', "not_json"),
        ("[" * 5000, "not_json"),
    ],
)
def test_what_is_no_file_of_rules_is_refused(written: str, code: str):
    with pytest.raises(UnreadableFile) as refused:
        rules_file.read(written.encode())
    assert refused.value.code == code


def test_a_file_says_which_kinds_every_product_needs(draft: int):
    written = rules_file.as_json(FULL.model_copy(update={"mandatory": ("margin_stays_above_floor",)}))

    imported(written, draft)

    assert content(draft).mandatory == ("margin_stays_above_floor",)


def test_a_list_of_skus_with_the_sign_that_splits_them_is_written_so_that_it_comes_back():
    odd = replace_scope(FULL.rules[-1], ("A;B", "C"))

    (row,) = rules_file.read(rules_file.as_csv(RuleSet(number=1, rules=(odd,))).encode()).rows

    assert row["scope"] == {"skus": ["A;B", "C"]}


def replace_scope(rule: Rule, skus: tuple[str, ...]) -> Rule:
    return rule.model_copy(update={"scope": rule.scope.model_copy(update={"skus": skus})})
