"""What the audit page shows: entries as sentences, and what recomputing the chains said."""

import json
from datetime import datetime

from app import routes
from app.components import format as shown
from app.components.views import OptionView, Told, View
from app.lifecycle.own_words import words_of
from app.lifecycle.records import AuditEntry

EVERYTHING = "everything"
"""In the place of an action: every entry, also what is routine and otherwise hidden."""
VERBS = {
    "submit": "submitted",
    "pass": "passed",
    "hold": "judged soft",
    "refuse": "refused",
    "approve": "approved",
    "reject": "rejected",
    "return": "returned",
    "withdraw": "withdrew",
    "keep": "made permanent the prices of",
    "call-off": "called off the return",
    "complete": "finished carrying out",
    "set-queue": "set how long proposals may wait",
    "ended": "ended the price window",
    "expire": "let expire",
    "re-evaluate": "asked for a new verdict on",
    "publish": "published",
    "roll-back": "rolled back",
    "confirm-roll-back": "confirmed the undo of",
    "ask-roll-back": "asked to roll back",
    "agree-roll-back": "agreed to roll back",
    "measure": "posted a measure of",
    "remind": "reminded the approvers of",
    "escalate": "escalated",
    "plan-waves": "asked for waves of",
    "expedite": "published at once, in an emergency,",
    "release": "published the first wave of",
    "advance": "published the next wave of",
    "pause": "held",
    "continue": "let go on",
    "finish": "finished the last wave of",
    "freeze": "announced a freeze",
    "lift-freeze": "lifted a freeze",
    "stop-publishing": "stopped all publishing",
    "resume-publishing": "resumed publishing",
    "delegate": "lent the right to decide",
    "end-delegation": "took back the right to decide",
    "lock-price": "locked a price in catalog",
    "unlock-price": "unlocked a price in catalog",
    "put-in-context": "changed by API",
    "delete-in-context": "removed by API",
    "redrive": "redrove what was parked",
    "retire": "retired a context",
    "readmit": "took a context in again",
    "see-kept": "looked at what was kept aside of streams",
    "supply-facts": "supplied costs or competitor prices",
    "import-catalog": "listed or renewed products",
    "draft-rules": "drafted rules",
    "activate-rules": "activated rules",
    "adopt-audit": "adopted the audit trail as it stood",
    "sign-in": "signed in",
    "sign-in-refused": "was not let in",
    "add-person": "added",
    "set-roles": "changed the roles of",
    "deactivate-person": "shut out",
    "reactivate-person": "let in again",
    "reset-password": "reset the password of",
    "change-password": "chose a new password:",
    "create-token": "made a token for",
    "revoke-token": "ended a token of",
    "close-demo": "ended what the demo's people held",
}
MARKS = {
    "submit": "doc",
    "pass": "okc",
    "hold": "hour",
    "refuse": "oct",
    "approve": "check",
    "reject": "x",
    "return": "back",
    "withdraw": "skip",
    "keep": "lock",
    "call-off": "skip",
    "complete": "okc",
    "ended": "undo",
    "expire": "clock",
    "re-evaluate": "retry",
    "publish": "send",
    "roll-back": "undo",
    "confirm-roll-back": "undo",
    "ask-roll-back": "up",
    "agree-roll-back": "undo",
    "remind": "bell",
    "escalate": "up",
    "plan-waves": "steps",
    "expedite": "bolt",
    "release": "steps",
    "advance": "steps",
    "pause": "pause",
    "continue": "steps",
    "finish": "send",
    "freeze": "snow",
    "lift-freeze": "snow",
    "stop-publishing": "oct",
    "resume-publishing": "send",
    "draft-rules": "scale",
    "activate-rules": "scale",
    "supply-facts": "tag",
    "import-catalog": "tag",
    "delegate": "user",
    "end-delegation": "user",
    "add-person": "user",
    "set-roles": "user",
    "deactivate-person": "lock",
    "reactivate-person": "user",
    "reset-password": "lock",
    "change-password": "lock",
    "create-token": "lock",
    "revoke-token": "lock",
    "close-demo": "lock",
}


class EntryView(View):
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

    rows: list[EntryView] = []
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
    words = [(name, name.replace("-", " ").capitalize()) for name in VERBS]
    return [(EVERYTHING, "Any, sign-ins too"), *words]


def entry(row: AuditEntry, now: datetime) -> EntryView:
    """Tell one entry."""
    detail: dict[str, str | int | None] = json.loads(row.detail)
    number = detail.get("number")
    reference = f"PC-{number}" if number else ""
    words = words_of(row.actor, row.action, detail)
    return EntryView(
        id=row.id or 0,
        at=shown.when(row.at, now, seconds=True),
        mark=MARKS.get(row.action, "info"),
        who=row.actor_name,
        machine=row.actor in ("system", "command-line") or row.actor.startswith("context:"),
        did=VERBS.get(row.action, row.action.replace("-", " ")),
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
    parts += [shown.plural(int(lines), "line")] if lines else []
    parts += [f"under rule set {rule_set}"] if rule_set else []
    parts += [f"content {shown.short_hash(str(seen))}"] if seen else []
    return ", ".join(parts)
