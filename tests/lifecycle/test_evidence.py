"""Evidence belongs to nobody with an interest: who may post a measure, and which of several sources judges."""

from datetime import timedelta
from decimal import Decimal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import select

from app.canary.evidence import Direction, GuardLimits, Measure, MeasureLimit
from app.canary.waves import Wave, WavePlan
from app.database import open_engine, reading, transaction
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import Permission, Role
from app.lifecycle import actions, commands
from app.lifecycle.clock import schedule
from app.lifecycle.deciding import delegations
from app.lifecycle.errors import FourEyes, NotAllowed
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import measures
from app.lifecycle.records import OutsideMeasure
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import ProposalSummary
from app.migrations import HERE
from app.passport import evidence_of
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, person, product, stocked
from tests.lifecycle.test_clock import evidence, judge
from tests.lifecycle.test_proposals import found

SKUS = [f"C{n:03}" for n in range(200)]
AUTHOR = person("Arun", Role.ANALYST, Role.OPERATOR)
FEED = person("Feed", Role.MEASURER)
CONVERSION = MeasureLimit(
    name="conversion", direction=Direction.AT_LEAST, tolerance_bp=500, min_sample=100, required=True
)
SOON = MONDAY + timedelta(minutes=5)


@pytest.fixture
def shop(pricing_store: str) -> None:
    with transaction() as session:
        stocked(session, *(product(sku) for sku in SKUS))
        for actor in (AUTHOR, FEED):
            session.merge(User(id=actor.id, email=actor.email, name=actor.name, created_at=MONDAY))


@pytest.fixture
def canary(shop: None) -> ProposalSummary:
    return out_in_waves()


def out_in_waves(rise: int = 105_00) -> ProposalSummary:
    """200 SKUs up by 5.00 in two waves, by somebody who is an analyst and an operator."""
    waves = tuple(Wave(share_bp=share, bake_seconds=600) for share in (2_500, 10_000))
    plan = WavePlan(waves=waves, guards=GuardLimits(measures=(CONVERSION,)))
    lines = tuple(ProposedLine(sku, rise) for sku in SKUS)
    made = commands.submit(AUTHOR, Submission("Tea by waves", lines, waves=plan), key="c", now=MONDAY)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)
    return found(made)


def post(proposal: ProposalSummary, by: Actor, treated: str, *, at=SOON, sample: int = 500) -> None:  # type: ignore[no-untyped-def]
    measure = Measure(name="conversion", treated=Decimal(treated), control=Decimal("0.030"), sample=sample, at=at)
    with transaction() as session:
        measures.post(session, proposal.id, measure, None, actor=by, now=SOON + timedelta(minutes=1))


def posted() -> list[OutsideMeasure]:
    with reading() as session:
        return list(session.exec(select(OutsideMeasure)).all())


def judged(proposal: ProposalSummary) -> Status:
    """Judge the wave on what was posted, everything else being as it should."""
    with reading() as session:
        seen = evidence_of(session, proposal.id, proposal.wave)
    assert seen is not None
    return judge(proposal, evidence(proposal, measures=seen.measures), after=timedelta(minutes=10))


def lend(lender: Actor, borrower: Actor, *, hours: int = 8) -> str:
    with transaction() as session:
        session.merge(UserRole(user_id=lender.id, role="approver"))
        lending = person(lender.name, Role.APPROVER, *lender.roles)
        return delegations.delegate(
            session, lender=lending, borrower_id=borrower.id, starts=MONDAY, ends=MONDAY + hours * HOUR, now=MONDAY
        ).id


def test_posting_measures_is_a_right_of_operators_and_of_feeds_alone():
    holders = {role for role in Role if person("X", role).may(Permission.POST_MEASURES)}

    assert holders == {Role.OPERATOR, Role.MEASURER}


def test_the_author_does_not_post_the_better_conversion_that_sends_150_more_skus_out(canary: ProposalSummary):
    post(canary, OMAR, "0.024")  # 20 % below the control: 5 % are allowed

    with pytest.raises(FourEyes, match="You submitted this proposal, and nobody supplies the evidence"):
        post(canary, AUTHOR, "0.033")

    assert [row.source for row in posted()] == [OMAR.id]
    assert judged(canary) is Status.ROLLING_BACK, "150 SKUs would go up by 5.00 each against a falling conversion"


@pytest.mark.parametrize("who", [ASHA, KIRAN, NOOR])
def test_analysts_and_approvers_post_nothing(canary: ProposalSummary, who: Actor):
    with pytest.raises(NotAllowed):
        post(canary, who, "0.033")

    assert posted() == []


def test_who_holds_or_lent_a_right_of_the_author_posts_nothing(canary: ProposalSummary):
    lend(AUTHOR, OMAR)

    with pytest.raises(FourEyes, match="Arun had a hand in this proposal"):
        post(canary, OMAR, "0.033")

    assert posted() == []


def test_who_lent_the_author_a_right_posts_nothing(shop: None):
    lent = lend(OMAR, AUTHOR)
    proposal = out_in_waves()
    with transaction() as session:  # ending it at once does not undo the interest
        delegations.end(session, lent, actor=OMAR, now=MONDAY + timedelta(minutes=1))

    with pytest.raises(FourEyes, match="shares a lent right"):
        post(proposal, OMAR, "0.033")


def test_who_decided_for_somebody_else_posts_nothing(shop: None):
    lend(KIRAN, OMAR, hours=1)
    proposal = out_in_waves(rise=120_00)
    commands.act(OMAR, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)
    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY)

    with pytest.raises(FourEyes, match="on somebody's behalf"):
        post(found(proposal), OMAR, "0.033")


def test_of_two_sources_the_worst_judges_although_the_other_is_newer(canary: ProposalSummary):
    post(canary, OMAR, "0.024")
    post(canary, FEED, "0.033", at=SOON + timedelta(seconds=30))

    assert judged(canary) is Status.ROLLING_BACK
    with reading() as session:
        view = schedule.canary_of(session, canary.id)
    assert view is not None
    (reading_,) = (one for one in view.waves[0].readings if one.about == "conversion")
    assert "2 sources: Omar 20.0 % below the control, Feed 10.0 % above the control; the worst judges." in (
        reading_.sentence
    )
    assert reading_.observed == -2_000


def test_a_source_corrects_itself_and_both_stay_on_file(canary: ProposalSummary):
    post(canary, OMAR, "0.024")
    post(canary, OMAR, "0.030", at=SOON + timedelta(seconds=30))

    with reading() as session:
        view = schedule.canary_of(session, canary.id)
    assert view is not None
    assert [(m.treated, m.counts) for m in view.measures] == [("0.024", False), ("0.030", True)]
    assert judged(canary) is Status.CANARY


def test_measures_of_before_are_from_whoever_posted_them(store_url: str):
    """An installation that upgrades while a wave is out loses no source."""
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(
            text(
                "INSERT INTO outside_measure (proposal_id, wave, name, treated, control, sample, at, posted_by)"
                " VALUES ('p', 1, 'conversion', '1', '1', 9, '2026-11-23 09:00:00', 'Omar T.')"
            )
        )
        command.upgrade(config, "head")
        kept = connection.execute(text("SELECT source, posted_by FROM outside_measure")).all()
        command.downgrade(config, "0002")
    store.dispose()

    assert [tuple(row) for row in kept] == [("Omar T.", "Omar T.")]
