"""A temporary price always ends, line by line, whatever else happens: stories over days, told in virtual time."""

from datetime import timedelta
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session, col, select

from app import database
from app.canary.evidence import GuardLimits
from app.canary.waves import Wave, WavePlan
from app.contracts.events import PriceChangePublished
from app.database import reading, transaction
from app.identity.actor import Actor
from app.lifecycle import actions, commands
from app.lifecycle.clock import timers
from app.lifecycle.errors import BadSubmission, CommentMissing, FourEyes, NotAllowed, Refused, SeenContentChanged
from app.lifecycle.proposing import obstacles
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes
from app.lifecycle.records import AuditEntry, Decision, Proposal, Timer
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import bounds
from app.pricelist.records import Product
from tests.builders import ASHA, BOTH, HOUR, KIRAN, MONDAY, NOOR, OMAR, open_shop, product
from tests.lifecycle.test_clock import DUTY
from tests.lifecycle.test_proposals import announced, authoritative, found
from tests.lifecycle.test_refusals import UNREADABLE
from workers.orchestration import appointments

DAY = 24 * HOUR
SKUS = [f"W{n:02}" for n in range(40)]


@pytest.fixture
def shop(pricing_store: str) -> None:
    open_shop(*(product(sku) for sku in ("T1", "T2", "T3", *SKUS)))


def window(
    *lines: tuple[str, int],
    ends: timedelta,
    begins: timedelta | None = None,
    at: timedelta = timedelta(),
    by=ASHA,
    waves: WavePlan | None = None,
) -> ProposalSummary:
    """Submit a price window, let a person approve it where one must, and let it go out if it is due."""
    made = commands.submit(
        by,
        Submission(
            "Promotion",
            tuple(ProposedLine(*line) for line in lines),
            MONDAY + begins if begins else None,
            ends_at=MONDAY + ends,
            waves=waves,
        ),
        key=f"window {lines[0]} {ends} {begins} {at}",
        now=MONDAY + at,
    )
    return _out(made, at)


def change(*lines: tuple[str, int], at: timedelta) -> ProposalSummary:
    wish = Submission("New price", tuple(ProposedLine(*line) for line in lines))
    return _out(commands.submit(ASHA, wish, key=f"change {lines} {at}", now=MONDAY + at), at)


def _out(made: ProposalSummary, at: timedelta) -> ProposalSummary:
    if made.status is Status.PENDING_APPROVAL:
        act(Action.APPROVE, made, at=at)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY + at)
    return found(made)


def act(action: Action, proposal: ProposalSummary, *, at: timedelta, by=KIRAN, why: str = "Agreed") -> ProposalSummary:
    seen = found(proposal).seen_hash
    return commands.act(by, proposal.id, action, comment=why, seen=seen, key=f"{action} {at} {by.id}", now=MONDAY + at)


def until(span: timedelta) -> None:
    """Let the clock keep every appointment up to an instant, each at its own instant."""
    while True:
        with transaction() as session:
            due = timers.next_due(session)
            if due is None or due > MONDAY + span:
                return
            claimed = timers.claim(session, owner="test", now=due, limit=1)
        for timer in claimed:
            with transaction() as session:
                kept = timers.take(session, timer.id or 0, due)
                if kept is not None:
                    appointments.keep(session, kept, due)


def back_of(proposal: ProposalSummary) -> ProposalSummary:
    with reading() as session:
        back = bounds.return_of(session, proposal.id)
        assert back is not None
        return queries.summary(session, back.id)


def price(sku: str) -> int:
    return authoritative(sku)[0]


def told(proposal: ProposalSummary) -> str:
    with reading() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.chain == proposal.id).order_by(col(AuditEntry.seq)))
        return "\n".join(f"{row.action}: {row.detail}" for row in rows)


def cost(sku: str, amount: int) -> None:
    with transaction() as session:
        session.get_one(Product, sku).cost = amount


def plan(*minutes: int, shares: tuple[int, ...] = (2_500, 10_000)) -> WavePlan:
    steps = (Wave(share_bp=share, bake_seconds=60 * bake) for share, bake in zip(shares, minutes, strict=True))
    return WavePlan(waves=tuple(steps), guards=GuardLimits())


# the return belongs to the approved plan


@pytest.mark.usefixtures("shop")
def test_the_author_cannot_withdraw_the_return_and_keep_1200_a_piece_for_good():
    tonight = window(("T1", 112_00), ends=10 * HOUR)

    with pytest.raises(NotAllowed, match="A temporary price always ends"):
        act(Action.WITHDRAW, back_of(tonight), at=HOUR, by=ASHA)
    until(10 * HOUR)

    assert price("T1") == 100_00, "12.00 too much on every sale, for good"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.REJECT, Action.RETURN])
def test_nobody_lets_a_return_that_waits_for_a_person_vanish(action: Action):
    promotion = window(("T1", 112_00), ends=10 * DAY)
    cost("T1", 98_00)
    until(9 * DAY)
    back = back_of(promotion)

    with pytest.raises(NotAllowed, match="A temporary price always ends"):
        act(action, back, at=9 * DAY, by=ASHA if action is Action.WITHDRAW else KIRAN)

    assert back.status is Status.PENDING_APPROVAL
    until(10 * DAY)
    assert price("T1") == 100_00


@pytest.mark.usefixtures("shop")
def test_making_it_permanent_is_a_decision_with_a_reason_by_somebody_who_may_approve_and_is_not_barred():
    promotion = window(("T1", 110_00), ends=10 * HOUR, by=BOTH)
    back = back_of(promotion)

    with pytest.raises(NotAllowed):
        act(Action.KEEP, back, at=HOUR, by=ASHA)
    with pytest.raises(FourEyes):
        act(Action.KEEP, back, at=HOUR, by=BOTH)
    with pytest.raises(CommentMissing):
        act(Action.KEEP, back, at=HOUR, why=" ")
    with pytest.raises(SeenContentChanged):
        commands.act(KIRAN, back.id, Action.KEEP, comment="Yes", seen="old", key="old", now=MONDAY + HOUR)
    kept = act(Action.KEEP, back, at=HOUR, why="The new price stays: costs rose")
    until(11 * HOUR)

    with reading() as session:
        decision = session.exec(select(Decision).where(Decision.action == Action.KEEP)).one()
    assert (kept.status, price("T1")) == (Status.WITHDRAWN, 110_00)
    assert (decision.by, decision.content_hash) == (KIRAN.id, back.seen_hash)
    assert "costs rose" in told(promotion)
    assert found(promotion).ends_at is None


@pytest.mark.usefixtures("shop")
def test_a_reason_that_nobody_can_read_makes_no_price_permanent():
    promotion = window(("T1", 112_00), ends=10 * HOUR)

    for nothing in UNREADABLE:
        with pytest.raises(CommentMissing):
            act(Action.KEEP, back_of(promotion), at=HOUR, why=nothing)
    until(10 * HOUR)

    assert price("T1") == 100_00, "12.00 too much on every sale, for good, and nobody said why"


@pytest.mark.usefixtures("shop")
def test_only_a_return_can_be_made_permanent():
    plain = commands.submit(ASHA, Submission("Plain", (ProposedLine("T1", 120_00),)), key="p", now=MONDAY)

    with pytest.raises(Refused, match="Only the return of a temporary price"):
        act(Action.KEEP, plain, at=HOUR)


@pytest.mark.usefixtures("shop")
def test_one_person_cannot_take_a_return_back_and_so_keep_the_promotion():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    until(10 * HOUR)

    with pytest.raises(NotAllowed, match="A temporary price always ends"):
        act(Action.ROLL_BACK, back_of(promotion), at=11 * HOUR, by=OMAR)

    assert price("T1") == 100_00


# line by line


@pytest.mark.usefixtures("shop")
def test_one_repriced_sku_of_three_is_left_alone_and_the_others_return_on_time():
    promotion = window(("T1", 90_00), ("T2", 90_00), ("T3", 90_00), ends=10 * HOUR)
    newer = change(("T2", 95_00), at=HOUR)

    until(10 * HOUR)

    back = back_of(promotion)
    assert [price(sku) for sku in ("T1", "T2", "T3")] == [100_00, 95_00, 100_00], "10.00 lost on each sale of two"
    assert (back.status, back.published_lines) == (Status.PUBLISHED, 2)
    said = f"1 of 3 left alone, a newer price stands there: T2 ({newer.reference})."
    assert said in told(back)
    assert said in told(promotion)
    assert {event.of for event in announced(PriceChangePublished) if event.correlation_id == back.id} == {2}


@pytest.mark.usefixtures("shop")
def test_approving_a_return_never_overwrites_a_newer_price():
    promotion = window(("T1", 112_00), ("T2", 112_00), ends=10 * DAY)
    cost("T1", 98_00)
    change(("T2", 105_00), at=DAY)
    until(9 * DAY + HOUR)

    act(Action.APPROVE, back_of(promotion), at=9 * DAY + 2 * HOUR)
    until(10 * DAY)

    assert (price("T1"), price("T2")) == (100_00, 105_00)


@pytest.mark.usefixtures("shop")
def test_a_return_with_nothing_left_to_return_is_over_and_says_so():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    change(("T1", 95_00), at=HOUR)

    until(10 * HOUR)

    assert (price("T1"), back_of(promotion).status, back_of(promotion).published_lines) == (95_00, Status.PUBLISHED, 0)
    assert "1 of 1 left alone" in told(promotion)


# the return is judged with the proposal


@pytest.mark.usefixtures("shop")
def test_a_window_whose_end_is_hard_today_is_refused_with_the_finding_and_the_price_that_would_pass():
    cost("T1", 98_00)

    made = commands.submit(
        ASHA, Submission("Ten days", (ProposedLine("T1", 112_00),), ends_at=MONDAY + 10 * DAY), key="w", now=MONDAY
    )

    with reading() as session:
        (line,) = queries.lines(session, made.id).items
    assert made.status is Status.REJECTED
    assert "When the window ends and the earlier price returns: margin 2.0 % is under the 10.0 % floor" in (
        line.findings[0].message
    )
    assert line.findings[0].passing_price == 108_89
    until(11 * DAY)
    assert price("T1") == 100_00


@pytest.mark.usefixtures("shop")
def test_going_back_to_a_known_price_is_no_increase_that_a_person_must_see():
    promotion = window(("T1", 80_00), ends=10 * HOUR)

    assert (promotion.status, promotion.soft) == (Status.PUBLISHED, 0)
    until(10 * HOUR)
    assert price("T1") == 100_00


@pytest.mark.usefixtures("shop")
def test_a_return_that_became_hard_waits_for_a_person_before_its_time_and_goes_back_if_nobody_acts():
    promotion = window(("T1", 112_00), ends=10 * DAY)
    until(5 * DAY)
    cost("T1", 98_00)

    until(9 * DAY + HOUR)
    back = back_of(promotion)
    assert back.status is Status.PENDING_APPROVAL
    assert back.due_at is not None
    assert back.due_at < MONDAY + 10 * DAY
    assert back.expires_at is None
    assert "if nobody decides, the earlier prices return on 2026-12-03T09:00:00Z all the same" in told(back)
    until(10 * DAY)

    assert (back_of(promotion).status, price("T1")) == (Status.PUBLISHED, 100_00)


@pytest.mark.usefixtures("shop")
def test_what_turns_hard_in_the_last_hour_is_still_put_before_a_person():
    promotion = window(("T1", 112_00), ends=10 * DAY)
    until(10 * DAY - 2 * HOUR)
    cost("T1", 98_00)

    until(10 * DAY - timedelta(minutes=30))

    assert back_of(promotion).status is Status.PENDING_APPROVAL


# windows that are over, and waves


@pytest.mark.usefixtures("shop")
def test_a_window_approved_after_its_end_is_refused_with_words_at_both_doors():
    made = commands.submit(
        ASHA, Submission("Tonight", (ProposedLine("T1", 120_00),), ends_at=MONDAY + 5 * HOUR), key="w", now=MONDAY
    )

    for action, by in ((Action.APPROVE, KIRAN), (Action.EXPEDITE, DUTY)):
        with pytest.raises(Refused, match="over on 2026-11-23T14:00:00Z"):
            act(action, made, at=6 * HOUR, by=by)

    assert (found(made).status, announced(PriceChangePublished)) == (Status.PENDING_APPROVAL, [])


@pytest.mark.usefixtures("shop")
def test_a_window_that_nobody_let_out_in_time_never_goes_out_and_back():
    made = commands.submit(
        ASHA,
        Submission("Tonight", (ProposedLine("T1", 105_00),), MONDAY + HOUR, ends_at=MONDAY + 5 * HOUR),
        key="w",
        now=MONDAY,
    )

    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY + 6 * HOUR)

    assert (found(made).status, announced(PriceChangePublished)) == (Status.EXPIRED, [])
    assert "over on 2026-11-23T14:00:00Z" in told(made)


@pytest.mark.usefixtures("shop")
def test_waves_that_bake_longer_than_the_window_are_refused_at_every_door_with_the_arithmetic():
    lines = tuple(ProposedLine(sku, 120_00) for sku in SKUS)
    sums = (
        "The waves bake 40 min \\+ 30 min = 1 h 10 min; begun on 2026-11-23T09:00:00Z they end on 2026-11-23T10:10:00Z"
    )

    with pytest.raises(BadSubmission, match=sums):
        commands.submit(ASHA, Submission("W", lines, ends_at=MONDAY + HOUR, waves=plan(40, 30)), key="a", now=MONDAY)
    made = commands.submit(ASHA, Submission("W", lines, ends_at=MONDAY + HOUR, waves=plan(20, 20)), key="b", now=MONDAY)
    with pytest.raises(Refused, match=sums):
        commands.plan_waves(NOOR, made.id, plan(40, 30), seen=found(made).seen_hash, key="c", now=MONDAY)
    with pytest.raises(Refused, match="after the window's end on 2026-11-23T10:00:00Z"):
        act(Action.APPROVE, made, at=timedelta(minutes=30))

    assert found(made).status is Status.PENDING_APPROVAL


def _canary(minutes: tuple[int, int], *, ends: timedelta) -> ProposalSummary:
    return window(*((sku, 90_00) for sku in SKUS), ends=ends, waves=plan(*minutes))


def out() -> int:
    return sum(price(sku) == 90_00 for sku in SKUS)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("held", [True, False])
def test_at_the_end_everything_that_is_out_returns_whatever_its_canary_is_doing(held: bool):
    promotion = _canary((30, 30), ends=2 * HOUR)
    if held:
        act(Action.PAUSE, promotion, at=timedelta(minutes=1), by=OMAR)
    else:
        with transaction() as session:
            timers.arm(session, promotion.id, timers.Kind.WAVE, MONDAY + 5 * HOUR, version=1)
    first = out()

    until(9 * HOUR)

    assert (0 < first < 40, out()) == (True, 0), f"10.00 lost on every sale of {first} SKUs, for good"
    assert (found(promotion).status, back_of(promotion).published_lines) == (Status.PUBLISHED, first)
    assert len(announced(PriceChangePublished)) == 2 * first
    assert "what had not gone out stays as it is" in told(promotion)


@pytest.mark.usefixtures("shop")
def test_a_wave_that_comes_due_with_the_end_does_not_go_out_any_more():
    promotion = _canary((30, 30), ends=2 * HOUR)
    first = out()
    with transaction() as session:
        actions.judge_wave(session, promotion.id, _passing(session, promotion), now=MONDAY + 3 * HOUR)

    assert out() == first


def _passing(session: Session, proposal: ProposalSummary):
    from app.canary.evidence import ContextCounts, Evidence

    lines = session.get_one(Proposal, proposal.id).published_lines
    counts = ContextCounts(applied=lines, parked=0, pending=0)
    return Evidence(
        lines=lines,
        published_at=MONDAY,
        contexts={"catalog": counts},
        rollback_requests=0,
        landed_after_ms=1,
        estimate_ms=1000,
        measures=(),
    )


@pytest.mark.usefixtures("shop")
def test_the_return_grows_with_every_wave_and_what_was_made_permanent_in_the_middle_stays():
    promotion = _canary((10, 10), ends=2 * HOUR)
    small = back_of(promotion).lines
    with transaction() as session:
        actions.judge_wave(session, promotion.id, _passing(session, promotion), now=MONDAY + HOUR / 6)
    whole = back_of(promotion)
    act(Action.KEEP, whole, at=HOUR / 2)
    until(3 * HOUR)

    assert (0 < small < 40, whole.lines, whole.status) == (True, 40, Status.APPROVED)
    assert out() == 40


# windows in windows


def nested(outer: int, inner: int) -> tuple[ProposalSummary, ProposalSummary]:
    """A window at 90.00 from hour 0, and in it one at 85.00 from hour 2; each ends after so many hours."""
    first = window(("T1", 90_00), ends=outer * HOUR)
    return first, window(("T1", 85_00), ends=inner * HOUR, at=2 * HOUR)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("outer", "inner", "between"), [(10, 5, 90_00), (5, 10, 85_00)])
def test_a_window_in_a_window_ends_in_either_order_and_neither_is_resurrected(outer: int, inner: int, between: int):
    nested(outer, inner)
    prices = []
    for hour in (4, 6, 11):
        until(hour * HOUR)
        prices.append(price("T1"))

    assert prices == [85_00, between, 100_00], "10.00 lost on every sale for good"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("outer", "inner", "which", "hour", "then", "end"),
    [
        (10, 5, "outer", 3, [85_00, 100_00, 100_00], "the outer is taken back while the inner is on"),
        (10, 5, "inner", 3, [90_00, 90_00, 100_00], "the inner is taken back while both are on"),
        (10, 5, "outer", 7, [85_00, 90_00, 100_00], "the outer is taken back after the inner ended"),
        (10, 5, "inner", 7, [85_00, 90_00, 100_00], "the inner is taken back after it ended"),
        (5, 10, "outer", 3, [85_00, 85_00, 100_00], "the outer is taken back, the inner goes on longer"),
        (5, 10, "inner", 3, [90_00, 100_00, 100_00], "the inner, longer one is taken back"),
        (5, 10, "outer", 7, [85_00, 85_00, 100_00], "the outer is taken back after its end"),
        (5, 10, "inner", 7, [85_00, 85_00, 100_00], "the inner is taken back after the outer's end"),
    ],
)
def test_a_rollback_in_the_middle_of_nested_windows_leaves_no_promotion_behind(
    outer: int, inner: int, which: str, hour: int, then: list[int], end: str
):
    first, second = nested(outer, inner)
    prices = []
    for at in sorted((4, 6, hour, 11)):
        until(at * HOUR)
        if at == hour:
            _take_back(first if which == "outer" else second, at=at * HOUR)
        else:
            prices.append(price("T1"))

    assert prices == then, end


def _take_back(proposal: ProposalSummary, *, at: timedelta) -> None:
    with transaction() as session:
        actions.roll_back(session, proposal.id, actor=OMAR, reason="Wrong", now=MONDAY + at)


@pytest.mark.usefixtures("shop")
def test_taking_the_outer_back_after_the_inner_ended_returns_its_price_at_once():
    outer, _ = nested(10, 5)
    until(7 * HOUR)
    _take_back(outer, at=7 * HOUR)

    until(7 * HOUR)

    assert price("T1") == 100_00, "10.00 lost on every sale, although it was rolled back"


@pytest.mark.usefixtures("shop")
def test_three_windows_deep_the_last_to_end_finds_the_price_beneath_them_all():
    window(("T1", 95_00), ends=6 * HOUR)
    window(("T1", 90_00), ends=5 * HOUR, at=HOUR)
    window(("T1", 85_00), ends=7 * HOUR, at=2 * HOUR)
    until(6 * HOUR + HOUR / 2)
    on = price("T1")
    until(8 * HOUR)

    assert (on, price("T1")) == (85_00, 100_00)


@pytest.mark.usefixtures("shop")
def test_taking_back_a_change_on_top_of_a_window_that_is_over_does_not_bring_its_price_back():
    window(("T1", 90_00), ends=5 * HOUR)
    newer = change(("T1", 95_00), at=HOUR)
    until(6 * HOUR)
    _take_back(newer, at=7 * HOUR)

    assert price("T1") == 100_00, "10.00 lost on every sale, and no return is left to end it"


@pytest.mark.usefixtures("shop")
def test_an_inner_window_that_was_made_permanent_outlasts_the_outer():
    _, inner = nested(10, 5)
    act(Action.KEEP, back_of(inner), at=3 * HOUR)

    until(11 * HOUR)

    assert price("T1") == 85_00


# freezes and stops


@pytest.mark.usefixtures("shop")
def test_a_window_ends_on_time_inside_a_freeze_and_whoever_freezes_is_told():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    with transaction() as session:
        named = brakes.ends_within(session, MONDAY + 9 * HOUR, MONDAY + 40 * HOUR)
        brakes.freeze(
            session, starts=MONDAY + 9 * HOUR, ends=MONDAY + 40 * HOUR, actor=OMAR, reason="Stock", now=MONDAY
        )
    until(10 * HOUR)

    assert price("T1") == 100_00, "30 h of a promotion that nobody approved"
    assert named == (
        f"1 price window ends ({promotion.reference} on 2026-11-23T19:00:00Z) in this freeze."
        " An end does not wait: the earlier prices return on time."
    )
    with reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "freeze")).all()
        warned = obstacles.of_proposal(session, session.get_one(Proposal, promotion.id), MONDAY)
    assert promotion.reference in entry.detail
    assert "falls into the freeze from 2026-11-23T18:00:00Z to 2026-11-25T01:00:00Z: Stock" in warned[0]


@pytest.mark.usefixtures("shop")
def test_an_end_waits_for_a_stop_and_happens_as_soon_as_publishing_is_resumed():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    with transaction() as session:
        brakes.stop(session, actor=OMAR, reason="Wrong tax table", now=MONDAY + 9 * HOUR)
        held = brakes.ends_held_by_stop(session, MONDAY + 9 * HOUR)
    until(10 * HOUR)
    stopped = price("T1")
    with transaction() as session:
        brakes.resume(session, actor=OMAR, reason="Mended", now=MONDAY + 12 * HOUR)
    until(12 * HOUR)

    assert (stopped, price("T1")) == (90_00, 100_00)
    assert promotion.reference in held
    assert "return only when publishing is resumed" in held


@pytest.mark.usefixtures("shop")
def test_a_window_that_a_freeze_covers_whole_never_goes_out():
    with transaction() as session:
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + DAY, actor=OMAR, reason="Stock", now=MONDAY)
    made = window(("T1", 90_00), ends=5 * HOUR)
    with reading() as session:
        warned = obstacles.of_plan(session, ["T1"], obstacles.PriceSpan(MONDAY, MONDAY + 5 * HOUR), MONDAY)
    until(2 * DAY)

    assert (found(made).status, announced(PriceChangePublished)) == (Status.EXPIRED, [])
    assert "so it would never go out" in warned[0]


# changes beside each other


@pytest.mark.usefixtures("shop")
def test_changes_of_one_sku_name_each_other_when_either_is_made():
    outer = window(("T1", 90_00), ("T2", 90_00), ends=10 * HOUR)
    dated = commands.submit(
        ASHA, Submission("Later", (ProposedLine("T1", 99_00),), MONDAY + 4 * HOUR), key="d", now=MONDAY
    )
    with reading() as session:
        of_outer = obstacles.of_proposal(session, session.get_one(Proposal, outer.id), MONDAY)
        of_dated = obstacles.of_proposal(session, session.get_one(Proposal, dated.id), MONDAY)
        planned = obstacles.of_plan(session, ["T1"], obstacles.PriceSpan(MONDAY + HOUR, MONDAY + 3 * HOUR), MONDAY)
        apart = obstacles.of_plan(session, ["T3"], obstacles.PriceSpan(MONDAY, None), MONDAY)

    assert of_outer == [
        f"{dated.reference} changes T1 too on 2026-11-23T13:00:00Z; the second to go out is judged again on what it"
        " finds. If it goes out inside this window, its price stays at the end."
    ]
    assert of_dated == [
        f"{outer.reference} has T1 in a price window until 2026-11-23T19:00:00Z. Where this goes out inside it, this"
        " price stays: that return leaves it alone."
    ]
    assert f"{outer.reference} has T1 in a price window until 2026-11-23T19:00:00Z. Where both are on" in planned[0]
    assert dated.reference in planned[1]
    assert apart == []


@pytest.mark.usefixtures("shop")
def test_a_return_that_a_context_could_not_apply_waits_for_a_person_and_is_tried_again_by_itself():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    until(10 * HOUR)
    refused = back_of(promotion)
    with transaction() as session:
        locked = Actor.context("catalog")
        actions.roll_back(session, refused.id, actor=locked, reason="T1: locked", now=MONDAY + 11 * HOUR)
    stands, again = price("T1"), back_of(promotion)
    until(35 * HOUR)

    assert (stands, again.status) == (90_00, Status.PENDING_APPROVAL)
    assert "The contexts could not apply the return" in told(again)
    assert again.reference != refused.reference
    assert price("T1") == 100_00, "10.00 lost on every sale, for good"


@pytest.mark.usefixtures("shop")
def test_a_return_that_is_tried_again_goes_back_as_soon_as_a_person_approves_it():
    promotion = window(("T1", 90_00), ends=10 * HOUR)
    until(10 * HOUR)
    with transaction() as session:
        locked = Actor.context("catalog")
        actions.roll_back(session, back_of(promotion).id, actor=locked, reason="T1: locked", now=MONDAY + 11 * HOUR)

    act(Action.APPROVE, back_of(promotion), at=12 * HOUR)
    until(12 * HOUR)

    assert price("T1") == 100_00


# installations of before


@pytest.mark.usefixtures("shop")
def test_a_return_that_waited_for_a_person_before_the_upgrade_goes_back_on_time():
    promotion = window(("T1", 112_00), ends=10 * DAY)
    back = back_of(promotion)
    with transaction() as session:  # as it stood there: a deadline that would have kept the promotion for good
        session.get_one(Proposal, back.id).status = Status.PENDING_APPROVAL
        for timer in session.exec(select(Timer).where(Timer.proposal_id == back.id)):
            session.delete(timer)
        timers.arm(session, back.id, timers.Kind.EXPIRE, MONDAY + 2 * DAY)

    migration = import_module("app.migrations.versions.0005_returns")
    with database.engine().begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()
    until(10 * DAY)

    assert (back_of(promotion).status, price("T1")) == (Status.PUBLISHED, 100_00)


@pytest.mark.usefixtures("shop")
def test_nobody_wins_time_by_having_a_return_judged_again():
    promotion = window(("T1", 112_00), ends=10 * DAY)
    cost("T1", 98_00)
    until(9 * DAY + HOUR)
    waits = back_of(promotion)
    cost("T1", 99_00)

    again = act(Action.RE_EVALUATE, waits, at=9 * DAY + 2 * HOUR, by=ASHA)

    assert (again.status, again.due_at) == (Status.PENDING_APPROVAL, waits.due_at)
