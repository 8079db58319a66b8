"""From a draft to what the New proposal page shows of it, and what submitting it will do, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from app.components import format as shown
from app.components import vocabulary
from app.components.changes import line_change
from app.components.findings import PricedLine, found
from app.components.views import MoneyView, SegmentView, StatusView, View
from app.contracts.holds import Held, Hold
from app.intake.drafts import SUBMITTABLE, DraftRow, Kind
from app.intake.records import Draft
from app.lifecycle.proposing.submission import Mixed
from app.words import counting
from app.words.counting import noun, plural

KINDS: tuple[Kind, ...] = ("problem", "hard", "soft", "clean", "unchanged")
PASTED = ("pasted", "pasted lines")


class CountView(View):
    """One number of the dry run."""

    kind: str = ""
    status: StatusView = StatusView()
    number: str = "0"
    note: str = ""
    tone: str = ""


class DraftView(View):
    """A draft at a glance."""

    id: str = ""
    name: str = ""
    about: str = ""
    pasted: bool = False
    counts: list[CountView] = []
    rows: str = ""
    rows_say: str = ""
    rule_set: str = ""
    bar: list[SegmentView] = []
    bar_label: str = ""
    problems: int = 0
    problems_say: str = ""
    kinds: dict[str, str] = {}
    changing: str = ""
    choice: bool = False
    meant: str = ""


class OutcomeView(View):
    """What submitting does: `lead` in bold, then the sentence; `lines` go."""

    tone: str = "idle"
    lead: str = ""
    rest: str = ""
    lines: int = 0
    button: str = "Submit"
    foot_lead: str = ""
    foot: str = ""


class DraftRowView(PricedLine):
    """One row of the draft."""

    row: str = ""
    number: int = 0
    raw: str = ""
    reason: str = ""
    meant: str = ""
    cost: MoneyView = MoneyView()


_NOTES = {
    "problem": "cannot be submitted",
    "hard": "break a hard rule",
    "soft": "a person must decide",
    "clean": "publish without a person",
    "unchanged": "same price, left out",
}


def draft(row: Draft, meant: int = 0) -> DraftView:
    """Show a draft at a glance; in `meant` rows the SKU of a product is spelled another way."""
    judged = row.clean + row.soft + row.hard
    order = ("unchanged", "clean", "soft", "hard") + (("problem",) if row.problem else ())
    parts = [_part(kind, getattr(row, kind)) for kind in ("unchanged", "clean", "soft", "hard", "problem")]
    pasted = row.filename in PASTED
    return DraftView(
        id=row.id,
        name="Lines typed or pasted" if pasted else row.filename,
        about="" if pasted else size(row.size_bytes),
        pasted=pasted,
        counts=[_count(kind, getattr(row, kind)) for kind in order],
        rows=counting.count(row.rows),
        rows_say=plural(row.rows, "row"),
        rule_set=f"rule set {row.rule_set}",
        bar=shown.segments(parts, row.rows),
        bar_label=", ".join(f"{counting.count(n)} {word}" for _, n, word in parts if n),
        problems=row.problem,
        problems_say=_problems(row.problem),
        kinds={kind: counting.count(getattr(row, kind)) for kind in KINDS},
        changing=f"{plural(judged, 'price changes', 'prices change')}" if judged else "no price changes",
        choice=sum(1 for n in (row.clean, row.soft, row.hard) if n) > 1,
        meant=f"Take all {counting.count(meant)} SKUs that are meant" if meant > 1 else "",
    )


def _part(kind: str, number: int) -> tuple[str, int, str]:
    """Return the tone of a part of the bar, its number and its word; what does not go out is no colour of a verdict."""
    look = vocabulary.look(vocabulary.DRAFT_ROWS, kind)
    if kind == "problem":
        return "idle", number, noun(number, "bad row")
    return "skip" if kind == "unchanged" else look.tone, number, vocabulary.in_a_sentence(look)


def _count(kind: str, number: int) -> CountView:
    return CountView(
        kind=kind,
        status=vocabulary.look(vocabulary.DRAFT_ROWS, kind),
        number=counting.count(number),
        note=_NOTES[kind],
        tone="" if number else "z",
    )


def _problems(count: int) -> str:
    return plural(count, "bad row") if count else "no bad rows"


def size(count: int) -> str:
    """Show a size in bytes as people say it."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(count // 1000, 1)} kB"


def first_kind(row: Draft) -> Kind:
    """Return the kind of rows to look at first: what needs attention comes first."""
    return next((kind for kind in KINDS if getattr(row, kind)), "clean")


def outcome(row: Draft, mixed: Mixed, locked: int = 0) -> OutcomeView:
    """Say what submitting this draft will do, before it is done; `locked` of the lines that would go are locked."""
    says = _by_the_rules(row, mixed)
    if not locked or says.tone in ("bad", "idle"):
        return says
    what = f"{plural(locked, 'line is', 'lines are')} locked, so a context takes the change back."
    return says.model_copy(
        update={"tone": "warn", "rest": f"{says.rest} But {what}", "foot": f"{says.foot} But {what}"}
    )


def _by_the_rules(row: Draft, mixed: Mixed) -> OutcomeView:
    clean, soft, hard = row.clean, row.soft, row.hard
    if not clean + soft + hard:
        unread = f"{_problems(row.problem)}; correct them below." if row.problem else "no row changes a price."
        return OutcomeView(tone="idle", lead="Nothing to submit:", rest=unread, foot_lead="Nothing to submit.")
    if mixed == "split" and sum(1 for n in (clean, soft, hard) if n) > 1:
        return _split(clean, soft, hard)
    return _together(clean, soft, hard, bad=row.problem)


def _together(clean: int, soft: int, hard: int, *, bad: int = 0) -> OutcomeView:
    lines = clean + soft + hard
    if hard:
        rest = "one hard line stops all. Use the passing prices, or split."
        if hard == lines:
            rest = f"{plural(hard, 'line breaks', 'lines break')} a hard rule."
        lead = "This is refused:" if hard == lines else "Together, this is refused:"
        return _submits("bad", lead, rest, lines, "The rules reject it at once; nothing is published.")
    if soft:
        over = plural(soft, "line is", "lines are")
        rest = f"{over} over a soft limit, so all {counting.count(lines)} wait together."
        rest = "it is over a soft limit." if lines == 1 else rest
        return _submits("warn", "An approver must decide:", rest, lines, "It waits for an approver other than you.")
    every = "every line that could be read" if bad else "every line"
    return _submits("ok", "Clean:", f"{every} stays inside every limit.", lines, "It publishes without a person.")


def _split(clean: int, soft: int, hard: int) -> OutcomeView:
    lines = clean + soft
    if not lines:
        return _together(clean, soft, hard)
    stays = f" {plural(hard, 'hard line stays', 'hard lines stay')} behind, for a draft of their own." if hard else ""
    parts = []
    if clean:
        parts.append(f"{plural(clean, 'clean line publishes', 'clean lines publish')} at once")
    if soft:
        parts.append(f"{plural(soft, 'soft line waits', 'soft lines wait')} for an approver other than you")
    goes, proposals = f"{'; '.join(parts)}.", "two proposals" if clean and soft else "one proposal"
    return _submits("warn" if soft else "ok", "Split:", f"{goes}{stays}", lines, goes, proposals=proposals)


def _submits(tone: str, lead: str, rest: str, lines: int, foot: str, *, proposals: str = "one proposal") -> OutcomeView:
    return OutcomeView(
        tone=tone,
        lead=lead,
        rest=rest,
        lines=lines,
        button=f"Submit {plural(lines, 'line')}",
        foot_lead=f"Submits {proposals}.",
        foot=foot,
    )


def rows(found_rows: Sequence[DraftRow], held: Held) -> list[DraftRowView]:
    """Show rows of the draft with what contexts hold of them."""
    return [_row(line, held.holds.get(line.sku, ())) for line in found_rows]


def _row(line: DraftRow, holds: Sequence[Hold]) -> DraftRowView:
    currency = (line.currency or "") if line.old is not None else ""

    def price(amount: int | None) -> MoneyView:
        return shown.money(amount if currency else None, currency)

    return DraftRowView(
        key=str(line.row),
        row=counting.count(line.row),
        number=line.row,
        sku=line.sku,
        name=line.name or "",
        brand=line.brand or "",
        raw=line.raw_price,
        reason=line.reason or "",
        meant=line.meant or "",
        old=price(line.old),
        new=price(line.new),
        change=line_change(line.change_bp, line.findings) if line.change_bp is not None else "",
        verdict=vocabulary.look(vocabulary.DRAFT_ROWS, line.kind),
        found=found(line.findings),
        lock=" ".join(hold.sentence() for hold in holds) if line.kind in SUBMITTABLE else "",
        cost=price(line.cost) if line.findings else MoneyView(),
        passes=price(line.passing_price),
    )


def is_kind(text: str) -> bool:
    """Tell whether an address names a kind of rows."""
    return text in get_args(Kind)
