"""Large effects go in steps: each short, each whole, and exact wherever they are cut off."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from app.canary.waves import Selector, Wave, WavePlan
from app.clock import utc_now
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProposalMoved, parse
from app.database import pulse, reading, transaction
from app.deliveries import projection
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions, commands
from app.lifecycle.commands import proposals
from app.lifecycle.errors import BadSubmission, FactsMoved, TransitionRefused
from app.lifecycle.proposing import facts, verdicts
from app.lifecycle.proposing.facts import Supplied
from app.lifecycle.proposing.submission import Mixed, ProposedLine, Submission
from app.lifecycle.publishing import brakes, comparison, effects
from app.lifecycle.records import AuditEntry, Effect, Line
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import bounds
from app.outbox.records import OutboxEvent, OutboxJob
from app.pricelist.queries import history, price_of
from app.pricelist.records import Fact, Product
from app.words.money import Money
from rules.facts import Facts
from rules.ruleset import RuleSet
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, acts, open_shop, person, product, stocked
from workers.orchestration import jobs

SKUS = [f"T{n:02}" for n in range(10)]
EMMA = person("Emma", Role.EMERGENCY)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten teas at 100.00; a step holds three lines."""
    monkeypatch.setattr(effects, "LINES_PER_STEP", 3)
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    open_shop(*(product(sku) for sku in SKUS))


class Killed(Exception):
    """The process died here."""


def work(*, deaths: int = 0, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    """Do all jobs that were asked for; the first `deaths` steps die just before they commit."""
    left = [deaths]
    if monkeypatch is not None:
        for name in ("carry_out", "keep_verdicts", "publish", "evaluate", "advance"):
            monkeypatch.setattr(actions, name, _dying(getattr(actions, name), left))
    while job := _next_job():
        try:
            getattr(jobs, job.name)(**json.loads(job.args), job=job.id)
        except Killed:
            continue


def _dying(act: Callable[..., object], left: list[int]) -> Callable[..., object]:
    def dies(*args: object, **more: object) -> object:
        answer = act(*args, **more)
        if left[0] > 0:
            left[0] -= 1
            raise Killed
        return answer

    return dies


def _next_job() -> OutboxJob | None:
    with reading() as session:
        query = select(OutboxJob).where(col(OutboxJob.done_at).is_(None)).order_by(col(OutboxJob.id))
        return session.scalars(query).first()


def propose(price: int = 105_00, *, key: str = "p", steep: int = 0, mixed: Mixed = "together",
            waves: WavePlan | None = None) -> ProposalSummary:  # fmt: skip
    lines = tuple(ProposedLine(sku, 120_00 if n < steep else price) for n, sku in enumerate(SKUS))
    return commands.submit(ASHA, Submission("Auction", lines, mixed=mixed, waves=waves), key=key)


def found(proposal: ProposalSummary) -> ProposalSummary:
    with reading() as session:
        return queries.summary(session, proposal.id)


def prices() -> set[int]:
    with reading() as session:
        return {price.price for sku in SKUS if (price := price_of(session, sku))}


def events(kind: type) -> list:
    with reading() as session:
        rows = session.exec(select(OutboxEvent).order_by(col(OutboxEvent.stream), col(OutboxEvent.seq))).all()
    return [event for row in rows if isinstance(event := parse(row.payload), kind)]


def roll_back(proposal: ProposalSummary, key: str = "r") -> None:
    seen = found(proposal).seen_hash
    commands.act(OMAR, proposal.id, Action.ROLL_BACK, comment="Wrong", seen=seen, key=key)


def all_that_is_open() -> int:
    with reading() as session:
        return len(session.scalars(select(Effect).where(col(Effect.finished_at).is_(None))).all())


def test_every_line_goes_out_once_and_is_announced_once():
    proposal = propose()
    work()

    out = events(PriceChangePublished)
    assert (found(proposal).status, found(proposal).published_lines, prices()) == (Status.PUBLISHED, 10, {105_00})
    assert sorted(event.sku for event in out) == SKUS
    assert {event.version for event in out} == {2}
    assert sorted(event.line for event in out) == list(range(1, 11))
    assert all_that_is_open() == 0


@pytest.mark.parametrize("deaths", [1, 2, 3, 5, 8])
def test_a_publication_that_dies_again_and_again_is_still_exact(deaths: int, monkeypatch: pytest.MonkeyPatch):
    proposal = propose()
    work(deaths=deaths, monkeypatch=monkeypatch)

    assert (found(proposal).status, prices()) == (Status.PUBLISHED, {105_00})
    assert sorted(event.sku for event in events(PriceChangePublished)) == SKUS
    with reading() as session:
        assert {len(history(session, sku)) for sku in SKUS} == {2}


@pytest.mark.parametrize("deaths", [1, 2, 3, 5])
def test_a_roll_back_that_dies_again_and_again_is_still_exact(deaths: int, monkeypatch: pytest.MonkeyPatch):
    proposal = propose()
    work()
    roll_back(proposal)
    work(deaths=deaths, monkeypatch=monkeypatch)

    back = events(PriceChangeRolledBack)
    assert (found(proposal).status, prices()) == (Status.ROLLING_BACK, {100_00})
    assert sorted(event.sku for event in back) == SKUS
    assert {(event.new, event.version) for event in back} == {(100_00, 3)}


@pytest.mark.parametrize("deaths", [0, 1, 2, 4, 6])
def test_a_division_that_dies_again_and_again_loses_no_line(deaths: int, monkeypatch: pytest.MonkeyPatch):
    proposal = propose(steep=7, mixed="split")
    work(deaths=deaths, monkeypatch=monkeypatch)

    clean, (steep,) = found(proposal), found(proposal).siblings
    with reading() as session:
        lines = [(line.sku, line.verdict) for line in queries.lines(session, steep).items]
        sibling = queries.summary(session, steep)
    assert (clean.status, clean.lines, clean.clean) == (Status.PUBLISHED, 3, 3)
    assert (sibling.status, sibling.lines, sibling.soft) == (Status.PENDING_APPROVAL, 7, 7)
    assert lines == [(sku, "SOFT") for sku in SKUS[:7]]


def test_progress_can_be_seen_while_it_goes_out():
    proposal = half_out()

    under_way = found(proposal).under_way
    assert under_way is not None
    assert (under_way.kind, under_way.done, under_way.total) == (effects.EffectKind.PUBLISH, 3, 10)


def half_out() -> ProposalSummary:
    """A proposal of which one step of four has gone out."""
    proposal = propose()
    jobs.judge(proposal.id)
    now = found(proposal).submitted_at
    with transaction() as session:
        actions.publish(session, proposal.id, now=now, looked=actions.look(session, proposal.id, now=now))
        actions.carry_out(session, proposal.id, now=now)
    return proposal


def test_a_roll_back_in_the_middle_takes_back_what_was_out_and_nothing_else():
    proposal = half_out()

    roll_back(proposal)
    work()

    assert prices() == {100_00}
    assert len(events(PriceChangePublished)) == len(events(PriceChangeRolledBack)) == 3
    told = [event.lines for event in events(ProposalMoved) if event.target in ("PUBLISHED", "ROLLING_BACK")]
    assert told == [10, 3, 3, 3] or told == [10, 3, 3]


def test_stopping_all_publishing_stops_what_is_going_out_and_resuming_goes_on_with_it():
    proposal = half_out()
    now = found(proposal).submitted_at
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong feed", now=now)
    work()
    stopped = len(events(PriceChangePublished))
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Fine", now=now)
    work()

    assert stopped == 3, "seven prices of a wrong feed stay where they are"
    assert (len(events(PriceChangePublished)), found(proposal).published_lines) == (10, 10)


def test_what_has_begun_is_finished_although_a_freeze_began_and_its_process_was_dead_for_three_hours():
    """A price list half at 105.00 and half at 100.00 for the length of a stocktake would be worse."""
    proposal = half_out()
    begun = found(proposal).submitted_at
    with transaction() as session:
        at, until = begun + HOUR / 60, begun + 9 * HOUR
        brakes.freeze(session, starts=at, ends=until, actor=OMAR, reason="Stocktake", now=at)
        said = brakes.not_held(session, at, until, at)
        session.execute(_cost_of("T05", 200_00))
    with reading() as session:
        frozen = brakes.closed(session, begun + 3 * HOUR)
    while _one_step(proposal, begun + 3 * HOUR):
        pass

    assert (frozen is not None, found(proposal).published_lines, all_that_is_open()) == (True, 9, 0)
    with reading() as session:
        left = price_of(session, "T05")
    assert left is not None
    assert left.price == 100_00, "at 105.00 every piece would lose 95.00 by now"
    assert said.startswith(
        f"Going out just now, and finished all the same: PC-{found(proposal).number} (3 of 10 lines)"
    )
    (record,) = _records(proposal, "complete")
    assert "A freeze began meanwhile" in record
    assert "(Stocktake); what has begun is finished." in record


def _one_step(proposal: ProposalSummary, now: datetime) -> bool:
    with transaction() as session:
        return actions.carry_out(session, proposal.id, now=now)


def _records(proposal: ProposalSummary, action: str) -> list[str]:
    with reading() as session:
        of = (col(AuditEntry.chain) == proposal.id, col(AuditEntry.action) == action)
        return [row.detail for row in session.exec(select(AuditEntry).where(*of)).all()]


def test_the_next_wave_is_a_beginning_of_its_own_and_waits_for_the_freeze_to_end():
    proposal = propose(waves=FIRST_FIVE)
    jobs.judge(proposal.id)
    begun = found(proposal).submitted_at
    with transaction() as session:
        actions.publish(session, proposal.id, now=begun, looked=actions.look(session, proposal.id, now=begun))
    with transaction() as session:
        brakes.freeze(session, starts=begun, ends=begun + 9 * HOUR, actor=OMAR, reason="Stocktake", now=begun)
    while _one_step(proposal, begun + HOUR):
        pass
    out = found(proposal).published_lines
    with transaction() as session:
        actions.advance(session, proposal.id, now=begun + HOUR, looked=actions.look(session, proposal.id, now=begun))

    assert (out, found(proposal).published_lines, found(proposal).wave) == (5, 5, 1)


def test_a_price_that_moves_while_the_rest_goes_out_is_left_alone_and_the_tracker_waits_for_no_more():
    early, proposal = propose_one("T09", 118_00), half_out()
    with transaction() as session:
        session.execute(_cost_of("T08", 200_00))
        actions.publish(session, early.id, now=MONDAY + HOUR)
    work()

    with transaction() as session:
        for event in events(ProposalMoved):
            projection.hear(session, event)
    with reading() as session:
        board = deliveries.repricing(session, proposal.id)
    assert board is not None
    assert board.row.expected == found(proposal).published_lines == len(_of(proposal)) == 9
    with reading() as session:
        left = price_of(session, "T08")
    assert left is not None
    assert left.price == 100_00, "at 105.00 every piece would have lost 95.00"


def propose_one(sku: str, price: int) -> ProposalSummary:
    made = commands.submit(ASHA, Submission("One", (ProposedLine(sku, price),)), key=sku, now=MONDAY)
    jobs.judge(made.id)
    made = found(made)
    return commands.act(KIRAN, made.id, Action.APPROVE, seen=made.seen_hash, key=f"a{sku}", now=MONDAY)


def _of(proposal: ProposalSummary) -> list[PriceChangePublished]:
    return [event for event in events(PriceChangePublished) if event.correlation_id == proposal.id]


def _cost_of(sku: str, cost: int) -> Update:
    return update(Product).where(col(Product.sku) == sku).values(cost=cost)


def test_a_refused_submission_leaves_no_line_behind():
    lines = tuple(ProposedLine(sku, 105_00) for sku in (*SKUS, "nobody"))
    with pytest.raises(BadSubmission):
        commands.submit(ASHA, Submission("Wrong", lines), key="w")

    with reading() as session:
        assert session.scalars(select(Line)).all() == []


def test_lines_of_a_submission_that_was_killed_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as killed:
        killed.setattr(actions, "submit", _dying(actions.submit, [1]))
        killed.setattr(proposals, "_forget", lambda *_: None)  # who is killed tidies nothing up
        with pytest.raises(Killed):
            propose()
    with reading() as session:
        assert len(session.scalars(select(Line)).all()) == 10

    commands.forget_abandoned(MONDAY.replace(year=MONDAY.year + 5))

    with reading() as session:
        assert session.scalars(select(Line)).all() == []


def test_the_same_key_submits_a_large_proposal_once():
    assert propose().id == propose().id
    with reading() as session:
        assert len(session.scalars(select(Line)).all()) == 10


def test_waves_demanded_of_a_large_proposal_are_placed_before_it_goes_out():
    waiting = propose(steep=10)
    work()
    plan = WavePlan(
        waves=(Wave(selector=Selector(skus=("T04",)), bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60))
    )
    commands.plan_waves(KIRAN, waiting.id, plan, seen=found(waiting).seen_hash, key="w")
    seen = found(waiting).seen_hash
    commands.act(NOOR, waiting.id, Action.APPROVE, seen=seen, key="a")
    work()

    assert (found(waiting).status, found(waiting).waves) == (Status.CANARY, 2)
    assert [event.sku for event in events(PriceChangePublished)] == ["T04"]


def test_overlapping_roll_backs_in_steps_end_at_the_price_before_both():
    first = propose(105_00, key="1")
    work()
    second = propose(109_00, key="2")
    work()

    roll_back(first, key="r1")
    work()
    roll_back(second, key="r2")
    work()

    assert prices() == {100_00}, "4.00 or 5.00 too much on each of ten SKUs otherwise"


FIRST_FIVE = WavePlan(
    waves=(Wave(selector=Selector(skus=tuple(SKUS[:5])), bake_seconds=600), Wave(share_bp=10_000, bake_seconds=600))
)
ONE_FIRST = WavePlan(
    waves=(Wave(selector=Selector(skus=("T00",)), bake_seconds=600), Wave(share_bp=10_000, bake_seconds=600))
)


@pytest.mark.parametrize(("actor", "action"), [(ASHA, Action.RE_EVALUATE), (EMMA, Action.EXPEDITE)])
def test_nothing_else_begins_while_lines_are_being_placed_in_their_waves(actor: Actor, action: Action):
    proposal = propose(steep=10)
    jobs.judge(proposal.id)
    commands.plan_waves(KIRAN, proposal.id, FIRST_FIVE, seen=found(proposal).seen_hash, key="w")
    if action is Action.RE_EVALUATE:
        with transaction() as session:
            session.execute(_cost_of("T01", 71_00))

    with pytest.raises(TransitionRefused) as refused:
        acts(actor, proposal.id, action, comment="Now", key="x")
    work()

    assert refused.value.code == "under_way"
    assert (found(proposal).status, found(proposal).waves, all_that_is_open()) == (Status.PENDING_APPROVAL, 2, 0)


def test_a_return_that_is_made_permanent_while_it_grows_stays_called_off_and_the_rest_goes_out_for_good():
    lines = tuple(ProposedLine(sku, 105_00) for sku in SKUS)
    now = utc_now()
    wish = Submission("Promotion", lines, ends_at=now + 99 * HOUR, waves=FIRST_FIVE)
    proposal = commands.submit(ASHA, wish, key="p")
    work()
    with transaction() as session:
        actions.advance(session, proposal.id, now=now, looked=actions.look(session, proposal.id, now=now))
        actions.carry_out(session, proposal.id, now=now)
    with reading() as session:
        back = bounds.return_of(session, proposal.id)
    assert back is not None
    assert (back.status, back.lines, all_that_is_open()) == (Status.APPROVED, 8, 1)

    acts(KIRAN, back.id, Action.KEEP, comment="It sells", key="k")
    work()

    with reading() as session:
        kept = queries.summary(session, back.id)
    assert (kept.status, kept.lines, all_that_is_open(), prices()) == (Status.WITHDRAWN, 8, 0, {105_00})


def test_a_large_change_that_comes_due_is_compared_before_the_store_is_taken():
    proposal = propose()
    jobs.judge(proposal.id)
    with transaction() as session:
        session.execute(update(OutboxJob).values(done_at=MONDAY))

    with transaction() as session:
        actions.publish(session, proposal.id, now=utc_now())

    job = _next_job()
    assert job is not None
    assert (job.name, found(proposal).status) == ("publish", Status.APPROVED)
    work()
    assert prices() == {105_00}


def test_a_first_wave_of_one_step_goes_out_on_the_facts_of_its_own_transaction():
    proposal = propose(waves=ONE_FIRST)
    jobs.judge(proposal.id)
    with reading() as session:
        looked = actions.look(session, proposal.id, now=utc_now())
    with transaction() as session:
        session.execute(_cost_of("T00", 200_00))
    with transaction() as session:
        actions.publish(session, proposal.id, now=utc_now(), looked=looked)
    work()

    assert prices() == {100_00}, "at 105.00 every piece would have lost 95.00"


def test_a_roll_back_while_prices_go_out_judges_nothing_while_it_holds_the_store(monkeypatch: pytest.MonkeyPatch):
    proposal = half_out()
    judged: list[int] = []
    real = restored_prices._judged

    def counted(facts: Sequence[Facts], rules: RuleSet, now: datetime) -> restored_prices.Restoring:
        judged.append(len(facts))
        with transaction() as session:  # on SQLite nobody gets it who holds it already
            pulse(session, "prices")
        return real(facts, rules, now)

    monkeypatch.setattr(restored_prices, "_judged", counted)
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=found(proposal).submitted_at)
    roll_back(proposal)

    assert judged == [6], "once, before the store was taken, although every step moves prices"
    monkeypatch.setattr(restored_prices, "_judged", real)
    work()
    assert prices() == {100_00}


def test_the_steps_of_a_roll_back_look_at_their_own_lines_only_once_something_else_has_moved(
    monkeypatch: pytest.MonkeyPatch,
):
    judged: list[int] = []
    real = restored_prices._judged

    def counted(coming: Sequence[restored_prices.Coming], rules: RuleSet, now: datetime) -> restored_prices.Restoring:
        judged.append(len(coming))
        return real(coming, rules, now)

    proposal = propose()
    work()
    monkeypatch.setattr(restored_prices, "_judged", counted)
    roll_back(proposal)
    with transaction() as session:
        actions.carry_out(session, proposal.id, now=utc_now())
    assert judged == [10], "all of it before the decision; three are back"

    with transaction() as session:
        stocked(session, product("somewhere-else"))
    work()

    assert judged == [10, 3, 3, 1]
    assert prices() == {100_00}


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_cost_that_rises_while_a_step_runs_stops_the_next_before_it_sells_three_rupees_below(
    monkeypatch: pytest.MonkeyPatch,
):
    proposal = propose()
    work()
    roll_back(proposal)
    real, risen = restored_prices.still_looked_at, list[int]()

    def looked_at(session: Session, effect: Effect, now: datetime) -> object:
        holds = real(session, effect, now)
        if not risen:
            risen.append(103_00)
            with transaction() as other:
                one = Supplied("T05", Fact.COST, Money(risen[0], "INR"), "supplier list", utc_now())
                facts.supply(other, [one], actor=person("Fiona", Role.OWNER), batch="list", now=utc_now())
        return holds

    monkeypatch.setattr(restored_prices, "still_looked_at", looked_at)
    work()

    with reading() as session:
        stands = [price_of(session, sku) for sku in SKUS]
    assert [price.price for price in stands if price] == [100_00] * 3 + [105_00] * 7


def test_whoever_is_refused_over_many_moved_facts_is_told_of_all_and_shown_a_few():
    waiting = propose(steep=10)
    work()
    with transaction() as session:
        session.execute(update(Product).values(cost=60_00, competitor_price=130_00, competitor_observed_at=MONDAY))

    with pytest.raises(FactsMoved) as refused:
        commands.act(KIRAN, waiting.id, Action.APPROVE, seen=found(waiting).seen_hash, key="a")

    assert refused.value.extra["moved_count"] == 20
    assert refused.value.detail.startswith("20 facts have moved")


def test_an_emergency_of_a_large_proposal_is_compared_once_and_before_the_store_is_taken(
    monkeypatch: pytest.MonkeyPatch,
):
    lines = tuple(ProposedLine(sku, 105_00) for sku in SKUS)
    dated = Submission("Auction", lines, effective_at=utc_now() + 9 * HOUR)
    proposal = commands.submit(ASHA, dated, key="d")
    work()
    compared: list[bool] = []
    real = comparison.compare

    def counted(session: Session, *args: object, **more: object) -> comparison.Comparison:
        compared.append(bool(session.connection().get_execution_options().get("read_only")))
        return real(session, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(comparison, "compare", counted)
    commands.act(EMMA, proposal.id, Action.EXPEDITE, comment="Now", seen=found(proposal).seen_hash, key="e")
    asked = list(compared)
    monkeypatch.setattr(comparison, "compare", real)
    work()

    assert asked == [True]
    assert prices() == {105_00}
