"""From the lifecycle's queries to the opened proposal of the approvals page."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import contexts, routes
from app.components import format as shown
from app.components import vocabulary
from app.components.changes import directed, largest_change
from app.components.views import ActionView, FactView
from app.contracts.holds import Held
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.deciding import delegations, four_eyes
from app.lifecycle.proposing.policy import Breaches
from app.lifecycle.proposing.stale_facts import MovedFact
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import lists, queries
from app.lifecycle.views.values import OpenAction, ProposalSummary
from app.pages.approvals.lines_read import plain
from app.pages.approvals.queue_read import QUEUE, QueueAsked, stage_of
from app.pages.approvals.view import ProposalDetail, WhySentence
from app.pricelist import queries as pricelist
from app.words.counting import count, noun, plural, some_of
from app.words.duration import duration
from app.words.money import amount
from app.words.percent import percent
from app.words.title import title_of
from rules.registry import kind_words

WEEK = timedelta(days=7)
LOOKED_UP = 1_000
"""Up to this many lines the neighbourhood of a proposal is looked up when it is opened."""

BUTTONS = {
    "approve": Action.APPROVE,
    "send_back": Action.RETURN,
    "reject": Action.REJECT,
    "re_evaluate": Action.RE_EVALUATE,
    "withdraw": Action.WITHDRAW,
}
"""The buttons of the opened proposal, by where its view holds them."""


@dataclass(frozen=True, slots=True)
class OpenedAs:
    """How the opened proposal was opened: what was seen of it then (empty: it is opened now), and its nonce."""

    nonce: str
    seen: str = ""


def detail(
    session: Session, actor: Actor, wanted: QueueAsked, references: Sequence[str], opened: OpenedAs, now: datetime
) -> ProposalDetail:
    """Read the opened proposal. Raises `NotFound`."""
    row = queries.summary(session, wanted.item)
    title, rest = title_of(row.reason)
    actions = {action.action: action for action in queries.open_actions(session, row.id, actor, now)}
    moved, rules = queries.moved_facts(session, row.id, now), queries.rules_moved(session, row.id)
    seen = opened.seen or row.seen_hash
    lent = bool(delegations.lenders_of(session, actor.id, now))
    place = references.index(row.reference) + 1 if row.reference in references else 0
    buttons = {name: _action(actions.get(action), action) for name, action in BUTTONS.items()}
    approve = buttons["approve"]
    return ProposalDetail(
        reference=row.reference,
        title=title,
        rest=rest if row.returns else shown.in_own_words(rest),  # a return's begins with what Baton wrote
        status=vocabulary.status(row.status),
        due=shown.due(row.due_at, now),
        initials=shown.initials(row.submitted_by),
        submitter=row.submitted_by,
        at=shown.when(row.submitted_at, now),
        lines=plural(row.lines, "line"),
        rule_set=f"rule set {row.rule_set}" if row.rule_set else "",
        hash=shown.short_hash(row.seen_hash),
        seen=seen,
        standing=row.seen_hash,
        changed=_changed(session, row, seen),
        nonce=opened.nonce,
        href=routes.proposal(row.reference),
        waits=row.status == Status.PENDING_APPROVAL,
        position=f"Queue, {place} of {len(references)}" if place else "Queue",
        sentences=_why(session, row),
        facts=_facts(session, row, now),
        findings_note=f"{plural(row.soft + row.hard, 'line')} of {count(row.lines)}, worst first",
        total_lines=f"All {plural(row.lines, 'line')}",
        moved_title=_moved_title(moved, row, now) or _rules_title(rules, row),
        moved=_moved(moved) or _READ_AGAIN,
        gone=_gone(row, actor, now),
        gone_detail=shown.in_own_words(row.decision_comment or ""),
        **buttons,
        shut=_shut(approve, actor, bool(moved or rules), row, lent=lent),
        right=_right(session, row, actor, approve, now),
        stage=stage_of(row, row.id in lists.reminded(session, [row.id]), now),
    )


def _action(found: OpenAction | None, action: Action) -> ActionView:
    if found is None:
        return ActionView(action=action.value, why="Not in this status")
    return ActionView(action=action.value, allowed=found.allowed, why=found.why)


def _right(session: Session, row: ProposalSummary, actor: Actor, approve: ActionView, now: datetime) -> str:
    """Say on whose right somebody would decide, if it is not their own."""
    own = actor.may(Permission.DECIDE) or (row.level > 1 and actor.may(Permission.DECIDE_ESCALATED))
    if own or not approve.allowed:
        return ""
    case = Case(session, queries.find(session, row.id), Action.APPROVE, actor, now)
    lender = four_eyes.lender_for(case)
    return f"You decide for {lender.name}; the audit keeps both names" if lender else ""


def _shut(approve: ActionView, actor: Actor, moved: bool, row: ProposalSummary, *, lent: bool = False) -> str:
    """Say beside the buttons why approving is shut, in as few words as will do."""
    if approve.allowed:
        return ""
    if row.status != Status.PENDING_APPROVAL:
        return f"Nothing left to decide: {vocabulary.status(row.status).word.lower()}"
    if not (lent or actor.may(Permission.DECIDE) or actor.may(Permission.DECIDE_ESCALATED)):
        return "Approvers decide; your roles do not include that"
    return "Re-evaluate first" if moved and "re-evaluate" in approve.why else approve.why


def _gone(row: ProposalSummary, actor: Actor, now: datetime) -> str:
    """Say who decided the opened proposal meanwhile (empty while it waits)."""
    if row.status == Status.PENDING_APPROVAL:
        return ""
    if row.status == Status.EVALUATING:
        return "The rules are reading it again."
    if row.decided_by and row.decided_at:
        who = "You" if row.decided_by == actor.name else row.decided_by
        ago = duration((now - row.decided_at).total_seconds())
        did = vocabulary.verb(row.decision).did if row.decision else "decided on"
        what = "this proposal" if did.endswith(" of") else "this"
        return f"{who} {did} {what} {ago} ago."
    return f"It is {vocabulary.status(row.status).word.lower()} now."


def _moved_title(moved: Sequence[MovedFact], row: ProposalSummary, now: datetime) -> str:
    if not moved:
        return ""
    first, *others = {fact.what for fact in moved}
    what = "fact" if others else {"competitor": "competitor price"}.get(first, first)
    verb = noun(len(moved), "moved", "have moved")
    return f"{plural(len(moved), what)} {verb} since this verdict ({shown.when(row.submitted_at, now)})."


def _rules_title(active: int | None, row: ProposalSummary) -> str:
    if active is None:
        return ""
    return f"Judged by rule set {row.rule_set}; rule set {active} is in force now."


def _changed(session: Session, row: ProposalSummary, seen: str) -> str:
    """Say what of a waiting proposal is not as it was when it was opened."""
    if seen == row.seen_hash or row.status != Status.PENDING_APPROVAL:
        return ""
    words = "; ".join(queries.changes(session, row.id, seen))
    return f"{words[:1].upper()}{words[1:]}." if words else "It is not as it was."


_READ_AGAIN = "An approval binds to what was seen, so the findings must be read again."


def _moved(moved: Sequence[MovedFact]) -> str:
    named = [
        fact.words
        or f"{fact.sku} {fact.what}: {amount(fact.before, fact.currency)} → {amount(fact.after, fact.currency)}"
        for fact in moved[:3]
    ]
    more = f"; and {count(len(moved) - 3)} more" if len(moved) > 3 else ""
    return f"{'; '.join(named)}{more}. {_READ_AGAIN}" if named else ""


_told: OrderedDict[tuple[str, str], list[WhySentence]] = OrderedDict()
"""Sentences by proposal and what is seen of it: the same verdict says the same, however often a page is refreshed."""


def _why(session: Session, row: ProposalSummary) -> list[WhySentence]:
    key = (row.id, row.seen_hash)
    told = _told.get(key)
    if told is None or row.verdict is None:
        told = _sentences(queries.findings_by_rule(session, row.id), row)
        _told[key] = told
        if len(_told) > QUEUE:
            _told.popitem(last=False)
    return told


def _sentences(breaches: Sequence[Breaches], row: ProposalSummary) -> list[WhySentence]:
    found = [
        WhySentence(
            verdict=vocabulary.saying(vocabulary.verdict(breach.severity), breach.sentence),
            rest="." if breach.worst_bp is None else f"; {_most(breach)}.",
        )
        for breach in breaches
    ]
    clean = vocabulary.saying(vocabulary.verdict("CLEAN"), "")
    none = f"{plural(row.clean, 'line breaks', 'lines break')} no rule."
    return [*found, WhySentence(verdict=clean, rest=none)] if row.clean else found


def _most(breach: Breaches) -> str:
    falls = kind_words(breach.rule).breaks_low
    word = "the thinnest" if kind_words(breach.rule).is_level else "most"
    bounds = (breach.worst_bp, breach.limit_bp)
    worst, limit = (None if value is None else directed(breach.rule, value) for value in bounds)
    return f"{word}, {percent(worst, signed=not falls, limit=limit)}"


def _facts(session: Session, row: ProposalSummary, now: datetime) -> list[FactView]:
    listening = len(deliveries.contexts(session))
    margin = f"{plain(row.margin_before_bp)} → {percent(row.margin_after_bp)}"
    known = row.margin_before_bp is not None and row.margin_after_bp is not None
    return [
        FactView(label="SKUs", value=count(row.lines), note=f"of {count(pricelist.count_products(session))}"),
        FactView(label="Mean change", value=percent(row.mean_change_bp, signed=True)),
        FactView(label="Largest change", value=largest_change(row)),
        FactView(label="Mean margin", value=margin if known else "not measured"),
        FactView(label="Deliveries", value=count(row.lines * listening), note=f"in {plural(listening, 'context')}"),
        FactView(
            label="Takes effect",
            value="when decided" if row.effective_at is None else shown.when(row.effective_at, now),
        ),
        *_plan(row, now),
        *_neighbours(session, row, now),
    ]


def _plan(row: ProposalSummary, now: datetime) -> list[FactView]:
    """Say what an approval approves besides the prices: that they end, and that they go out in waves."""
    plan = []
    if row.ends_at is not None:
        plan.append(FactView(label="Earlier prices return", value=shown.when(row.ends_at, now)))
    if row.waves > 1:
        plan.append(FactView(label="Goes out", value=f"in {plural(row.waves, 'wave')}"))
    return plan


def _neighbours(session: Session, row: ProposalSummary, now: datetime) -> list[FactView]:
    """Say what else touches these SKUs: earlier prices of the week, and locks in the catalog."""
    if row.lines > LOOKED_UP:
        return []
    repriced = lists.repriced_since(session, row.id, now - WEEK)
    held = contexts.held(lists.skus_of(session, row.id, limit=LOOKED_UP), max(row.effective_at or now, now))
    return [FactView(label="Repriced in the last 7 days", value=count(repriced)), _locks(held)]


def _locks(held: Held) -> FactView:
    """Say which lines a context would refuse; locks that are not known are not the same as none."""
    known = some_of(list(held.holds), most=1)
    silent = f"not known in {', '.join(held.unasked)}" if held.unasked else ""
    return FactView(
        label="Locked", value="; ".join(filter(None, (known, silent))) or "none", tone="warn" if known or silent else ""
    )
