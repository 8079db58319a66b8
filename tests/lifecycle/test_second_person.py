"""Rolling back below what a hard rule allows today takes two people; contexts and guards still go back alone."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.contracts.events import PriceChangeRolledBack
from app.database import reading, transaction
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import actions, commands
from app.lifecycle.errors import (
    CommentMissing,
    FourEyes,
    NotAllowed,
    SecondPersonNeeded,
    SeenContentChanged,
    TransitionRefused,
)
from app.lifecycle.records import AuditEntry, RollBackRequest
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import OpenAction, ProposalSummary
from app.passport import trace
from tests.builders import ASHA, BOTH, HOUR, KIRAN, MONDAY, NOOR, OMAR, acts, product, proposing, stocked
from tests.lifecycle.test_clock import SKUS, canary, changed, evidence, judge
from tests.lifecycle.test_proposals import announced, authoritative, found, published

pytestmark = pytest.mark.usefixtures("tea")
LATER = MONDAY + 2 * HOUR


def dearer(sku: str = "T1", cost: int = 103_00) -> None:
    """The cost rises over the earlier price of 100.00; the published 120.00 still earns."""
    with transaction() as session:
        stocked(session, product(sku, cost=cost))


def out(*lines: tuple[str, int], key: str = "s") -> ProposalSummary:
    return published(*lines, key=key)


def act(by: Actor, proposal: ProposalSummary, action: Action, key: str, comment: str = "Wrong list") -> ProposalSummary:
    return acts(by, proposal.id, action, comment=comment, key=key, now=LATER)


def offered(proposal: ProposalSummary, actor: Actor) -> dict[Action, OpenAction]:
    with reading() as session:
        return {one.action: one for one in queries.open_actions(session, proposal.id, actor, LATER)}


def test_one_person_does_not_put_a_price_three_rupees_below_cost_by_rolling_back():
    proposal = out(("T1", 114_00), ("T2", 105_00))
    dearer()

    with pytest.raises(SecondPersonNeeded) as refused:
        act(OMAR, proposal, Action.ROLL_BACK, "alone")

    words = refused.value.detail
    assert "1 of 2 SKUs" in words, words
    assert "T1 at ₹100.00" in words, words
    assert "ask for it" in words, words
    assert "below cost" in words, "each sale at 100.00 loses 3.00 at a cost of 103.00"
    assert refused.value.extra == {"skus": 2, "hard": 1, "worst": "T1"}
    assert (found(proposal).status, authoritative("T1")) == (Status.PUBLISHED, (114_00, 2))
    assert announced(PriceChangeRolledBack) == []


def test_another_person_agrees_and_then_it_goes_back():
    proposal = out(("T1", 114_00))
    dearer()

    asked = act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask", "The list was wrong")
    untouched = authoritative("T1")
    back = act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "agree", "Better than a wrong list")

    assert (asked.status, untouched) == (Status.PUBLISHED, (114_00, 2)), "asking alone changes no price"
    assert (back.status, authoritative("T1")) == (Status.ROLLING_BACK, (100_00, 3))
    assert len(announced(PriceChangeRolledBack)) == 1
    with reading() as session:
        (request,) = session.exec(select(RollBackRequest)).all()
        entries = trace(session, proposal.id)
    assert (request.asked_by, request.agreed_by, request.reason) == (OMAR.id, KIRAN.id, "The list was wrong")
    told = [(entry.who, entry.what) for entry in entries if "roll-back" in entry.what or "Rolled" in entry.what]
    assert told == [("Omar", "ask-roll-back"), ("Kiran", "agree-roll-back"), ("Baton", "PriceChangeRolledBack")]


def test_nobody_agrees_with_themselves_and_nobody_agrees_to_what_was_not_asked():
    proposal = out(("T1", 114_00))
    dearer()

    with pytest.raises(TransitionRefused):
        act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "unasked")
    act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")
    with pytest.raises(FourEyes):
        act(OMAR, proposal, Action.AGREE_ROLL_BACK, "self")
    with pytest.raises(NotAllowed):
        act(ASHA, proposal, Action.AGREE_ROLL_BACK, "analyst")
    with pytest.raises(TransitionRefused, match="asked for this already"):
        act(NOOR, proposal, Action.ASK_ROLL_BACK, "twice")
    with pytest.raises(CommentMissing):
        act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "wordless", " \u200b ")
    with pytest.raises(SecondPersonNeeded):
        act(KIRAN, proposal, Action.ROLL_BACK, "alone")

    assert authoritative("T1") == (114_00, 2)


def test_an_agreement_binds_to_what_was_asked_for():
    proposal = out(("T1", 114_00))
    dearer(cost=103_00)
    act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")
    dearer(cost=112_00)

    with pytest.raises(SeenContentChanged, match="ask again"):
        act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "agree")
    kept = authoritative("T1")
    act(OMAR, proposal, Action.ASK_ROLL_BACK, "again")
    act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "agreed")

    assert kept == (114_00, 2), "3.00 below cost was asked for; 12.00 below cost needs to be asked for"
    assert authoritative("T1") == (100_00, 3)


def test_a_roll_back_to_prices_that_are_fine_needs_nobody_else():
    proposal = out(("T1", 105_00))

    with pytest.raises(TransitionRefused, match="roll it back"):
        act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")

    assert act(OMAR, proposal, Action.ROLL_BACK, "back").status is Status.ROLLING_BACK


def test_a_sku_that_a_newer_price_has_reached_does_not_count():
    proposal = out(("T1", 105_00), ("T2", 105_00), key="old")
    out(("T1", 108_00), key="new")
    dearer("T1")

    assert act(OMAR, proposal, Action.ROLL_BACK, "back").status is Status.ROLLING_BACK
    assert authoritative("T1") == (108_00, 3)


def test_the_price_behind_one_that_was_taken_back_is_the_one_that_is_judged():
    first, second = out(("T1", 112_00), key="first"), out(("T1", 114_00), key="second")
    with transaction() as session:  # left alone: the second stands there, and will go back to the price before both
        actions.roll_back(session, first.id, actor=OMAR, reason="Wrong", now=LATER)
    dearer(cost=95_00)  # 112.00 would earn 15 %, 100.00 only 5 %

    with pytest.raises(SecondPersonNeeded, match=r"T1 at ₹100\.00"):
        act(OMAR, second, Action.ROLL_BACK, "back")


def test_a_context_that_cannot_apply_goes_back_by_itself_and_the_passport_counts():
    proposal = out(("T1", 114_00), ("T2", 105_00))
    dearer()

    with transaction() as session:
        actions.roll_back(session, proposal.id, actor=Actor.context("catalog"), reason="T1: locked", now=LATER)

    with reading() as session:
        (told,) = [row.detail for row in session.exec(select(AuditEntry).where(AuditEntry.action == "roll-back"))]
    assert authoritative("T1") == (100_00, 3)
    assert "T1: locked" in told
    assert "1 of 2 SKUs" in told, told


def test_the_system_goes_back_by_itself_and_says_so():
    proposal = out(("T1", 114_00))
    dearer()

    with transaction() as session:
        actions.roll_back(session, proposal.id, actor=SYSTEM, reason="A wave breached.", now=LATER)

    assert found(proposal).status is Status.ROLLING_BACK
    with reading() as session:
        (told,) = [row.detail for row in session.exec(select(AuditEntry).where(AuditEntry.action == "roll-back"))]
    assert "A wave breached. The only SKU would come back" in told


def test_the_buttons_say_the_same_as_the_commands():
    proposal = out(("T1", 114_00))
    fine = offered(proposal, OMAR)
    dearer()
    hard = offered(proposal, OMAR)
    act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")
    own, other = offered(proposal, OMAR), offered(proposal, KIRAN)

    ways = (Action.ROLL_BACK, Action.ASK_ROLL_BACK, Action.AGREE_ROLL_BACK)
    assert [fine[way].allowed for way in ways] == [True, False, False]
    assert [hard[way].allowed for way in ways] == [False, True, False]
    assert "ask for it" in hard[Action.ROLL_BACK].why
    assert [own[way].allowed for way in ways] == [False, False, False]
    assert [other[way].allowed for way in ways] == [False, False, True]


def dearer_everywhere() -> None:
    """At a cost of 92.00 the new 105.00 still earns 12 %, the earlier 100.00 only 8 %: under the floor of 10 %."""
    with transaction() as session:
        stocked(session, *(product(sku, cost=92_00) for sku in SKUS))


def test_a_canary_goes_back_below_the_floor_only_by_two_and_an_agreement_ends_with_its_wave():
    with transaction() as session:
        stocked(session, *(product(sku) for sku in SKUS))
    proposal = canary()
    dearer_everywhere()

    with pytest.raises(SecondPersonNeeded):
        act(OMAR, proposal, Action.ROLL_BACK, "alone")
    asked = act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")
    assert judge(proposal, evidence(proposal), after=timedelta(minutes=10)) is Status.CANARY
    with pytest.raises(SeenContentChanged):
        act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "of wave 1 only")
    act(OMAR, proposal, Action.PAUSE, "hold")
    act(NOOR, proposal, Action.ASK_ROLL_BACK, "ask again")
    back = act(OMAR, proposal, Action.AGREE_ROLL_BACK, "agree")

    assert (asked.status, back.status, changed()) == (Status.CANARY, Status.ROLLING_BACK, 0)


def test_asking_judges_what_would_come_back_once_and_not_while_the_store_is_held(monkeypatch: pytest.MonkeyPatch):
    proposal = out(("T1", 114_00))
    dearer()
    judged: list[int] = []
    judge_lines = restored_prices.policy.judge_lines
    monkeypatch.setattr(restored_prices.policy, "judge_lines",
                        lambda facts, *more: judged.append(len(facts)) or judge_lines(facts, *more))  # fmt: skip

    act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")

    assert judged == [1]


def test_nobody_agrees_to_the_roll_back_of_their_own_proposal():
    proposal = commands.submit(BOTH, proposing(("T1", 105_00)), key="own", now=MONDAY)
    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY)
    dearer()
    act(OMAR, proposal, Action.ASK_ROLL_BACK, "ask")

    with pytest.raises(FourEyes, match="You submitted this proposal"):
        act(BOTH, proposal, Action.AGREE_ROLL_BACK, "agree")

    assert "nobody decides on their own work" in offered(proposal, BOTH)[Action.AGREE_ROLL_BACK].why
    assert authoritative("T1") == (105_00, 2), "each sale at 100.00 would lose 3.00, as its author alone agreed"
    assert act(KIRAN, proposal, Action.AGREE_ROLL_BACK, "other").status is Status.ROLLING_BACK
