"""What the audit page shows: entries as sentences, and what recomputing the chains said."""

import json
from datetime import datetime

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.views import OptionView, Told, View
from app.lifecycle.audit.own_words import words_of
from app.lifecycle.records import AuditEntry
from app.words.counting import plural

EVERYTHING = "everything"
"""In the place of an action: every entry, also what is routine and otherwise hidden."""


class AuditEntryView(View):
    """One entry: at, who, what they did to which proposal; why, in their own words; and its place in the chain."""

    id: int
    at: str
    mark: str
    who: str
    machine: bool
    did: str
    reference: str
    href: str
    rest: str
    told: Told
    said: str
    hash: str
    whole_hash: str


class TrailView(View):
    """One page of the trail, and what the filter leaves out as routine."""

    rows: list[AuditEntryView] = []
    actors: list[OptionView] = []
    next_href: str = ""
    not_shown: str = ""
    show_href: str = ""


class ChainView(View):
    """What recomputing every hash said."""

    checked: bool = False
    intact: bool = False
    words: Told = ""
    more: list[Told] = []
    notes: list[str] = []
    at: str = ""


def actions() -> list[tuple[str, str]]:
    """Return the actions one can filter by, with their words."""
    words = [(name, verb.done) for name, verb in vocabulary.VERBS.items()]
    return [(EVERYTHING, "Any, sign-ins too"), *words]


def entry(row: AuditEntry, now: datetime) -> AuditEntryView:
    """Tell one entry."""
    detail: dict[str, str | int | None] = json.loads(row.detail)
    number = detail.get("number")
    reference = f"PC-{number}" if number else ""
    verb = vocabulary.verb(row.action)
    words = words_of(row.actor, row.action, detail)
    return AuditEntryView(
        id=row.id or 0,
        at=shown.when(row.at, now, seconds=True),
        mark=verb.icon,
        who=row.actor_name,
        machine=row.actor in ("system", "command-line") or row.actor.startswith("context:"),
        did=verb.did,
        reference=reference,
        href=routes.proposal(reference) if reference else "",
        rest=_rest(detail, row.action),
        told=words.told,
        said=shown.in_own_words(words.said),
        hash=shown.short_hash(row.hash),
        whole_hash=row.hash,
    )


AFTER = {"pass": "every line inside every limit", "hold": "for a person to decide", "refuse": "a hard rule was broken"}


ABOUT_PEOPLE = ("person", "roles", "label")


def _rest(detail: dict[str, str | int | None], action: str) -> str:
    lines, rule_set, seen = detail.get("lines"), detail.get("rule_set"), detail.get("content_hash")
    by_rules = AFTER.get(action) if detail.get("from") == "EVALUATING" else None
    parts = [by_rules] if by_rules else []
    parts += [str(detail[told]) for told in ABOUT_PEOPLE if detail.get(told)]
    parts += [plural(int(lines), "line")] if lines else []
    parts += [f"under rule set {rule_set}"] if rule_set else []
    parts += [f"content {shown.short_hash(str(seen))}"] if seen else []
    return ", ".join(parts)
