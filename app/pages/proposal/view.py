"""A proposal's head, its facts, its decision and its buttons, as its page shows them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.components import format as shown
from app.components import vocabulary
from app.components.changes import largest_change
from app.components.views import ActionView, FactView, StatusView, View
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.values import OpenAction, ProposalSummary
from app.lifecycle.windows.end_state import EndView
from app.pages.proposal.ending_view import EndingView, ending
from app.words.counting import count, plural
from app.words.percent import percent

DECIDING = (Action.APPROVE, Action.RETURN, Action.REJECT, Action.RE_EVALUATE, Action.WITHDRAW)
"""What stands in the bar that decides."""
SHOWN = (
    *DECIDING, Action.PLAN_WAVES, Action.EXPEDITE, Action.CONTINUE, Action.PAUSE, Action.KEEP, Action.ROLL_BACK,
    Action.ASK_ROLL_BACK, Action.AGREE_ROLL_BACK,
)  # fmt: skip
"""The actions that the page has a place for."""
STEERED = (Status.CANARY, Status.HELD)


class HeadView(View):
    """The head of a proposal; `standing` stands for all that is seen of it at this moment."""

    reference: str = ""
    reason: str = ""
    status: StatusView = StatusView()
    who: str = ""
    initials: str = ""
    submitted: str = ""
    lines: str = ""
    rule_set: str = ""
    hash: str = ""
    standing: str = ""
    effective: str = ""
    due: str = ""
    siblings: list[str] = []
    lines_count: str = "0"
    mixed: bool = False
    ending: EndingView = EndingView()


def head(proposal: ProposalSummary, now: datetime, *, end: EndView | None = None) -> HeadView:
    """Show who asks for what, and where it stands."""
    waiting = proposal.status is Status.PENDING_APPROVAL
    return HeadView(
        reference=proposal.reference,
        reason=proposal.reason,
        status=vocabulary.status(proposal.status),
        who=proposal.submitted_by,
        initials=shown.initials(proposal.submitted_by),
        submitted=shown.when(proposal.submitted_at, now),
        lines=plural(proposal.lines, "line"),
        rule_set=f"rule set {proposal.rule_set}" if proposal.rule_set else "not judged yet",
        hash=shown.short_hash(proposal.seen_hash),
        standing=proposal.seen_hash,
        effective=_effective(proposal, now),
        due=shown.due(proposal.due_at, now).title if waiting and proposal.due_at else "",
        siblings=list(proposal.siblings),
        lines_count=count(proposal.lines),
        mixed=sum(1 for n in (proposal.clean, proposal.soft, proposal.hard) if n) > 1,
        ending=ending(end, proposal.reference, now),
    )


def _effective(proposal: ProposalSummary, now: datetime) -> str:
    if proposal.effective_at is None or proposal.returns:
        return ""
    word = "takes effect" if proposal.effective_at > now else "took effect"
    return f"{word} {shown.when(proposal.effective_at, now)}"


def facts(proposal: ProposalSummary) -> list[FactView]:
    """Show the totals beside the tabs."""
    return [
        *(_lines_with(verdict, getattr(proposal, verdict.lower())) for verdict in ("CLEAN", "SOFT", "HARD")),
        FactView(label="Mean change", value=percent(proposal.mean_change_bp, signed=True)),
        FactView(label="Largest change", value=largest_change(proposal)),
    ]


def _lines_with(verdict: str, number: int) -> FactView:
    look = vocabulary.verdict(verdict)
    return FactView(label=look.word, value=count(number), tone=look.tone if number else "muted")


def decision_facts(proposal: ProposalSummary, now: datetime) -> list[FactView]:
    """Show what was decided, by whom, on what."""
    rows = [
        FactView(label="Submitted", value=proposal.submitted_by, note=shown.when(proposal.submitted_at, now)),
        FactView(label="Verdict", value=vocabulary.verdict(proposal.verdict).word),
        FactView(label="Content seen", value=shown.short_hash(proposal.decided_seen or proposal.seen_hash)),
        FactView(
            label="Margin before and after",
            value=f"{percent(proposal.margin_before_bp)} → {percent(proposal.margin_after_bp)}",
        ),
    ]
    if proposal.decision:
        rows.append(
            FactView(
                label=vocabulary.verb(proposal.decision).done,
                value=proposal.decided_by or "",
                note=shown.when(proposal.decided_at, now, seconds=True),
            )
        )
    elif proposal.returns and proposal.status in (Status.APPROVED, Status.PUBLISHED):
        rows.append(FactView(label="Approved", value="with its window", note=f"the end of {proposal.returns}"))
    elif proposal.status in (Status.APPROVED, Status.PUBLISHED, Status.ROLLING_BACK, Status.ROLLED_BACK):
        rows.append(FactView(label="Approved", value="by the rules", note="every line clean: no person had to decide"))
    elif proposal.status is Status.REJECTED:
        rows.append(FactView(label="Rejected", value="by the rules", note="a hard rule is broken"))
    if proposal.due_at and proposal.status is Status.PENDING_APPROVAL:
        rows.append(FactView(label="Due", value=shown.when(proposal.due_at, now)))
    return rows


def actions(
    opened: Sequence[OpenAction], proposal: ProposalSummary, *, hurries: bool, takes_two: bool
) -> dict[str, ActionView]:
    """Show every action that the page has a place for, an empty view where it is not offered; shut ones say why.

    Withdrawing is offered only to whoever may, putting forward to whoever `hurries`; having it judged again stands
    beside a decision, or where it can say something else. Where rolling back `takes_two`, its button says so.
    """
    offered = {one.action: ActionView(action=one.action, allowed=one.allowed, why=one.why) for one in opened}
    quiet = {Action.WITHDRAW} | (set() if Action.APPROVE in offered else {Action.RE_EVALUATE})
    shown = {action: one for action, one in offered.items() if one.allowed or action not in quiet}
    if not hurries:
        shown.pop(Action.EXPEDITE, None)
    if takes_two and Action.ROLL_BACK in shown and not shown[Action.ROLL_BACK].allowed:
        shown[Action.ROLL_BACK] = ActionView(action=Action.ROLL_BACK, why="Takes two people")
    known = {action: ActionView(action=action, why=why) for action, why in _over(proposal).items()} | shown
    return {action.value: known.get(action, ActionView()) for action in SHOWN}


def _over(proposal: ProposalSummary) -> dict[Action, str]:
    """Say why an action that the status does not know is still seen, but shut."""
    if proposal.status is Status.ROLLED_BACK:
        return {Action.ROLL_BACK: "Already rolled back"}
    if proposal.status in STEERED:
        return {Action.CONTINUE: "It goes on by itself.", Action.PAUSE: "It is held."}
    return {}


def why_shut(actions: Mapping[str, ActionView]) -> str:
    """Say why something is shut: a decision, or the whole bar; not why a bar that decides cannot also judge again."""
    bar = [actions[action] for action in DECIDING if actions[action].action]
    deciding = [button for button in bar if button.action != Action.RE_EVALUATE] or bar
    return next((button.why for button in deciding if not button.allowed), "")


def is_reference(text: str) -> bool:
    """Tell whether an address part can be a proposal's reference or id."""
    return bool(re.fullmatch(r"[A-Za-z0-9-]{1,64}", text))
