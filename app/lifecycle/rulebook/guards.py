"""The conditions of the table of rule sets beyond status and permission, each with its words."""

from collections.abc import Callable

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.roles import Permission
from app.lifecycle.deciding import four_eyes
from app.lifecycle.errors import Refused, TransitionRefused
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import RuleSetHand, StoredRuleSet
from app.lifecycle.rulebook import checking
from app.lifecycle.rulebook.case import RuleSetCase
from app.lifecycle.rulebook.refusals import NothingToRebase, NotThen, RuleSetOvertaken, RuleSetUnfit
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetGuard
from app.words.counting import plural
from app.words.instants import written

SHOWN = 20
"""How many findings a refusal lists; the count is always whole."""


def refusal(guard: RuleSetGuard, case: RuleSetCase) -> Refused | None:
    """Return why this guard forbids the case, or None."""
    return _GUARDS[guard](case)


def hands_in(session: Session, row: StoredRuleSet) -> dict[str, str]:
    """Return whoever had a hand in a rule set, by id, and how: `drafted`, `edited`, `submitted`."""
    found = session.scalars(select(RuleSetHand).where(col(RuleSetHand.rule_set) == row.number))
    hands = {hand.user_id: hand.how for hand in found}
    for user_id, how in ((row.submitted_by, "submitted"), (row.drafted_by, "drafted")):
        if user_id:
            hands[user_id] = how
    return hands


def based_on_active(session: Session, row: StoredRuleSet) -> bool:
    """Tell whether a set was drafted, or brought up to date, since the last one was activated."""
    return row.based_on == policy.active_number(session)


def _four_eyes(case: RuleSetCase) -> Refused | None:
    hands = hands_in(case.session, case.row)
    how = hands.get(case.actor.id)
    if how is None:
        return None
    others = four_eyes.who_may(case.session, {Permission.EDIT_RULES}) - hands.keys()
    instead = "Ask another owner." if others else four_eyes.NOBODY_ELSE.format(wait="", role="owner")
    return four_eyes.own_work(how, f"rule set {case.row.number}", instead)


def _on_the_active(case: RuleSetCase) -> Refused | None:
    if based_on_active(case.session, case.row):
        return None
    number, active = case.row.number, policy.active_number(case.session)
    return RuleSetOvertaken(
        f"Rule set {number} was drafted before rule set {active} was activated, and would undo what that changed."
        f" Nothing was changed: bring the draft up to date (`baton rules rebase {number} --as OWNER`), look at"
        " the difference, and go on with it.",
        extra={"active": active, "based_on": case.row.based_on},
    )


def _behind_the_active(case: RuleSetCase) -> Refused | None:
    if not based_on_active(case.session, case.row):
        return None
    return NothingToRebase(f"Rule set {case.row.number} starts from the set that is active now. Nothing was changed.")


def _fit(case: RuleSetCase) -> Refused | None:
    """Refuse what could not judge. What was looked at before counts as long as the set still says the same."""
    looked = case.looked if case.looked and case.looked.content_hash == case.row.content_hash else None
    found = (looked or checking.look(case.session, case.row.number, case.takes_effect)).blocking
    if not found:
        return None
    named = " ".join(one.sentence for one in found[:3])
    more = f" And {plural(len(found) - 3, 'finding')} more." if len(found) > 3 else ""
    return RuleSetUnfit(
        f"Rule set {case.row.number} cannot judge as it stands. {named}{more} Nothing was changed: mend it in the"
        " draft, then go on.",
        extra={"findings": [one.as_json() for one in found[:SHOWN]], "findings_count": len(found)},
    )


def _alone(case: RuleSetCase) -> Refused | None:
    if case.at is None or case.at <= case.now:
        return NotThen("This moment has passed. Choose a later one, or activate it now. Nothing was changed.")
    query = select(StoredRuleSet).where(col(StoredRuleSet.status) == RuleSetStatus.SCHEDULED)
    other = case.session.scalars(query.where(col(StoredRuleSet.number) != case.row.number)).first()
    if other is None:
        return None
    at = f" at {written(other.effective_at)}" if other.effective_at else ""
    return TransitionRefused(
        f"Rule set {other.number} takes effect{at}, and of two sets the later would undo the earlier. Nothing was"
        " changed: return or drop that one, or wait until it is active and bring this one up to date.",
        code="another_is_scheduled",
    )


def _due(case: RuleSetCase) -> Refused | None:
    at = case.row.effective_at
    return None if at is not None and at <= case.now else TransitionRefused("It is too early for this.", code="not_due")


_GUARDS: dict[RuleSetGuard, Callable[[RuleSetCase], Refused | None]] = {
    RuleSetGuard.FOUR_EYES: _four_eyes,
    RuleSetGuard.ON_THE_ACTIVE: _on_the_active,
    RuleSetGuard.BEHIND_THE_ACTIVE: _behind_the_active,
    RuleSetGuard.FIT: _fit,
    RuleSetGuard.ALONE: _alone,
    RuleSetGuard.DUE: _due,
}
