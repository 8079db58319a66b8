"""The rules page shows the set that judges, and every other one with where it stands."""

from datetime import timedelta

import pytest

from app.lifecycle import commands
from app.pages.rules.read import rules_page
from tests.builders import MONDAY, open_shop, product
from tests.lifecycle.rulebook import MAYA, activated, drafted, in_review, key


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    open_shop(product("T1"))


def test_sets_on_their_way_stand_beside_the_active_one_and_those_that_were():
    made = in_review()
    at = MONDAY + timedelta(days=1)
    commands.activate_rules(MAYA, 2, content_hash=made.content_hash, effective_at=at, key=key(), now=MONDAY)
    in_review()
    dropped = drafted()
    commands.drop_rules(MAYA, 4, content_hash=dropped.content_hash, comment="No", key=key(), now=MONDAY)
    drafted()

    page = rules_page(MONDAY)

    assert page.title == "Rule set 1"
    assert [(row.number, row.state.word, row.by) for row in page.sets] == [
        ("5", "Draft", "nobody"), ("4", "Dropped", "nobody"), ("3", "In review", "nobody"),
        ("2", "Scheduled", "Maya"), ("1", "Active", "at installation"),
    ]  # fmt: skip


def test_the_active_set_is_said_with_its_exceptions():
    activated()

    page = rules_page(MONDAY)

    assert (page.title, page.sets[1].state.word) == ("Rule set 2", "Retired")
    assert any("30" in one.exceptions and "Tea" in one.exceptions for one in page.sentences)
