"""What the other members of a product's family say about its price. Exact: integers of any size, no division first.

Only members in the product's own currency are compared. A ladder is made of ranks, so it cannot run in a circle.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.words.money import MAX_MINOR
from rules.facts import Facts, FamilyMember, is_amount
from rules.kinds.kind import CannotBeJudged

MOST_CONTENT = 10**9
"""Of one unit, and of units in a pack: a tonne in milligrams, a thousand litres in microlitres."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack holds altogether, at which price."""

    sku: str
    price: int
    holds: int


def below(facts: Facts) -> FamilyMember | None:
    """Return the dearest member of a lower rank. Raises `CannotBeJudged` if one has no usable price or rank."""
    lower = [member for member in _ranked(facts) if _rank(member.rank) < _rank(facts.rank)]
    return max(lower, key=lambda member: member.price, default=None)


def above(facts: Facts) -> FamilyMember | None:
    """Return the cheapest member of a higher rank. Raises `CannotBeJudged` if one has no usable price or rank."""
    higher = [member for member in _ranked(facts) if _rank(member.rank) > _rank(facts.rank)]
    return min(higher, key=lambda member: member.price, default=None)


def own_pack(facts: Facts) -> Pack | None:
    """Return the product's pack, or None where its content is not known. Raises `CannotBeJudged` on nonsense."""
    return _pack(facts.sku, facts.new, facts.pack_size, facts.content)


def other_packs(facts: Facts) -> list[Pack]:
    """Return the packs of the family that are known. Raises `CannotBeJudged` on nonsense."""
    packs = (_pack(other.sku, other.price, other.pack_size, other.content) for other in _comparable(facts))
    return [pack for pack in packs if pack is not None]


def pack_bounds(own: Pack, others: list[Pack]) -> tuple[int, int]:
    """Return the least and the most that a pack may cost: no bigger one may be dearer for what it holds."""
    most = min((other.price * own.holds // other.holds for other in others if other.holds < own.holds), default=None)
    least = max((-(-other.price * own.holds // other.holds) for other in others if other.holds > own.holds), default=1)
    return least, MAX_MINOR if most is None else min(most, MAX_MINOR)


def unknown_packs(facts: Facts) -> int:
    """Return how many packs of a family of several are not known, its own included."""
    others = sum(1 for _ in _comparable(facts))
    return others and (own_pack(facts) is None) + others - len(other_packs(facts))


def dearest_below(facts: Facts) -> int | None:
    """Return the highest price among lower ranks, if there is one."""
    member = below(facts)
    return None if member is None else member.price


def cheapest_above(facts: Facts) -> int | None:
    """Return the lowest price among higher ranks, if there is one."""
    member = above(facts)
    return None if member is None else member.price


def least_for_pack(facts: Facts) -> int | None:
    """Return the least that bigger packs allow, cut to just above what a price may be."""
    own = own_pack(facts)
    return None if own is None else min(pack_bounds(own, other_packs(facts))[0], MAX_MINOR + 1)


def most_for_pack(facts: Facts) -> int | None:
    """Return the most that smaller packs allow."""
    own = own_pack(facts)
    return None if own is None else pack_bounds(own, other_packs(facts))[1]


def _comparable(facts: Facts) -> Iterator[FamilyMember]:
    return (member for member in facts.family if member.currency in ("", facts.currency))


def _ranked(facts: Facts) -> Iterator[FamilyMember]:
    if facts.rank is None:
        return
    for member in _comparable(facts):
        if member.rank is not None:
            _price(member.sku, member.price)
            yield member


def _rank(rank: int | None) -> int:
    if type(rank) is not int:
        raise CannotBeJudged("A rank in the family is not a whole number, so its ladder cannot be judged.")
    return rank


def _pack(sku: str, price: int, size: int | None, content: int | None) -> Pack | None:
    if size is None or content is None:
        return None
    if not (_amount_of(size) and _amount_of(content)):
        raise CannotBeJudged(f"What a pack of {sku} holds is not a usable number, so packs cannot be compared.")
    return Pack(sku, _price(sku, price), size * content)


def _price(sku: str, price: int) -> int:
    if not is_amount(price):
        raise CannotBeJudged(
            f"The price of {sku}, of the same family, is not a usable amount, so it cannot be compared."
        )
    return price


def _amount_of(number: int) -> bool:
    return type(number) is int and 1 <= number <= MOST_CONTENT
