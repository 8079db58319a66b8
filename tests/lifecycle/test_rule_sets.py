"""An old installation adopts a kind of rule that came later: drafted by one owner, activated by another."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.database import engine, reading, transaction
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import FourEyes, NotAllowed, NotFound
from app.lifecycle.proposing import policy, rule_sets
from app.lifecycle.proposing.rule_sets import NotActivated, NothingToAdopt
from app.lifecycle.records import AuditEntry, StoredRuleSet
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
        session.add(StoredRuleSet(number=1, rules=OLD_SET.to_json(), status=StoredRuleSet.ACTIVE,
                                  content_hash=OLD_SET.content_hash, activated_at=MONDAY))  # fmt: skip
        session.flush()
        stocked(session, product("T1", cost=5_00))


def judged() -> str:
    with transaction() as session:
        return actions.submit(session, proposing(("T1", 9_00)), actor=ASHA, now=MONDAY + HOUR).status


def adopted() -> int:
    with transaction() as session:
        return rule_sets.adopt(session, actor=LEELA, now=MONDAY).number


def sets() -> dict[int, str]:
    with reading() as session:
        return {row.number: row.status for row in session.exec(select(StoredRuleSet))}


@pytest.mark.usefixtures("old")
def test_an_old_installation_is_told_what_it_lacks_and_how_to_adopt_it() -> None:
    with transaction() as session:
        policy.install_seed_rules(session, MONDAY)
        assert rule_sets.advice(session) == (
            f"Rule set 1 has no rule of the kind {FALL}, which new installations start with. Adopt it with"
            " `baton rules adopt --as OWNER`; another owner then activates the new set."
        )
    assert sets() == {1: "ACTIVE"}


@pytest.mark.usefixtures("tea")
def test_a_new_installation_lacks_nothing() -> None:
    with transaction() as session:
        assert rule_sets.advice(session) == ""
        with pytest.raises(NothingToAdopt):
            rule_sets.adopt(session, actor=LEELA, now=MONDAY)


@pytest.mark.usefixtures("old")
def test_a_draft_judges_nothing_until_a_second_owner_activates_it() -> None:
    assert judged() == Status.APPROVED, "91.00 of 100.00 given away on every piece, without a person"
    number = adopted()
    assert (sets(), judged()) == ({1: "ACTIVE", 2: "DRAFT"}, Status.APPROVED)

    with transaction() as session:
        rule_sets.activate(session, number, actor=MAYA, now=MONDAY + HOUR)

    assert (sets(), judged()) == ({1: "RETIRED", 2: "ACTIVE"}, Status.PENDING_APPROVAL)
    with transaction() as session:
        active = policy.active_rule_set(session)
        assert [rule.kind for rule in active.rules] == [rule.kind for rule in SEED_RULE_SET.rules]
        assert (active.mandatory, rule_sets.advice(session)) == (SEED_RULE_SET.mandatory, "")
        assert policy.rule_set(session, 1) == OLD_SET
        told = session.exec(select(AuditEntry).where(AuditEntry.chain == rule_sets.CHAIN)).all()
        assert [(entry.action, entry.actor_name) for entry in told] == [
            ("draft-rules", "Leela"), ("activate-rules", "Maya"),
        ]  # fmt: skip
        assert audit_trail.verify(session).problem == ""


@pytest.mark.usefixtures("old")
def test_adopting_twice_makes_one_draft_and_says_who_is_missing() -> None:
    assert (adopted(), adopted()) == (2, 2)
    with reading() as session:
        assert "`baton rules activate 2 --as OWNER`" in rule_sets.advice(session)


@pytest.mark.usefixtures("old")
def test_nobody_activates_their_own_draft_and_only_owners_change_rules() -> None:
    number = adopted()
    for actor, refusal in ((LEELA, FourEyes), (ASHA, NotAllowed)):
        with pytest.raises(refusal), transaction() as session:
            rule_sets.activate(session, number, actor=actor, now=MONDAY)
    with pytest.raises(NotAllowed), transaction() as session:
        rule_sets.adopt(session, actor=ASHA, now=MONDAY)
    assert sets() == {1: "ACTIVE", 2: "DRAFT"}


@pytest.mark.usefixtures("old")
def test_only_a_draft_can_be_activated_and_only_once() -> None:
    number = adopted()
    with transaction() as session:
        rule_sets.activate(session, number, actor=MAYA, now=MONDAY)
    for wanted, refusal in ((number, NotActivated), (1, NotActivated), (9, NotFound)):
        with pytest.raises(refusal), transaction() as session:
            rule_sets.activate(session, wanted, actor=MAYA, now=MONDAY)
    assert sets() == {1: "RETIRED", 2: "ACTIVE"}


@pytest.mark.usefixtures("old")
def test_of_two_sets_activated_in_the_same_moment_one_judges() -> None:
    second = adopted()
    with transaction() as session:
        draft = session.get_one(StoredRuleSet, second)
        third = OLD_SET.model_copy(update={"number": 3}).to_json()
        session.add(StoredRuleSet(**{**draft.model_dump(), "number": 3, "rules": third}))

    def activate(number: int) -> None:
        with transaction() as session:
            rule_sets.activate(session, number, actor=MAYA, now=MONDAY)

    with ThreadPoolExecutor(1) as other:
        with transaction() as session:
            rule_sets.activate(session, second, actor=MAYA, now=MONDAY)
            session.flush()
            later = other.submit(activate, 3)
            wait_for(lambda: engine().dialect.name == "sqlite" or _somebody_waits(), "the second to wait")
        later.result(timeout=30)

    assert list(sets().values()).count("ACTIVE") == 1, sets()


def _somebody_waits() -> bool:
    with reading() as session:
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(session.scalar(waiting))
