"""Reads everything the proposal's page shows, in one consistent look at the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.canary.evidence import Outcome
from app.canary.wave_guards import judge
from app.canary.waves import suggest
from app.components import format as shown
from app.components.score.layout import lay_out
from app.components.score.view import ScoreView
from app.components.views import ActionView, FactView
from app.database import reading
from app.deliveries import queries as deliveries
from app.deliveries.views import ContextView, RepricingView
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import CanaryView
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import obstacles
from app.lifecycle.publishing import brakes
from app.lifecycle.publishing.canary import on_one_word
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.rolling_back import second_person
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries as lifecycle
from app.lifecycle.views.values import OpenAction, ProposalSummary
from app.lifecycle.windows import made_permanent
from app.lifecycle.windows.end_state import end_of
from app.pages.proposal import callouts_view, canary_view, lines_view, trace_view, view
from app.pages.proposal.callouts_view import SayView, WayBack
from app.pages.proposal.canary_view import Foretold, NextView, PanelView
from app.pages.proposal.lines_view import FindingRow, ProposalLine
from app.pages.proposal.trace_view import TraceRow
from app.pages.proposal.view import HeadView
from app.passport import TraceEntry, evidence_of, trace
from app.passport.gather import story
from app.timekeeping.local_time import told_here

PAGE = 100
LIVE_LINES = 6_000
"""Guards of a wave are read while it bakes up to this size; larger ones when they are judged."""


@dataclass(frozen=True)
class ProposalAsked:
    """What of a proposal is looked at: the tab, and on the lines' tab which ones."""

    reference: str
    tab: str = "lines"
    verdict: str = ""
    after: str = ""
    seen: str = ""
    """What a decision on this page is bound to; empty if it is opened now."""


@dataclass(frozen=True)
class ProposalPage:
    """The page's content, as strings."""

    head: HeadView
    says: list[SayView]
    score: ScoreView
    facts: list[FactView]
    decision_facts: list[FactView]
    actions: dict[str, ActionView]
    deciding: bool
    why_shut: str
    rows: list[ProposalLine]
    contexts: list[str]
    next_after: str
    findings: list[FindingRow]
    trace: list[TraceRow]
    steps: list[TraceRow]
    trace_count: int
    panel: PanelView
    next: NextView
    keep_finds: str
    demand_why: str
    demand_warns: str
    seen: str
    changed: str


def proposal_page(wanted: ProposalAsked, actor: Actor, now: datetime) -> ProposalPage | None:
    """Read the page, or nothing where the address names no proposal."""
    if not view.is_reference(wanted.reference):
        return None
    try:
        return whole_page(wanted, actor, now)
    except NotFound:
        return None


def whole_page(wanted: ProposalAsked, actor: Actor, now: datetime) -> ProposalPage:
    """Read the page. Raises `NotFound`."""
    with reading() as session:
        proposal = lifecycle.summary(session, wanted.reference)
        entries = _in_their_zone(trace(session, proposal.id))
        contexts = deliveries.contexts(session)
        repricing = deliveries.repricing(session, proposal.id) if proposal.published_at else None
        rows, next_after = _rows(session, wanted, proposal, repricing, contexts)
        opened = lifecycle.open_actions(session, proposal.id, actor, now)
        waves = schedule.canary_of(session, proposal.id)
        two = second_person.takes_two(session, proposal.id, actor.id, now) if actor.may(Permission.ROLL_BACK) else None
        foretold = _foretold(session, proposal, waves, now)
        actions = view.actions(opened, proposal, hurries=actor.may(Permission.EXPEDITE), takes_two=two is not None)
        told = trace_view.as_list(entries, published_at=proposal.published_at, now=now)
        return ProposalPage(
            head=view.head(proposal, now, end=end_of(session, proposal.id, now)),
            panel=canary_view.panel(waves, proposal, entries, now, foretold),
            next=canary_view.coming(schedule.appointments_of(session, proposal.id), proposal.waves, now, foretold),
            actions=actions,
            deciding=any(actions[action].action for action in view.DECIDING),
            why_shut=view.why_shut(actions),
            keep_finds=_keep_finds(session, proposal, now) if actions[Action.KEEP].allowed else "",
            demand_why=_suggestion(proposal),
            demand_warns=_warning(session, proposal, actor, now),
            seen=wanted.seen or proposal.seen_hash,
            changed=_changed(session, proposal, wanted.seen) if _can_decide(opened) else "",
            says=[*_says(session, proposal, entries, repricing, now), *callouts_view.taking_two(two, now)],
            score=lay_out(
                story(proposal, entries, repricing, contexts, now=now, zone=shown.local(now).tzinfo, canary=waves)
            ),
            facts=view.facts(proposal),
            decision_facts=view.decision_facts(proposal, now),
            rows=rows,
            contexts=[context.name for context in contexts] if proposal.published_at else [],
            next_after=next_after,
            findings=_findings(session, wanted, proposal),
            trace=told,
            steps=trace_view.before_the_seam(told),
            trace_count=len(entries),
        )


def _foretold(session: Session, proposal: ProposalSummary, waves: CanaryView | None, now: datetime) -> Foretold:
    """Read the guards of the wave that bakes now, and what would come of them; decides nothing."""
    brake = _brake(session, waves, now)
    if waves is None or proposal.status is not Status.CANARY:
        return Foretold(brake=brake)
    small = canary_view.canary_wave(waves, waves.wave).lines <= LIVE_LINES
    evidence = evidence_of(session, proposal.id, waves.wave) if small else None
    if evidence is None:
        return Foretold(brake=brake)
    judged = judge(waves.plan.guards, evidence)
    breached = judged.outcome is Outcome.BREACH
    word = on_one_word(session, lifecycle.find(session, proposal.id), evidence, now) if breached else None
    return Foretold(judged.readings, brake, word.sentence if word and word.why else "")


def _brake(session: Session, waves: CanaryView | None, now: datetime) -> str:
    """Say what keeps the next wave from going out when the one that is out is judged, or now if that is past."""
    if waves is None:
        return ""
    stop = brakes.stopped(session)
    if stop is not None:
        return f"publishing is stopped ({stop.reason})"
    at = max(canary_view.canary_wave(waves, waves.wave).bakes_until or now, now)
    frozen = brakes.closed(session, at)
    return f"nothing publishes until {shown.when(frozen.ends, now)} ({frozen.reason})" if frozen else ""


def _keep_finds(session: Session, proposal: ProposalSummary, now: datetime) -> str:
    """Say what the rules hold of the prices that would become permanent."""
    return made_permanent.keeping(session, lifecycle.find(session, proposal.id), now).sentence


def _suggestion(proposal: ProposalSummary) -> str:
    if proposal.status is not Status.PENDING_APPROVAL:
        return ""
    plan = suggest(proposal.lines, proposal.soft, proposal.largest_change_bp or 0)
    return plan.why if plan else ""


def _warning(session: Session, proposal: ProposalSummary, actor: Actor, now: datetime) -> str:
    """Say what demanding waves costs: somebody else has to approve."""
    if proposal.status is not Status.PENDING_APPROVAL:
        return ""
    if lifecycle.others_may(session, proposal.id, Action.APPROVE, actor, now):
        return "Who demands waves has a hand in the proposal, so somebody else has to approve it then."
    return (
        "Nobody else here may approve: with waves of yours it waits until it is escalated to the rule owners. Or return"
        " it, and ask its author in the comment to submit it with these waves."
    )


def _in_their_zone(entries: Sequence[TraceEntry]) -> list[TraceEntry]:
    """Tell the instants of a passport in the zone of whoever is shown it; what people said stays as they said it."""
    return [replace(entry, told=told_here(entry.told)) for entry in entries]


def _can_decide(opened: Sequence[OpenAction]) -> bool:
    """Tell whether anything is open that binds to how the page was opened (a brake binds to what it shows now)."""
    brakes = (Action.PAUSE, Action.ROLL_BACK, Action.RE_EVALUATE, Action.PLAN_WAVES)
    return any(one.allowed and one.action not in brakes for one in opened)


def _changed(session: Session, proposal: ProposalSummary, seen: str) -> str:
    """Say what is not as it was when the page was opened."""
    if not seen or seen == proposal.seen_hash:
        return ""
    words = "; ".join(lifecycle.changes(session, proposal.id, seen))
    return told_here(f"{words[:1].upper()}{words[1:]}.") if words else "It is not as it was."


def _rows(
    session: Session,
    wanted: ProposalAsked,
    proposal: ProposalSummary,
    repricing: RepricingView | None,
    contexts: list[ContextView],
) -> tuple[list[ProposalLine], str]:
    if wanted.tab != "lines":
        return [], ""
    page = lifecycle.lines(
        session, proposal.id, verdict=wanted.verdict or None, cursor=wanted.after or None, limit=PAGE
    )
    skus = [line.sku for line in page.items]
    answers = deliveries.deliveries_of(session, proposal.id, skus) if repricing else {}
    published = proposal.published_at is not None
    shows = lines_view.rows(page.items, answers, contexts, published=published, all_out=_all_out(proposal))
    return shows, page.next_cursor or ""


def _all_out(proposal: ProposalSummary) -> bool:
    """Tell whether every line has been sent; waves, and a large change on its way, leave some for later."""
    going = proposal.under_way is not None and proposal.under_way.kind is EffectKind.PUBLISH
    return proposal.published_lines >= proposal.lines and not going


def _confirmed(repricing: RepricingView) -> int:
    undo = repricing.row.undo_expected
    return sum(undo is not None and lane.undone >= undo for lane in repricing.row.lanes)


def _findings(session: Session, wanted: ProposalAsked, proposal: ProposalSummary) -> list[FindingRow]:
    return lines_view.findings(lifecycle.findings_by_rule(session, proposal.id)) if wanted.tab == "findings" else []


def _says(
    session: Session,
    proposal: ProposalSummary,
    entries: list[TraceEntry],
    repricing: RepricingView | None,
    now: datetime,
) -> list[SayView]:
    asked = next((entry for entry in entries if entry.what == "PriceChangeRollbackRequested"), None)
    going_back = proposal.status is Status.ROLLING_BACK and repricing is not None
    back = WayBack(
        asked_by=asked.who if asked else "",
        asked_at=asked.at if asked else None,
        cause=asked.detail if asked else "",
        laggards=deliveries.laggards(session, proposal.id, now=now) if going_back else [],
        confirmed=_confirmed(repricing) if repricing else 0,
    )
    return callouts_view.callouts(
        proposal,
        now,
        back,
        moved=lifecycle.moved_facts(session, proposal.id, now),
        warnings=obstacles.of_proposal(session, lifecycle.find(session, proposal.id), now),
        active_rules=lifecycle.rules_moved(session, proposal.id),
    )
