"""What the rules read of one product, as the Prices page tells it: facts with amount, source and age; what it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.components import format as shown
from app.components import vocabulary
from app.components.states import FactState
from app.components.views import MoneyView, StatusView, View
from app.lifecycle.proposing.facts import WORDS
from app.pricelist.facts import Observed, age_limit
from app.pricelist.queries import Authoritative
from app.pricelist.records import Fact, FactChange
from app.words import money
from app.words.counting import plural

SHOWN = 6
"""How many changes the page lists."""


class ProductFact(View):
    """One fact. `state` says whether the rules read it, with its age."""

    key: str = ""
    word: str = ""
    amount: MoneyView = MoneyView()
    source: str = ""
    state: StatusView = StatusView()


class ChangeView(View):
    """One change of a fact in one line, and who did it."""

    key: str = ""
    told: str = ""
    who: str = ""
    at: str = ""


class AttributeView(View):
    """What a product is, as the catalog said: family and rank, pack and content, advertised minimum."""

    key: str = ""
    word: str = ""
    told: str = ""


class FactsView(View):
    """All facts of a product, what it is as far as that is known, and the last changes, newest first."""

    facts: list[ProductFact] = []
    attributes: list[AttributeView] = []
    changes: list[ChangeView] = []


def told(product: Authoritative, changes: Sequence[FactChange], now: datetime) -> FactsView:
    """Tell the facts of a product."""
    return FactsView(
        facts=[_fact(product.fact(kind, now), product.currency, now) for kind in Fact],
        attributes=[
            AttributeView(key=word.replace(" ", "-").lower(), word=word, told=said)
            for word, said in attributes_of(product).items()
            if said
        ],
        changes=[_change(change, now) for change in changes],
    )


def attributes_of(product: Authoritative) -> dict[str, str]:
    """Say what a product is, each in a few words; nothing for what is not known."""
    pack, holds, least = product.pack_size, product.holds, product.minimum_advertised
    rank = f", rank {product.family_rank}" if product.family_rank else ""
    return {
        "Family": f"{product.family}{rank}" if product.family else "",
        "Pack": " of ".join(filter(None, (plural(pack, "unit") if pack else "", str(holds) if holds else ""))),
        "Advertised minimum": money.amount(least, product.currency) if least else "",
    }


def _fact(fact: Observed, currency: str, now: datetime) -> ProductFact:
    return ProductFact(
        key=fact.kind.value,
        word=WORDS[fact.kind].capitalize(),
        amount=shown.money(fact.amount, currency),
        source=f"from {fact.source}" if fact.amount is not None and fact.source else "",
        state=_state(fact, now),
    )


def _state(fact: Observed, now: datetime) -> StatusView:
    if fact.amount is None or fact.observed_at is None:
        return vocabulary.look(vocabulary.FACTS, FactState.UNKNOWN)
    look = vocabulary.look(vocabulary.FACTS, FactState.COUNTS if fact.measured else FactState.TOO_OLD)
    age = f"observed {shown.when(fact.observed_at, now)}, {_days((now - fact.observed_at).days)} old"
    if fact.measured:
        return vocabulary.saying(look, age)
    return vocabulary.saying(look, f"{look.word}: {age}, {_days(age_limit(fact.kind))} count")


def _days(days: int) -> str:
    return plural(days, "day")


def _change(change: FactChange, now: datetime) -> ChangeView:
    before, after = (
        "unknown" if minor is None else money.amount(minor, change.currency) for minor in (change.before, change.after)
    )
    return ChangeView(
        key=str(change.id),
        told=f"{WORDS[Fact(change.kind)]} {before} → {after}, from {change.source}",
        who=change.by_name,
        at=shown.when(change.at, now),
    )
