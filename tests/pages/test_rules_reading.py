"""The rules page shows a set, what it would miss, what may be done with it, and every other set beside it."""

from datetime import timedelta

import pytest

from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import commands
from app.pages.rules.asked import RulesAsked, wanted
from app.pages.rules.read import rules_page
from app.pages.rules.view import RulesView
from tests.builders import MONDAY, open_shop, person, product
from tests.lifecycle.rulebook import LEELA, MAYA, RISES, TEA, activated, content, drafted, in_review, key, with_tea

ASHA = person("Asha", Role.ANALYST)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    open_shop(product("T1"))


def page(number: int | None = None, *, who: Actor = LEELA, **asked: object) -> RulesView:
    return rules_page(who, RulesAsked(set=number, **asked), MONDAY)  # type: ignore[arg-type]


def buttons(shown: RulesView) -> dict[str, bool]:
    return {one.action: one.allowed for one in shown.buttons}


def test_sets_on_their_way_stand_beside_the_active_one_and_those_that_were():
    made = in_review()
    at = MONDAY + timedelta(days=1)
    commands.activate_rules(MAYA, 2, content_hash=made.content_hash, effective_at=at, key=key(), now=MONDAY)
    in_review()
    dropped = drafted()
    commands.drop_rules(MAYA, 4, content_hash=dropped.content_hash, comment="No", key=key(), now=MONDAY)
    drafted()

    shown = page()

    assert shown.title == "Rule set 1"
    assert [(row.number, row.state.word, row.by, row.href) for row in shown.sets] == [
        ("5", "Draft", "nobody", "/rules?set=5"), ("4", "Dropped", "nobody", "/rules?set=4"),
        ("3", "In review", "nobody", "/rules?set=3"), ("2", "Scheduled", "Maya", "/rules?set=2"),
        ("1", "Active", "at installation", "/rules"),
    ]  # fmt: skip
    assert [row.number for row in shown.strip] == ["5", "3", "2", "1"]
    assert (shown.sets[0].why, shown.sets[0].made) == ("Tea swings", LEELA.id)


def test_the_active_set_is_said_with_its_exceptions():
    activated()

    shown = page()

    assert (shown.title, shown.sets[1].state.word) == ("Rule set 2", "Retired")
    assert any("30" in one.exceptions and "Tea" in one.exceptions for one in shown.sentences)


def test_a_draft_shows_its_difference_and_what_its_rows_would_never_do():
    made = with_tea()
    commands.add_rule(
        LEELA, made.number, {**TEA, "id": "coffee", "scope": {"sub_category": "All", "category": "Tea"}},
        version=made.version, key=key(), now=MONDAY,
    )  # fmt: skip

    shown = page(made.number)

    assert {row.id: row.mark for row in shown.rows if row.mark} == {"tea-rises": "new", "coffee": "new"}
    assert [one.what.word for one in shown.changes] == ["New", "New"]
    assert {row.id for row in shown.rows if row.tone == "warn"} == {"tea-rises", "increase-limit"}
    assert {one.what.word for one in shown.found} == {"Never counts"}
    assert shown.editable
    assert shown.checked


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (LEELA, {"activate": False, "return": True, "drop": True, "draft": True}),
        (MAYA, {"activate": True, "return": True, "drop": True, "draft": True}),
        (ASHA, {"activate": False, "return": False, "drop": False, "draft": False}),
    ],
)
def test_in_review_each_button_is_open_or_shut_with_its_reason(who: Actor, may: dict[str, bool]):
    made = in_review()

    shown = page(made.number, who=who)

    assert buttons(shown) == may
    assert bool(shown.whys) == (False in may.values())
    assert not shown.editable


def test_what_is_done_to_a_draft_with_a_gap_is_refused_before_it_is_pressed():
    made = drafted()
    commands.remove_rule(LEELA, made.number, "margin-floor", version=made.version, key=key(), now=MONDAY)

    shown = page(made.number)

    assert buttons(shown)["submit"] is False
    assert "cannot judge as it stands" in shown.whys[0]
    assert [one.what.word for one in shown.found] == ["Gap"]


def test_a_hundred_rows_stand_on_a_page_and_an_open_row_brings_its_own():
    made = drafted()
    rows = [{**TEA, "id": f"r{n:03d}", "scope": {"skus": [f"X{n:03d}"]}} for n in range(150)]
    open_shop(*(product(f"X{n:03d}") for n in range(150)))
    standing = [one.model_dump(mode="json") for one in content(made.number).rules]
    commands.replace_rules(LEELA, made.number, [*standing, *rows], version=made.version, key=key(), now=MONDAY)

    first, opened = page(made.number), page(made.number, row="r149")

    assert (len(first.rows), first.after, first.next_after) == (100, "", "100")
    assert (len(opened.rows), opened.after, opened.next_after) == (54, "100", "")
    assert [row.id for row in opened.rows if row.on] == ["r149"]


def test_which_row_applies_to_a_sku_is_said_kind_by_kind():
    activated()

    shown, nowhere = page(sku="T1").applies, page(sku="T2").applies

    assert {row.kind: row.rule for row in shown.rows}[RISES] == "tea-rises"
    assert (nowhere.rows, nowhere.missing) == ([], "No product has this SKU.")


def test_an_unknown_set_is_said_to_be_unknown():
    assert page(99).missing == "There is no rule set 99."


def test_what_makes_no_sense_in_the_address_is_the_active_set():
    assert wanted({"set": "²", "after": "-3", "row": "x" * 99, "sku": " T1 "}) == RulesAsked(row="x" * 64, sku="T1")
