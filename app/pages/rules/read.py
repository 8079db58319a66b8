"""What the rules page reads. It never writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.components import format as shown
from app.components import vocabulary
from app.components.views import StatusView
from app.database import reading
from app.identity.actor import Actor
from app.lifecycle.errors import NotFound, Refused
from app.lifecycle.proposing import policy
from app.lifecycle.rulebook import adoption, applying, moves
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.comparing import RuleDifference
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction
from app.lifecycle.rulebook.values import AppliesTo, Happening, OpenRuleSetAction, RuleSetDetail, RuleSetSummary
from app.pages.rules import form_read, rows
from app.pages.rules.asked import AT_ONCE, NEW, RulesAsked
from app.pages.rules.form_read import Checked
from app.pages.rules.typed import Typed
from app.pages.rules.view import (
    ActButton,
    AppliesRow,
    AppliesView,
    ChangeRow,
    DoneRow,
    FoundRow,
    KindChoice,
    RowForm,
    RulesView,
    SetRow,
)
from app.words.counting import count, plural
from rules import registry
from rules.ruleset import Rule

LIVING = (RuleSetStatus.ACTIVE, RuleSetStatus.SCHEDULED, RuleSetStatus.IN_REVIEW, RuleSetStatus.DRAFT)
"""Sets that judge or may come to; what they would miss is looked for."""
DONE = 12
BUTTONS: dict[RuleSetAction, tuple[str, str, str, str]] = {
    RuleSetAction.SUBMIT: ("Submit for review", "up", "pri", "S"),
    RuleSetAction.ACTIVATE: ("Activate", "okc", "pri", "A"),
    RuleSetAction.RETURN: ("Return", "back", "", "B"),
    RuleSetAction.REBASE: ("Bring up to date", "retry", "", "U"),
    RuleSetAction.DROP: ("Drop", "x", "danger", "-"),
    RuleSetAction.DRAFT: ("Draft from it", "doc", "", "D"),
}
"""What stands at the head of a set: label, icon, tone, key (`-` is none)."""
AWAY = (RuleSetAction.REBASE,)
"""What is not even said to be shut, because most sets do not need it."""


def rules_page(actor: Actor, asked: RulesAsked, now: datetime) -> RulesView:
    """Read the set that is asked for, or else the active one, and the list of sets."""
    with reading() as session:
        found = rule_sets.sets(session).items
        try:
            active = policy.active_number(session)
            number = asked.set or active
            detail = rule_sets.detail(session, number)
        except (policy.NoRuleSet, NotFound) as none:
            return RulesView(missing=none.detail, sets=[_set(row, asked, now) for row in found])
        there = replace(asked, set=asked.set if number != active else None)
        return _page(session, actor, replace(there, after=_place(detail, there)), detail, active, found, now)


def opened_row(actor: Actor, number: int, rule_id: str, *, typed: Typed | None = None) -> RowForm | None:
    """Open a row of a draft as a form."""
    with reading() as session:
        return form_read.opened(session, actor, number, rule_id, typed=typed)


def checked_row(number: int, rule_id: str, typed: Typed) -> Checked:
    """Say what a row would be as it is typed, and what would be wrong with it."""
    with reading() as session:
        return form_read.checked(session, number, rule_id, typed)


def standing(number: int) -> tuple[Rule, ...]:
    """Return the rows of a set as they stand."""
    with reading() as session:
        return policy.rule_set(session, number).rules


def _page(
    session: Session,
    actor: Actor,
    asked: RulesAsked,
    detail: RuleSetDetail,
    active: int,
    found: Sequence[RuleSetSummary],
    now: datetime,
) -> RulesView:
    summary, number = detail.summary, detail.summary.number
    check = rule_sets.check(session, number, now) if summary.status in LIVING else None
    actions = rule_sets.open_actions(session, number, actor, now, looked=check)
    changes = rule_sets.difference(session, active, number) if number != active else ()
    beside = rows.BesideRows(
        {one.rule: one for one in changes},
        {rule: one for one in reversed(check.findings if check else ()) for rule in one.rules},
    )
    ordered = rows.ordered(detail.content.rules)
    kinds = len({rule.kind for rule in ordered})
    last = asked.after + AT_ONCE
    return RulesView(
        **_head(detail, now),
        **_acts(actions, actor),
        **_found(check),
        note=f"{plural(kinds, 'kind')}, {plural(len(ordered), 'rule')}",
        strip=[_set(row, asked, now, number) for row in found if row.status in LIVING or row.number == number],
        sets=[_set(row, asked, now, number) for row in found],
        sentences=rows.said(ordered),
        rows=rows.rows(ordered[asked.after : last], beside, asked, now),
        rows_note=_rows_note(ordered, asked.after),
        after=str(asked.after or ""),
        next_after=str(last) if last < len(ordered) else "",
        first_to=asked.address(after=0, row=""),
        next_to=asked.address(after=last, row=""),
        add_to=asked.address(row=NEW),
        against=f"against the active set {active}" if number != active else "",
        changes=[_change(one) for one in changes],
        changes_note=plural(len(changes), "difference") if changes else "",
        applies=_applies(session, number, asked.sku, now),
        done=[_done(one, place, now) for place, one in enumerate(rule_sets.history(session, number, limit=DONE))],
        advice=adoption.advice(session) if number == active else "",
    )


def _place(detail: RuleSetDetail, asked: RulesAsked) -> int:
    """Return the first row that is shown: the one whose page has the row that is open."""
    ids = [rule.id for rule in rows.ordered(detail.content.rules)] if asked.row else []
    if asked.row in ids:
        return ids.index(asked.row) // AT_ONCE * AT_ONCE
    return asked.after if asked.after < len(detail.content.rules) else 0


def _head(detail: RuleSetDetail, now: datetime) -> dict[str, object]:
    summary = detail.summary
    hands = ", ".join(f"{name} ({how})" for name, how in detail.hands)
    return {
        "number": summary.number,
        "version": summary.version,
        "title": f"Rule set {summary.number}",
        "state": vocabulary.look(vocabulary.RULE_SETS, summary.status),
        "since": _since(summary, now),
        "hash": shown.short_hash(summary.content_hash),
        "seen": summary.content_hash,
        "reason": summary.reason,
        "hands": hands,
        "required": ", ".join(summary.mandatory),
        "kinds": _kinds(summary.mandatory),
        "may_wait": summary.status is RuleSetStatus.IN_REVIEW,
    }


def _kinds(mandatory: Sequence[str]) -> list[KindChoice]:
    found = sorted({*registry.kinds(), *mandatory})
    return [KindChoice(kind=kind, on=kind in mandatory) for kind in found]


def _since(summary: RuleSetSummary, now: datetime) -> str:
    match summary.status:
        case RuleSetStatus.SCHEDULED:
            return f"takes effect {shown.when(summary.effective_at, now)}, agreed to by {summary.activated_by}"
        case RuleSetStatus.IN_REVIEW:
            return f"submitted by {summary.submitted_by}, {shown.when(summary.submitted_at, now)}"
        case RuleSetStatus.ACTIVE:
            return f"since {shown.when(summary.activated_at, now)}, {_agreed(summary)}"
        case RuleSetStatus.RETIRED:
            return f"until {shown.when(summary.retired_at, now)}, {_agreed(summary)}"
    return f"drafted by {summary.drafted_by or 'Baton'}, {shown.when(summary.drafted_at, now)}"


def _agreed(summary: RuleSetSummary) -> str:
    return f"activated by {summary.activated_by}" if summary.activated_by else "from installation on"


def _acts(actions: Sequence[OpenRuleSetAction], actor: Actor) -> dict[str, object]:
    """Show what is done to a set in its status; a way back to the active set only where there is one."""
    offered = [one for one in actions if one.action in BUTTONS and (one.allowed or one.action not in AWAY)]
    offered.append(_drafting(actor))
    editable = any(one.action is RuleSetAction.CHANGE and one.allowed for one in actions)
    return {
        "buttons": [_button(one) for one in offered],
        "whys": list(dict.fromkeys(one.why_not for one in offered if one.why_not)),
        "editable": editable,
    }


def _drafting(actor: Actor) -> OpenRuleSetAction:
    try:
        moves.refuse_unless_owner(actor)
    except Refused as refused:
        return OpenRuleSetAction(RuleSetAction.DRAFT, False, refused.detail)
    return OpenRuleSetAction(RuleSetAction.DRAFT, True, "")


def _button(one: OpenRuleSetAction) -> ActButton:
    label, mark, tone, key = BUTTONS[one.action]
    return ActButton(action=one.action, label=label, icon=mark, tone=tone, key=key.lower(), allowed=one.allowed)


def _found(check: Check | None) -> dict[str, object]:
    if check is None:
        return {}
    found = [
        FoundRow(
            key=f"{place}-{one.what}",
            what=vocabulary.look(vocabulary.RULE_FINDINGS, one.what),
            sentence=one.sentence,
        )
        for place, one in enumerate(check.findings)
    ]
    blocks = len(check.blocking)
    note = (
        f"{plural(blocks, 'finding')} to be mended before it can judge" if blocks else "nothing keeps it from judging"
    )
    return {"checked": True, "found": found, "found_note": note}


def _change(one: RuleDifference) -> ChangeRow:
    return ChangeRow(
        key=f"{one.change}-{one.rule}-{one.sentence}",
        what=vocabulary.look(vocabulary.RULE_CHANGES, one.change),
        sentence=one.sentence,
    )


def _applies(session: Session, number: int, sku: str, now: datetime) -> AppliesView:
    if not sku:
        return AppliesView()
    try:
        found = applying.applies_to(session, number, sku, now)
    except NotFound as none:
        return AppliesView(sku=sku, missing=none.detail)
    return AppliesView(sku=sku, about=_about(found), rows=[_applied(one.kind, one.row, one.why) for one in found.kinds])


def _about(found: AppliesTo) -> str:
    where = ", ".join(filter(None, (found.category, found.sub_category, found.brand, found.currency)))
    return f"{found.name}: {where}"


def _applied(kind: str, row: Rule | None, why: str) -> AppliesRow:
    return AppliesRow(
        kind=kind,
        rule=row.id if row else "none",
        severity=vocabulary.verdict(row.severity.value) if row else StatusView(),
        limit=rows.limit(row) if row else "",
        why=why,
    )


def _done(one: Happening, place: int, now: datetime) -> DoneRow:
    words = vocabulary.verb(one.verb)
    return DoneRow(
        key=str(place),
        at=shown.when(one.at, now),
        who=one.by,
        did=words.did,
        rest=shown.in_own_words(one.said, one.told),
    )


def _set(row: RuleSetSummary, asked: RulesAsked, now: datetime, chosen: int = 0) -> SetRow:
    active = row.status is RuleSetStatus.ACTIVE
    return SetRow(
        number=str(row.number),
        state=vocabulary.look(vocabulary.RULE_SETS, row.status),
        why=row.reason or ("The rules of a new installation." if not row.drafted_by else "No reason was written."),
        made=row.drafted_by or "Baton",
        by=row.activated_by or ("at installation" if row.activated_at else "nobody"),
        at=shown.when(row.activated_at or row.effective_at, now),
        href=RulesAsked(set=None if active else row.number, sku=asked.sku).address(),
        on=row.number == chosen,
    )


def _rows_note(ordered: Sequence[Rule], after: int) -> str:
    if len(ordered) <= AT_ONCE:
        return "grouped by kind"
    return (
        f"{count(after + 1)} to {count(min(after + AT_ONCE, len(ordered)))} of {count(len(ordered))}, grouped by kind"
    )
