"""A rule set in shadow is asked about every proposal beside the one that judges, and changes nothing by it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.clock import utc_now
from app.database import reading
from app.lifecycle import commands
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook import shadowing
from app.lifecycle.rulebook.shadowing import Disagreement, ShadowDay
from app.lifecycle.views.values import ProposalSummary
from app.outbox.records import OutboxJob
from rules.finding import Verdict
from tests.builders import ASHA, open_shop, product, proposing
from tests.lifecycle.rulebook import LEELA, MAYA, RISES, key, with_tea
from workers.orchestration import jobs


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    """Two teas and a coffee, and a draft by which tea may rise by 5 %."""
    open_shop(product("T1"), product("T2"), product("C1", category="Coffee"), now=utc_now() - timedelta(days=60))
    with_tea(parameters={"limit_bp": 500}, now=utc_now())


def in_shadow(on: bool = True) -> None:
    commands.shadow_rules(LEELA, 2, on, key=key(), now=utc_now())


def proposes(*lines: tuple[str, int]) -> ProposalSummary:
    return commands.submit(ASHA, proposing(*lines), key=key(), now=utc_now())


def asked() -> list[tuple[int, str]]:
    with reading() as session:
        open_ones = (col(OutboxJob.name) == "shadow", col(OutboxJob.done_at).is_(None))
        rows = session.scalars(select(OutboxJob).where(*open_ones).order_by(col(OutboxJob.id)))
        return [(row.id or 0, json.loads(row.args)["proposal_id"]) for row in rows]


def looks() -> None:
    for job, proposal_id in asked():
        jobs.shadow(proposal_id=proposal_id, job=job)


def days() -> list[ShadowDay]:
    with reading() as session:
        return shadowing.days(session, 2)


def differing() -> list[Disagreement]:
    with reading() as session:
        return shadowing.disagreements(session, 2).items


def test_a_shadow_counts_what_it_would_have_said_and_changes_nothing():
    in_shadow()
    passed = proposes(("T1", 108_00), ("T2", 103_00), ("C1", 108_00))
    looks()

    (day,) = days()
    assert (day.proposals, day.lines, day.agreed, day.stricter, day.milder) == (1, 3, 2, 1, 0)
    assert (day.agreement_bp, day.version) == (6_666, 2)
    (one,) = differing()
    assert (one.line.proposal, one.line.sku, one.line.was, one.line.now) == (
        passed.number, "T1", Verdict.CLEAN, Verdict.SOFT,
    )  # fmt: skip
    assert one.line.kinds == (RISES,)
    assert (passed.status, passed.verdict, passed.rule_set) == ("APPROVED", "CLEAN", 1)


def test_without_a_shadow_nobody_is_asked():
    proposes(("T1", 108_00))
    in_shadow()
    in_shadow(False)
    proposes(("T2", 108_00))
    assert (asked(), days(), differing()) == ([], [], [])


def test_a_shadow_that_is_milder_is_counted_as_such():
    commands.change_rule(
        LEELA, 2, "tea-rises", {"parameters": {"limit_bp": 3_000}}, version=2, key=key(), now=utc_now()
    )
    in_shadow()
    waits = proposes(("T1", 120_00))
    looks()
    assert [(day.stricter, day.milder, day.version) for day in days()] == [(0, 1, 3)]
    assert waits.status == "PENDING_APPROVAL"


def test_a_job_that_comes_twice_counts_once():
    in_shadow()
    proposes(("T1", 108_00))
    twice = asked()
    looks()
    for job, proposal_id in twice:
        jobs.shadow(proposal_id=proposal_id, job=job)
    assert [(day.proposals, day.lines) for day in days()] == [(1, 1)]


def test_disagreements_are_paged_the_last_proposal_first():
    in_shadow()
    for sku in ("T1", "T2"):
        proposes((sku, 108_00))
    looks()
    with reading() as session:
        first = shadowing.disagreements(session, 2, limit=1)
        second = shadowing.disagreements(session, 2, limit=1, cursor=first.next_cursor)
    assert [one.line.sku for one in (*first.items, *second.items)] == ["T2", "T1"]
    assert (second.next_cursor, len(differing())) == (None, 2)


def test_a_shadow_that_was_edited_counts_on_under_its_new_version():
    in_shadow()
    proposes(("T1", 108_00))
    looks()
    commands.change_rule(LEELA, 2, "tea-rises", {"parameters": {"limit_bp": 900}}, version=2, key=key(), now=utc_now())
    proposes(("T2", 108_00))
    looks()
    assert [(day.version, day.stricter) for day in days()] == [(2, 1), (3, 0)]


def test_what_a_dropped_set_said_in_shadow_is_forgotten():
    in_shadow()
    proposes(("T1", 108_00))
    looks()
    seen = content_hash()
    commands.drop_rules(LEELA, 2, content_hash=seen, comment="No", key=key(), now=utc_now())
    proposes(("T2", 108_00))
    assert (asked(), days(), differing()) == ([], [], [])


def test_what_an_activated_set_said_in_shadow_stays_to_be_read_and_it_rides_no_more():
    in_shadow()
    proposes(("T1", 108_00))
    looks()
    seen, now = content_hash(), utc_now()
    commands.submit_rules(LEELA, 2, content_hash=seen, key=key(), now=now)
    commands.activate_rules(MAYA, 2, content_hash=seen, key=key(), now=now)
    proposes(("T2", 108_00))
    assert (asked(), len(days()), len(differing())) == ([], 1, 1)


def content_hash() -> str:
    with reading() as session:
        return rule_sets.summary(session, 2).content_hash
