"""When other rules come into force, or a row begins or ends, what waits is judged again, and keeps what it may keep."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.canary.waves import Wave, WavePlan
from app.clock import utc_now
from app.database import reading, transaction
from app.lifecycle import actions, commands
from app.lifecycle.clock import timers
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import comparison
from app.lifecycle.records import Proposal
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.pricelist.records import Pulse
from tests.builders import ASHA, KIRAN, acts, open_shop, product
from tests.lifecycle.rulebook import LEELA, MAYA, activated, content, drafted, key, statuses
from workers.orchestration import jobs, rejudging
from workers.orchestration.scheduler import Scheduler

HALF = WavePlan(waves=(Wave(share_bp=5_000, bake_seconds=600), Wave(share_bp=10_000, bake_seconds=600)))


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    """Two teas and a coffee at 100.00 that cost 70.00."""
    open_shop(product("T1"), product("T2"), product("C1", category="Coffee"), now=utc_now() - timedelta(days=60))


def proposes(
    *skus: str, price: int = 120_00, effective_at: datetime | None = None, waves: WavePlan | None = None
) -> ProposalSummary:
    lines = tuple(ProposedLine(sku, price) for sku in skus)
    submission = Submission("Auction", lines, effective_at, waves=waves)
    return commands.submit(ASHA, submission, key=key(), now=utc_now())


def found(proposal: ProposalSummary) -> ProposalSummary:
    with reading() as session:
        return queries.summary(session, proposal.id)


def limit(limit_bp: int, **more: object) -> None:
    """Another limit for tea, activated by a second owner."""
    now = utc_now()
    if content_has_tea():
        made = drafted(now=now)
        changed = commands.change_rule(
            LEELA, made.number, "tea-rises", {"parameters": {"limit_bp": limit_bp}}, version=1, key=key(), now=now
        )
        read = changed.content_hash
        commands.submit_rules(LEELA, made.number, content_hash=read, key=key(), now=now)
        commands.activate_rules(MAYA, made.number, content_hash=read, key=key(), now=utc_now())
    else:
        activated(now=now, parameters={"limit_bp": limit_bp}, **more)  # type: ignore[arg-type]


def content_has_tea() -> bool:
    with reading() as session:
        return any(rule.id == "tea-rises" for rule in content(rule_sets.active(session).number).rules)


def test_what_waits_is_judged_by_the_new_set_and_keeps_its_place_and_due_date():
    waits, passes_now = proposes("C1"), proposes("T1")
    limit(3_000)

    assert sorted(rejudging.step()) == sorted([waits.id, passes_now.id])

    after = found(waits)
    assert (after.status, after.rule_set, after.due_at) == ("PENDING_APPROVAL", 2, waits.due_at)
    assert (after.submitted_at, after.verdict) == (waits.submitted_at, "SOFT")
    assert found(passes_now).status == "APPROVED", "20 % is within 30 %: nobody needs to decide any more"
    assert rejudging.step() == [], "each is judged once"


def test_what_turned_hard_is_refused_and_not_left_waiting():
    waits = proposes("T1")
    limit(1_000, severity="HARD")

    rejudging.step()

    assert found(waits).status == "REJECTED"


def test_an_approval_outlives_a_set_by_which_the_verdict_is_the_same():
    dated = proposes("T1", effective_at=utc_now() + timedelta(days=2))
    acts(KIRAN, dated.id, Action.APPROVE, key=key())
    limit(1_800)

    assert rejudging.step() == [dated.id]

    after = found(dated)
    assert (after.status, after.decided_by, after.effective_at) == ("APPROVED", "Kiran", dated.effective_at)
    assert after.rule_set == 1, "its verdict is still the one that was decided on"
    assert rejudging.step() == [], "and nobody looks again until something moves"


def test_an_approval_does_not_outlive_a_set_by_which_more_is_broken():
    """20 % was passed against 15 %; against 5 % nobody has passed it."""
    dated = proposes("T1", effective_at=utc_now() + timedelta(days=2))
    acts(KIRAN, dated.id, Action.APPROVE, key=key())
    limit(500)

    rejudging.step()

    assert (found(dated).status, found(dated).rule_set) == ("PENDING_APPROVAL", 2)


def test_a_held_canary_stays_held_and_its_next_wave_is_judged_by_the_new_set():
    canary = proposes("T1", "T2", price=104_00, waves=HALF)
    with transaction() as session:
        actions.publish(session, canary.id, now=utc_now())
    acts(KIRAN, canary.id, Action.PAUSE, comment="Look", key=key())
    limit(300)

    rejudging.step()

    after = found(canary)
    assert (after.status, after.rule_set, after.verdict) == ("HELD", 2, "SOFT")
    with reading() as session:
        verdicts = {line.sku: line.verdict for line in queries.lines(session, canary.id).items}
    assert sorted(map(str, verdicts.values())) == ["CLEAN", "SOFT"], "the wave that is out keeps the verdict it had"


def test_the_edge_of_a_row_s_validity_judges_again_by_the_clock():
    """Tea may rise by 30 % until an instant. What was approved for after it, by nobody, would have gone out at 20 %."""
    ends = utc_now() + timedelta(minutes=5)
    activated(now=utc_now(), valid_to=ends.isoformat())
    dated = proposes("T1", effective_at=ends + timedelta(days=1))
    other = proposes("C1")
    assert (dated.status, other.status) == ("APPROVED", "PENDING_APPROVAL")
    assert rejudging.step() == []

    with pytest.MonkeyPatch.context() as later:
        past = ends + timedelta(seconds=1)
        for module in (rejudging, jobs):
            later.setattr(module, "utc_now", lambda: past)
        pulses = _pulses()
        Scheduler(now=lambda: past, owner="test").step()
        assert _pulses() > pulses, "whoever follows the rules is woken"
        assert sorted(rejudging.step()) == sorted([dated.id, other.id])
        assert rejudging.step() == [], "each is judged once"

    assert found(dated).status == "PENDING_APPROVAL"
    assert (found(other).status, found(other).due_at) == ("PENDING_APPROVAL", other.due_at)


def test_edges_follow_each_other_and_those_of_a_retired_set_wake_nobody():
    now = utc_now()
    first, second = now + timedelta(minutes=5), now + timedelta(minutes=9)
    activated(now=now, valid_from=first.isoformat(), valid_to=second.isoformat())
    clock = [first]
    scheduler = Scheduler(now=lambda: clock[0], owner="test")

    assert _next_timer() == first
    scheduler.step()
    assert _next_timer() == second
    made = commands.draft_rules(LEELA, start_from=1, reason="As it was", key=key(), now=now)
    commands.submit_rules(LEELA, made.number, content_hash=made.content_hash, key=key(), now=now)
    commands.activate_rules(MAYA, made.number, content_hash=made.content_hash, key=key(), now=now)

    assert statuses() == {3: "ACTIVE", 2: "RETIRED", 1: "RETIRED"}
    assert _next_timer() is None


def test_what_was_compared_with_a_set_that_retired_meanwhile_is_looked_at_again():
    """A set is activated between the look and the mark: not looked at again, 20 % would go out past a limit of 5 %."""
    dated = proposes("T1", effective_at=utc_now() + timedelta(days=2))
    acts(KIRAN, dated.id, Action.APPROVE, key=key())
    limit(1_800)
    now = utc_now()
    with reading() as session:
        looked = comparison.compare(session, session.get_one(Proposal, dated.id), now=now)
    limit(500)

    with transaction() as session:
        actions.judge_again(session, dated.id, now=now, looked=looked)

    assert found(dated).status == "APPROVED"
    assert rejudging.step() == [dated.id]
    assert found(dated).status == "PENDING_APPROVAL"


def _pulses() -> int:
    with reading() as session:
        return session.exec(select(Pulse.n).where(Pulse.topic == "rules")).one()


def _next_timer() -> datetime | None:
    with reading() as session:
        return timers.next_due(session)
