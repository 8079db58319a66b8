"""What is commanded of rule sets: draft them, change drafts, review them, let a second person activate them.

Whoever edits quotes the `version` of the draft as it was read, whoever decides its `content_hash`.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session

from app.clock import utc_now
from app.database import reading as store
from app.identity.actor import Actor
from app.lifecycle.commands.keyed import once
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import activation, adoption, checking, drafts, foreign, reading, review, rows
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.rows import Fields
from app.lifecycle.rulebook.stock import Stock, stock
from app.lifecycle.rulebook.values import RuleSetSummary

_ANSWER = TypeAdapter(RuleSetSummary)
Change = Callable[[Session], StoredRuleSet]


def draft_rules(
    actor: Actor, *, start_from: int | None = None, reason: str = "", key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Begin a draft from the active set or another one. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["draft-rules", start_from, reason],
        lambda session: drafts.draft(session, start_from=start_from, reason=reason, actor=actor, now=at),
        at,
    )


def add_rule(
    actor: Actor, number: int, fields: Fields, *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Add a row to a draft. Raises a `Refused`; then nothing changed."""
    at, held = now or utc_now(), _ahead(number, [fields])
    return _once(
        actor,
        key,
        ["add-rule", number, version, dict(fields)],
        lambda session: drafts.add(session, number, fields, version=version, held=held, actor=actor, now=at),
        at,
    )


def change_rule(
    actor: Actor, number: int, rule_id: str, fields: Fields, *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Give some fields of a row other values. Raises a `Refused`; then nothing changed."""
    at, held = now or utc_now(), _ahead(number, [fields], rule_id)
    return _once(
        actor,
        key,
        ["change-rule", number, rule_id, version, dict(fields)],
        lambda session: drafts.change(
            session, number, rule_id, fields, version=version, held=held, actor=actor, now=at
        ),
        at,
    )


def remove_rule(
    actor: Actor, number: int, rule_id: str, *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Take a row out of a draft. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    _ahead(number)
    return _once(
        actor,
        key,
        ["remove-rule", number, rule_id, version],
        lambda session: drafts.remove(session, number, rule_id, version=version, actor=actor, now=at),
        at,
    )


def replace_rules(
    actor: Actor,
    number: int,
    written: Sequence[Fields],
    mandatory: Sequence[str] | None = None,
    *,
    version: int,
    key: str,
    now: datetime | None = None,
) -> RuleSetSummary:
    """Put other rows in place of all, as an import does. Raises a `Refused` that names every bad row."""
    rows.refuse_too_many(len(written))
    at, held = now or utc_now(), _ahead(number, written)
    kinds = None if mandatory is None else list(mandatory)
    return _once(
        actor,
        key,
        ["replace-rules", number, version, [dict(fields) for fields in written], kinds],
        lambda session: drafts.replace(
            session, number, written, mandatory, version=version, held=held, actor=actor, now=at
        ),
        at,
    )


def require_kinds(
    actor: Actor, number: int, mandatory: Sequence[str], *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Say of which kinds every product needs a rule. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["require-kinds", number, version, list(mandatory)],
        lambda session: drafts.require(session, number, mandatory, version=version, actor=actor, now=at),
        at,
    )


def explain_rules(
    actor: Actor, number: int, reason: str, *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Say why there is to be this set. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["explain-rules", number, version, reason],
        lambda session: drafts.explain(session, number, reason, version=version, actor=actor, now=at),
        at,
    )


def rebase_rules(actor: Actor, number: int, *, version: int, key: str, now: datetime | None = None) -> RuleSetSummary:
    """Bring a draft up to the active set. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    _ahead(number)
    return _once(
        actor,
        key,
        ["rebase-rules", number, version],
        lambda session: drafts.rebase(session, number, version=version, actor=actor, now=at),
        at,
    )


def shadow_rules(actor: Actor, number: int, on: bool, *, key: str, now: datetime | None = None) -> RuleSetSummary:
    """Let a set ride along without effect, or no longer. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["shadow-rules", number, on],
        lambda session: review.put_in_shadow(session, number, on, actor=actor, now=at),
        at,
    )


def submit_rules(
    actor: Actor, number: int, *, content_hash: str, reason: str = "", key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Put a draft before another owner. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    looked = _look(number, at)
    return _once(
        actor,
        key,
        ["submit-rules", number, content_hash, reason],
        lambda session: review.submit(
            session, number, content_hash=content_hash, reason=reason, actor=actor, now=at, looked=looked
        ),
        at,
    )


def return_rules(
    actor: Actor, number: int, *, content_hash: str, comment: str, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Make a draft of what is in review or agreed to. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["return-rules", number, content_hash, comment],
        lambda session: review.give_back(
            session, number, content_hash=content_hash, comment=comment, actor=actor, now=at
        ),
        at,
    )


def activate_rules(
    actor: Actor,
    number: int,
    *,
    content_hash: str,
    effective_at: datetime | None = None,
    comment: str = "",
    key: str,
    now: datetime | None = None,
) -> RuleSetSummary:
    """Let a set judge from now, or from an instant, on; the second person does. Raises a `Refused`."""
    at = now or utc_now()
    looked = _look(number, effective_at or at)
    return _once(
        actor,
        key,
        ["activate-rules", number, content_hash, effective_at.isoformat() if effective_at else None, comment],
        lambda session: activation.activate(
            session,
            number,
            content_hash=content_hash,
            actor=actor,
            now=at,
            at=effective_at,
            comment=comment,
            looked=looked,
        ),
        at,
    )


def drop_rules(
    actor: Actor, number: int, *, content_hash: str, comment: str, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Give a set up. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(
        actor,
        key,
        ["drop-rules", number, content_hash, comment],
        lambda session: review.drop(session, number, content_hash=content_hash, comment=comment, actor=actor, now=at),
        at,
    )


def adopt_rules(actor: Actor, *, key: str, now: datetime | None = None) -> RuleSetSummary:
    """Put a set with the kinds that came later before another owner. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    return _once(actor, key, ["adopt-rules"], lambda session: adoption.adopt(session, actor=actor, now=at), at)


def _look(number: int, at: datetime) -> Check | None:
    """Look at a set against the price list while only reading: nobody does it while holding the store."""
    with store() as session:
        return checking.look(session, number, at) if session.get(StoredRuleSet, number) else None


def _ahead(number: int, written: Sequence[Fields] = (), rule_id: str = "") -> Stock:
    """Read what is sold, and ask kinds of other packages what they have to be asked, before the store is taken."""
    with store() as session:
        row = session.get(StoredRuleSet, number)
        rules = policy.rule_set_of(row).rules if row else ()
        foreign.ask_ahead(rules, [{**drafts.stands(rules, rule_id), **fields} for fields in written])
        return stock(session, {sku for fields in written for sku in rows.skus_in(fields)})


def _once(actor: Actor, key: str, body: Sequence[object], do: Change, now: datetime) -> RuleSetSummary:
    def answered(session: Session) -> tuple[str, str]:
        row = do(session)
        session.flush()
        return f"{policy.CHAIN}:{row.number}", _ANSWER.dump_json(reading.summary(session, row.number)).decode()

    return _ANSWER.validate_json(once(actor, key, json.dumps(body), answered, now))
