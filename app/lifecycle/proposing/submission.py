"""What an analyst hands in, checked line by line before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import Literal, TypeAlias

from sqlalchemy import select
from sqlmodel import Session, col

from app.canary.waves import WavePlan, assign
from app.contracts.holds import Held
from app.lifecycle.deciding.content import content_hash, prices_hash
from app.lifecycle.errors import BadSubmission
from app.lifecycle.proposing import context_holds
from app.lifecycle.proposing.moments import why_no_moment
from app.lifecycle.proposing.more_facts import MONTH, NOTHING_MORE, MoreFacts
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.queries import price_in_force
from app.pricelist.records import Fact, Price, Product
from app.words.counting import part
from app.words.money import MAX_MINOR, Money
from app.words.typed import plain

MAX_LINES = 100_000
MAX_REASON = 500
Mixed: TypeAlias = Literal["together", "split"]
Row: TypeAlias = dict[str, str | int | None]
NOTHING_HELD = Held()


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """One SKU and its proposed price in minor units of the product's currency."""

    sku: str
    price: int


@dataclass(frozen=True, slots=True)
class Submission:
    """A reason and 1 to 100,000 lines. `mixed` says what happens when verdicts differ between lines.

    `effective_at` to `ends_at` is a price window, after which the earlier prices return. `waves` is a canary plan;
    `salt` is what its preview was made with, so that the same SKUs fall into the same waves.
    """

    reason: str
    lines: tuple[ProposedLine, ...]
    effective_at: datetime | None = None
    mixed: Mixed = "together"
    source: str = "typed"
    ends_at: datetime | None = None
    waves: WavePlan | None = None
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the price list knows of a SKU: the product's facts, its current price, and the one of 30 days ago.

    All amounts are in `currency`: a SKU has one for life. `cost` and `competitor` are what the rules may read: None if
    never observed, or too long ago (then it stands in `too_old`). `month_ago` is the first price of a product that was
    listed since, `more` what only some rules read (see `policy.with_more`).
    """

    sku: str
    name: str
    category: str
    brand: str
    currency: str
    cost: int | None
    competitor: int | None
    amount: int
    version: int
    month_ago: int | None
    sub_category: str
    too_old: tuple[Fact, ...] = ()
    more: MoreFacts = NOTHING_MORE

    @property
    def price(self) -> Money:
        """Return the current price."""
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A checked submission as rows of `Line`, under the id that its proposal will have.

    `unasked` are the contexts that could not be asked which prices they hold, `prices` stands for all that is proposed.
    """

    proposal_id: str
    rows: Sequence[Row]
    content_hash: str
    currency: str
    unasked: tuple[str, ...]
    prices: str


def laid_out(submission: Submission, known: Mapping[str, Listed], proposal_id: str, held: Held) -> LaidOut:
    """Lay lines out, each with the facts of its product, who holds its price, and the wave in which it would go out."""
    rows = [_row(proposal_id, n, known[line.sku], line.price) for n, line in enumerate(submission.lines, start=1)]
    for row in rows if held.holds else ():
        row["held"] = context_holds.written(held.holds.get(str(row["sku"]), ()))
    if submission.waves:
        placed = [(str(row["sku"]), str(row["category"]), str(row["brand"])) for row in rows]
        for row, wave in zip(rows, assign(submission.waves, placed, salt=submission.salt or proposal_id), strict=True):
            row["wave"] = wave
    currency = known[submission.lines[0].sku].currency
    return LaidOut(proposal_id, rows, content_hash(rows), currency, held.unasked, prices_hash(rows))


def _row(proposal_id: str, number: int, found: Listed, price: int) -> Row:
    return {
        "proposal_id": proposal_id,
        "line": number,
        "sku": found.sku,
        "old": found.amount,
        "new": price,
        "currency": found.currency,
        "base_version": found.version,
        "category": found.category,
        "brand": found.brand,
        "cost": found.cost,
        "competitor": found.competitor,
        "month_ago": found.month_ago,
        "held": None,
        "wave": 1,
    }


def listed(session: Session, skus: Sequence[str], *, now: datetime) -> dict[str, Listed]:
    """Look up many SKUs at once. Unknown SKUs are absent from the answer."""
    query = select(
        col(Product.sku),
        col(Product.name),
        col(Product.category),
        col(Product.brand),
        col(Price.currency),
        cost_at(now),
        competitor_at(now),
        col(Price.amount),
        col(Price.version),
        price_in_force(col(Product.sku), now - MONTH),
        col(Product.subcategory),
        col(Product.cost),
        col(Product.competitor_price),
    ).join(Price, (col(Price.sku) == col(Product.sku)) & (col(Price.currency) == col(Product.currency)))
    found: dict[str, Listed] = {}
    plausible = [sku for sku in skus if sku.isprintable()]  # a store may not even be able to look for others
    for start in range(0, len(plausible), 10_000):
        chosen = query.where(col(Product.sku).in_(plausible[start : start + 10_000]))
        for *known, cost, competitor in session.connection().execute(chosen):
            one = Listed(*known)
            old = (one.cost is None and cost is not None, one.competitor is None and competitor is not None)
            found[one.sku] = replace(one, too_old=tuple(compress(Fact, old))) if any(old) else one
    return found


def refuse_bad(submission: Submission, known: Mapping[str, Listed], *, now: datetime) -> None:
    """Raise `BadSubmission` with every bad line, or return. Nothing has been written yet."""
    if not plain(submission.reason):
        raise BadSubmission("A reason is needed: say in a sentence why these prices change.", code="reason_missing")
    if len(submission.reason) > MAX_REASON:
        raise BadSubmission(f"The reason is longer than {MAX_REASON} characters; shorten it.", code="reason_too_long")
    if not 1 <= len(submission.lines) <= MAX_LINES:
        raise BadSubmission(
            f"A proposal has 1 to {MAX_LINES:,} lines; this has {len(submission.lines):,}.", code="line_count"
        )
    refuse_moments(submission.effective_at, submission.ends_at, now)
    rows = bad_lines(submission, known)
    if rows:
        raise BadSubmission(
            f"{part(len(rows), len(submission.lines), 'line')} cannot be accepted; nothing was submitted."
            " Correct them or leave them out.",
            extra={"rows": rows},
        )
    refuse_mixed_currencies(known[line.sku].currency for line in submission.lines)


def refuse_mixed_currencies(currencies: Iterable[str]) -> None:
    """Raise `BadSubmission` if lines are priced in several currencies."""
    found = sorted(set(currencies))
    if len(found) > 1:
        raise BadSubmission(
            f"One proposal has one currency; these lines mix {', '.join(found)}. Submit one proposal per currency.",
            code="mixed_currencies",
        )


def refuse_moments(begins: datetime | None, ends: datetime | None, now: datetime) -> None:
    """Raise `BadSubmission` if a change cannot take effect or end at these moments."""
    if begins and (why := why_no_moment(begins, now)):
        raise BadSubmission(f"Takes effect: {why}", code="effective_at_makes_no_sense")
    if ends and (why := why_no_moment(ends, now, after=begins)):
        raise BadSubmission(f"Earlier prices return: {why}", code="window_makes_no_sense")


def bad_lines(submission: Submission, known: Mapping[str, Listed]) -> list[dict[str, str | int | None]]:
    """Return one row `{row, sku, code, reason}` per line that cannot be accepted."""
    rows: list[dict[str, str | int | None]] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(submission.lines, start=1):
        found = known.get(line.sku)
        if found is None:
            code, reason = "unknown_sku", "No product has this SKU."
        elif line.sku in seen:
            code, reason = "duplicate_sku", f"The SKU already stands in row {seen[line.sku]}."
        elif not 1 <= line.price <= MAX_MINOR:
            code, reason = "not_a_price", "A price is above zero and at most 10^12 minor units."
        elif line.price == found.amount:
            code, reason = "unchanged", "The proposed price is the current price."
        else:
            seen[line.sku] = number
            continue
        rows.append({"row": number, "sku": line.sku, "code": code, "reason": reason})
    return rows
