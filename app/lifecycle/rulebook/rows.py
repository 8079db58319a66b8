"""Rows of a rule set as people write them, taken one by one: each bad one is named with the cell and what is wrong."""

import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from app.lifecycle.rulebook import foreign
from app.lifecycle.rulebook.refusals import BadRule, RulesOverlap, RulesRefused, TooManyRules
from app.lifecycle.rulebook.stock import Stock
from app.words.counting import part
from app.words.sku import clean
from app.words.typed import plain
from rules import registry
from rules.kinds.kind import RuleKind
from rules.ruleset import BrokenRuleSet, Rule, RuleSet
from rules.scope import MOST_SKUS

Fields = Mapping[str, JsonValue]
"""A row as it was written: the fields of `Rule`, money in minor units, instants in ISO 8601."""
MOST_RULES = 2_000
"""Four times as many as the figures are promised for."""
MOST_REASON = 2_000
LONGEST = {"owner": 120, "rationale": MOST_REASON}
"""How many characters of a person's words are kept."""


def rule_of(fields: Fields, held: Stock) -> Rule:
    """Return the rule that was written. Raises `RulesRefused`."""
    return rules_of([fields], held)[0]


def rules_of(rows: Sequence[Fields], held: Stock, known: Collection[Rule] = ()) -> tuple[Rule, ...]:
    """Return the rules that were written; scopes `known` from the draft may name what is no longer sold.

    Raises `TooManyRules`, or `RulesRefused` with every bad row.
    """
    refuse_too_many(len(rows))
    found: list[Rule] = []
    bad: list[BadRule] = []
    before = {(rule.id, rule.scope) for rule in known}
    for number, fields in enumerate(rows, start=1):
        taken = _read(fields, number)
        wrong = taken if isinstance(taken, list) else _faults(taken, number)
        if isinstance(taken, Rule) and not wrong and (taken.id, taken.scope) not in before:
            wrong = [BadRule(number, taken.id, "scope", "unknown_name", why) for why in held.unknown(taken)]
        bad += wrong
        if isinstance(taken, Rule):
            found.append(taken)
    if bad:
        raise refused(bad, len(rows))
    return tuple(found)


def refused(bad: Sequence[BadRule], rows: int) -> RulesRefused:
    """Return the refusal that names bad rows."""
    first = bad[0]
    if rows <= 1:
        return RulesRefused(f"{first.reason} Nothing was changed.", bad)
    wrong = part(len({one.row for one in bad}), rows, "rule")
    return RulesRefused(f"{wrong} cannot be taken. Row {first.row}: {first.reason} Nothing was changed.", bad)


def refuse_too_many(rows: int) -> None:
    """Raise `TooManyRules` if a set with so many rows is not taken."""
    if rows > MOST_RULES:
        raise TooManyRules(
            f"A rule set holds at most {MOST_RULES:,} rules, and this would be {rows:,}. Nothing was changed: one rule"
            " may be about a whole category, brand or sub-category, or list up to 10,000 SKUs.",
            extra={"rows": rows, "most": MOST_RULES},
        )


def together(number: int, rules: Sequence[Rule], mandatory: Sequence[str]) -> RuleSet:
    """Return the set that rows make. Raises `RulesOverlap` if two of them would both be the one that counts."""
    refuse_too_many(len(rules))
    try:
        return RuleSet(number=number, rules=tuple(rules), mandatory=tuple(sorted(set(mandatory))))
    except ValidationError as error:
        told = BrokenRuleSet(*(str(found["msg"]).removeprefix("Value error, ") for found in error.errors()))
        raise RulesOverlap(f"{told} Nothing was changed.") from error


def new_id(kind: str, taken: Collection[str]) -> str:
    """Return an id for a row that was given none: `price-ending`, `price-ending-2`."""
    name = kind.replace("_", "-")[:56] or "rule"
    return next(made for n in range(1, len(taken) + 2) if (made := name if n == 1 else f"{name}-{n}") not in taken)


def skus_in(fields: Fields) -> list[str]:
    """Return the SKUs that a written row names, as far as it can be read."""
    scope = fields.get("scope")
    named = scope.get("skus") if isinstance(scope, dict) else None
    return [clean(sku) for sku in named[:MOST_SKUS] if isinstance(sku, str)] if isinstance(named, list) else []


def _read(fields: Fields, number: int) -> Rule | list[BadRule]:
    named = str(fields.get("id") or "")[:64]
    words = {name: plain(value) for name in LONGEST if isinstance(value := fields.get(name), str)}
    for name, most in LONGEST.items():
        if len(words.get(name, "")) > most:
            told = f"{name}: {len(words[name]):,} characters are too many; at most {most:,} are kept."
            return [BadRule(number, named, name, "too_long", told)]
    try:
        return Rule.model_validate_json(json.dumps({**fields, **words}))
    except ValidationError as error:
        # a cell that might have been one of several things has an error for each: the first one says enough
        cells = {found["loc"][:2]: found for found in reversed(error.errors())}
        return [_bad(number, named, "bad_field", cell, found) for cell, found in reversed(cells.items())]
    except (RecursionError, ValueError):
        return [BadRule(number, named, "", "bad_field", "The rule cannot be read.")]


def _faults(rule: Rule, number: int) -> list[BadRule]:
    """Say what of a rule's parameters its kind does not take: a limit in another unit, one too many."""
    kind = registry.kinds().get(rule.kind)
    if kind is None:
        told = f"No kind {rule.kind} is installed; there are {', '.join(sorted(registry.kinds()))}."
        return [BadRule(number, rule.id, "kind", "unknown_kind", told)]
    if kind.apart:
        fault = foreign.fault(rule)
        return [BadRule(number, rule.id, "parameters", "bad_limit", fault)] if fault else []
    try:
        kind.model_validate(rule.parameters)
    except ValidationError as error:
        found = (_bad(number, rule.id, "bad_limit", one["loc"], one) for one in error.errors())
        return [_of_parameters(bad, kind) for bad in found]
    return []


def _of_parameters(bad: BadRule, kind: type[RuleKind]) -> BadRule:
    """Say beside what is wrong with a parameter what it is meant to be."""
    name = bad.field.split(".")[0]
    field = kind.model_fields.get(name)
    meant = f" It is: {field.description.rstrip('.')}." if field is not None and field.description else ""
    unit = " Write basis points: 1500 is 15 %." if name.endswith("_bp") else ""
    return BadRule(bad.row, bad.rule, f"parameters.{bad.field}".rstrip("."), bad.code, f"{bad.reason}{meant}{unit}")


def _bad(row: int, rule: str, code: str, cell: Sequence[int | str], found: ErrorDetails) -> BadRule:
    field = ".".join(map(str, cell))
    given = found.get("input")
    shown = f" (“{given[:40]}”)" if isinstance(given, str) else f" ({given})" if isinstance(given, int | float) else ""
    what = str(found["msg"]).removeprefix("Value error, ").rstrip(".")
    return BadRule(row, rule, field, code, f"{field or 'The rule'}{shown}: {what[:1].lower()}{what[1:]}.")
