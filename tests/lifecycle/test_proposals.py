"""The life of one proposal, on SQLite and PostgreSQL alike."""

import pytest
from sqlmodel import select

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProposalMoved, parse
from app.database import reading, transaction
from app.identity.actor import Actor
from app.lifecycle import actions, commands
from app.lifecycle.clock import timers
from app.lifecycle.errors import (
    AlreadyDecided,
    BadSubmission,
    CommentMissing,
    FactsMoved,
    FourEyes,
    KeyReused,
    NotAllowed,
    Refused,
    SeenContentChanged,
)
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.outbox.records import OutboxEvent, OutboxJob
from app.pricelist.queries import history, price_of
from tests.builders import ASHA, BOTH, HOUR, KIRAN, MONDAY, NOOR, OMAR, acts, product, proposing, stocked

pytestmark = pytest.mark.usefixtures("tea")


def submitted(*lines: tuple[str, int], key: str = "s", by: Actor = ASHA, **more: object) -> ProposalSummary:
    return commands.submit(by, proposing(*lines, **more), key=key, now=MONDAY)  # type: ignore[arg-type]


def published(*lines: tuple[str, int], key: str = "s") -> ProposalSummary:
    proposal = submitted(*lines, key=key)
    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY + HOUR)
    return found(proposal)


def found(proposal: ProposalSummary) -> ProposalSummary:
    with reading() as session:
        return queries.summary(session, proposal.id)


def authoritative(sku: str) -> tuple[int, int]:
    with reading() as session:
        price = price_of(session, sku)
        assert price is not None
        return price.price, price.version


def announced(kind: type) -> list:
    with reading() as session:
        rows = session.exec(select(OutboxEvent).order_by(OutboxEvent.stream, OutboxEvent.seq)).all()
    return [event for row in rows if isinstance(event := parse(row.payload), kind)]


def test_a_clean_change_is_approved_by_nobody_and_waits_only_for_publication():
    proposal = submitted(("T1", 105_00))

    assert (proposal.status, proposal.verdict) == (Status.APPROVED, "CLEAN")
    with reading() as session:
        assert [job.name for job in session.exec(select(OutboxJob)).all()] == ["publish"]


def test_a_big_increase_waits_for_a_person_who_is_told_why():
    proposal = submitted(("T1", 120_00), ("T2", 101_00))

    assert (proposal.status, proposal.soft, proposal.clean) == (Status.PENDING_APPROVAL, 1, 1)
    assert proposal.headline == "1 of 2 lines rises more than 15.0 %"
    with reading() as session:
        (finding,) = queries.lines(session, proposal.id).items[0].findings
    assert finding.passing_price == 115_00


def test_a_price_below_the_floor_is_refused_with_the_price_that_would_have_passed():
    proposal = submitted(("T1", 70_00))

    assert proposal.status is Status.REJECTED
    with reading() as session:
        (finding,) = queries.lines(session, proposal.id).items[0].findings
    assert (finding.severity, finding.passing_price) == ("HARD", 77_78)


def test_a_product_without_a_cost_cannot_pass():
    assert submitted(("T4", 105_00)).status is Status.REJECTED


def test_publishing_sets_the_price_at_the_next_version_and_announces_it():
    proposal = published(("T1", 105_00))

    (event,) = announced(PriceChangePublished)
    assert authoritative("T1") == (105_00, 2)
    assert (event.sku, event.old, event.new, event.version, event.of) == ("T1", 100_00, 105_00, 2, 1)
    assert event.correlation_id == proposal.id
    assert [moved.target for moved in announced(ProposalMoved)] == ["EVALUATING", "APPROVED", "PUBLISHED"]


def test_publishing_twice_is_publishing_once():
    proposal = published(("T1", 105_00))

    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY + 2 * HOUR)

    assert authoritative("T1") == (105_00, 2)
    assert len(announced(PriceChangePublished)) == 1


def test_an_approval_by_somebody_else_publishes():
    proposal = submitted(("T1", 120_00))

    approved = commands.act(KIRAN, proposal.reference, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)

    assert (approved.status, approved.decided_by) == (Status.APPROVED, "Kiran")


def test_nobody_decides_on_their_own_proposal():
    proposal = submitted(("T1", 120_00), by=BOTH)

    with pytest.raises(FourEyes):
        commands.act(BOTH, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)

    with reading() as session:
        shut = {
            open_action.action: open_action.why
            for open_action in queries.open_actions(session, proposal.id, BOTH, MONDAY)
        }
    assert "nobody decides on their own work" in shut[Action.APPROVE]
    assert found(proposal).status is Status.PENDING_APPROVAL


def test_an_analyst_cannot_approve_and_an_approver_cannot_submit():
    proposal = submitted(("T1", 120_00))

    with pytest.raises(NotAllowed):
        commands.act(ASHA, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)
    with pytest.raises(NotAllowed):
        submitted(("T1", 105_00), by=KIRAN, key="k")


def test_an_approval_binds_to_what_was_seen():
    proposal = submitted(("T1", 120_00))

    with pytest.raises(SeenContentChanged):
        commands.act(KIRAN, proposal.id, Action.APPROVE, seen="something else", key="a", now=MONDAY)

    assert found(proposal).status is Status.PENDING_APPROVAL


def test_a_moved_cost_stops_the_approval_until_somebody_re_evaluates():
    proposal = submitted(("T1", 120_00))
    with transaction() as session:
        stocked(session, product("T1", cost=80_00))

    with pytest.raises(FactsMoved) as refused:
        commands.act(KIRAN, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)
    again = commands.act(KIRAN, proposal.id, Action.RE_EVALUATE, key="e", now=MONDAY)
    approved = commands.act(KIRAN, proposal.id, Action.APPROVE, seen=again.seen_hash, key="b", now=MONDAY)

    assert refused.value.extra["moved_count"] == 1
    assert again.seen_hash != proposal.seen_hash
    assert approved.status is Status.APPROVED


def test_the_second_of_two_approvers_is_told_that_it_is_decided():
    proposal = submitted(("T1", 120_00))
    commands.act(KIRAN, proposal.id, Action.REJECT, comment="Too much", seen=proposal.seen_hash, key="r", now=MONDAY)

    with pytest.raises(AlreadyDecided) as refused:
        commands.act(NOOR, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)

    assert refused.value.extra["decision"] == "reject"


@pytest.mark.parametrize("action", [Action.REJECT, Action.RETURN])
def test_a_refusal_by_a_person_needs_words(action: Action):
    proposal = submitted(("T1", 120_00))

    with pytest.raises(CommentMissing):
        commands.act(KIRAN, proposal.id, action, seen=proposal.seen_hash, key="r", now=MONDAY)


def test_only_the_submitter_withdraws():
    proposal = submitted(("T1", 120_00))

    with pytest.raises(NotAllowed):
        acts(BOTH, proposal.id, Action.WITHDRAW, key="w1", now=MONDAY)
    assert acts(ASHA, proposal.id, Action.WITHDRAW, key="w2", now=MONDAY).status is Status.WITHDRAWN


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused():
    first = submitted(("T1", 105_00), key="once")

    assert submitted(("T1", 105_00), key="once") == first
    with pytest.raises(KeyReused):
        submitted(("T1", 106_00), key="once")


def test_every_bad_line_is_named_and_nothing_is_submitted():
    with pytest.raises(BadSubmission) as refused:
        submitted(("T1", 105_00), ("T1", 106_00), ("NOPE", 1_00), ("T2", 100_00), ("T3", 0))

    rows = refused.value.extra["rows"]
    assert [(row["row"], row["code"]) for row in rows] == [  # type: ignore[union-attr, index]
        (2, "duplicate_sku"),
        (3, "unknown_sku"),
        (4, "unchanged"),
        (5, "not_a_price"),
    ]
    with reading() as session:
        assert queries.proposals(session).items == []


def test_a_split_sends_the_clean_lines_on_and_keeps_the_rest_as_siblings():
    proposal = submitted(("T1", 105_00), ("T2", 120_00), ("T3", 70_00), mixed="split")

    with reading() as session:
        family = {p.reference: p.status for p in queries.proposals(session).items}
    assert (proposal.status, proposal.lines) == (Status.APPROVED, 1)
    assert family == {"PC-1": Status.APPROVED, "PC-2": Status.PENDING_APPROVAL, "PC-3": Status.REJECTED}
    assert proposal.siblings == ("PC-2", "PC-3")


def test_four_eyes_holds_for_a_sibling_too():
    submitted(("T1", 105_00), ("T2", 120_00), mixed="split", by=BOTH)

    with reading() as session:
        sibling = queries.summary(session, "PC-2")
    with pytest.raises(FourEyes):
        commands.act(BOTH, "PC-2", Action.APPROVE, seen=sibling.seen_hash, key="a", now=MONDAY)


def test_a_price_that_moved_before_publication_is_judged_again_and_goes_out_if_it_still_passes():
    late = submitted(("T1", 105_00), key="late")
    published(("T1", 110_00), key="early")

    with transaction() as session:
        actions.publish(session, late.id, now=MONDAY + 2 * HOUR)

    assert found(late).status is Status.PUBLISHED
    assert authoritative("T1") == (105_00, 3)
    with reading() as session:
        assert queries.lines(session, late.id).items[0].old == 110_00
    assert [(event.old, event.new) for event in announced(PriceChangePublished)] == [(100_00, 110_00), (110_00, 105_00)]


def test_nothing_publishes_before_its_time():
    proposal = submitted(("T1", 105_00), effective_at=MONDAY + 5 * HOUR)

    with transaction() as session:
        actions.publish(session, proposal.id, now=MONDAY + HOUR)
        early = timers.claim(session, owner="a", now=MONDAY + HOUR)
        due = [timer.proposal_id for timer in timers.claim(session, owner="a", now=MONDAY + 5 * HOUR)]

    assert (found(proposal).status, early, due) == (Status.APPROVED, [], [proposal.id])


def test_a_rollback_restores_the_earlier_price_as_a_new_version():
    proposal = published(("T1", 105_00))

    undoing = acts(OMAR, proposal.id, Action.ROLL_BACK, comment="Wrong list", key="u", now=MONDAY + 2 * HOUR)

    (event,) = announced(PriceChangeRolledBack)
    assert undoing.status is Status.ROLLING_BACK
    assert authoritative("T1") == (100_00, 3)
    assert (event.old, event.new, event.version, event.undoes) == (105_00, 100_00, 3, 2)
    with reading() as session:
        assert [(h.version, h.cause) for h in history(session, "T1")] == [
            (3, "rolled-back"),
            (2, "published"),
            (1, "listed"),
        ]


def test_a_rollback_never_overwrites_a_newer_price():
    old = published(("T1", 105_00), ("T2", 105_00), key="old")
    published(("T1", 108_00), key="new")

    with transaction() as session:
        undone = actions.roll_back(session, old.id, actor=OMAR, reason="Wrong", now=MONDAY + 3 * HOUR)

    assert (undone.undone, undone.left_alone) == (1, 1)
    assert (authoritative("T1"), authoritative("T2")) == ((108_00, 3), (100_00, 3))


def test_overlapping_rollbacks_end_at_the_price_before_both():
    first = published(("T1", 105_00), key="first")
    second = published(("T1", 108_00), key="second")

    with transaction() as session:
        actions.roll_back(session, first.id, actor=OMAR, reason="Locked", now=MONDAY + 3 * HOUR)
        actions.roll_back(session, second.id, actor=OMAR, reason="Locked", now=MONDAY + 3 * HOUR)

    (event,) = announced(PriceChangeRolledBack)
    assert authoritative("T1") == (100_00, 4)
    assert (event.old, event.new) == (108_00, 100_00)


def test_a_rollback_with_nothing_left_to_undo_is_complete_at_once():
    old = published(("T1", 105_00), key="old")
    published(("T1", 108_00), key="new")

    acts(OMAR, old.id, Action.ROLL_BACK, comment="Wrong", key="u", now=MONDAY + 3 * HOUR)

    assert found(old).status is Status.ROLLED_BACK


def test_a_context_may_ask_for_a_rollback_and_for_nothing_else():
    proposal = published(("T1", 105_00))
    catalog = Actor.context("catalog")

    with transaction() as session:
        actions.roll_back(session, proposal.id, actor=catalog, reason="locked", now=MONDAY + 2 * HOUR)
    waiting = submitted(("T2", 120_00), key="w")

    assert found(proposal).status is Status.ROLLING_BACK
    with pytest.raises(Refused), transaction() as session:
        actions.decide(session, waiting.id, Action.APPROVE, actor=catalog, comment="", now=MONDAY)


def test_bulk_is_judged_like_single_lines(pricing_store: str):
    skus = [f"B{n:04}" for n in range(250)]
    with transaction() as session:
        stocked(session, *(product(sku, competitor=95_00 if n % 3 == 0 else None) for n, sku in enumerate(skus)))
    prices = {sku: 100_00 + (n % 40 or 1) * 100 for n, sku in enumerate(skus)}

    bulk = submitted(*prices.items(), key="bulk")
    with transaction() as session:
        actions.evaluate(session, bulk.id, now=MONDAY)
    facts = {sku: (prices[sku], n % 3 == 0) for n, sku in enumerate(skus)}
    one_of_each = {seen: sku for sku, seen in facts.items()}
    alone = {seen: submitted((sku, prices[sku]), key=sku).verdict for seen, sku in one_of_each.items()}

    with reading() as session:
        judged = {line.sku: line.verdict for line in queries.lines(session, bulk.id, limit=1000).items}
    assert judged == {sku: alone[facts[sku]] for sku in skus}


@pytest.mark.parametrize("sku", ["A\x00B", "\ud800", "T1 ", "T1\u202e", "' OR 1=1 --", ""])
def test_a_hostile_sku_is_an_unknown_sku(sku: str):
    with pytest.raises(BadSubmission) as refused:
        submitted((sku, 105_00))

    assert refused.value.extra["rows"][0]["code"] == "unknown_sku"  # type: ignore[index, call-overload]


def test_what_people_type_is_kept_without_hidden_signs():
    proposal = submitted(("T1", 120_00), reason="Tea\x00:\u202e auction\r\nprices \u200b")

    assert proposal.reason == "Tea: auction prices"
