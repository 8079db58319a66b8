"""Costs and competitor prices as evidence: who may supply them, what is written down, and whom it bars from deciding.

A fact decides what the rules say of every line of its SKU. So whoever supplied it decides on none of these lines, and
whoever has a hand in an open proposal, or decided on one, changes no fact of its SKUs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app import bulk
from app.clock import utc_now
from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.identity.roles import Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.lifecycle.errors import NotAllowed, Refused
from app.lifecycle.records import Decision, Hand, Line, Proposal
from app.lifecycle.table.status import Status
from app.pricelist import catalog_import
from app.pricelist.attributes import NOTHING_STATED
from app.pricelist.catalog_import import (
    CatalogRow,
    Changed,
    Imported,
    Known,
    OnFile,
    Prepared,
    keep_changes,
    known,
    renewed,
    take_turns,
)
from app.pricelist.records import Fact, FactChange, Product
from app.words.money import Money, format_price

CHAIN = "facts"
NAMED = 3
"""How many changes one audit entry says in words; its digest covers all."""
WORDS = {Fact.COST: "cost", Fact.COMPETITOR: "competitor price"}
_OPEN = (Status.EVALUATING, Status.PENDING_APPROVAL, Status.APPROVED, Status.CANARY, Status.HELD)


@dataclass(frozen=True, slots=True)
class Supplied:
    """An observation of one fact of one SKU, by a named source. `amount` None: it is not known any more."""

    sku: str
    kind: Fact
    amount: Money | None
    source: str
    observed_at: datetime


class SupplyOutcome(StrEnum):
    """What became of one observation."""

    CHANGED = "changed"
    CONFIRMED = "confirmed"
    OLDER = "older"


def counted(outcomes: Sequence[SupplyOutcome]) -> dict[str, int]:
    """Return how often each outcome stands there, by its name."""
    return {kind.value: outcomes.count(kind) for kind in SupplyOutcome}


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why an observation cannot be taken: `code` is stable, `reason` a sentence."""

    code: str
    reason: str


class FactsRefused(Refused):
    """Observations that cannot be taken, all of them listed; nothing was changed."""

    code, status, title = "facts_refused", 422, "Some facts cannot be taken"

    def __init__(self, supplied: Sequence[Supplied], unfit: Mapping[int, Unfit]) -> None:
        rows: list[dict[str, str | int | None]] = [
            {"row": place + 1, "sku": supplied[place].sku, "code": why.code, "reason": why.reason}
            for place, why in unfit.items()
        ]
        first = next(iter(unfit.values()))
        super().__init__(
            f"{len(rows):,} of {len(supplied):,} cannot be taken; nothing was changed. {first.reason}",
            code=first.code if len(supplied) == 1 else None,
            extra={"rows": rows},
        )


def refuse_stranger(actor: Actor) -> None:
    """Raise `NotAllowed` unless the actor may supply facts."""
    if actor.kind != "system" and not actor.may(Permission.SUPPLY_FACTS):
        raise NotAllowed(f"{actor.name} may not supply costs or competitor prices. Ask an operator or an owner.")


def unfit(session: Session, supplied: Sequence[Supplied], *, actor: Actor, now: datetime) -> Mapping[int, Unfit]:
    """Return, by place, those observations that cannot be taken from this actor now. Reads only."""
    skus = [one.sku for one in supplied]
    on_file, barred = known(session, skus), interests(session, skus, actor)
    found: dict[int, Unfit] = {}
    for place, one in enumerate(supplied):
        product = on_file.get(one.sku)
        if product is None:
            found[place] = Unfit("unknown_sku", "No product has this SKU.")
        elif one.amount is not None and one.amount.currency != product.currency:
            found[place] = Unfit(
                "other_currency",
                f"{one.sku} is priced in {product.currency}, and nothing is converted here: a {WORDS[one.kind]} in"
                f" {one.amount.currency} says nothing of it.",
            )
        elif one.observed_at > now:
            found[place] = Unfit("observed_in_the_future", "It was observed in the future; correct the date.")
        elif one.sku in barred:
            found[place] = Unfit("four_eyes", not_theirs(barred[one.sku]))
    return found


def supply(
    session: Session, supplied: Sequence[Supplied], *, actor: Actor, batch: str, now: datetime | None = None
) -> Sequence[SupplyOutcome]:
    """Take observations, one per SKU and kind, with who supplied them; say what became of each.

    An older one than is on file stays out. Without `now` it is the instant at which their turn has come. Raises
    `FactsRefused` if any is `unfit`, or `NotAllowed`.
    """
    refuse_stranger(actor)
    take_turns(session)
    at = now or utc_now()
    refused = unfit(session, supplied, actor=actor, now=at)
    if refused:
        raise FactsRefused(supplied, refused)
    before = known(session, [one.sku for one in supplied])
    after, changes, outcomes = dict(before), list[Changed](), list[SupplyOutcome]()
    for one in supplied:
        taken, change = _taken(one, after[one.sku], at)
        outcomes.append(_outcome(one, after[one.sku], change))
        after[one.sku] = after[one.sku].with_fact(one.kind, taken)
        changes += [change] if change else []
    moved = [product[: len(catalog_import.PRODUCT)] for sku, product in after.items() if product != before[sku]]
    bulk.insert(session.connection(), Product, catalog_import.PRODUCT, moved, renew="sku", keep=("currency",))
    keep_changes(session, changes, by=actor, now=at, batch=batch)
    _tell(session, changes, actor=actor, action=Verb.SUPPLY_FACTS, now=at, detail={"facts": len(supplied)}, batch=batch)
    pulse(session, "prices")
    return outcomes


def import_catalog(
    session: Session,
    rows: Sequence[CatalogRow],
    *,
    actor: Actor,
    batch: str,
    now: datetime | None = None,
    ready: Prepared | None = None,
) -> Imported:
    """List products as one step of an import, with its entry in the audit trail.

    What was worked out before (`ready`) is written as it is if it still holds, else worked out anew. Facts of SKUs in
    whose open proposals the actor has a hand stay as they are: they are not theirs to change. Without `now` it is the
    instant at which their turn has come.
    """
    take_turns(session)
    at, skus = now or utc_now(), [row.sku for row in rows]
    barred = interests(session, skus, actor)
    if ready and not barred and catalog_import.still_so(session, ready, skus):
        done = catalog_import.write(session, ready, by=actor, now=at)
    else:
        taken = [_without_facts(row) if row.sku in barred else row for row in rows]
        done = catalog_import.import_catalog(session, taken, now=at, import_id=batch, by=actor)
    detail: audit_trail.Detail = {"listed": done.listed, "renewed": done.renewed}
    _tell(session, done.facts, actor=actor, action=Verb.IMPORT_CATALOG, now=at, detail=detail, batch=batch)
    return done


def not_theirs(interest: str) -> str:
    """Say that a fact is not an actor's to change, for their interest in it."""
    return f"{interest}, and nobody supplies the facts on which their own work is judged."


def interests(session: Session, skus: Sequence[str], actor: Actor) -> Mapping[str, str]:
    """Return those SKUs whose facts an actor may not change, each with why: their hand in it, or their decision."""
    if actor.kind == "system":
        return {}
    mine = select(col(Hand.proposal_id), col(Hand.how)).where(col(Hand.user_id) == actor.id)
    decided = select(col(Decision.proposal_id), col(Decision.action)).where(col(Decision.by) == actor.id)
    words: dict[str, str] = {}
    proposals = select(col(Proposal.id), col(Proposal.number)).where(
        col(Proposal.status).in_(_OPEN),
        or_(
            col(Proposal.id).in_(mine.with_only_columns(col(Hand.proposal_id))),
            col(Proposal.id).in_(decided.with_only_columns(col(Decision.proposal_id))),
        ),
    )
    for proposal_id, number in session.execute(proposals).all():
        of = select(col(Line.sku)).where(col(Line.proposal_id) == proposal_id, col(Line.sku).in_(skus))
        words |= dict.fromkeys(session.scalars(of), f"You have a part in PC-{number}, which is open")
    return words


def supplied_by(session: Session, proposal: Proposal, user_id: str) -> tuple[str, Fact] | None:
    """Return a SKU of a proposal and its fact that a person supplied: the one that stands, or one since submission."""
    if session.scalar(select(exists().where(col(FactChange.by) == user_id))) is False:
        return None
    found = session.execute(_deciding(proposal).where(col(FactChange.by) == user_id).limit(1)).first()
    return (found[0], Fact(found[1])) if found else None


def why_not_alone(session: Session, proposal: Proposal, user_id: str) -> str:
    """Say which fact of what a proposal put out a person supplied since it was submitted, or nothing.

    They do not take it back alone: that is a decision on their own evidence. What they supplied before it was there
    (a cost list of every week) bars nobody from undoing at once.
    """
    found = supplied_since(session, proposal, [user_id], proposal.submitted_at)
    if found is None:
        return ""
    sku, kind, name = found
    return (
        f"{name} supplied the {WORDS[kind]} of {sku} since this was submitted, and nobody rolls back alone on evidence"
        " of their own."
    )


def supplied_since(
    session: Session, proposal: Proposal, user_ids: Sequence[str], since: datetime
) -> tuple[str, Fact, str] | None:
    """Return a SKU of which a proposal's price went out, its fact that one of these people changed since, and who."""
    query = (
        select(col(FactChange.sku), col(FactChange.kind), col(FactChange.by_name))
        .join(Line, col(Line.sku) == col(FactChange.sku))
        .where(
            col(FactChange.by).in_(user_ids),
            col(FactChange.at) >= since,
            col(Line.proposal_id) == proposal.id,
            col(Line.published_version).is_not(None),
        )
    )
    found = session.execute(query.limit(1)).first()
    return (found[0], Fact(found[1]), found[2]) if found else None


def judged_on_own_facts(session: Session, proposal: Proposal) -> str:
    """Say which fact somebody with a hand in a proposal supplied, or nothing: no rule alone passes it then.

    Baton itself has no interest in anything.
    """
    hands = select(col(Hand.user_id)).where(col(Hand.proposal_id) == proposal.id, col(Hand.user_id) != SYSTEM.id)
    if session.scalar(select(exists().where(col(FactChange.by).in_(hands)))) is False:
        return ""
    query = _deciding(proposal).add_columns(col(FactChange.by_name)).where(col(FactChange.by).in_(hands))
    found = session.execute(query.limit(1)).first()
    if found is None:
        return ""
    sku, kind, name = found
    return (
        f"{name} has a hand in this proposal and supplied the {WORDS[Fact(kind)]} of {sku} on which it was judged;"
        " somebody else looks at it."
    )


def history(session: Session, sku: str, *, limit: int = 50) -> Sequence[FactChange]:
    """Return the changes of a SKU's facts, newest first."""
    query = select(FactChange).where(col(FactChange.sku) == sku).order_by(col(FactChange.id).desc()).limit(limit)
    return session.scalars(query).all()


def digest(changes: Sequence[Changed]) -> str:
    """Return the SHA-256 (hex) of changes: what the audit trail keeps of a batch."""
    told = sha256()
    for change in changes:
        told.update(repr((*change[:6], change.observed_at.isoformat())).encode())
    return told.hexdigest()


def _deciding(proposal: Proposal) -> Select[str, str]:
    newer = aliased(FactChange)
    stands = ~exists().where(
        col(newer.sku) == col(FactChange.sku),
        col(newer.kind) == col(FactChange.kind),
        col(newer.id) > col(FactChange.id),
    )
    since: ColumnElement[bool] = col(FactChange.at) >= proposal.submitted_at
    return (
        select(col(FactChange.sku), col(FactChange.kind))
        .join(Line, col(Line.sku) == col(FactChange.sku))
        .where(col(Line.proposal_id) == proposal.id, or_(since, stands))
    )


def _taken(one: Supplied, product: Known, now: datetime) -> tuple[OnFile, Changed | None]:
    """Return a fact as an observation leaves it, and the change if it is one."""
    if one.amount is not None:
        return renewed(one.kind, product, one.amount.in_units_of(product.currency), one.source, one.observed_at, now)
    known_amount = product.fact(one.kind).amount
    gone = Changed(one.sku, one.kind.value, known_amount, None, product.currency, one.source, one.observed_at)
    return OnFile(None, one.observed_at, one.source), gone if known_amount is not None else None


def _outcome(one: Supplied, product: Known, change: Changed | None) -> SupplyOutcome:
    if change is not None:
        return SupplyOutcome.CHANGED
    before = product.fact(one.kind).observed_at
    return SupplyOutcome.OLDER if before is not None and one.observed_at < before else SupplyOutcome.CONFIRMED


def _without_facts(row: CatalogRow) -> CatalogRow:
    return replace(row, cost=None, competitor_price=None, stated=NOTHING_STATED)


def _tell(
    session: Session,
    changes: Sequence[Changed],
    *,
    actor: Actor,
    action: Done,
    now: datetime,
    detail: audit_trail.Detail,
    batch: str,
) -> None:
    more = f" and {len(changes) - NAMED:,} more" if len(changes) > NAMED else ""
    told = "; ".join(map(_sentence, changes[:NAMED])) + more
    said: audit_trail.Detail = {"comment": told, "import": batch, "changed": len(changes), "digest": digest(changes)}
    audit_trail.record(session, chain=CHAIN, actor=actor, action=action, now=now, detail=detail | said)


def _sentence(change: Changed) -> str:
    def amount(minor: int | None) -> str:
        return "unknown" if minor is None else format_price(minor, change.currency)

    seen = f"{change.observed_at:%d %b %Y}"
    return (
        f"{change.sku}: {WORDS[Fact(change.kind)]} {amount(change.before)} → {amount(change.after)} {change.currency}"
        f" by {change.source} on {seen}"
    )
