"""A rule set is held against past proposals, from the facts recorded with them: what would have turned."""

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from app.database import reading, transaction
from app.lifecycle import commands
from app.lifecycle.proposing import policy
from app.lifecycle.records import Decision, Line, Proposal
from app.lifecycle.rulebook import approver_time, recorded
from app.lifecycle.rulebook.reckoned import MarginOf, Reckoned, TurnedLine
from app.lifecycle.rulebook.recorded import Period
from app.lifecycle.rulebook.replaying import Reckoning
from rules.finding import Severity, Verdict
from rules.ruleset import Rule, RuleSet
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, open_shop, product, proposing
from tests.lifecycle.rulebook import key

CLEAN, SOFT, HARD = Verdict.CLEAN, Verdict.SOFT, Verdict.HARD
WEEK = Period(MONDAY - HOUR, MONDAY - HOUR + timedelta(days=7))


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    """Teas at 100.00 that cost 70.00 and a coffee that costs 95.00."""
    open_shop(product("T1"), product("T2"), product("T3"), product("C1", cost=95_00, category="Coffee"))


def rises(limit_bp: int, severity: Severity = Severity.SOFT) -> RuleSet:
    rule = Rule(
        id="r", kind="increase_stays_below_limit", severity=severity, parameters={"limit_bp": limit_bp},
    )  # fmt: skip
    return RuleSet(number=9, rules=(rule,), mandatory=())


def proposes(*lines: tuple[str, int], after: timedelta = timedelta()) -> int:
    return commands.submit(ASHA, proposing(*lines), key=key(), now=MONDAY + after).number


def reckoned(rules: RuleSet, period: Period = WEEK) -> tuple[Reckoned, list[TurnedLine]]:
    reckoning, turned = Reckoning(rules, MONDAY), list[TurnedLine]()
    for portion in recorded.portions(reading, period):
        turned += reckoning.add(portion)
    with reading() as session:
        return reckoning.result(approver_time.pace(session, period), period), turned


def decided(times: Iterable[timedelta], by: str = KIRAN.id) -> None:
    with transaction() as session:
        for place, after in enumerate(times):
            session.add(
                Decision(
                    id=f"{by}{place}",
                    proposal_id="x",
                    action="approve",
                    by=by,
                    at=MONDAY + after,
                    comment="",
                    content_hash="",
                )
            )


def test_a_stricter_limit_says_what_would_have_waited_and_what_that_costs_approvers():
    proposes(("T1", 104_00), ("T2", 108_00))
    waiting = proposes(("T3", 120_00))

    found, turned = reckoned(rises(500))

    assert (found.lines, found.turned, found.proposals, found.proposals_turned) == (3, 1, 2, 1)
    assert [(one.proposal, one.sku, one.was, one.now, one.kinds) for one in turned] == [
        (waiting - 1, "T2", CLEAN, SOFT, ("increase_stays_below_limit",))
    ]
    assert [(one.name, one.lines, one.turned) for one in found.by_category] == [("Tea", 3, 1)]
    assert [(one.name, one.lines, one.turned) for one in found.by_kind] == [("increase_stays_below_limit", 2, 1)]
    assert (found.waiting.more, found.waiting.less, found.waiting.minutes_per_week) == (1, 0, 5)
    assert found.largest[0].change_bp == 800


def test_a_milder_limit_spares_approvers_their_own_pace_of_decisions():
    for sku in ("T1", "T2", "T3"):
        proposes((sku, 120_00))
    decided(timedelta(minutes=2 * each) for each in range(7))
    decided([timedelta(), timedelta(hours=3)], by="noor")

    found, _ = reckoned(rises(3_000))

    waiting = found.waiting
    assert (waiting.more, waiting.less, waiting.seconds, waiting.measured) == (0, 3, 120, 6)
    assert waiting.minutes_per_week == -6


def test_what_would_have_been_blocked_or_let_through_is_weighed_in_money():
    proposes(("C1", 97_00))
    proposes(("T1", 120_00))

    found, _ = reckoned(rises(1_000, Severity.HARD))

    assert found.let_through == (MarginOf("INR", 1, 0, -3_00, 97_00, 2_00),), "below the floor of margin then"
    assert found.blocked == (MarginOf("INR", 1, 0, 20_00, 120_00, 50_00),)


def test_a_change_that_was_rolled_back_is_caught_when_it_would_have_been_judged_more_severely():
    bad, good = proposes(("T1", 109_00)), proposes(("T2", 101_00))
    with transaction() as session:
        session.execute(update(Proposal).values(rolled_back_at=MONDAY + HOUR))

    caught = reckoned(rises(500))[0].caught

    assert (caught.rolled_back, caught.caught, caught.lines, caught.proposals) == (2, 1, 1, (bad,))
    assert good not in caught.proposals


def test_only_what_was_submitted_in_the_period_counts():
    proposes(("T1", 109_00))
    proposes(("T2", 109_00), after=timedelta(days=8))
    assert reckoned(rises(500))[0].lines == 1
    assert reckoned(rises(500), Period(MONDAY - HOUR, MONDAY + timedelta(days=9)))[0].lines == 2
    assert reckoned(rises(500), Period(MONDAY - timedelta(days=3), MONDAY - HOUR))[0].lines == 0


def test_portions_neither_lose_nor_repeat_a_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(recorded, "PROPOSALS_AT_ONCE", 2)
    proposes(("T1", 101_00), ("T2", 101_00), ("T3", 101_00))
    for sku in ("T1", "C1", "T2", "T3"):
        proposes((sku, 102_00))

    portions = list(recorded.portions(reading, WEEK))
    read = [(row.proposal_id, row.line) for portion in portions for row in portion.rows]

    with reading() as session:
        stored = {(id, line) for id, line in session.execute(select(col(Line.proposal_id), col(Line.line)))}
    assert len(read) == len(set(read)) == 7
    assert set(read) == stored
    assert max(len(portion.rows) for portion in portions) == 2


def test_a_replay_reads_what_was_recorded_then_and_not_what_is_known_now():
    """The family of then: T2 was cheaper than T1, of a lower rank."""
    proposes(("T1", 101_00))
    read = {"rank": 2, "sub_category": "Black", "family": [["T2", 110_00, 1, None, None, "INR"]], "lowest_month": 90_00}
    with transaction() as session:
        session.execute(update(Line).values(more_facts=json.dumps(read)))
    ladder = Rule(id="l", kind="price_ladder", severity=Severity.SOFT, parameters={})

    found, _ = reckoned(RuleSet(number=9, rules=(ladder,), mandatory=()))

    assert [(one.name, one.turned) for one in found.by_kind] == [("price_ladder", 1)]


def test_the_set_that_judged_turns_nothing():
    for sku, price in (("T1", 104_00), ("T2", 130_00), ("C1", 96_00)):
        proposes((sku, price))
    with reading() as session:
        active = policy.active_rule_set(session)
    found, turned = reckoned(active)
    assert (found.lines, found.turned, turned, found.waiting.minutes_per_week) == (3, 0, [], 0)
    assert found.blocked == found.let_through == ()
