"""A breach that rests on one person's measures takes nothing back below a hard rule without a second person."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from app.canary.evidence import Measure
from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.errors import FourEyes
from app.lifecycle.proposing import facts
from app.lifecycle.proposing.facts import Supplied
from app.lifecycle.publishing import effects, measures
from app.lifecycle.records import AuditEntry, RollBackRequest
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from app.pages.proposal.read import ProposalAsked, whole_page
from app.passport import evidence_of
from app.pricelist.queries import prices_of
from app.pricelist.records import Fact
from app.words.money import Money
from tests.builders import HOUR, KIRAN, MONDAY, OMAR, acts, person, product, stocked
from tests.lifecycle.test_clock import CONVERSION, SKUS, canary, evidence, judge
from tests.lifecycle.test_evidence import SOON
from tests.lifecycle.test_proposals import found

FEED = person("Feed", Role.MEASURER)
OLGA = person("Olga", Role.OPERATOR)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    with transaction() as session:
        stocked(session, *(product(sku) for sku in SKUS))
        for actor in (FEED, OLGA, OMAR):
            session.merge(User(id=actor.id, email=actor.email, name=actor.name, created_at=MONDAY))
            session.flush()
            for role in actor.roles:
                session.merge(UserRole(user_id=actor.id, role=role))


@pytest.fixture
def out(_shop: None) -> ProposalSummary:
    """A canary from 100.00 to 105.00 of which the first wave is out; then the cost rises to 92.00.

    The earlier price earns 8 % now, under the floor of 10 %; the new one still earns 12 %.
    """
    proposal = canary(measures=(CONVERSION,))
    dearer()
    return proposal


def dearer() -> None:
    with transaction() as session:
        stocked(session, *(product(sku, cost=92_00) for sku in SKUS))


def posts(by: Actor, proposal: ProposalSummary, treated: str) -> None:
    measure = Measure(name="conversion", treated=Decimal(treated), control=Decimal("5"), sample=500, at=SOON)
    with transaction() as session:
        measures.post(session, proposal.id, measure, None, actor=by, now=SOON)


def judged(proposal: ProposalSummary, *, parked: int = 0) -> Status:
    with reading() as session:
        seen = evidence_of(session, proposal.id, proposal.wave)
    assert seen is not None
    return judge(proposal, evidence(proposal, parked=parked, measures=seen.measures), after=SOON - MONDAY + HOUR / 6)


def at_105() -> int:
    with reading() as session:
        return sum(price.price == 105_00 for price in prices_of(session, SKUS))


def requests() -> list[RollBackRequest]:
    with reading() as session:
        return list(session.exec(select(RollBackRequest)).all())


def test_one_operators_bad_conversion_takes_nothing_back_under_the_floor_without_another_person(out: ProposalSummary):
    before = at_105()
    posts(OMAR, out, "1")

    status = judged(out)
    (asked,) = requests()
    with pytest.raises(FourEyes):
        acts(OMAR, out.id, Action.AGREE_ROLL_BACK, comment="Yes", key="self", now=SOON + HOUR)
    held = at_105()
    acts(KIRAN, out.id, Action.AGREE_ROLL_BACK, comment="Nobody buys it", key="agree", now=SOON + HOUR)

    assert (status, before == held > 0) == (Status.HELD, True), "2.00 a piece under the floor, on his word alone"
    assert (asked.asked_by, "what Omar alone posted" in asked.reason) == (OMAR.id, True)
    assert (found(out).status, at_105()) == (Status.ROLLING_BACK, 0)
    with reading() as session:
        said = [row.detail for row in session.exec(select(AuditEntry).where(col(AuditEntry.action) == "pause"))]
    assert ["Another person agrees to the way back" in detail for detail in said] == [True]


def test_what_somebody_asked_for_already_is_not_asked_for_again(out: ProposalSummary):
    acts(OLGA, out.id, Action.ASK_ROLL_BACK, comment="It sells badly", key="ask", now=SOON)
    posts(OMAR, out, "1")

    assert judged(out) is Status.HELD
    assert [request.asked_by for request in requests()] == [OLGA.id]


@pytest.mark.parametrize("others", [[FEED], [FEED, OMAR], [OMAR, OLGA]])
def test_what_a_feed_or_two_people_measured_goes_back_by_itself(out: ProposalSummary, others: list[Actor]):
    for other in others:
        posts(other, out, "1")

    assert judged(out) is Status.ROLLING_BACK
    assert (at_105(), requests()) == (0, [])


def test_what_baton_measured_itself_goes_back_whatever_a_person_posted(out: ProposalSummary):
    posts(OMAR, out, "1")

    assert judged(out, parked=1) is Status.ROLLING_BACK


def test_a_bad_measure_takes_back_at_once_what_its_poster_could_take_back_alone():
    proposal = canary(measures=(CONVERSION,))
    posts(OMAR, proposal, "1")

    assert judged(proposal) is Status.ROLLING_BACK


def test_nobody_lowers_the_cost_and_then_measures_the_way_back_below_it(out: ProposalSummary):
    with transaction() as session:
        lower = [Supplied(sku, Fact.COST, Money(50_00, "INR"), "my own word", SOON) for sku in SKUS]
        facts.supply(session, lower, actor=OMAR, now=SOON, batch="b")
    posts(OMAR, out, "1")

    assert judged(out) is Status.HELD
    assert "Omar supplied the cost of" in requests()[0].reason


def test_the_steps_of_such_a_way_back_stop_where_the_person_could_not_go_on(monkeypatch: pytest.MonkeyPatch):
    proposal = canary(measures=(CONVERSION,))
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    posts(OMAR, proposal, "1")
    judged(proposal)
    out = at_105()
    dearer()
    while _step(proposal):
        pass

    assert (found(proposal).status, at_105()) == (Status.ROLLING_BACK, out)


def _step(proposal: ProposalSummary) -> bool:
    with transaction() as session:
        return actions.carry_out(session, proposal.id, now=SOON)


def test_the_page_says_before_and_after_that_another_person_agrees(out: ProposalSummary):
    with reading() as session:
        baking = evidence_of(session, out.id, 1)
    assert baking is not None
    posts(OMAR, out, "1")

    before = whole_page(ProposalAsked(out.id), KIRAN, SOON)
    judged(out)
    after = whole_page(ProposalAsked(out.id), KIRAN, SOON + HOUR)

    assert "it is held then, and another person agrees to the way back" in before.panel.rest
    assert "It rests on what Omar alone posted" in before.panel.rest
    assert before.next.words.startswith("it is held for another person at ")
    assert after.says[-1].lead.startswith("A roll-back waits in Omar’s name for another person, since")
    assert (after.actions["agree-roll-back"].allowed, "what Omar alone posted" in after.panel.rest) == (True, True)
