"""What the commands of rule sets share: who acts, what was typed, and how differences are said."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from workers.commands.terminal import fail, failing_as_told, person

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue

    from app.identity.actor import Actor
    from app.lifecycle.rulebook.comparing import RuleDifference
    from app.lifecycle.rulebook.values import RuleSetSummary


_OF_RULES = ("kind", "severity", "valid_from", "valid_to", "owner", "rationale")
_SCOPE = ("category", "sub_category", "brand", "channel", "currency", "skus")


def owner_named(email: str) -> "Actor":
    """Return the person at an address."""
    from app.database import reading as store

    with store() as session:
        return person(session, email)


def instant_typed(text: str) -> "datetime":
    """Return the instant that was typed; end in words where it is none."""
    from app.intake import facts_file

    try:
        return facts_file.instant_of(text)
    except facts_file.NotAnObservation as refused:
        fail(str(refused))


def hash_of(number: int, seen: str) -> str:
    """Return the content hash that a decision binds to: the one that was read, or else the one that stands there."""
    from app.database import reading as store
    from app.lifecycle.rulebook import reading

    with store() as session:
        found = reading.summary(session, number).content_hash
    return found if not seen or (len(seen) >= 8 and found.startswith(seen)) else seen


def draft_now(number: int, rule: str = "") -> "tuple[RuleSetSummary, dict[str, JsonValue] | None]":
    """Return a set at a glance, and one of its rows as it is written."""
    import json

    from app.database import reading as store
    from app.lifecycle.rulebook import reading

    with failing_as_told(), store() as session:
        found = reading.detail(session, number)
    row = next((one for one in found.content.rules if one.id == rule), None)
    return found.summary, None if row is None else json.loads(row.model_dump_json())


def fields_typed(values: Sequence[str], known: "dict[str, JsonValue]") -> "dict[str, JsonValue]":
    """Return what FIELD=VALUE pairs change of a row: fields, parts of its scope, parameters of its kind."""
    from app.intake import rules_file

    pairs = dict(value.partition("=")[::2] for value in values)
    if not pairs or not all(pairs):
        fail("Say what is to be: FIELD=VALUE, such as limit_bp=1800 or category=Beverages.")
    fields: dict[str, JsonValue] = {name: pairs[name] or None for name in _OF_RULES if name in pairs}
    scope = known.get("scope")
    parameters = known.get("parameters")
    named = {name: rules_file.named(name, pairs[name]) for name in _SCOPE if name in pairs}
    limits = {name: rules_file.value(text) for name, text in pairs.items() if name not in (*_SCOPE, *_OF_RULES)}
    if named or not known:
        fields["scope"] = {**(scope if isinstance(scope, dict) else {}), **named}
    if limits or not known:
        fields["parameters"] = {**(parameters if isinstance(parameters, dict) else {}), **limits}
    return fields


def say_differences(changes: "Sequence[RuleDifference]") -> None:
    """Say how two sets differ, a line each."""
    for one in changes:
        typer.echo(one.sentence)
    if not changes:
        typer.echo("They say the same.")


def since_when(one: "RuleSetSummary") -> str:
    """Say when a set came to be what it is, and by whom."""
    for at, by, did in (
        (one.retired_at, None, "retired"),
        (one.activated_at, one.activated_by, "activated"),
        (one.effective_at, one.activated_by, "agreed to; takes effect"),
        (one.submitted_at, one.submitted_by, "submitted"),
        (one.drafted_at, one.drafted_by, "drafted"),
    ):
        if at is not None:
            return f"{did} {at:%d %b %Y %H:%M} UTC" + (f" by {by}" if by else "")
    return "at installation"
