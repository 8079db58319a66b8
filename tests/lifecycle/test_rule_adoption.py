"""An old installation adopts a kind of rule that came later: put forward by one owner, activated by another."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.database import engine, reading, transaction
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import FourEyes, NotAllowed, NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.records import AuditEntry
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import activation, adoption
from app.lifecycle.rulebook.refusals import NothingToAdopt, NotInThisStatus, RuleSetOvertaken
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.status import Status
from rules.ruleset import SEED_RULE_SET, RuleSet
from tests.builders import ASHA, HOUR, MONDAY, person, product, proposing, stocked
from tests.waiting import wait_for

LEELA, MAYA = person("Leela", Role.OWNER), person("Maya", Role.OWNER)
FALL = "decrease_stays_above_limit"
OLD_SET = RuleSet(number=1, rules=SEED_RULE_SET.rules[:3])


@pytest.fixture
def old(pricing_store: str) -> None:
    """An installation of before the fourth kind: its set 1 has three rules."""
    with transaction() as session:
        session.add(StoredRuleSet(number=1, rules=OLD_SET.to_json(), status=RuleSetStatus.ACTIVE,
                                  content_hash=OLD_SET.content_hash, activated_at=MONDAY))  # fmt: skip
        session.flush()
        stocked(session, product("T1", cost=5_00))


def judged() -> str:
    with transaction() as session:
        return actions.submit(session, proposing(("T1", 9_00)), actor=ASHA, now=MONDAY + HOUR).status


def adopted() -> int:
    with transaction() as session:
        return adoption.adopt(session, actor=LEELA, now=MONDAY).number


def sets() -> dict[int, str]:
    with reading() as session:
        return {row.number: row.status for row in session.exec(select(StoredRuleSet))}


@pytest.mark.usefixtures("old")
def test_an_old_installation_is_told_what_it_lacks_and_how_to_adopt_it() -> None:
    with transaction() as session:
        policy.install_seed_rules(session, MONDAY)
        assert adoption.advice(session) == (
            f"Rule set 1 has no rule of the kind {FALL}, which new installations start with. Adopt it with"
            " `baton rules adopt --as OWNER`; another owner then activates the new set."
        )
    assert sets() == {1: "ACTIVE"}


@pytest.mark.usefixtures("tea")
def test_a_new_installation_lacks_nothing() -> None:
    with transaction() as session:
        assert adoption.advice(session) == ""
        with pytest.raises(NothingToAdopt):
            adoption.adopt(session, actor=LEELA, now=MONDAY)


@pytest.mark.usefixtures("old")
def test_what_is_adopted_judges_nothing_until_a_second_owner_activates_it() -> None:
    assert judged() == Status.APPROVED, "91.00 of 100.00 given away on every piece, without a person"
    number = adopted()
    assert (sets(), judged()) == ({1: "ACTIVE", 2: "IN_REVIEW"}, Status.APPROVED)

    activate(number)

    assert (sets(), judged()) == ({1: "RETIRED", 2: "ACTIVE"}, Status.PENDING_APPROVAL)
    with reading() as session:
        active = policy.active_rule_set(session)
        assert [rule.kind for rule in active.rules] == [rule.kind for rule in SEED_RULE_SET.rules]
        assert (active.mandatory, adoption.advice(session)) == (SEED_RULE_SET.mandatory, "")
        assert policy.rule_set(session, 1) == OLD_SET
        told = session.exec(select(AuditEntry).where(AuditEntry.chain == policy.CHAIN)).all()
        assert [(entry.action, entry.actor_name) for entry in told] == [
            ("draft-rules", "Leela"), ("submit-rules", "Leela"), ("retire-rules", "Baton"), ("activate-rules", "Maya"),
        ]  # fmt: skip
        assert audit_trail.verify(session).problem == ""


@pytest.mark.usefixtures("old")
def test_adopting_twice_makes_one_set_and_says_who_is_missing() -> None:
    assert (adopted(), adopted()) == (2, 2)
    with reading() as session:
        assert "`baton rules activate 2 --as OWNER`" in adoption.advice(session)


@pytest.mark.usefixtures("old")
def test_a_draft_of_an_earlier_version_is_submitted_by_adopting_again() -> None:
    """It was drafted when drafts were activated as they stood, and knows neither a reason nor a review."""
    whole = SEED_RULE_SET.model_copy(update={"number": 2})
    with transaction() as session:
        session.add(
            StoredRuleSet(
                number=2,
                rules=whole.to_json(),
                content_hash=whole.content_hash,
                status=RuleSetStatus.DRAFT,
                drafted_by="leela",
                drafted_at=MONDAY,
                based_on=1,
            )
        )
    with reading() as session:
        assert "`baton rules submit 2 --as OWNER`" in adoption.advice(session)

    assert (adopted(), sets()) == (2, {1: "ACTIVE", 2: "IN_REVIEW"})
    activate(2)
    assert sets() == {1: "RETIRED", 2: "ACTIVE"}


@pytest.mark.usefixtures("old")
def test_nobody_activates_what_they_adopted_and_only_owners_change_rules() -> None:
    number = adopted()
    for actor, refusal in ((LEELA, FourEyes), (ASHA, NotAllowed)):
        with pytest.raises(refusal):
            activate(number, actor)
    with pytest.raises(NotAllowed), transaction() as session:
        adoption.adopt(session, actor=ASHA, now=MONDAY)
    assert sets() == {1: "ACTIVE", 2: "IN_REVIEW"}


@pytest.mark.usefixtures("old")
def test_a_set_is_activated_only_once_and_only_from_review() -> None:
    number = adopted()
    activate(number)
    for wanted, refusal in ((number, NotInThisStatus), (1, NotInThisStatus), (9, NotFound)):
        with pytest.raises(refusal):
            activate(wanted)
    assert sets() == {1: "RETIRED", 2: "ACTIVE"}


@pytest.mark.usefixtures("old")
def test_of_two_sets_activated_in_the_same_moment_one_judges() -> None:
    second = adopted()
    with transaction() as session:
        row = session.get_one(StoredRuleSet, second)
        third = OLD_SET.model_copy(update={"number": 3})
        values = {**row.model_dump(), "number": 3, "rules": third.to_json(), "content_hash": third.content_hash}
        session.add(StoredRuleSet(**values))

    with ThreadPoolExecutor(1) as other:
        with transaction() as session:
            read = session.get_one(StoredRuleSet, second).content_hash
            activation.activate(session, second, content_hash=read, actor=MAYA, now=MONDAY)
            session.flush()
            later = other.submit(activate, 3)
            wait_for(lambda: engine().dialect.name == "sqlite" or _somebody_waits(), "the second to wait")
        with pytest.raises(RuleSetOvertaken):
            later.result(timeout=30)

    assert sets() == {1: "RETIRED", 2: "ACTIVE", 3: "IN_REVIEW"}


def activate(number: int, by: Actor = MAYA) -> None:
    with transaction() as session:
        row = session.get(StoredRuleSet, number)
        read = row.content_hash if row else "nothing"
        activation.activate(session, number, content_hash=read, actor=by, now=MONDAY + HOUR)


def _somebody_waits() -> bool:
    with reading() as session:
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(session.scalar(waiting))
