"""Whether what an owner read of a rule set is what stands there, and if not, the difference."""

from sqlmodel import Session

from app.lifecycle.errors import Extra, SeenContentChanged, SeenContentMissing
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import comparing, edits
from app.lifecycle.rulebook.refusals import DraftMoved
from rules.ruleset import RuleSet

SHOWN = 50
"""How many differing rows a refusal lists; the count is always whole."""


def refuse_moved(session: Session, row: StoredRuleSet, version: int) -> None:
    """Raise `DraftMoved` unless a draft is still in the version that was read."""
    if version == row.version:
        return
    read = edits.at_version(session, row, version)
    who = " and ".join(edits.editors_since(session, row, version)[:3]) or "Somebody"
    raise DraftMoved(
        f"{who} changed rule set {row.number} since you read it: {_in_words(session, row, read)} Nothing of yours was"
        f" changed or lost: read version {row.version}, and do it again there.",
        extra={"version": row.version, **_difference(session, row, read)},
    )


def refuse_unseen(session: Session, row: StoredRuleSet, content_hash: str) -> None:
    """Raise `SeenContentMissing` or `SeenContentChanged` unless what was read is what the set says now."""
    if not content_hash:
        raise SeenContentMissing(
            "A decision binds to what was seen: send the content_hash of the rule set as you read it."
            " Nothing was changed."
        )
    if content_hash == row.content_hash:
        return
    read = edits.at_hash(session, row, content_hash)
    raise SeenContentChanged(
        f"What you read is not what rule set {row.number} says: {_in_words(session, row, read)} Nothing was changed;"
        " read it as it stands now, then decide.",
        extra={"content_hash": row.content_hash, **_difference(session, row, read)},
    )


def _in_words(session: Session, row: StoredRuleSet, read: RuleSet | None) -> str:
    if read is None:
        return "it never said that."
    told = comparing.compared(read, policy.rule_set(session, row.number))
    return comparing.in_words(told, most=3) or f"its reason is now “{row.reason}”."


def _difference(session: Session, row: StoredRuleSet, read: RuleSet | None) -> Extra:
    if read is None:
        return {}
    told = comparing.compared(read, policy.rule_set(session, row.number))
    return {"difference": [one.as_json() for one in told[:SHOWN]], "difference_count": len(told)}
