"""Making the prices of a window permanent is judged on the facts and rules of the day, and binds to them."""

import pytest

from app.database import reading, transaction
from app.identity.actor import Actor
from app.lifecycle import commands
from app.lifecycle.errors import FactsMoved, NotAllowed, RulesMoved, SeenContentChanged, TransitionRefused
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.records import Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.pricelist.catalog_import import import_catalog
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, product
from tests.lifecycle.test_proposals import authoritative, found
from tests.lifecycle.test_windows import DAY, act, back_of, change, price, shop, told, until, window

__all__ = ["shop"]
BELOW_COST = "6.00 lost on every piece, for good: 104.00 at a cost of 110.00"


def imported(sku: str, *, cost: int) -> None:
    """The cost of a product moves as costs do: a catalog file says so; its price stays."""
    with transaction() as session:
        import_catalog(session, [product(sku, cost=cost, price=authoritative(sku)[0])], now=MONDAY + HOUR)


def keep(back: ProposalSummary, seen: str, *, key: str, by: Actor = KIRAN) -> ProposalSummary:
    return commands.act(by, back.id, Action.KEEP, comment="It sells", seen=seen, key=key, now=MONDAY + 2 * HOUR)


def judged_again(back: ProposalSummary) -> ProposalSummary:
    act(Action.RE_EVALUATE, back, at=HOUR, by=KIRAN)
    return found(back)


@pytest.mark.usefixtures("shop")
def test_a_price_whose_cost_rose_above_it_is_not_made_permanent_by_who_saw_the_old_cost():
    promotion = window(("T1", 104_00), ends=10 * HOUR)
    seen = back_of(promotion).seen_hash
    imported("T1", cost=110_00)

    with pytest.raises(FactsMoved) as refused:
        keep(back_of(promotion), seen, key="old")

    moved = {"sku": "T1", "what": "cost", "before": 70_00, "after": 110_00, "currency": "INR"}
    assert refused.value.extra["moved"] == [moved]
    until(10 * HOUR)
    assert price("T1") == 100_00, BELOW_COST
    again = commands.submit(ASHA, Submission("Same", (ProposedLine("T1", 104_10),)), key="s", now=MONDAY + 11 * HOUR)
    assert again.status is Status.REJECTED


@pytest.mark.usefixtures("shop")
def test_a_price_that_is_hard_by_now_is_not_made_permanent_by_anybody_and_the_way_out_is_named():
    promotion = window(("T1", 104_00), ("T2", 104_00), ends=10 * HOUR)
    seen = back_of(promotion).seen_hash
    imported("T1", cost=110_00)
    back = judged_again(back_of(promotion))

    with pytest.raises(SeenContentChanged, match="its current prices or facts are others"):
        keep(back, seen, key="old")
    with pytest.raises(
        TransitionRefused, match="1 of 2 prices would stay for good although it breaks a hard rule"
    ) as no:
        keep(back, back.seen_hash, key="new")
    with reading() as session:
        shut = {one.action: one for one in queries.open_actions(session, back.id, KIRAN, MONDAY + 2 * HOUR)}

    assert (no.value.code, "T1 at ₹104.00. Margin" in no.value.detail) == ("keeps_hard", True)
    assert "propose a price that passes instead" in shut[Action.KEEP].why
    assert (found(back).status, price("T1")) == (Status.PENDING_APPROVAL, 104_00), BELOW_COST


@pytest.mark.usefixtures("shop")
def test_where_a_price_that_passes_was_proposed_for_what_is_hard_the_others_can_be_kept():
    promotion = window(("T1", 104_00), ("T2", 104_00), ends=10 * HOUR)
    imported("T1", cost=110_00)
    change(("T1", 125_00), at=HOUR)
    back = judged_again(back_of(promotion))

    keep(back, back.seen_hash, key="k")
    until(11 * HOUR)

    assert (price("T1"), price("T2")) == (125_00, 104_00)


@pytest.mark.usefixtures("shop")
def test_a_limit_that_a_temporary_price_was_let_over_is_shown_and_written_down_when_it_stays_for_good():
    promotion = window(("T1", 120_00), ends=10 * HOUR)
    back = back_of(promotion)

    keep(back, back.seen_hash, key="k")

    said = "The only price would stay for good although it breaks a soft limit today: T1 at ₹120.00."
    assert said in told(promotion)
    until(11 * HOUR)
    assert price("T1") == 120_00


@pytest.mark.usefixtures("shop")
def test_rules_that_are_others_by_now_are_read_before_prices_are_made_permanent():
    promotion = window(("T1", 104_00), ends=10 * DAY)
    back = back_of(promotion)
    with transaction() as session:
        session.get_one(Proposal, back.id).rule_set = 0

    with pytest.raises(RulesMoved):
        keep(back, found(back).seen_hash, key="k")

    assert found(back).status is Status.APPROVED


@pytest.mark.usefixtures("shop")
def test_a_return_aimed_anew_does_not_forget_on_which_facts_it_was_judged():
    promotion = window(("T1", 104_00), ends=10 * HOUR)
    window(("T1", 103_00), ends=3 * HOUR, at=HOUR)
    imported("T1", cost=110_00)
    until(4 * HOUR)

    with pytest.raises(FactsMoved):
        keep(back_of(promotion), back_of(promotion).seen_hash, key="k")

    assert price("T1") == 104_00


@pytest.mark.usefixtures("shop")
def test_what_is_approved_is_judged_again_by_a_person_only_where_prices_return():
    dated = commands.submit(
        ASHA, Submission("Later", (ProposedLine("T2", 104_00),), MONDAY + 5 * HOUR), key="d", now=MONDAY
    )
    imported("T2", cost=71_00)

    with pytest.raises(NotAllowed, match="Only Baton itself judges again what is approved"):
        act(Action.RE_EVALUATE, dated, at=HOUR, by=KIRAN)
    with reading() as session:
        offered = [one.action for one in queries.open_actions(session, dated.id, KIRAN, MONDAY + HOUR)]
    assert Action.RE_EVALUATE not in offered
