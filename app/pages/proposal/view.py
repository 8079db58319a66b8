"""A proposal's head, its facts, its decision and its buttons, as its page shows them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    waiting: bool = False
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
        waiting=waiting,
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
        _lines_with("CLEAN", proposal.clean),
        _lines_with("SOFT", proposal.soft),
        _lines_with("HARD", proposal.hard),
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


def buttons(actions: Sequence[OpenAction]) -> list[ActionView]:
    """Show the decision's buttons; shut ones say why. Withdrawing is offered only to whoever may.

    Where nothing is decided, having it judged again is offered only if that can say something else.
    """
    offered = {open_action.action: open_action for open_action in actions}
    quiet = (Action.WITHDRAW,) if Action.APPROVE in offered else (Action.WITHDRAW, Action.RE_EVALUATE)
    return [
        _button(offered[action])
        for action in DECIDING
        if action in offered and (offered[action].allowed or action not in quiet)
    ]


def roll_back_button(
    actions: Sequence[OpenAction], proposal: ProposalSummary, *, takes_two: bool = False
) -> ActionView:
    """Show the rollback's button; it is absent before publication."""
    for open_action in actions:
        if open_action.action is Action.ROLL_BACK:
            button = _button(open_action)
            return button.model_copy(update={"why": "Takes two people"}) if takes_two and not button.allowed else button
    if proposal.status is Status.ROLLED_BACK:
        return ActionView(action=Action.ROLL_BACK, why="Already rolled back")
    return ActionView()


def one_button(actions: Sequence[OpenAction], action: Action, *, otherwise: str = "") -> ActionView:
    """Show one action's button; if the status does not know it, shut with the words of `otherwise`, or not at all."""
    for open_action in actions:
        if open_action.action is action:
            return _button(open_action)
    return ActionView(action=action, why=otherwise) if otherwise else ActionView()


def _button(open_action: OpenAction) -> ActionView:
    return ActionView(action=open_action.action, allowed=open_action.allowed, why=open_action.why)


def is_reference(text: str) -> bool:
    """Tell whether an address part can be a proposal's reference or id."""
    return bool(re.fullmatch(r"[A-Za-z0-9-]{1,64}", text))
