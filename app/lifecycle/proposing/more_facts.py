"""The facts that only some kinds of rules read: history of a month, attributes, and the whole family of a product.

Looked up in sets, and only what the rule set reads. What was read is kept with the line as JSON, so that it can be
judged again exactly and compared with what would be read now. A family stands at the prices that it would have if the
whole proposal went out.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from app.lifecycle.records import Line
from app.pricelist.queries import price_in_force
from app.pricelist.records import Price, PriceHistory, Product
from app.words.money import amount
from rules.facts import FamilyMember

MONTH = timedelta(days=30)
"""How far back prices of before count."""
AT_ONCE = 10_000
FAMILIES_AT_ONCE = 1_000
BY_TIME = frozenset({"lowest_month", "changes_month"})
"""What moves by itself, as days pass."""

Prices = Mapping[str, int]
Proposed = Callable[[Sequence[str]], Prices]
"""Returns the proposed prices of those SKUs that have one."""


class MoreFacts(NamedTuple):
    """What more was read of one line; `kept` is how that is written down, None if nothing was read."""

    kept: str | None = None
    lowest_month: int | None = None
    changes_month: int | None = None
    minimum_advertised: int | None = None
    pack_size: int | None = None
    content: int | None = None
    rank: int | None = None
    family: tuple[FamilyMember, ...] = ()


NOTHING_MORE = MoreFacts()


class _Product(NamedTuple):
    sku: str
    sub_category: str
    family: str
    rank: int | None
    pack_size: int | None
    content: int | None
    unit: str
    minimum_advertised: int | None


class _Member(NamedTuple):
    """A product of a family at its current price."""

    sku: str
    family: str
    rank: int | None
    pack_size: int | None
    content: int | None
    unit: str
    price: int
    currency: str


class _Month(NamedTuple):
    """What became of a price in the month before; None: not looked up."""

    lowest: int | None = None
    changes: int | None = None


class _Then(NamedTuple):
    """A price and when it began."""

    at: datetime
    price: int


@dataclass(frozen=True, slots=True)
class ReadNow:
    """What is known now of many SKUs and of their families, whoever proposes what."""

    reads: frozenset[str]
    products: Mapping[str, _Product]
    months: Mapping[str, _Month]
    families: Mapping[str, Sequence[_Member]]

    @property
    def members(self) -> list[str]:
        """Return every SKU of the families."""
        return [member.sku for members in self.families.values() for member in members]

    def of(self, skus: Iterable[str], proposed: Prices) -> dict[str, MoreFacts]:
        """Return the facts of SKUs with their families at the proposed prices, else at the current ones."""
        if not self.reads:
            return {}
        families = _Families(self.families, proposed)
        return {sku: self._one(self.products[sku], families) for sku in skus if sku in self.products}

    def _one(self, product: _Product, families: "_Families") -> MoreFacts:
        month = self.months.get(product.sku, _Month())
        others = families.others(product) if "family" in self.reads else []
        numbers = {
            "lowest_month": month.lowest,
            "changes_month": month.changes,
            "minimum_advertised": product.minimum_advertised,
            "pack_size": product.pack_size,
            "content": product.content,
            "rank": product.rank if product.family else None,
        }
        read = {name: value for name, value in numbers.items() if name in self.reads}
        return MoreFacts(
            self._kept(product, read, others),
            lowest_month=read.get("lowest_month"),
            changes_month=read.get("changes_month"),
            minimum_advertised=read.get("minimum_advertised"),
            pack_size=read.get("pack_size"),
            content=read.get("content"),
            rank=read.get("rank"),
            family=tuple(member for member, _ in others),
        )

    def _kept(
        self, product: _Product, read: Mapping[str, int | None], others: Sequence[tuple[FamilyMember, str]]
    ) -> str:
        """Write down what was read: what is not there was not read, null is not known."""
        said = [f'"{name}": {"null" if value is None else value}' for name, value in read.items()]
        if "sub_category" in self.reads:
            said.append(f'"sub_category": {json.dumps(product.sub_category, ensure_ascii=False)}')
        if "family" in self.reads:
            said.append(f'"family": [{", ".join(text for _, text in others)}]')
        return f"{{{', '.join(said)}}}"


class _Families:
    """Members of families as rules read them, each made once."""

    def __init__(self, families: Mapping[str, Sequence[_Member]], proposed: Prices) -> None:
        self._families, self._proposed = families, proposed
        self._made: dict[tuple[str, str], list[tuple[FamilyMember, str]]] = {}

    def others(self, product: _Product) -> list[tuple[FamilyMember, str]]:
        """Return every other member, in the order of SKUs, and how each is written."""
        if not product.family:
            return []
        made = self._made.get((product.family, product.unit))
        if made is None:
            members = self._families.get(product.family, ())
            made = [self._as_read(member, product.unit) for member in members]
            self._made[product.family, product.unit] = made
        return [one for one in made if one[0].sku != product.sku]

    def _as_read(self, member: _Member, unit: str) -> tuple[FamilyMember, str]:
        """Read a member; what is measured in another unit is not compared."""
        content = member.content if member.unit == unit else None
        price = self._proposed.get(member.sku, member.price)
        made = FamilyMember(member.sku, price, member.rank, member.pack_size, content, member.currency)
        return made, json.dumps([made.sku, price, made.rank, made.pack_size, content, made.currency])


def known(
    session: Session,
    skus: Sequence[str],
    reads: frozenset[str],
    now: datetime,
    in_force: Mapping[str, int] | None = None,
) -> ReadNow:
    """Look up what a rule set reads of SKUs and their families; `in_force` are prices of 30 days ago, if known."""
    if not reads or not skus:
        return ReadNow(reads, {}, {}, {})
    products = {product.sku: product for product in _products(session, skus)}
    months: Mapping[str, _Month] = {}
    if reads & BY_TIME:
        before = in_force if in_force is not None else _in_force(session, list(products), now - MONTH)
        months = _months(session, before, reads, now)
    named = {product.family for product in products.values() if product.family} if "family" in reads else set()
    return ReadNow(reads, products, months, _families(session, sorted(named)))


class LineRead(NamedTuple):
    """A line and what more was read of it."""

    line: int
    sku: str
    kept: str | None


KEPT = (col(Line.line), col(Line.sku), col(Line.more_facts))


def read_otherwise(
    session: Session, lines: Sequence[LineRead], reads: frozenset[str], proposed: Proposed, now: datetime
) -> set[int]:
    """Return those lines of which something else would be read now."""
    found = known(session, [line.sku for line in lines], reads, now)
    more = found.of(found.products, proposed(found.members))
    return {line.line for line in lines if line.sku in more and more[line.sku].kept != line.kept}


def nothing_proposed(skus: Sequence[str]) -> Prices:
    """Propose nothing: every member of a family stands at its current price."""
    return {}


def differences(before: str | None, now: str | None, currency: str) -> list[str]:
    """Say in words what is read otherwise now than before; nothing of what was not read both times."""
    then, today = _read(before), _read(now)
    told = [
        f"{words} {_shown(name, then[name], currency)} → {_shown(name, today.get(name), currency)}"
        for name, words in _WORDS.items()
        if name in then.keys() & today.keys() and then[name] != today[name]
    ]
    if "family" in then.keys() & today.keys():
        told += _family_differences(then["family"], today["family"], currency)
    return told


_WORDS = {
    "sub_category": "sub-category",
    "lowest_month": "lowest price of 30 days",
    "changes_month": "changes in 30 days",
    "minimum_advertised": "advertised minimum",
    "pack_size": "units in the pack",
    "content": "content",
    "rank": "rank in the family",
}


def _family_differences(before: object, now: object, currency: str) -> Iterator[str]:
    then, today = _by_sku(before), _by_sku(now)
    for sku in sorted(then.keys() | today.keys()):
        old, new = then.get(sku), today.get(sku)
        if old is None or new is None:
            yield f"{sku} {'joined' if old is None else 'left'} the family"
        elif old[1] != new[1]:
            yield f"price of {sku} in the family {_shown('', old[1], currency)} → {_shown('', new[1], currency)}"
        elif old != new:
            yield f"{sku} has another place or pack in the family"


def _by_sku(members: object) -> dict[str, list[object]]:
    return {str(member[0]): member for member in members} if isinstance(members, list) else {}


def _shown(name: str, value: object, currency: str) -> str:
    if value is None:
        return "unknown"
    is_money = name in ("", "lowest_month", "minimum_advertised")
    return amount(value, currency) if is_money and isinstance(value, int) else str(value)


def _read(kept: str | None) -> dict[str, object]:
    found = json.loads(kept or "{}")
    return found if isinstance(found, dict) else {}


def _products(session: Session, skus: Sequence[str]) -> Iterator[_Product]:
    for some in _parts(skus):
        for row in session.connection().execute(_PRODUCTS.where(col(Product.sku).in_(some))).all():
            yield _Product(*row)


_PRODUCTS = select(
    col(Product.sku),
    col(Product.subcategory),
    col(Product.family),
    col(Product.family_rank),
    col(Product.pack_size),
    col(Product.content),
    col(Product.content_unit),
    col(Product.minimum_advertised),
)
_MEMBERS = (
    select(
        col(Product.sku),
        col(Product.family),
        col(Product.family_rank),
        col(Product.pack_size),
        col(Product.content),
        col(Product.content_unit),
        col(Price.amount),
        col(Price.currency),
    )
    .join(Price, col(Price.sku) == col(Product.sku))
    .order_by(col(Product.sku))
)


def _families(session: Session, names: Sequence[str]) -> dict[str, list[_Member]]:
    found: dict[str, list[_Member]] = defaultdict(list)
    for start in range(0, len(names), FAMILIES_AT_ONCE):
        chosen = _MEMBERS.where(col(Product.family).in_(names[start : start + FAMILIES_AT_ONCE]))
        for row in session.connection().execute(chosen).all():
            member = _Member(*row)
            found[member.family].append(member)
    return found


def _months(session: Session, in_force: Mapping[str, int], reads: frozenset[str], now: datetime) -> dict[str, _Month]:
    """Return the lowest price of the last 30 days, and how often it changed, by what was `in_force` at their begin.

    Steps down with at most 30 days between them are one reduction: its lowest price is that of the month before it.
    """
    recent = _recent(session, in_force, now - MONTH)
    falling = [sku for sku, past in recent.items() if _fell(past)] if "lowest_month" in reads else []
    whole = _histories(session, falling)
    months = {sku: _Month(price, 0) for sku, price in in_force.items()}
    for sku, past in recent.items():
        lowest = _lowest(whole[sku], now) if sku in whole else min(past)
        months[sku] = _Month(lowest, sum(before != after for before, after in pairwise(past)))
    return months


def _in_force(session: Session, skus: Sequence[str], since: datetime) -> dict[str, int]:
    """Return the price of an instant, or the first one, of each SKU."""
    found: dict[str, int] = {}
    for some in _parts(skus):
        query = select(col(Product.sku), price_in_force(col(Product.sku), since)).where(col(Product.sku).in_(some))
        found.update((sku, price) for sku, price in session.connection().execute(query).all() if price is not None)
    return found


def _recent(session: Session, in_force: Mapping[str, int], since: datetime) -> dict[str, list[int]]:
    """Return the price of an instant and those that followed, of each SKU whose price was set since."""
    found: dict[str, list[int]] = {}
    for some in _parts(list(in_force)):
        query = select(_OF, col(PriceHistory.amount)).where(_OF.in_(some), col(PriceHistory.at) > since)
        for sku, price in session.connection().execute(query.order_by(_OF, col(PriceHistory.version))).all():
            found.setdefault(sku, [in_force[sku]]).append(price)
    return found


def _histories(session: Session, skus: Sequence[str]) -> dict[str, list[_Then]]:
    found: dict[str, list[_Then]] = defaultdict(list)
    for some in _parts(skus):
        for sku, at, price in session.connection().execute(_HISTORIES.where(_OF.in_(some))).all():
            found[sku].append(_Then(at, price))
    return found


def _fell(past: Sequence[int]) -> bool:
    return len(past) > 1 and past[-1] < past[-2]


def _lowest(past: Sequence[_Then], now: datetime) -> int:
    """Return the lowest price in force in the month before a reduction that begins now, or has begun already."""
    last, begins = len(past) - 1, now
    while last > 0 and past[last].price <= past[last - 1].price and begins - past[last].at <= MONTH:
        begins, last = past[last].at, last - 1
    lowest = past[last].price
    while last > 0 and past[last].at > begins - MONTH:
        last -= 1
        lowest = min(lowest, past[last].price)
    return lowest


def _parts(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    return (skus[start : start + AT_ONCE] for start in range(0, len(skus), AT_ONCE))


_OF = col(PriceHistory.sku)
_HISTORIES = select(_OF, col(PriceHistory.at), col(PriceHistory.amount)).order_by(_OF, col(PriceHistory.version))
