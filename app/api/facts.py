"""Costs and competitor prices: who saw what where and when, for how long it counts, and every change of it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlmodel import Session

from app import database
from app.api import uploads
from app.api.access import FactSupplier, Key, KeyUnlessDryRun, Reader
from app.api.file_imports import RowOut, answered, csv_of, kept, rows_of
from app.api.inputs import Strict
from app.api.problems import described
from app.clock import new_id, utc_now
from app.identity.actor import Actor
from app.intake import facts_file
from app.intake.facts_file import FactsSeen, NotAnObservation
from app.intake.sheet_rows import read_sheet
from app.lifecycle import commands
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import facts
from app.lifecycle.proposing.facts import FactsRefused, Supplied, Unfit
from app.pricelist import queries
from app.pricelist.facts import age_limit
from app.pricelist.records import Fact, FactChange
from app.words.money import Money, NotAPrice, UnknownCurrency, format_price
from app.words.sku import clean

router = APIRouter(prefix="/api/facts", tags=["facts"])
MOST = 1_000


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("this instant is beyond the calendar") from None


Sku = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean)]
Source = Annotated[str, Field(max_length=500, examples=["supplier price list"]), AfterValidator(facts_file.source_of)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class FactIn(Strict):
    """An observation: the amount as a decimal string with its currency, where it is from, and when it was seen."""

    amount: Annotated[str, Field(max_length=100, examples=["70.00"])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["INR"])]
    source: Source
    observed_at: Instant | None = None


class ObservationIn(FactIn):
    """An observation of one of many SKUs."""

    sku: Sku
    kind: Fact


class ObservationsIn(Strict):
    """Up to 1,000 observations; taken together or not at all."""

    facts: Annotated[list[ObservationIn], Field(min_length=1, max_length=MOST)]


class FactOut(BaseModel):
    """A fact on file. `measured` false: it is too old to count (see `age_limit_days`), and no rule reads it."""

    amount: str | None
    source: str
    observed_at: datetime | None
    age_days: int | None
    age_limit_days: int
    measured: bool


class FactChangeOut(BaseModel):
    """One change of one fact, and who did it."""

    kind: Fact
    before: str | None
    after: str | None
    currency: str
    source: str
    observed_at: datetime
    by: str
    at: datetime


class FactsOut(BaseModel):
    """The facts of one SKU, and their changes, newest first."""

    sku: str
    currency: str
    cost: FactOut
    competitor: FactOut
    changes: list[FactChangeOut]
    family: str
    family_rank: int | None
    pack_size: int | None
    content: str
    minimum_advertised: str | None


class TakenOut(BaseModel):
    """What became of observations: `changed`, `confirmed` (the same again), or `older` than the one on file."""

    changed: int
    confirmed: int
    older: int


class FactsTriedOut(BaseModel):
    """What a file of facts would do: how many could be taken, and every row that cannot.

    `notes` are sentences on what was read unseen and what was not read: hidden rows and columns, other sheets.
    """

    facts: int
    rows: list[RowOut]
    notes: list[str]


class FactsImportedOut(TakenOut):
    """What an import did; `left_out` rows could not be taken."""

    import_id: str
    left_out: int


@router.post("/import", response_model=FactsImportedOut | FactsTriedOut,
             responses=described(400, 401, 403, 413, 422, 429, 503))  # fmt: skip
def import_file(
    caller: FactSupplier,
    key: KeyUnlessDryRun,
    file: Annotated[
        UploadFile, File(description="CSV or XLSX with a heading: sku, cost, competitor_price, observed_at, source")
    ],
    source: Annotated[str, Form(max_length=500, description="where the rows do not say so")] = "",
    observed_at: Annotated[str, Form(max_length=40, description="where the rows do not say so; default now")] = "",
    dry_run: Annotated[bool, Query(description="only say what would happen")] = False,
    skip_problems: Annotated[bool, Query(description="go on without the rows that cannot be taken")] = False,
    problems: Annotated[Literal["json", "csv"], Query(description="how a dry run lists bad rows")] = "json",
) -> FactsImportedOut | FactsTriedOut | Response:
    """Take costs and competitor prices from a file. A bad row refuses the whole file unless told otherwise."""
    content, now = uploads.content_of(file, caller), utc_now()
    request = sha256(content + f"|facts|{source}|{observed_at}|{skip_problems}".encode()).hexdigest()
    before = None if dry_run else answered(caller, key, request)
    if before is not None:
        return FactsImportedOut.model_validate_json(before)
    seen = _seen(source, observed_at, now)
    with uploads.turn():
        found = facts_file.tried(read_sheet(content), seen, caller, now)
    if dry_run and problems == "csv":
        return csv_of(found.columns, found.bad)
    if dry_run:
        return FactsTriedOut(facts=len(found.supplied), rows=rows_of(found.bad), notes=list(found.notes))
    done = facts_file.carry_out(found, caller, without_bad_rows=skip_problems)
    answer = FactsImportedOut(**asdict(done)).model_dump_json()
    return FactsImportedOut.model_validate_json(kept(caller, key, request, done.import_id, answer))


@router.post("", responses=described(400, 401, 403, 422))
def supply_many(wish: ObservationsIn, caller: FactSupplier, key: Key) -> TakenOut:
    """Take many observations at once; one that cannot be taken refuses them all, and every such one is listed."""
    now = utc_now()
    supplied = _observations(wish.facts, now)

    def taken(session: Session) -> tuple[str, str]:
        batch = new_id()
        outcomes = facts.supply(session, supplied, actor=caller, batch=batch)
        return batch, TakenOut(**facts.counted(outcomes)).model_dump_json()

    return TakenOut.model_validate_json(commands.once(caller, key, wish.model_dump_json(), taken, now))


@router.put("/{kind}/{sku:path}", responses=described(401, 403, 422))
def supply_one(kind: Fact, sku: str, wish: FactIn, caller: FactSupplier) -> FactsOut:
    """Say what a fact of one SKU is. The same again changes nothing; an older observation stays out."""
    one = ObservationIn(**wish.model_dump(), sku=sku, kind=kind)
    _supply(_observations([one], utc_now()), caller)
    return read(sku, caller)


@router.delete("/{kind}/{sku:path}", responses=described(401, 403, 422))
def withdraw(kind: Fact, sku: str, caller: FactSupplier, source: Annotated[str, Query(max_length=500)]) -> FactsOut:
    """Say that a fact of one SKU is not known any more, and on whose word."""
    try:
        supplied = Supplied(clean(sku), kind, None, facts_file.source_of(source), utc_now())
    except NotAnObservation as refused:
        raise _refused(clean(sku), "bad_observation", str(refused)) from refused
    _supply([supplied], caller)
    return read(sku, caller)


@router.get("/{sku:path}", responses=described(401, 404))
def read(sku: str, caller: Reader) -> FactsOut:
    """Read the facts of a SKU with source, date and age, and who changed them."""
    name, now = clean(sku), utc_now()
    with database.reading() as session:
        product = queries.price_of(session, name)
        changes = facts.history(session, name) if product else []
    if product is None:
        raise NotFound("No product has this SKU.")
    least = product.minimum_advertised
    return FactsOut(
        sku=product.sku,
        currency=product.currency,
        cost=_fact(product, Fact.COST, now),
        competitor=_fact(product, Fact.COMPETITOR, now),
        changes=[_change(change) for change in changes],
        family=product.family,
        family_rank=product.family_rank,
        pack_size=product.pack_size,
        content=str(product.holds or ""),
        minimum_advertised=None if least is None else format_price(least, product.currency),
    )


def _supply(supplied: Sequence[Supplied], caller: Actor) -> None:
    database.committed(partial(facts.supply, supplied=supplied, actor=caller, batch=new_id()))


def _observations(wished: Sequence[ObservationIn], now: datetime) -> list[Supplied]:
    """Read amounts, or refuse with every one that is none."""
    found: list[Supplied] = []
    bad: dict[int, Unfit] = {}
    seen: set[tuple[str, Fact]] = set()
    for place, wish in enumerate(wished):
        amount: Money | None = None
        try:
            amount = Money.parse(wish.amount, wish.currency)
        except NotAPrice as refused:
            bad[place] = Unfit(refused.code, str(refused))
        except UnknownCurrency as refused:
            bad[place] = Unfit("unknown_currency", str(refused))
        if (wish.sku, wish.kind) in seen:
            bad[place] = Unfit("duplicate_sku", "This fact stands in the list already.")
        seen.add((wish.sku, wish.kind))
        found.append(Supplied(wish.sku, wish.kind, amount, wish.source, wish.observed_at or now))
    if bad:
        raise FactsRefused(found, bad)
    return found


def _seen(source: str, observed_at: str, now: datetime) -> FactsSeen:
    try:
        return FactsSeen(facts_file.source_of(source), facts_file.instant_of(observed_at) if observed_at else now)
    except NotAnObservation as refused:
        raise _refused("", "bad_observation", str(refused)) from refused


def _refused(sku: str, code: str, reason: str) -> FactsRefused:
    return FactsRefused([Supplied(sku, Fact.COST, None, "", utc_now())], {0: Unfit(code, reason)})


def _fact(product: queries.Authoritative, kind: Fact, now: datetime) -> FactOut:
    known = product.fact(kind, now)
    return FactOut(
        amount=None if known.amount is None else format_price(known.amount, product.currency),
        source=known.source,
        observed_at=known.observed_at,
        age_days=None if known.observed_at is None else (now - known.observed_at).days,
        age_limit_days=age_limit(kind),
        measured=known.measured,
    )


def _change(change: FactChange) -> FactChangeOut:
    def price(minor: int | None) -> str | None:
        return None if minor is None else format_price(minor, change.currency)

    return FactChangeOut(
        kind=Fact(change.kind),
        before=price(change.before),
        after=price(change.after),
        currency=change.currency,
        source=change.source,
        observed_at=change.observed_at,
        by=change.by_name,
        at=change.at,
    )
