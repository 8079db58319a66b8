"""Rules as a file, out and in: JSON as they are stored, or a table with a row for each rule, as CSV or XLSX.

A table has the columns `COLUMNS` and one for each parameter, such as `limit_bp`; what a cell leaves empty is not set.
What comes in takes the place of all rows of a draft, or of none: every bad row is named as the file counts it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from app.identity.actor import Actor
from app.intake.export import csv_text
from app.intake.table import Limits, Table, TableRow
from app.intake.tables import read_table
from app.intake.unreadable import UnreadableFile
from app.lifecycle import commands
from app.lifecycle.rulebook.refusals import RulesRefused
from app.lifecycle.rulebook.rows import Fields, refuse_too_many, refused
from app.lifecycle.rulebook.values import RuleSetSummary
from app.words.instants import written
from rules.ruleset import Parameter, Rule, RuleSet

SCOPE = ("category", "sub_category", "brand", "channel", "currency", "skus")
_OF_RULES = ("id", "kind", "severity", "valid_from", "valid_to", "owner", "rationale")
COLUMNS = ("id", "kind", "severity", *SCOPE, "valid_from", "valid_to", "owner", "rationale")
PREFIX = "parameter_"
"""Before the name of a parameter that is called like a column."""
LIMITS = Limits(rows=20_000)
_IGNORED = ("row", "code", "reason", "field")


@dataclass(frozen=True, slots=True)
class RulesFile:
    """The rows of a file, each with the number by which the file counts it; required kinds if it names them."""

    rows: tuple[Fields, ...]
    numbers: tuple[int, ...]
    mandatory: tuple[str, ...] | None = None


def read(content: bytes) -> RulesFile:
    """Read a file of rules, told apart by content. Raises `UnreadableFile` or `TooManyRules`."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _of_json(content)
    return _of_table(read_table(content, _has_rules, limits=LIMITS))


def carry_out(
    found: RulesFile, actor: Actor, number: int, *, version: int, key: str, now: datetime | None = None
) -> RuleSetSummary:
    """Put the rows of a file in place of all rows of a draft. Raises a `Refused`; then nothing changed."""
    try:
        return commands.replace_rules(actor, number, found.rows, found.mandatory, version=version, key=key, now=now)
    except RulesRefused as bad:
        raise _as_the_file_counts(bad, found.numbers) from bad


def as_csv(rules: RuleSet) -> str:
    """Return a set as a table."""
    names = sorted({name for rule in rules.rules for name in rule.parameters})
    return csv_text((*COLUMNS, *map(_column, names)), (_cells(rule, names) for rule in rules.rules))


def as_json(rules: RuleSet) -> str:
    """Return a set as JSON, with its number and content hash for whoever reads it."""
    says: dict[str, JsonValue] = json.loads(rules.to_json())
    return json.dumps({"content_hash": rules.content_hash, **says}, indent=2, ensure_ascii=False)


def named(dimension: str, text: str) -> JsonValue:
    """Return what a scope names in one dimension: a name, or the SKUs of a list; nothing means all."""
    return _skus(text) if dimension == "skus" and text else text or None


def value(text: str) -> JsonValue:
    """Return what a parameter is that somebody wrote: a whole number, yes or no, a list of these, or else the text."""
    try:
        found: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return {"yes": True, "no": False}.get(text.lower(), text)
    return text if isinstance(found, dict) or found is None else found


def _of_json(content: bytes) -> RulesFile:
    try:
        found: JsonValue = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The file is no JSON ({error}). Nothing was read.", code="not_json") from None
    mandatory = found.get("mandatory") if isinstance(found, dict) else None
    rows = found.get("rules") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnreadableFile(
            'A JSON file of rules is a list of rules, or {"rules": [...], "mandatory": [...]}. Nothing was read.',
            code="not_rules",
        )
    kinds = tuple(map(str, mandatory)) if isinstance(mandatory, list) else None
    return RulesFile(tuple(row for row in rows if isinstance(row, dict)), tuple(range(1, len(rows) + 1)), kinds)


def _has_rules(table: Table) -> bool:
    return bool(table.rows) and {"kind", "severity"} <= set(_names(table.rows[0]))


def _of_table(table: Table) -> RulesFile:
    heading = _names(table.rows[0]) if table.rows else []
    if not _has_rules(table):
        there = ", ".join(f"“{name[:30]}”" for name in heading[:12] if name) or "nothing"
        raise UnreadableFile(
            f"The first row must name the columns kind and severity, and holds {there}. Nothing was read.",
            code="columns_missing",
        )
    twice = next((name for name in heading if name and heading.count(name) > 1), "")
    if twice:
        raise UnreadableFile(f"Two columns are called “{twice[:30]}”; take one out.", code="columns_doubled")
    rows = [row for row in table.rows[1:] if not row.blank]
    refuse_too_many(len(rows))
    return RulesFile(tuple(_fields(row, heading) for row in rows), tuple(row.number for row in rows))


def _names(row: TableRow) -> list[str]:
    return ["_".join(cell.lower().replace("-", " ").split()) for cell in row.texts()]


def _fields(row: TableRow, heading: Sequence[str]) -> Fields:
    cells = {name: text for place, name in enumerate(heading) if name and (text := _text(row, place))}
    fields: dict[str, JsonValue] = {name: cells[name] for name in _OF_RULES if name in cells}
    for name in ("valid_from", "valid_to"):
        if len(day := cells.get(name, "")) == len("2026-11-20"):
            fields[name] = f"{day}T00:00:00Z"
    fields["severity"] = cells.get("severity", "").upper()
    fields["scope"] = {name: named(name, cells[name]) for name in SCOPE if name in cells}
    fields["parameters"] = {
        name.removeprefix(PREFIX): value(text) for name, text in cells.items() if name not in (*COLUMNS, *_IGNORED)
    }
    return fields


def _text(row: TableRow, place: int) -> str:
    text = row.text(place)
    return text.replace(",", "") if row.is_number(place) else text


def _skus(text: str) -> JsonValue:
    if text.startswith("["):
        return value(text)
    return [name for line in text.splitlines() for part in line.split(";") if (name := part.strip())]


def _cells(rule: Rule, names: Sequence[str]) -> list[str | int | None]:
    says = rule.scope
    own: Mapping[str, str | None] = {
        "id": rule.id,
        "kind": rule.kind,
        "severity": rule.severity.value,
        **{name: getattr(says, name) for name in SCOPE if name != "skus"},
        "skus": _skus_cell(says.skus),
        "valid_from": written(rule.valid_from) if rule.valid_from else None,
        "valid_to": written(rule.valid_to) if rule.valid_to else None,
        "owner": rule.owner,
        "rationale": rule.rationale,
    }
    return [*(own[name] for name in COLUMNS), *(_parameter(rule.parameters.get(name)) for name in names)]


def _skus_cell(skus: Sequence[str] | None) -> str | None:
    if skus is None:
        return None
    return json.dumps(list(skus)) if any(";" in sku or sku.startswith("[") for sku in skus) else "; ".join(skus)


def _parameter(value: Parameter | None) -> str | int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return value if isinstance(value, str) else json.dumps(value)


def _column(name: str) -> str:
    return f"{PREFIX}{name}" if name in (*COLUMNS, *_IGNORED) else name


def _as_the_file_counts(found: RulesRefused, numbers: Sequence[int]) -> RulesRefused:
    return refused([replace(one, row=numbers[one.row - 1] if one.row else 0) for one in found.bad], len(numbers))
