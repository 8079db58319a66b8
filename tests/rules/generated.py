"""Lines and rule sets made from a seed, over all kinds; and what fractions say of a line, written without the kinds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

from app.words.money import EXPONENTS, MAX_MINOR
from rules.facts import Facts, FamilyMember
from rules.finding import Severity
from rules.kinds.kind import MAX_LIMIT_BP
from rules.ruleset import Parameter, Rule, RuleSet, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FLOOR, RISE, NEAR = "margin_stays_above_floor", "increase_stays_below_limit", "price_stays_near_competitor"
FALL, ENDING, MINIMUM = "decrease_stays_above_limit", "price_ending", "minimum_advertised_price"
OFTEN, LADDER, PACK = "change_frequency", "price_ladder", "pack_price"
LOWEST, SANE = "reduction_from_lowest", "currency_is_sane"
ALL = (FLOOR, RISE, NEAR, FALL, ENDING, MINIMUM, OFTEN, LADDER, PACK, LOWEST, SANE)

CATEGORIES, BRANDS, SUBS = ("Tea", "tea ", "Baby"), ("A", "B"), ("", "Green", "GREEN")
UNUSABLE = (0, -1, MAX_MINOR + 1, 2**63, 10**30, 100.0, True, "7")


def parameters(made: Random, kind: str) -> dict[str, Parameter]:
    """Parameters that fit a kind."""
    if kind in (FLOOR, FALL, LOWEST):
        return {"limit_bp": made.choice((0, 1, made.randrange(2_500), made.randrange(10_000)))}
    if kind in (RISE, NEAR, LADDER):
        return {"limit_bp": made.choice((0, 1, made.randrange(2_500), made.randrange(MAX_LIMIT_BP + 1)))}
    if kind in (MINIMUM, PACK):
        return {"required": made.random() < 0.3}
    if kind == OFTEN:
        return {"most": made.randrange(1, 6)}
    if kind == ENDING:
        return endings(made)
    least = made.choice((1, made.randrange(1, 500)))
    most = made.choice((MAX_MINOR, least + made.randrange(10**6)))
    return {"decimals": made.choice((2, 2, 2, 0)), "least": least, "most": most, "factor": made.choice((100, 2, 10))}


def endings(made: Random) -> dict[str, Parameter]:
    digits = made.randrange(1, 5)
    found: dict[str, Parameter] = {"digits": digits, "endings": some_endings(made, digits)}
    if made.random() < 0.5:
        found |= {"middle_from": (first := made.randrange(2, 10**4)), "middle_endings": some_endings(made, digits)}
        if made.random() < 0.5:
            found |= {"upper_from": first + made.randrange(1, 10**4), "upper_endings": some_endings(made, digits)}
    return found


def some_endings(made: Random, digits: int) -> tuple[int, ...]:
    return tuple(sorted({made.randrange(10**digits) for _ in range(made.randrange(1, 9))}))


def scope(made: Random) -> Scope:
    named = {
        name: made.choice(values)
        for name, values in (("category", ("Tea", "BABY")), ("brand", ("A",)), ("sub_category", ("Green",)))
        if made.random() < 0.3
    }
    skus = tuple(f"S{made.randrange(12)}" for _ in range(3)) if made.random() < 0.2 else None
    return Scope(**named, skus=skus)


def rule_set(made: Random) -> RuleSet:
    """A set over some kinds, with scopes, that nobody has to refuse."""
    rows: list[Rule] = []
    for kind in made.sample(ALL, made.randrange(3, len(ALL) + 1)):
        weights: dict[int, Scope] = {}
        for _ in range(made.randrange(1, 5)):
            found = scope(made)
            weights.setdefault(found.specificity, found)
        for weight, found in weights.items():
            rows.append(
                Rule(
                    id=f"{kind}-{weight}", kind=kind, severity=made.choice(list(Severity)), scope=found,
                    parameters=parameters(made, kind), valid_to=NOW + timedelta(days=made.choice((-1, 1))),
                )
            )  # fmt: skip
    return RuleSet(number=3, rules=tuple(rows), mandatory=(FLOOR, RISE))


def amount(made: Random) -> int:
    return made.choice((made.randrange(1, 300), made.randrange(95_00, 118_00), made.randrange(1, 10**6),
                        made.randrange(1, MAX_MINOR + 1), MAX_MINOR))  # fmt: skip


def near(made: Random, price: int) -> int:
    """A price beside another one, as prices are."""
    return max(1, min(MAX_MINOR, price * made.randrange(80, 125) // 100)) if made.random() < 0.8 else amount(made)


def perhaps(made: Random, price: int, share: float = 0.8) -> int | None:
    return near(made, price) if made.random() < share else None


def member(made: Random, number: int, price: int) -> FamilyMember:
    return FamilyMember(
        f"F{number}", near(made, price), made.choice((None, 1, 2, 3)), made.choice((None, 1, 2, 6)),
        made.choice((None, 100, 250, 10**9)), made.choice(("", "INR", "INR", "EUR")),
    )  # fmt: skip


def line(made: Random) -> Facts:
    old = amount(made) if made.random() < 0.3 else made.randrange(50_00, 200_00)
    return Facts(
        sku=f"S{made.randrange(40)}", category=made.choice(CATEGORIES), brand=made.choice(BRANDS),
        currency=made.choice(("INR", "INR", "INR", "JPY", "XXX")),
        old=old, new=near(made, old), cost=perhaps(made, old * 3 // 4 + 1, 0.9), competitor=perhaps(made, old, 0.5),
        month_ago=perhaps(made, old), too_old=made.choice((frozenset(), frozenset(("cost", "minimum_advertised")))),
        sub_category=made.choice(SUBS), lowest_month=perhaps(made, old), minimum_advertised=perhaps(made, old, 0.5),
        changes_month=made.choice((None, 0, 1, 2, 3, 4, 5)), pack_size=made.choice((None, 1, 6)),
        content=made.choice((None, 100, 10**9)), rank=made.choice((None, 1, 2, 3)),
        family=tuple(member(made, number, old) for number in range(made.choice((0, 0, 1, 3)))),
    )  # fmt: skip


NUMBERS = ("old", "new", "cost", "competitor", "month_ago", "lowest_month", "minimum_advertised", "changes_month",
           "pack_size", "content", "rank")  # fmt: skip


def broken(made: Random, facts: Facts) -> Facts:
    """The line with something unusable in it."""
    if facts.family and made.random() < 0.3:
        first = replace(facts.family[0], **{made.choice(("price", "rank", "pack_size")): made.choice(UNUSABLE)})
        return replace(facts, family=(first, *facts.family[1:]))
    return replace(facts, **{made.choice(NUMBERS): made.choice(UNUSABLE)})


def lines(made: Random, count: int) -> list[Facts]:
    """Lines as they come, one in twelve with something unusable in it."""
    found = [line(made) for _ in range(count)]
    return [broken(made, facts) if made.random() < 1 / 12 else facts for facts in found]


def by_fractions(line: Facts, rules: RuleSet) -> set[str]:
    """Which of the rules a usable line breaks or leaves unjudged; each rule covers everything."""
    return {rule.kind for rule in rules.rules if _breaks(line, rule.kind, rule.parameters)}


def _breaks(line: Facts, kind: str, given: dict[str, Parameter]) -> bool:
    new, limit = line.new, Fraction(int(given.get("limit_bp", 0)), 10_000)  # type: ignore[arg-type]
    before = [price for price in (line.old, line.month_ago) if price is not None]
    mine = [other for other in line.family if other.currency in ("", line.currency)]
    if kind == FLOOR:
        return line.cost is None or Fraction(new - line.cost, new) < limit
    if kind == RISE:
        return any(Fraction(new, price) > 1 + limit for price in before)
    if kind == FALL:
        return any(Fraction(new, price) < 1 - limit for price in before)
    if kind == NEAR:
        return line.competitor is not None and Fraction(new, line.competitor) > 1 + limit
    if kind == MINIMUM:
        if line.minimum_advertised is None:
            return bool(given["required"]) or "minimum_advertised" in line.too_old
        return new < line.minimum_advertised
    if kind == OFTEN:
        return new != line.old and (line.changes_month is None or line.changes_month >= given["most"])
    if kind == LOWEST:
        if new >= line.old:
            return False
        return line.lowest_month is None or not (
            new < line.lowest_month and Fraction(new, line.lowest_month) <= 1 - limit
        )
    if kind == LADDER:
        pairs = [(other.price, new) if other.rank < line.rank else (new, other.price)
                 for other in mine if other.rank and line.rank and other.rank != line.rank]  # fmt: skip
        return any(Fraction(high, low) < 1 + limit for low, high in pairs)
    if kind == PACK:
        packs = [(other.price, other.pack_size, other.content) for other in mine]
        unknown = any(None in pack for pack in (*packs, (new, line.pack_size, line.content)))
        if mine and given["required"] and unknown:
            return True
        if line.pack_size is None or line.content is None:
            return False
        own = line.pack_size * line.content
        known = [(price, size * content) for price, size, content in packs if size is not None and content is not None]
        return any((Fraction(new, own) > Fraction(price, held)) if held < own else
                   (held > own and Fraction(price, held) > Fraction(new, own)) for price, held in known)  # fmt: skip
    if kind == ENDING:
        text, allowed = str(new).zfill(6), given["endings"]
        for name in ("middle", "upper"):
            if f"{name}_from" in given and new >= given[f"{name}_from"]:
                allowed = given[f"{name}_endings"]
        return int(text[-given["digits"] :]) not in allowed
    ratio = Fraction(new, line.old)
    sane = Fraction(1, given["factor"]) < ratio < given["factor"] and given["least"] <= new <= given["most"]
    return EXPONENTS.get(line.currency) != given["decimals"] or not sane
