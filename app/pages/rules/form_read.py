"""What the form of one row of a draft reads: the row as it is opened, and whether what was typed would do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from sqlmodel import Session

from app.components.views import OptionView, options
from app.identity.actor import Actor
from app.intake import rules_file
from app.lifecycle.proposing import policy
from app.lifecycle.rulebook import drafts, edits, rows
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook.rows import Fields
from app.lifecycle.rulebook.stock import Stock, stock
from app.pages.rules import rows as words
from app.pages.rules import typed as texts
from app.pages.rules.asked import NEW
from app.pages.rules.typed import MOMENTS, PARAMETER, SCOPE, Typed
from app.pages.rules.view import FieldView, RowForm
from rules import registry
from rules.finding import Severity
from rules.kinds.form import FieldKind, FormField, fields_of
from rules.ruleset import Rule

FIRST_KIND = "increase_stays_below_limit"
SEVERITIES = ((Severity.HARD.value, "Hard: the line is refused"), (Severity.SOFT.value, "Soft: a person decides"))
SCOPES = {
    "category": "Category", "sub_category": "Sub-category", "brand": "Brand", "currency": "Currency",
    "channel": "Channel", "skus": "SKUs, one a line",
}  # fmt: skip
LISTED = {"category": "row-categories", "sub_category": "row-subs", "currency": "row-currencies"}
UNITS = {FieldKind.PERCENT: "%", FieldKind.INTEGERS: "whole numbers, with commas between them"}


@dataclass(frozen=True)
class Checked:
    """What is said of a row as it is typed: its sentence, and what is wrong, by field; `""` is the row as a whole."""

    sentence: str = ""
    bad: dict[str, str] = field(default_factory=dict)


def kinds() -> list[OptionView]:
    """Return the kinds of rules to choose from, those of other packages with where they come from."""
    found = sorted(registry.kinds())
    return options((kind, f"{kind} ({origin})" if (origin := registry.origin(kind)) else kind) for kind in found)


def opened(session: Session, actor: Actor, number: int, rule_id: str, *, typed: Typed | None = None) -> RowForm | None:
    """Open a row of a draft, or a new one; nothing if there is no such row. `typed` stands in place of what is there.

    A row that somebody else took out meanwhile is a new one if anything was typed into it.
    """
    content, held = policy.rule_set(session, number), stock(session)
    rule = edits.by_id(content).get(rule_id)
    if rule is None and rule_id != NEW and not typed:
        return None
    was = texts.texts_of(rule, fields_for(rule.kind)) if rule else _blank(actor)
    values = {**was, **(typed or {})}
    return RowForm(
        rule=rule.id if rule else "",
        is_new=rule is None,
        number=number,
        version=rule_sets.summary(session, number).version,
        was=json.dumps(was),
        says=words.sentence(rule) if rule else "",
        nonce=uuid4().hex[:12],
        kept=f"rules/row/{number}/{rule_id}/",
        kind=values["kind"],
        kinds=kinds(),
        severity=values["severity"],
        parameters=parameters(values["kind"], values),
        scope=[_scope(name, label, values) for name, label in SCOPES.items()],
        others=_others(values),
        **_names(held),
    )


def parameters(kind: str, values: Typed) -> list[FieldView]:
    """Return the fields of a kind's parameters; what was typed stays where the other kind has it too."""
    return [_parameter(one, values) for one in fields_for(kind)]


def fields_for(kind: str) -> tuple[FormField, ...]:
    """Return what a kind wants to know; nothing of one that is not here."""
    found = registry.kinds().get(kind)
    return () if found is None else fields_of(found)


def written(typed: Typed, was: Typed | None) -> Fields:
    """Return the fields of a row to write: all of a new one, of one that is there those that were touched."""
    found = texts.understood(typed, fields_for(typed.get("kind", ""))).fields
    if was is None:
        return {name: value for name, value in found.items() if value is not None}
    return texts.changed(found, texts.touched({name: typed[name] for name in was if name in typed}, was))


def checked(session: Session, number: int, rule_id: str, typed: Typed) -> Checked:
    """Say what a row would be, as it is typed, and what would be wrong with it."""
    found = texts.understood(typed, fields_for(typed.get("kind", "")))
    held = stock(session, rows.skus_in(found.fields))
    known = rule_id or rows.new_id(str(found.fields["kind"]), set(edits.by_id(policy.rule_set(session, number))))
    bad = drafts.rehearse(session, number, known, found.fields, held)
    told = {_place(one.field): one.reason for one in reversed(bad)} | found.bad
    return Checked("" if told else _sentence(known, found.fields, held), told)


def _sentence(rule_id: str, fields: Mapping[str, object], held: Stock) -> str:
    made: Rule = rows.rule_of({**fields, "id": rule_id}, held)  # type: ignore[dict-item]  # it was rehearsed
    return words.sentence(made)


def _blank(actor: Actor) -> dict[str, str]:
    usual = registry.kinds()[FIRST_KIND].usual
    return {"kind": FIRST_KIND, "severity": usual.value, "owner": actor.name, "rationale": ""}


def _parameter(one: FormField, values: Typed) -> FieldView:
    name = PARAMETER + one.name
    default = texts.parameter_text(one, one.default, values.get(SCOPE + "currency", ""))
    boxes = {FieldKind.YES_NO: "choice", FieldKind.CHOICE: "choice"}
    chosen = ["yes", "no"] if one.kind is FieldKind.YES_NO else [str(choice) for choice in one.choices]
    unit = UNITS.get(one.kind, "")
    return FieldView(
        name=name,
        label=f"{one.title}, {unit}" if unit else one.title,
        box=boxes.get(one.kind, "text"),
        value=values.get(name, default),
        choices=options((word, word) for word in (*([] if one.required else [""]), *chosen)) if chosen else [],
        hint=one.help,
    )


def _scope(name: str, label: str, values: Typed) -> FieldView:
    box = "long" if name == "skus" else "text"
    return FieldView(
        name=SCOPE + name, label=label, box=box, value=values.get(SCOPE + name, ""), listed=LISTED.get(name, "")
    )


def _others(values: Typed) -> list[FieldView]:
    labels = {"rationale": "Why", "owner": "Owner", "valid_from": "In force from", "valid_to": "Until"}
    boxes = dict.fromkeys(MOMENTS, "moment") | {"rationale": "long"}
    return [
        FieldView(name=name, label=label, box=boxes.get(name, "text"), value=values.get(name, ""))
        for name, label in labels.items()
    ]


def _names(held: Stock) -> dict[str, list[str]]:
    found: Mapping[str, Sequence[str]] = {name: sorted(held.names[name].values()) for name in LISTED}
    return {
        "categories": list(found["category"]),
        "sub_categories": list(found["sub_category"]),
        "currencies": list(found["currency"]),
    }


def _place(name: str) -> str:
    """Return the field of the form that a refusal is about: it may name a part of it, or the row as a whole."""
    parts = name.split(".")
    if parts[0] == "parameters" and len(parts) > 1:
        return f"{PARAMETER}{parts[1]}"
    if parts[0] == "scope" and len(parts) > 1 and parts[1] in rules_file.SCOPE:
        return f"{SCOPE}{parts[1]}"
    return parts[0] if parts[0] in (*MOMENTS, "severity", "kind", "owner", "rationale", "scope") else ""
