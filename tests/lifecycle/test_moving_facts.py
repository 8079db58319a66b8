"""A roll-back in steps is bound to the facts of now: at its order, at an agreement, and at each of its steps."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session, select

from app.clock import utc_now
from app.contracts.events import PriceChangeRolledBack
from app.database import reading, transaction
from app.lifecycle import actions
from app.lifecycle.errors import FourEyes, Outrun, SecondPersonNeeded, SeenContentChanged, TransitionRefused
from app.lifecycle.proposing import verdicts
from app.lifecycle.publishing import effects
from app.lifecycle.records import AuditEntry, RollBackRequest
from app.lifecycle.rolling_back import restored_prices, second_person
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from tests.builders import KIRAN, OMAR, acts, product, stocked
from tests.lifecycle.test_effects import SKUS, all_that_is_open, events, found, prices, propose, roll_back, work


@pytest.fixture(autouse=True)
def _shop(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten teas at 100.00, of which 105.00 is out; a step holds three lines."""
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    costs(70_00)


@pytest.fixture
def out(_shop: None) -> ProposalSummary:
    proposal = propose()
    work()
    return proposal


def costs(cost: int, *skus: str) -> None:
    with transaction() as session:
        stocked(session, *(product(sku, cost=cost) for sku in skus or SKUS))


def somebody_looks(proposal: ProposalSummary) -> str:
    with reading() as session:
        two = second_person.takes_two(session, proposal.id, KIRAN.id, utc_now())
    return two.sentence if two else ""


def after_every_look(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    real = restored_prices.look_ahead

    def looked(session: Session, proposal_id: str, now: datetime) -> Restoring | None:
        answer = real(session, proposal_id, now)
        session.rollback()
        happens()
        return answer

    monkeypatch.setattr(restored_prices, "look_ahead", looked)


def requests() -> list[RollBackRequest]:
    with reading() as session:
        return list(session.exec(select(RollBackRequest)).all())


def told(action: Action) -> list[str]:
    with reading() as session:
        return [row.detail for row in session.exec(select(AuditEntry).where(AuditEntry.action == action))]


def test_an_answer_of_a_moment_ago_puts_no_price_three_rupees_below_cost(out: ProposalSummary):
    assert somebody_looks(out) == ""
    costs(103_00)

    with pytest.raises(SecondPersonNeeded, match="10 of 10 SKUs"):
        roll_back(out)
    work()

    assert prices() == {105_00}, "3.00 lost on every sale of ten SKUs"
    assert "10 of 10 SKUs" in somebody_looks(out)


def test_who_agreed_to_two_rupees_below_cost_did_not_agree_to_sixty(out: ProposalSummary):
    costs(102_00)
    acts(OMAR, out.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask")
    costs(160_00)

    with pytest.raises(SeenContentChanged, match="ask again"):
        acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Yes", key="agree")
    work()

    assert prices() == {105_00}, "60.00 lost on every sale where 2.00 was agreed to"


def test_whoever_agrees_while_facts_move_all_the_time_is_told_that_others_were_faster(
    out: ProposalSummary, monkeypatch: pytest.MonkeyPatch
):
    costs(103_00)
    acts(OMAR, out.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask")
    after_every_look(monkeypatch, lambda: costs(103_00))

    with pytest.raises(Outrun) as refused:
        acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Yes", key="agree")

    assert (refused.value.code, prices()) == ("outrun", {105_00})


def test_a_roll_back_stops_before_the_first_price_that_turned_hard_since_it_was_ordered(
    out: ProposalSummary, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as meanwhile:
        after_every_look(meanwhile, lambda: costs(103_00))
        roll_back(out)
    work()

    assert prices() == {105_00}, "3.00 lost on every sale of ten SKUs"
    assert (found(out).status, all_that_is_open()) == (Status.ROLLING_BACK, 1)
    with pytest.raises(FourEyes):
        acts(OMAR, out.id, Action.AGREE_ROLL_BACK, comment="Go on", key="self")
    with pytest.raises(SecondPersonNeeded):
        acts(OMAR, out.id, Action.ROLL_BACK, comment="Go on", key="alone")

    acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Better than a wrong list", key="agree")
    work()

    assert (prices(), all_that_is_open()) == ({100_00}, 0)
    assert len(events(PriceChangeRolledBack)) == len(SKUS)


def half_back(proposal: ProposalSummary) -> None:
    roll_back(proposal)
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=utc_now())


def test_it_says_how_many_are_back_and_asks_once_however_often_it_is_looked_at(out: ProposalSummary):
    half_back(out)
    costs(103_00, "T05")
    work()
    with transaction() as session:
        effects.hand_on(session, out.id, utc_now())
    work()

    (asked,) = requests()
    assert asked.asked_by == OMAR.id
    assert "Stopped: 3 of 10 are back. 1 of 7 SKUs would come back" in asked.reason
    assert ["3 of 10 are back" in detail for detail in told(Action.ASK_ROLL_BACK)] == [True]
    assert "1 of 7 SKUs" in somebody_looks(out)
    assert prices() == {100_00, 105_00}


def test_it_goes_on_when_nothing_of_the_rest_is_hard_any_more(out: ProposalSummary):
    half_back(out)
    costs(103_00, "T05")
    work()
    stopped = prices()
    costs(70_00, "T05")

    with pytest.raises(SeenContentChanged):
        acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Yes", key="agree")
    acts(OMAR, out.id, Action.ROLL_BACK, comment="The cost is right again", key="on")
    work()

    assert (stopped, prices()) == ({100_00, 105_00}, {100_00})
    assert sorted(event.line for event in events(PriceChangeRolledBack)) == list(range(1, 11))


def test_what_is_coming_back_is_not_rolled_back_twice(out: ProposalSummary):
    half_back(out)

    with pytest.raises(TransitionRefused) as refused:
        acts(OMAR, out.id, Action.ROLL_BACK, comment="Again", key="again")

    assert refused.value.code == "under_way"


def half_agreed(proposal: ProposalSummary) -> None:
    """Two people agree to go back to 100.00 at a cost of 102.00, and three of ten SKUs are back."""
    costs(102_00)
    acts(OMAR, proposal.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask")
    acts(KIRAN, proposal.id, Action.AGREE_ROLL_BACK, comment="Better than a wrong list", key="agree")
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=utc_now())


def test_what_two_people_agreed_to_at_a_loss_of_two_rupees_does_not_go_back_at_a_loss_of_sixty(out: ProposalSummary):
    half_agreed(out)
    costs(160_00, "T05")
    work()

    assert prices() == {100_00, 105_00}, "60.00 lost on every sale of T05 where 2.00 was agreed to"
    assert (found(out).status, all_that_is_open()) == (Status.ROLLING_BACK, 1)
    (asked,) = [row for row in requests() if row.agreed_at is None]
    assert asked.asked_by == OMAR.id
    assert "Stopped: 3 of 10 are back. 7 of 7 SKUs would come back" in asked.reason
    assert "farther from its rule than was agreed to" in asked.reason

    with pytest.raises(FourEyes):
        acts(OMAR, out.id, Action.AGREE_ROLL_BACK, comment="Go on", key="self")
    with pytest.raises(SecondPersonNeeded):
        acts(OMAR, out.id, Action.ROLL_BACK, comment="Go on", key="alone")
    acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Even so", key="again")
    work()

    assert (prices(), all_that_is_open()) == ({100_00}, 0)
    assert sorted(event.line for event in events(PriceChangeRolledBack)) == list(range(1, 11))


def test_what_turned_hard_after_two_people_agreed_to_the_rest_does_not_go_back(out: ProposalSummary):
    costs(102_00, "T01")
    acts(OMAR, out.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask")
    acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Yes", key="agree")
    costs(102_00, "T05")
    work()

    assert prices() == {100_00, 105_00}, "2.00 lost on every sale of T05, which earned 30.00 when it was agreed to"
    assert "1 of 7 SKUs" in somebody_looks(out)


def test_what_moved_without_breaking_more_goes_back_as_agreed(out: ProposalSummary):
    half_agreed(out)
    costs(101_00, "T05", "T06")
    costs(70_00, "T09")
    work()

    assert (prices(), all_that_is_open(), len(requests())) == ({100_00}, 0, 1)


def test_what_stopped_goes_on_by_itself_once_it_is_no_farther_than_agreed(out: ProposalSummary):
    half_agreed(out)
    costs(160_00, "T05")
    work()
    stopped = prices()
    costs(102_00, "T05")
    with transaction() as session:
        effects.hand_on(session, out.id, utc_now())
    work()

    assert (stopped, prices(), all_that_is_open()) == ({100_00, 105_00}, {100_00}, 0)
