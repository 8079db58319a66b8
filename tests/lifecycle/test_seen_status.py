"""What was decided on another status is not done: what is legal in two was meant for the one that was seen."""

import pytest

from app.database import transaction
from app.identity.actor import Actor
from app.lifecycle import actions, commands
from app.lifecycle.errors import Refused, SeenContentChanged
from app.lifecycle.publishing import effects
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, proposing
from tests.lifecycle.test_clock import DUTY, shop
from tests.lifecycle.test_proposals import authoritative, found, submitted
from tests.meeting import at_once

__all__ = ["shop"]
pytestmark = pytest.mark.usefixtures("shop")
LATER = MONDAY + HOUR


@pytest.mark.parametrize(("by", "action"), [(ASHA, Action.WITHDRAW), (DUTY, Action.EXPEDITE)])
def test_what_was_seen_waiting_is_not_withdrawn_nor_hurried_once_somebody_approved_it(by, action: Action):
    waiting = submitted(("T1", 120_00), effective_at=MONDAY + 10 * HOUR)
    acts(KIRAN, waiting.id, Action.APPROVE, comment="Good", key="a", now=LATER)

    with pytest.raises(SeenContentChanged) as refused:
        commands.act(by, waiting.id, action, comment="Now", seen=waiting.seen_hash, key="k", now=LATER)

    assert "it is approved now, with 1 line and nothing under way" in refused.value.detail
    assert "Kiran (approved it" in refused.value.detail
    assert (found(waiting).status, authoritative("T1")) == (Status.APPROVED, (100_00, 1)), "20.00 a piece, unasked"


def test_of_an_approval_and_a_withdrawal_at_once_on_the_same_look_exactly_one_goes_on(monkeypatch: pytest.MonkeyPatch):
    waiting = submitted(("T1", 120_00), effective_at=MONDAY + 10 * HOUR)

    def act(by: Actor, action: Action):
        return lambda: commands.act(by, waiting.id, action, seen=waiting.seen_hash, key="k", now=LATER)

    answers = at_once(monkeypatch, act(KIRAN, Action.APPROVE), act(ASHA, Action.WITHDRAW), at=((queries, "find"),))

    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True], answers


def test_an_approval_keeps_what_was_seen_while_it_waited():
    waiting = submitted(("T1", 120_00), effective_at=MONDAY + 10 * HOUR)
    acts(KIRAN, waiting.id, Action.APPROVE, comment="Good", key="a", now=LATER)

    assert found(waiting).decided_seen == waiting.seen_hash
    assert found(waiting).seen_hash != waiting.seen_hash


def test_a_roll_back_decided_on_while_prices_go_out_is_read_again_once_they_are_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(effects, "LINES_PER_STEP", 1)
    made = commands.submit(ASHA, proposing(("T1", 104_00), ("T2", 104_00)), key="p", now=MONDAY)
    with transaction() as session:
        looked = actions.look(session, made.id, now=MONDAY)
        actions.publish(session, made.id, now=MONDAY, looked=looked)
        actions.carry_out(session, made.id, now=MONDAY)
    half = found(made)
    with transaction() as session:
        while actions.carry_out(session, made.id, now=MONDAY):
            pass

    with pytest.raises(SeenContentChanged, match="it is published now, with 2 lines and nothing under way"):
        commands.act(OMAR, made.id, Action.ROLL_BACK, comment="Wrong", seen=half.seen_hash, key="r", now=LATER)
    acts(OMAR, made.id, Action.ROLL_BACK, comment="Wrong", key="again", now=LATER)

    assert half.under_way is not None
    assert found(made).status is Status.ROLLING_BACK
