"""Nobody undoes alone below a hard rule: neither on facts of their own, nor beneath a price window."""

import pytest
from sqlmodel import col, select

from app.clock import utc_now
from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.errors import FourEyes, SecondPersonNeeded, SeenContentChanged
from app.lifecycle.proposing import facts, verdicts
from app.lifecycle.proposing.facts import Supplied
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import effects
from app.lifecycle.records import RollBackRequest
from app.lifecycle.rolling_back import second_person
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import bounds
from app.pricelist.records import Fact
from app.words.money import Money
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, acts, open_shop, person, product, stocked
from tests.lifecycle.test_effects import SKUS, all_that_is_open, prices, propose, work
from tests.lifecycle.test_effects import found as found_now
from tests.lifecycle.test_effects import roll_back as rolls_back
from tests.lifecycle.test_proposals import authoritative, found, published
from tests.lifecycle.test_windows import DAY, change, until, window

LATER = MONDAY + 2 * HOUR
FEED = person("Feed", Role.MEASURER)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    open_shop(product("T1", price=75_00, cost=60_00), product("T2", price=75_00, cost=60_00))


def supply(actor: Actor, amount: int, *, sku: str = "T1", at=LATER) -> None:  # type: ignore[no-untyped-def]
    with transaction() as session:
        one = Supplied(sku, Fact.COST, Money(amount, "INR"), "my own word", at)
        facts.supply(session, [one], actor=actor, now=at, batch="b")


def why_two(proposal: ProposalSummary, actor: Actor, at=LATER) -> str:  # type: ignore[no-untyped-def]
    with reading() as session:
        two = second_person.takes_two(session, proposal.id, actor.id, at)
    return two.sentence if two else ""


def rolls(by: Actor, proposal: ProposalSummary, key: str, action: Action = Action.ROLL_BACK) -> ProposalSummary:
    return acts(by, proposal.id, action, comment="Wrong list", key=key, now=LATER)


def test_an_operator_does_not_supply_the_cost_on_which_he_alone_goes_225_below_cost():
    proposal = published(("T1", 79_50))
    supply(FEED, 77_25)
    supply(OMAR, 37_50)

    with pytest.raises(SecondPersonNeeded, match="Omar supplied the cost of T1 since this was submitted"):
        rolls(OMAR, proposal, "alone")

    assert authoritative("T1") == (79_50, 2), "each sale at 75.00 loses 2.25 at the true cost of 77.25"
    assert "nobody rolls back alone on evidence of their own" in why_two(proposal, OMAR)
    assert why_two(proposal, KIRAN) == "", "who supplied nothing sees the facts as they are, and answers for it"


def test_that_somebody_supplied_the_fact_anew_does_not_make_him_a_stranger_to_it():
    proposal = published(("T1", 79_50))
    supply(OMAR, 37_50)
    supply(FEED, 37_60)

    with pytest.raises(SecondPersonNeeded):
        rolls(OMAR, proposal, "alone")

    assert authoritative("T1") == (79_50, 2)


def test_who_supplied_a_fact_asks_and_somebody_who_supplied_none_agrees():
    proposal = published(("T1", 79_50))
    supply(OMAR, 37_50)
    other = person("Olga", Role.OPERATOR)
    supply(other, 37_60)

    asked = rolls(OMAR, proposal, "ask", Action.ASK_ROLL_BACK)
    shown = why_two(proposal, KIRAN)
    with pytest.raises(FourEyes, match="You supplied the cost of T1"):
        rolls(other, proposal, "own", Action.AGREE_ROLL_BACK)
    kept = authoritative("T1")
    rolls(KIRAN, proposal, "agree", Action.AGREE_ROLL_BACK)

    assert (asked.status, kept) == (Status.PUBLISHED, (79_50, 2))
    assert "Omar supplied the cost of T1" in shown
    assert authoritative("T1") == (75_00, 3)


def test_a_cost_list_from_before_the_proposal_keeps_nobody_from_undoing_at_once():
    supply(OMAR, 61_00, at=MONDAY - HOUR)
    proposal = published(("T1", 79_50))

    assert rolls(OMAR, proposal, "alone").status is Status.ROLLING_BACK


def test_what_stopped_half_way_does_not_go_on_upon_a_cost_that_whoever_ordered_it_supplied(
    monkeypatch: pytest.MonkeyPatch,
):
    proposal = half_back(monkeypatch)
    with transaction() as session:
        stocked(session, product("T05", cost=103_00))
    work()
    supply(OMAR, 50_00, sku="T05", at=utc_now())
    with transaction() as session:
        effects.hand_on(session, proposal.id, utc_now())
    work()

    assert prices() == {100_00, 105_00}, "3.00 lost on every sale of T05"
    with reading() as session:
        asked = session.exec(select(RollBackRequest).order_by(col(RollBackRequest.at).desc())).first()
    assert asked is not None
    assert "Omar supplied the cost of T05" in asked.reason
    acts(KIRAN, proposal.id, Action.AGREE_ROLL_BACK, comment="The invoice says so", key="agree")
    work()
    assert (prices(), all_that_is_open()) == ({100_00}, 0)


def half_back(monkeypatch: pytest.MonkeyPatch) -> ProposalSummary:
    """Ten teas at 105.00, of which three are back at 100.00."""
    in_steps(monkeypatch)
    proposal = propose()
    work()
    rolls_back(proposal)
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=utc_now())
    return found_now(proposal)


def test_what_two_agreed_to_although_nothing_was_hard_stops_before_what_turned_hard_since(
    monkeypatch: pytest.MonkeyPatch,
):
    in_steps(monkeypatch)
    proposal = propose()
    work()
    supply(OMAR, 71_00, sku="T09", at=utc_now())
    acts(OMAR, proposal.id, Action.ASK_ROLL_BACK, comment="Wrong", key="ask")
    acts(KIRAN, proposal.id, Action.AGREE_ROLL_BACK, comment="Yes", key="agree")
    with transaction() as session:
        stocked(session, product("T05", cost=103_00))
    work()

    assert prices() == {100_00, 105_00}, "3.00 lost on every sale of T05, where nothing was to be lost"


def beneath_a_window() -> ProposalSummary:
    """T1 at 85.50 for good instead of 75.00, and a window at 80.00 over it; then the cost rises to 76.50."""
    lasting = change(("T1", 85_50), at=HOUR)
    window(("T1", 80_00), ends=2 * DAY, at=HOUR)
    assert authoritative("T1")[0] == 80_00
    with transaction() as session:
        stocked(session, product("T1", cost=76_50))
    return lasting


def test_what_lies_beneath_a_window_does_not_come_back_150_below_cost_at_its_end_by_one_persons_word():
    lasting = beneath_a_window()

    with pytest.raises(SecondPersonNeeded, match=r"T1 at ₹75\.00, once a price window has ended\.") as refused:
        rolls(OMAR, lasting, "alone")
    until(3 * DAY)

    assert refused.value.extra == {"skus": 1, "hard": 1, "worst": "T1"}
    assert authoritative("T1")[0] == 85_50, "each sale at 75.00 loses 1.50 at a cost of 76.50, for good"


def test_two_people_take_out_what_lies_beneath_a_window_and_then_it_ends_at_the_price_before_both():
    lasting = beneath_a_window()
    assert "T1 at ₹75.00" in why_two(lasting, OMAR)

    rolls(OMAR, lasting, "ask", Action.ASK_ROLL_BACK)
    with transaction() as session:
        stocked(session, product("T1", cost=78_00))
    with pytest.raises(SeenContentChanged):  # 3.00 below cost is not what was asked for
        rolls(KIRAN, lasting, "other", Action.AGREE_ROLL_BACK)
    rolls(NOOR, lasting, "again", Action.ASK_ROLL_BACK)
    rolls(KIRAN, lasting, "agree", Action.AGREE_ROLL_BACK)
    now = authoritative("T1")[0]
    until(3 * DAY)

    assert (now, authoritative("T1")[0]) == (80_00, 75_00)


def test_a_change_made_inside_a_window_does_not_let_what_lies_beneath_that_show_by_one_persons_word():
    window(("T1", 84_00), ends=2 * DAY, at=HOUR)
    inside = change(("T1", 88_00), at=HOUR)
    with transaction() as session:
        stocked(session, product("T1", cost=75_50))

    with pytest.raises(SecondPersonNeeded, match=r"T1 at ₹75\.00, once a price window has ended\."):
        rolls(OMAR, inside, "alone")
    until(3 * DAY)

    assert authoritative("T1")[0] == 88_00, "each sale at 75.00 loses 0.50, from the end of the window on"


def test_where_a_price_for_good_lies_above_one_person_undoes_as_before():
    lasting = change(("T1", 80_00), at=HOUR)
    change(("T1", 85_00), at=HOUR)
    with transaction() as session:
        stocked(session, product("T1", cost=76_50))

    assert rolls(OMAR, lasting, "alone").status is Status.ROLLED_BACK
    assert (found(lasting).status, authoritative("T1")[0]) == (Status.ROLLED_BACK, 85_00)


def in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten teas at 100.00; a step holds three lines."""
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    with transaction() as session:
        stocked(session, *(product(sku) for sku in SKUS))


def promotion(*skus: str, price: int) -> ProposalSummary:
    lines = tuple(ProposedLine(sku, price) for sku in skus)
    made = commands.submit(ASHA, Submission("Promotion", lines, ends_at=utc_now() + DAY), key="promotion")
    work()
    return found_now(made)


def ends(promotion: ProposalSummary) -> None:
    with reading() as session:
        back = bounds.return_of(session, promotion.id)
    assert back is not None
    with transaction() as session:
        actions.end_window(session, back.id, now=utc_now() + 2 * DAY)
    work()


def test_a_roll_back_that_stopped_half_way_ends_by_itself_once_its_window_has_brought_the_rest_back(
    monkeypatch: pytest.MonkeyPatch,
):
    in_steps(monkeypatch)
    window = promotion(*SKUS, price=105_00)
    rolls_back(window)
    with transaction() as session:
        actions.carry_out(session, window.id, now=utc_now())
    with transaction() as session:
        stocked(session, product("T05", cost=103_00))
    work()
    stopped = prices()
    ends(window)

    assert (stopped, prices()) == ({100_00, 105_00}, {100_00})
    assert all_that_is_open() == 0, "it would stay so until somebody clicks again"
    with reading() as session:
        assert actions.may_be_confirmed(session, window.id)
    assert why_two(window, KIRAN, utc_now()) == ""


def test_a_window_that_ends_over_a_roll_back_that_waits_brings_nothing_back_300_below_cost(
    monkeypatch: pytest.MonkeyPatch,
):
    in_steps(monkeypatch)
    lasting = propose()
    work()
    window = promotion("T09", price=107_00)
    rolls_back(lasting)
    with transaction() as session:
        stocked(session, product("T09", cost=103_00))
    work()
    waits = all_that_is_open()
    ends(window)

    assert (waits, authoritative("T09")[0]) == (1, 105_00), "100.00, which nobody agreed to, loses 3.00 a piece"
    assert all_that_is_open() == 0
