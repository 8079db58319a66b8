"""From what the lifecycle knows of a proposal to what its page shows: view models of strings. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.changes import largest_change, line_change
from app.components.views import ActionView, FactView, MoneyView, StatusView, Told, View
from app.deliveries.queries import ContextView
from app.deliveries.records import DeliveryState
from app.lifecycle.effects import Kind
from app.lifecycle.ends import EndView
from app.lifecycle.guards import MovedFact
from app.lifecycle.policy import Breaches, price_past
from app.lifecycle.second_person import TakesTwo
from app.lifecycle.status import Status
from app.lifecycle.transitions import Action
from app.lifecycle.views import LineView, OpenAction, ProposalSummary, UnderWay
from app.pages.proposal.ending import EndingView, ending
from app.pages.proposal.finding import FoundView, found
from app.timekeeping.local_time import told_here
from app.words.counting import part
from rules.finding import Severity

MOST_WARNINGS = 4
NOT_OUT = "not-out"
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


class SayView(View):
    """One callout: lead in bold, then the sentence."""

    tone: str = ""
    lead: str = ""
    rest: str = ""


class MarkView(View):
    """One context's answer for one SKU."""

    context: str = ""
    icon: str = "dash"
    tone: str = "idle"
    word: str = ""


class RowView(View):
    """One line of the proposal."""

    key: str = ""
    sku: str = ""
    href: str = ""
    name: str = ""
    brand: str = ""
    old: MoneyView = MoneyView()
    new: MoneyView = MoneyView()
    change: str = ""
    verdict: StatusView = StatusView()
    found: FoundView = FoundView()
    passes: MoneyView = MoneyView()
    marks: list[MarkView] = []
    lock: Told = ""


class FindingRow(View):
    """What one rule found across the proposal."""

    key: str = ""
    verdict: StatusView = StatusView()
    hard: bool = False
    sentence: str = ""
    lines: str = ""
    worst: str = ""


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
        lines=shown.plural(proposal.lines, "line"),
        rule_set=f"rule set {proposal.rule_set}" if proposal.rule_set else "not judged yet",
        hash=shown.short_hash(proposal.seen_hash),
        standing=proposal.seen_hash,
        effective=_effective(proposal, now),
        due=shown.due(proposal.due_at, now).title if waiting and proposal.due_at else "",
        siblings=list(proposal.siblings),
        lines_count=shown.count(proposal.lines),
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
        FactView(label="Mean change", value=shown.percent(proposal.mean_change_bp, signed=True)),
        FactView(label="Largest change", value=largest_change(proposal)),
    ]


def _lines_with(verdict: str, number: int) -> FactView:
    look = vocabulary.verdict(verdict)
    return FactView(label=look.word, value=shown.count(number), tone=look.tone if number else "muted")


def decision_facts(proposal: ProposalSummary, now: datetime) -> list[FactView]:
    """Show what was decided, by whom, on what."""
    rows = [
        FactView(label="Submitted", value=proposal.submitted_by, note=shown.when(proposal.submitted_at, now)),
        FactView(label="Verdict", value=vocabulary.verdict(proposal.verdict).word),
        FactView(label="Content seen", value=shown.short_hash(proposal.decided_seen or proposal.seen_hash)),
        FactView(
            label="Margin before and after",
            value=f"{shown.percent(proposal.margin_before_bp)} → {shown.percent(proposal.margin_after_bp)}",
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


def taking_two(found: TakesTwo | None, now: datetime) -> list[SayView]:
    """Say that rolling back takes two people, why, and who has asked."""
    if found is None:
        return []
    if not found.asked_by:
        return [SayView(tone="warn", lead="Rolling back takes two people.", rest=found.sentence)]
    since = f"since {shown.when(found.asked_at, now)}."
    if found.in_name_of and not found.half_way:
        lead = f"A roll-back waits in {found.asked_by}’s name for another person, {since}"
        return [SayView(tone="warn", lead=lead, rest=found.reason)]
    if found.in_name_of:
        lead = f"The roll-back that {found.asked_by} wants has stopped, {since}"
        return [SayView(tone="warn", lead=lead, rest=found.reason)]
    lead, rest = f"{found.asked_by} asks to roll back, {since}", f"{found.sentence} Another person may agree."
    return [SayView(tone="warn", lead=lead, rest=shown.in_own_words(found.reason, rest))]


def one_button(actions: Sequence[OpenAction], action: Action, *, otherwise: str = "") -> ActionView:
    """Show one action's button; if the status does not know it, shut with the words of `otherwise`, or not at all."""
    for open_action in actions:
        if open_action.action is action:
            return _button(open_action)
    return ActionView(action=action, why=otherwise) if otherwise else ActionView()


def _button(open_action: OpenAction) -> ActionView:
    return ActionView(action=open_action.action, allowed=open_action.allowed, why=open_action.why)


def callouts(
    proposal: ProposalSummary,
    *,
    asked_by: str,
    asked_at: datetime | None,
    cause: str,
    laggards: Sequence[tuple[str, int]],
    confirmed: int,
    moved: Sequence[MovedFact],
    warnings: Sequence[str],
    now: datetime,
    active_rules: int | None = None,
) -> list[SayView]:
    """Say the one or two things that matter now."""
    says: list[SayView] = [] if proposal.under_way is None else [_under_way(proposal.under_way)]
    if _out_in_part(proposal):
        says.append(_rest_stays(proposal))
    if proposal.returns and proposal.status is Status.PENDING_APPROVAL:
        says.append(_return_waits(proposal, now))
    minded = [told_here(warning) for warning in warnings]
    says.extend(SayView(tone="warn", lead="Mind this:", rest=warning) for warning in minded[:MOST_WARNINGS])
    if more := minded[MOST_WARNINGS:]:
        says.append(SayView(tone="warn", lead=f"And {shown.count(len(more))} more to mind:", rest=" ".join(more)))
    if proposal.status is Status.ROLLING_BACK:
        answered = proposal.under_way is None and not laggards
        says.append(_rolling_back(asked_by, asked_at, cause, laggards, confirmed, answered=answered))
    if proposal.status is Status.ROLLED_BACK:
        says.append(
            SayView(
                tone="undo",
                lead="Every context is back at the old prices.",
                rest=_why_undone(asked_by, cause),
            )
        )
    if moved:
        says.append(
            SayView(
                tone="warn",
                lead=f"{shown.plural(len(moved), 'fact')} moved since this verdict.",
                rest=_moved(moved),
            )
        )
    if active_rules is not None:
        says.append(
            SayView(
                tone="warn",
                lead=f"Rule set {active_rules} is in force now.",
                rest=f"This verdict was reached by rule set {proposal.rule_set}: evaluate it again before you decide.",
            )
        )
    if proposal.status is Status.REJECTED and not proposal.decision:
        hard = shown.plural(proposal.hard, "line breaks", "lines break")
        says.append(
            SayView(
                tone="bad",
                lead="Refused by the rules, nothing was published.",
                rest=f"{hard} a hard rule. The findings name the price that would pass.",
            )
        )
    if proposal.decision in ("reject", "return") and proposal.decision_comment:
        verb = vocabulary.verb(proposal.decision)
        says.append(
            SayView(
                tone=verb.tone,
                lead=f"{verb.done} by {(proposal.decided_by or '').rstrip('.')}.",
                rest=shown.in_own_words(proposal.decision_comment),
            )
        )
    return says


_DONE_OF = {
    Kind.PUBLISH: ("line is out", "lines are out"),
    Kind.ROLL_BACK: ("price is back", "prices are back"),
    Kind.DIVIDE: ("line is divided", "lines are divided"),
    Kind.PLACE: ("line is placed", "lines are placed"),
    Kind.JUDGE_AGAIN: ("line is judged", "lines are judged"),
    Kind.GROW: ("line is written", "lines are written"),
    Kind.LAY_OUT: ("line is written", "lines are written"),
}
def _under_way(effect: UnderWay) -> SayView:
    lead = vocabulary.look(vocabulary.UNDER_WAY, effect.kind).word
    if effect.waits:
        lead = "It stopped half-way, and waits for another person."
    return SayView(
        tone="warn" if effect.waits else "idle",
        lead=lead,
        rest=f"{part(effect.done, effect.total, *_DONE_OF[effect.kind])}.",
    )


def _out_in_part(proposal: ProposalSummary) -> bool:
    over = proposal.status is Status.PUBLISHED and proposal.under_way is None and proposal.returns is None
    return over and proposal.published_lines < proposal.lines


def _rest_stays(proposal: ProposalSummary) -> SayView:
    return SayView(
        tone="warn",
        lead=f"{part(proposal.published_lines, proposal.lines, 'line is', 'lines are')} out.",
        rest="The rest stays as it was; the timeline says why. Propose it again if it is to go out after all.",
    )


def _return_waits(proposal: ProposalSummary, now: datetime) -> SayView:
    return SayView(
        tone="warn",
        lead="An earlier price breaks a hard rule today."
        if proposal.hard
        else "The contexts could not apply this return.",
        rest="Approve the return, or make the prices permanent. If nobody decides, the earlier prices return"
        f" {shown.when(proposal.effective_at, now)} all the same.",
    )


def _rolling_back(
    asked_by: str,
    asked_at: datetime | None,
    cause: str,
    laggards: Sequence[tuple[str, int]],
    confirmed: int,
    *,
    answered: bool,
) -> SayView:
    at = f" at {shown.clock(asked_at, seconds=True)}" if asked_at else ""
    asked = f"{asked_by} asked for it{at}{': ' + cause.rstrip('.') if cause else ''}." if asked_by else ""
    if laggards:
        done = f" {shown.plural(confirmed, 'context')} confirmed the undo;" if confirmed else ""
        names = ", ".join(f"{name} has {shown.count(left)} left" for name, left in laggards)
        return SayView(tone="undo", lead="Going back to the old prices.", rest=f"{asked}{done} {names}.".strip())
    all_answered = "Every context has answered." if answered else ""
    return SayView(tone="undo", lead="Going back to the old prices.", rest=f"{asked} {all_answered}".strip())


def _why_undone(asked_by: str, cause: str) -> str:
    if not asked_by:
        return ""
    return f"{asked_by} asked for the rollback{': ' + cause.rstrip('.') if cause else ''}."


def _moved(moved: Sequence[MovedFact]) -> str:
    first = "; ".join(_one_moved(fact) for fact in moved[:2])
    more = f" and {len(moved) - 2:,} more" if len(moved) > 2 else ""
    return f"{first}{more}. An approval binds to what was seen, so the findings must be read again."


def _one_moved(fact: MovedFact) -> str:
    before, after = (shown.amount(amount, fact.currency) for amount in (fact.before, fact.after))
    return f"{fact.sku} {fact.what}: {before} → {after}"


def rows(
    lines: Sequence[LineView],
    answers: Mapping[str, Mapping[str, str]],
    contexts: Sequence[ContextView],
    *,
    published: bool,
    all_out: bool = True,
) -> list[RowView]:
    """Show lines with what was found and what each context did; unless all are out, an unanswered line is not."""
    silent = DeliveryState.PENDING if all_out else NOT_OUT
    return [_line(line, answers.get(line.sku, {}), contexts if published else (), silent) for line in lines]


def _line(line: LineView, answers: Mapping[str, str], contexts: Sequence[ContextView], silent: str) -> RowView:
    return RowView(
        key=str(line.line),
        sku=line.sku,
        href=routes.product(line.sku),
        name=line.name,
        brand=line.brand,
        old=shown.money(line.old, line.currency),
        new=shown.money(line.new, line.currency),
        change=line_change(line.change_bp, line.findings),
        verdict=vocabulary.verdict(line.verdict),
        lock=" ".join(f"When it was submitted: {hold.sentence()}" for hold in line.holds),
        found=found(line.findings),
        passes=shown.money(price_past(line.findings), line.currency),
        marks=[_mark(context.name, answers.get(context.name, silent)) for context in contexts],
    )


def _mark(context: str, state: str) -> MarkView:
    view = vocabulary.NOT_OUT if state == NOT_OUT else vocabulary.delivery(state)
    word = f"{context}: {vocabulary.in_a_sentence(view)}"
    return MarkView(context=context, icon=view.icon, tone=view.tone, word=word)


def findings(breaches: Sequence[Breaches]) -> list[FindingRow]:
    """Show what each rule found, hard first."""
    return [
        FindingRow(
            key=f"{breach.rule}-{breach.severity}",
            verdict=vocabulary.verdict(breach.severity),
            hard=breach.severity == Severity.HARD,
            sentence=breach.sentence,
            lines=shown.plural(breach.lines, "line"),
            worst=shown.percent(breach.worst_bp, limit=breach.limit_bp) if breach.worst_bp is not None else "",
        )
        for breach in breaches
    ]


def is_reference(text: str) -> bool:
    """Tell whether an address part can be a proposal's reference or id."""
    return bool(re.fullmatch(r"[A-Za-z0-9-]{1,64}", text))
