"""The proposal's page says what the rules hold of prices before somebody makes them permanent, and why nobody may."""

import pytest

from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from app.pages.proposal import view
from app.pages.proposal.read import ProposalAsked, ProposalPage, whole_page
from tests.builders import ASHA, HOUR, KIRAN, MONDAY
from tests.lifecycle.test_keeping import imported, judged_again
from tests.lifecycle.test_windows import back_of, shop, window

__all__ = ["shop"]


def page(back: ProposalSummary) -> ProposalPage:
    return whole_page(ProposalAsked(back.id), KIRAN, MONDAY + 2 * HOUR)


@pytest.mark.usefixtures("shop")
def test_the_dialog_shows_the_limit_that_a_price_breaks_once_it_stays_for_good():
    kept, over = window(("T1", 104_00), ends=10 * HOUR), window(("T2", 120_00), ends=10 * HOUR)

    assert page(back_of(kept)).keep_finds == "Judged today as a change for good, the only price breaks no rule."
    assert "breaks a soft limit today: T2 at ₹120.00." in page(back_of(over)).keep_finds
    assert whole_page(ProposalAsked(back_of(kept).id), ASHA, MONDAY + 2 * HOUR).keep_finds == ""


@pytest.mark.usefixtures("shop")
def test_the_button_is_shut_while_facts_moved_and_then_for_what_is_hard_and_says_both():
    back = back_of(window(("T1", 104_00), ends=10 * HOUR))
    quiet = page(back)
    imported("T1", cost=110_00)

    moved, hard = page(back), page(judged_again(back))

    assert not quiet.deciding
    assert "1 fact has moved since this verdict" in moved.actions[Action.KEEP].why
    assert [action for action in view.DECIDING if moved.actions[action].action] == [Action.RE_EVALUATE]
    assert moved.actions[Action.RE_EVALUATE].allowed
    assert not moved.actions[Action.KEEP].allowed
    assert not hard.actions[Action.KEEP].allowed
    assert "T1 at ₹104.00. Margin" in hard.actions[Action.KEEP].why
