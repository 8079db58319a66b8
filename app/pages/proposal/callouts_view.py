"""What matters of a proposal now, in words: one callout for each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def _warns(lead: str, rest: str) -> SayView:
    return SayView(tone="warn", lead=lead, rest=rest)


@dataclass(frozen=True)
class WayBack:
    """Who asked for a roll-back and why, and how far the contexts are with it."""

    asked_by: str = ""
    asked_at: datetime | None = None
    cause: str = ""
    laggards: Sequence[tuple[str, int]] = ()
    confirmed: int = 0


def taking_two(found: TakesTwo | None, now: datetime) -> list[SayView]:
    """Say that rolling back takes two people, why, and who has asked."""
    if found is None:
        return []
    if not found.asked_by:
        return [_warns("Rolling back takes two people.", found.sentence)]
    since = f"since {shown.when(found.asked_at, now)}."
    if found.in_name_of and not found.half_way:
        return [_warns(f"A roll-back waits in {found.asked_by}’s name for another person, {since}", found.reason)]
    if found.in_name_of:
        return [_warns(f"The roll-back that {found.asked_by} wants has stopped, {since}", found.reason)]
    rest = shown.in_own_words(found.reason, f"{found.sentence} Another person may agree.")
    return [_warns(f"{found.asked_by} asks to roll back, {since}", rest)]


def callouts(
    proposal: ProposalSummary,
    now: datetime,
    back: WayBack,
    *,
    moved: Sequence[MovedFact] = (),
    warnings: Sequence[str] = (),
    active_rules: int | None = None,
) -> list[SayView]:
    """Say the one or two things that matter now."""
    return [
        *_on_its_way(proposal, now),
        *_minded(warnings),
        *_going_back(proposal, back),
        *([_warns(f"{plural(len(moved), 'fact')} moved since this verdict.", _moved(moved))] if moved else []),
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
    says = [_warns("Mind this:", warning) for warning in minded[:MOST_WARNINGS]]
    more = minded[MOST_WARNINGS:]
    return [*says, _warns(f"And {count(len(more))} more to mind:", " ".join(more))] if more else says


def _other_rules(proposal: ProposalSummary, active: int) -> SayView:
    rest = f"This verdict was reached by rule set {proposal.rule_set}: evaluate it again before you decide."
    return _warns(f"Rule set {active} is in force now.", rest)


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
    rest = f"{part(effect.done, effect.total, *_DONE_OF[effect.kind])}."
    if effect.waits:
        return _warns("It stopped half-way, and waits for another person.", rest)
    return SayView(tone="idle", lead=vocabulary.look(vocabulary.UNDER_WAY, effect.kind).word, rest=rest)


def _out_in_part(proposal: ProposalSummary) -> bool:
    over = proposal.status is Status.PUBLISHED and proposal.under_way is None and proposal.returns is None
    return over and proposal.published_lines < proposal.lines


def _rest_stays(proposal: ProposalSummary) -> SayView:
    return _warns(
        f"{part(proposal.published_lines, proposal.lines, 'line is', 'lines are')} out.",
        "The rest stays as it was; the timeline says why. Propose it again if it is to go out after all.",
    )


def _return_waits(proposal: ProposalSummary, now: datetime) -> SayView:
    broken, not_applied = "An earlier price breaks a hard rule today.", "The contexts could not apply this return."
    return _warns(
        broken if proposal.hard else not_applied,
        "Approve the return, or make the prices permanent. If nobody decides, the earlier prices return"
        f" {shown.when(proposal.effective_at, now)} all the same.",
    )


def _going_back(proposal: ProposalSummary, back: WayBack) -> list[SayView]:
    because = f": {back.cause.rstrip('.')}" if back.cause else ""
    if proposal.status is Status.ROLLED_BACK:
        why = f"{back.asked_by} asked for the rollback{because}." if back.asked_by else ""
        return [SayView(tone="undo", lead="Every context is back at the old prices.", rest=why)]
    if proposal.status is not Status.ROLLING_BACK:
        return []
    at = f" at {shown.clock(back.asked_at, seconds=True)}" if back.asked_at else ""
    asked = f"{back.asked_by} asked for it{at}{because}." if back.asked_by else ""
    how_far = "Every context has answered." if proposal.under_way is None else ""
    if back.laggards:
        done = f"{plural(back.confirmed, 'context')} confirmed the undo; " if back.confirmed else ""
        how_far = done + ", ".join(f"{name} has {count(left)} left" for name, left in back.laggards) + "."
    return [SayView(tone="undo", lead="Going back to the old prices.", rest=f"{asked} {how_far}".strip())]


def _moved(moved: Sequence[MovedFact]) -> str:
    first = "; ".join(_one_moved(fact) for fact in moved[:2])
    more = f" and {len(moved) - 2:,} more" if len(moved) > 2 else ""
    return f"{first}{more}. An approval binds to what was seen, so the findings must be read again."


def _one_moved(fact: MovedFact) -> str:
    before, after = (money.amount(amount, fact.currency) for amount in (fact.before, fact.after))
    return fact.words or f"{fact.sku} {fact.what}: {before} → {after}"
