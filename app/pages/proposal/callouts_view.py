"""What matters of a proposal now, in words: one callout for each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.components import format as shown
from app.components import vocabulary
from app.components.views import View
from app.lifecycle.proposing.stale_facts import MovedFact
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.rolling_back.second_person import TakesTwo
from app.lifecycle.table.status import Status
from app.lifecycle.views.values import ProposalSummary, UnderWay
from app.timekeeping.local_time import told_here
from app.words import money
from app.words.counting import count, part, plural

MOST_WARNINGS = 4


class SayView(View):
    """One callout: lead in bold, then the sentence."""

    tone: str = ""
    lead: str = ""
    rest: str = ""


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
    back = []
    if proposal.status is Status.ROLLING_BACK:
        answered = proposal.under_way is None and not laggards
        back = [_rolling_back(asked_by, asked_at, cause, laggards, confirmed, answered=answered)]
    if proposal.status is Status.ROLLED_BACK:
        lead = "Every context is back at the old prices."
        back = [SayView(tone="undo", lead=lead, rest=_why_undone(asked_by, cause))]
    return [
        *_on_its_way(proposal, now),
        *_minded(warnings),
        *back,
        *([_facts_moved(moved)] if moved else []),
        *([] if active_rules is None else [_other_rules(proposal, active_rules)]),
        *_refused(proposal),
        *_decided(proposal),
    ]


def _on_its_way(proposal: ProposalSummary, now: datetime) -> list[SayView]:
    says = [] if proposal.under_way is None else [_under_way(proposal.under_way)]
    if _out_in_part(proposal):
        says.append(_rest_stays(proposal))
    if proposal.returns and proposal.status is Status.PENDING_APPROVAL:
        says.append(_return_waits(proposal, now))
    return says


def _minded(warnings: Sequence[str]) -> list[SayView]:
    minded = [told_here(warning) for warning in warnings]
    says = [SayView(tone="warn", lead="Mind this:", rest=warning) for warning in minded[:MOST_WARNINGS]]
    if more := minded[MOST_WARNINGS:]:
        says.append(SayView(tone="warn", lead=f"And {count(len(more))} more to mind:", rest=" ".join(more)))
    return says


def _facts_moved(moved: Sequence[MovedFact]) -> SayView:
    lead = f"{plural(len(moved), 'fact')} moved since this verdict."
    return SayView(tone="warn", lead=lead, rest=_moved(moved))


def _other_rules(proposal: ProposalSummary, active: int) -> SayView:
    rest = f"This verdict was reached by rule set {proposal.rule_set}: evaluate it again before you decide."
    return SayView(tone="warn", lead=f"Rule set {active} is in force now.", rest=rest)


def _refused(proposal: ProposalSummary) -> list[SayView]:
    if proposal.status is not Status.REJECTED or proposal.decision:
        return []
    hard = plural(proposal.hard, "line breaks", "lines break")
    rest = f"{hard} a hard rule. The findings name the price that would pass."
    return [SayView(tone="bad", lead="Refused by the rules, nothing was published.", rest=rest)]


def _decided(proposal: ProposalSummary) -> list[SayView]:
    if proposal.decision not in ("reject", "return") or not proposal.decision_comment:
        return []
    verb, said = vocabulary.verb(proposal.decision), shown.in_own_words(proposal.decision_comment)
    return [SayView(tone=verb.tone, lead=f"{verb.done} by {(proposal.decided_by or '').rstrip('.')}.", rest=said)]


_DONE_OF = {
    EffectKind.PUBLISH: ("line is out", "lines are out"),
    EffectKind.ROLL_BACK: ("price is back", "prices are back"),
    EffectKind.DIVIDE: ("line is divided", "lines are divided"),
    EffectKind.PLACE: ("line is placed", "lines are placed"),
    EffectKind.JUDGE_AGAIN: ("line is judged", "lines are judged"),
    EffectKind.GROW: ("line is written", "lines are written"),
    EffectKind.LAY_OUT: ("line is written", "lines are written"),
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
        done = f" {plural(confirmed, 'context')} confirmed the undo;" if confirmed else ""
        names = ", ".join(f"{name} has {count(left)} left" for name, left in laggards)
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
    before, after = (money.amount(amount, fact.currency) for amount in (fact.before, fact.after))
    return fact.words or f"{fact.sku} {fact.what}: {before} → {after}"
