"""What a bulk approval is about to do, said before it does it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from app.components import format as shown
from app.components import vocabulary
from app.components.changes import largest_change
from app.components.findings import worst_of
from app.components.states import BulkState
from app.components.views import FactView
from app.identity.actor import Actor
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import lists, queries
from app.lifecycle.views.values import ProposalSummary
from app.pages.approvals.view import BulkRow, BulkView
from app.words.counting import count, plural
from app.words.money import amount
from app.words.percent import change, percent, rounded
from app.words.title import title_of
from rules.registry import kind_words


def preview(session: Session, actor: Actor, ticks: Mapping[str, str], nonce: str, now: datetime) -> BulkView:
    """Say how much a bulk approval would move, how far the worst of it goes, and what of it will be refused."""
    rows = [queries.summary(session, reference) for reference in ticks]
    whys = {row.reference: _why_not(session, actor, row, ticks[row.reference], now) for row in rows}
    going, refused = [r for r in rows if not whys[r.reference]], [r for r in rows if whys[r.reference]]
    return BulkView(
        nonce=nonce,
        title=f"{DEEDS[Action.APPROVE].label} {plural(len(going), 'proposal')}",
        facts=_facts(session, going) if going else [],
        goes=f"{plural(len(going), 'proposal')}, {plural(sum(r.lines for r in going), 'line')}" if going else "",
        refused=f"{count(len(refused))} of {count(len(rows))} will be refused." if refused else "",
        rows=[_row(row, whys[row.reference], now) for row in (*refused, *going)],
    )


def _why_not(session: Session, actor: Actor, row: ProposalSummary, seen: str, now: datetime) -> str:
    refused = moves.why_not(Case(session, queries.find(session, row.id), Action.APPROVE, actor, now))
    if refused:
        return refused.detail
    changes = queries.changes(session, row.id, seen)
    return f"Changed since you selected it: {'; '.join(changes)}." if seen != row.seen_hash else ""


def _row(row: ProposalSummary, why: str, now: datetime) -> BulkRow:
    plan = [f"until {shown.when(row.ends_at, now)}"] if row.ends_at else []
    plan += [f"in {plural(row.waves, 'wave')}"] if row.waves > 1 else []
    note = why or ", ".join([plural(row.lines, "line"), worst_of(row.worst_rule, row.worst_bp), *plan])
    status = vocabulary.look(vocabulary.BULK, BulkState.REFUSED if why else BulkState.GOES)
    return BulkRow(reference=row.reference, title=title_of(row.reason)[0], status=status, note=note)


def _facts(session: Session, rows: Sequence[ProposalSummary]) -> list[FactView]:
    lines = sum(row.lines for row in rows)
    mean = rounded(sum((row.mean_change_bp or 0) * row.lines for row in rows), lines)
    largest = max(rows, key=lambda row: abs(row.largest_change_bp or 0))
    return [
        FactView(label="Lines", value=count(lines)),
        *_money(session, rows),
        FactView(label="Mean change", value=percent(mean, signed=True)),
        FactView(label="Largest change", value=largest_change(largest), note=f"in {largest.reference}"),
        *_worst(rows),
    ]


def _money(session: Session, rows: Sequence[ProposalSummary]) -> list[FactView]:
    """Add the prices up, currency by currency: what one of each cost and would cost."""
    sums = lists.price_sums(session, [row.id for row in rows])
    return [
        FactView(
            label="One of each",
            value=f"{amount(old, currency)} → {amount(new, currency)}",
            note=f"({change(old, new)})",
        )
        for currency, (old, new) in sums.items()
    ]


def _worst(rows: Sequence[ProposalSummary]) -> list[FactView]:
    """Name the proposal furthest beyond each rule."""
    worst: dict[str, ProposalSummary] = {}
    for row in rows:
        if row.worst_rule is None or row.worst_bp is None:
            continue
        sign = -1 if kind_words(row.worst_rule).is_level else +1
        before = worst.get(row.worst_rule)
        if before is None or row.worst_bp * sign > (before.worst_bp or 0) * sign:
            worst[row.worst_rule] = row
    return [
        FactView(
            label=f"Worst: {kind_words(rule).short}",
            value=worst_of(row.worst_rule, row.worst_bp),
            note=f"in {row.reference}",
            tone="warn",
        )
        for rule, row in sorted(worst.items())
    ]
