"""Rows that were pasted from a spreadsheet or read from a file: what they are, and how they come into a draft."""

from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from app.components.views import RefusalView
from app.identity.actor import Actor
from app.intake import rules_file
from app.intake.rules_file import RulesFile
from app.lifecycle.rulebook.refusals import RulesRefused
from app.lifecycle.rulebook.rows import Fields
from app.lifecycle.rulebook.values import RuleSetSummary
from app.pages.rules.view import RefusedRow
from rules.ruleset import Rule

SHOWN = 20
TOO_LONG = RefusalView(
    title="Too much at once.",
    detail="This is more than a rule set holds. Nothing was changed.",
    code="422 too_many_rules",
)
_FIELDS = TypeAdapter(dict[str, JsonValue])


def carry_out(
    text: str, actor: Actor, number: int, *, version: int, there: tuple[Rule, ...], key: str, now: datetime
) -> RuleSetSummary:
    """Put rows beside those that are there, where the id of one of them means that row. Nothing there: in their place.

    Raises a `Refused`; then nothing changed.
    """
    found = rules_file.read(text.encode())
    found = replace(found, rows=tuple({"owner": actor.name, **fields} for fields in found.rows))
    if there:
        found = _beside(found, there)
    return rules_file.carry_out(found, actor, number, version=version, key=key, now=now)


def bad_rows(refused: RulesRefused) -> list[RefusedRow]:
    """Show the first rows that cannot be taken; the refusal says how many they are."""
    return [RefusedRow(row=str(one.row), reason=one.reason) for one in refused.bad[:SHOWN]]


def _beside(found: RulesFile, there: tuple[Rule, ...]) -> RulesFile:
    """Return the rows of a draft with others beside them; those that stay are counted as none of the table's."""
    brought = {str(fields["id"]): place for place, fields in enumerate(found.rows) if fields.get("id")}
    rows: list[Fields] = []
    numbers: list[int] = []
    for rule in there:
        place = brought.pop(rule.id, None)
        rows.append(found.rows[place] if place is not None else _FIELDS.validate_json(rule.model_dump_json()))
        numbers.append(found.numbers[place] if place is not None else 0)
    known = {rule.id for rule in there}
    for place, fields in enumerate(found.rows):
        if fields.get("id") not in known:
            rows.append(fields)
            numbers.append(found.numbers[place])
    return replace(found, rows=tuple(rows), numbers=tuple(numbers))
