"""Who wants a publication back wants nothing more of it to go out: it ends at once, before anything large is judged."""

import pytest
from sqlmodel import col, select

from app.clock import utc_now
from app.contracts.events import PriceChangePublished
from app.contracts.events import PriceChangeRollbackRequested as Requested
from app.database import reading, transaction
from app.identity.actor import Actor
from app.lifecycle import actions, commands
from app.lifecycle.errors import CommentMissing, NotAllowed, Refused, SecondPersonNeeded, SeenContentChanged
from app.lifecycle.proposing import verdicts
from app.lifecycle.publishing import effects
from app.lifecycle.records import AuditEntry
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from tests.builders import ASHA, OMAR, acts
from tests.lifecycle.test_effects import FIRST_FIVE, all_that_is_open, events, found, half_out, prices, propose, work
from tests.lifecycle.test_moving_facts import after_every_look, costs
from workers.orchestration import jobs, rollbacks


@pytest.fixture(autouse=True)
def _shop(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten teas at 100.00; a step holds three lines. At a cost of 94.00 only 105.00 keeps the margin floor."""
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    costs(70_00)


def roll_back(proposal: ProposalSummary, by: Actor = OMAR, *, why: str = "Wrong list") -> ProposalSummary:
    return acts(by, proposal.id, Action.ROLL_BACK, comment=why, key=f"back {by.id} {why}")


def step(proposal: ProposalSummary) -> None:
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=utc_now())


def passport(proposal: ProposalSummary) -> list[AuditEntry]:
    with reading() as session:
        query = select(AuditEntry).where(AuditEntry.chain == proposal.id).order_by(col(AuditEntry.seq))
        return list(session.exec(query).all())


def test_nothing_goes_out_while_what_comes_back_is_judged(monkeypatch: pytest.MonkeyPatch):
    proposal = half_out()

    with monkeypatch.context() as meanwhile:
        after_every_look(meanwhile, lambda: step(proposal))
        roll_back(proposal)
    work()

    assert len(events(PriceChangePublished)) == 3, "three more prices of a wrong list went out, to be taken back"
    assert prices() == {100_00}


def test_the_passport_tells_it_in_the_order_in_which_it_happened():
    proposal = half_out()
    roll_back(proposal)
    work()

    ended, ordered = passport(proposal)[-2:]
    assert (ended.action, ordered.action) == (Action.COMPLETE, Action.ROLL_BACK)
    assert "3 of 10 gone out" in ended.detail
    assert "The rest stays: Omar wants it rolled back." in ended.detail
    assert ended.at <= ordered.at


def test_it_stays_where_it_is_when_the_roll_back_needs_a_second_person():
    proposal = half_out()
    costs(94_00)

    with pytest.raises(SecondPersonNeeded) as refused:
        roll_back(proposal)
    work()

    assert "with 3 of 10 lines out; propose the rest again" in refused.value.detail
    assert (found(proposal).status, found(proposal).published_lines) == (Status.PUBLISHED, 3)
    assert (len(events(PriceChangePublished)), all_that_is_open()) == (3, 0)


def test_who_asks_for_a_roll_back_stops_it_too():
    proposal = half_out()
    costs(94_00)

    acts(OMAR, proposal.id, Action.ASK_ROLL_BACK, comment="Wrong list", key="ask")
    work()

    assert len(events(PriceChangePublished)) == 3


def test_a_canary_in_the_middle_of_a_wave_is_held():
    proposal = propose(waves=FIRST_FIVE)
    half_of_the_first_wave_is_out(proposal)
    costs(94_00)

    with pytest.raises(SecondPersonNeeded) as refused:
        roll_back(proposal)
    work()

    assert "3 of 10 lines out; continue it if its next waves" in refused.value.detail
    assert (found(proposal).status, len(events(PriceChangePublished))) == (Status.HELD, 3)


def half_of_the_first_wave_is_out(proposal: ProposalSummary) -> None:
    jobs.judge(proposal.id)
    now = utc_now()
    with reading() as session:
        looked = actions.look(session, proposal.id, now=now)
    with transaction() as session:
        actions.publish(session, proposal.id, now=now, looked=looked)
    step(proposal)


@pytest.mark.parametrize(
    ("by", "why", "refusal"),
    [(ASHA, "Wrong list", NotAllowed), (OMAR, " ", CommentMissing)],
    ids=["no right", "no word"],
)
def test_a_wish_out_of_reach_stops_nothing(by: Actor, why: str, refusal: type[Refused]):
    proposal = half_out()

    with pytest.raises(refusal):
        roll_back(proposal, by, why=why)
    work()

    assert (prices(), found(proposal).published_lines) == ({105_00}, 10)


def test_what_was_not_seen_stops_nothing():
    proposal = half_out()

    with pytest.raises(SeenContentChanged):
        commands.act(OMAR, proposal.id, Action.ROLL_BACK, comment="Wrong", seen="old", key="old")
    work()

    assert found(proposal).published_lines == 10


def test_what_a_context_wants_back_goes_out_no_further(monkeypatch: pytest.MonkeyPatch):
    proposal = half_out()
    (first, *_) = events(PriceChangePublished)
    asked = Requested.model_construct(correlation_id=proposal.id, context="catalog", sku=first.sku, cause="locked")
    after_every_look(monkeypatch, lambda: step(proposal))

    rollbacks.stop_going_out(asked, utc_now())
    work()

    assert len(events(PriceChangePublished)) == 3
