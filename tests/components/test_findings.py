"""A finding in few words: the number where there is one, and never `not evaluated` of a rule that was."""

from app.components.findings import found
from app.lifecycle.views.values import FindingView


def finding(rule: str, outcome: str, observed: int | None = None) -> FindingView:
    return FindingView(rule, "SOFT", outcome, observed, 1_000, None, "A sentence.")


def test_a_rule_that_is_broken_without_a_number_is_called_by_its_name():
    assert found([finding("price_ending", "BREACHED")]).number == "ending"
    assert found([finding("price_ending", "NOT_EVALUATED")]).number == "not evaluated"


def test_a_number_stands_between_what_it_is_and_its_limit():
    shown = found([finding("margin_stays_above_floor", "BREACHED", 890)])
    assert (shown.kind, shown.number, shown.rest) == ("margin", "8.9 %", "under 10.0 %")
