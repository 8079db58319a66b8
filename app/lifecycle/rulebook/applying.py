"""Which row of a rule set counts for one SKU, and why that one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.rulebook.values import AppliesTo, Applying
from app.pricelist.records import Product
from app.words.sku import clean, storable
from rules.facts import Facts
from rules.ruleset import Rule
from rules.scope import dimensions_of


def applies_to(session: Session, number: int, sku: str, at: datetime) -> AppliesTo:
    """Return, kind by kind, which row of a set counts for a SKU at an instant. Raises `NotFound`."""
    name = clean(sku)
    product = session.scalars(select(Product).where(col(Product.sku) == name)).first() if storable(name) else None
    if product is None:
        raise NotFound("No product has this SKU.")
    rules = policy.rule_set(session, number)
    line = dimensions_of(
        Facts(name, product.category, product.brand, product.currency, 1, 1, sub_category=product.subcategory)
    )
    kinds = dict.fromkeys((*rules.mandatory, *(rule.kind for rule in rules.rules)))
    found = (
        _applying(kind, [rule for rule in rules.rules if rule.kind == kind], line, kind in rules.mandatory, at)
        for kind in kinds
    )
    return AppliesTo(
        number,
        product.sku,
        product.name,
        product.category,
        product.subcategory,
        product.brand,
        product.currency,
        tuple(found),
    )


def _applying(kind: str, rules: Sequence[Rule], line: dict[str, str | None], required: bool, at: datetime) -> Applying:
    about = sorted((rule for rule in rules if rule.scope.covers(line)), key=lambda rule: -rule.scope.specificity)
    row = next((rule for rule in about if rule.valid_at(at)), None)
    others = tuple(rule for rule in about if rule is not row)
    return Applying(kind, row, others, required, _why(row, others, required, at))


def _why(row: Rule | None, others: Sequence[Rule], required: bool, at: datetime) -> str:
    idle = [rule.id for rule in others if not rule.valid_at(at)]
    waits = f" {', '.join(idle)} would be about it too, and is not in force now." if idle else ""
    if row is None:
        said = "No row is about it: its price is refused until one is." if required else "No row is about it."
        return f"{said}{waits}"
    beaten = [rule for rule in others if rule.valid_at(at)]
    if not beaten:
        return f"{row.id} is the only row about it ({row.scope.sentence()}).{waits}"
    named = ", ".join(f"{rule.id} ({rule.scope.sentence()})" for rule in beaten[:3])
    more = f" and {len(beaten) - 3:,} more" if len(beaten) > 3 else ""
    return f"{row.id} says most precisely what it is ({row.scope.sentence()}); {named}{more} say less.{waits}"
