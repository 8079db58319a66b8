"""The proposal's page says that a roll-back takes two people, who asked, and what a breach leads to."""

from dataclasses import replace

import pytest

from app.database import transaction
from app.identity.actor import Actor
from app.lifecycle.publishing import brakes
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary, UnderWay
from app.pages.proposal import callouts_view
from app.pages.proposal.callouts_view import SayView, WayBack
from app.pages.proposal.read import ProposalAsked, ProposalPage, whole_page
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, open_shop, product, stocked
from tests.lifecycle.test_clock import canary
from tests.lifecycle.test_proposals import published

LATER = MONDAY + 2 * HOUR


def page(proposal: ProposalSummary, actor: Actor, *, at=LATER) -> ProposalPage:  # type: ignore[no-untyped-def]
    return whole_page(ProposalAsked(proposal.id), actor, at)


@pytest.fixture
def hard(tea: None) -> ProposalSummary:
    """Published at 114.00; the earlier 100.00 is 3.00 below cost by now."""
    proposal = published(("T1", 114_00))
    with transaction() as session:
        stocked(session, product("T1", cost=103_00))
    return proposal


def test_the_button_is_shut_and_asking_is_offered_instead(hard: ProposalSummary):
    seen = page(hard, OMAR)

    assert (seen.actions["roll-back"].allowed, seen.actions["roll-back"].why) == (False, "Takes two people")
    assert (seen.actions["ask-roll-back"].allowed, _may_agree(seen)) == (True, False)
    assert seen.says[-1].lead == "Rolling back takes two people."
    assert "T1 at ₹100.00" in seen.says[-1].rest


def test_the_second_person_reads_who_asked_and_why_and_may_agree(hard: ProposalSummary):
    acts(OMAR, hard.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask", now=LATER)

    asker, other, analyst = page(hard, OMAR), page(hard, KIRAN), page(hard, ASHA)

    assert other.says[-1].lead.startswith("Omar asks to roll back, since ")
    assert "“Wrong list”" in other.says[-1].rest
    assert (_may_agree(other), _may_agree(asker), _may_agree(analyst)) == (True, False, False)
    assert [row.lead for row in other.trace if "Roll-back" in row.lead] == ["Roll-back asked for by Omar"]


@pytest.mark.parametrize(
    ("under_way", "says"),
    [(UnderWay(EffectKind.ROLL_BACK, 1_000, 9_000), ""), (None, "Every context has answered.")],
)
def test_nobody_has_answered_while_prices_are_still_being_taken_back(
    hard: ProposalSummary, under_way: UnderWay | None, says: str
):
    going = replace(hard, status=Status.ROLLING_BACK, under_way=under_way)
    told = _says(going)

    assert (told[-1].lead, told[-1].rest) == ("Going back to the old prices.", says)


def test_what_stopped_half_way_says_that_it_waits_for_another_person(hard: ProposalSummary):
    stopped = replace(
        hard, status=Status.ROLLING_BACK, under_way=UnderWay(EffectKind.ROLL_BACK, 1_000, 9_000, waits=True)
    )

    (told, *_) = _says(stopped)

    assert (told.tone, told.lead) == ("warn", "It stopped half-way, and waits for another person.")
    assert told.rest == "1,000 of 9,000 prices are back."


def test_what_was_stopped_while_it_went_out_says_how_much_is_out_and_what_to_do(hard: ProposalSummary):
    (told,) = _says(replace(hard, lines=9_000, published_lines=1_000))

    assert told.lead == "1,000 of 9,000 lines are out."
    assert "Propose it again" in told.rest
    assert _says(hard) == []


def _says(proposal: ProposalSummary) -> list[SayView]:
    return callouts_view.callouts(proposal, LATER, WayBack())


def _may_agree(seen: ProposalPage) -> bool:
    return seen.actions["agree-roll-back"].allowed


@pytest.fixture
def tea(pricing_store: str) -> None:
    open_shop(product("T1"), *(product(f"C{n:03}") for n in range(200)))


def test_the_page_of_a_baking_wave_says_what_a_stop_means_for_the_next(tea: None):
    proposal = canary()
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Tax table", now=MONDAY)

    seen = page(proposal, KIRAN, at=MONDAY)

    assert "wave 2 waits: publishing is stopped (Tax table)" in seen.panel.rest
    assert seen.next.words.startswith("wave 1 is judged at ")


def test_a_plan_in_one_piece_knows_no_brake(hard: ProposalSummary):
    assert (page(hard, OMAR).panel.shown, page(hard, OMAR).next.words) == (False, "")
