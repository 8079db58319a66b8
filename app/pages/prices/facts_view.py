"""Cost and competitor price of one product as the Prices page tells them: amount, source, age, and who changed them."""

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


class FactsView(View):
    """All facts of a product, and their last changes, newest first."""

    facts: list[ProductFact] = []
    changes: list[ChangeView] = []


def told(product: Authoritative, changes: Sequence[FactChange], now: datetime) -> FactsView:
    """Tell the facts of a product."""
    return FactsView(
        facts=[_fact(product.fact(kind, now), product.currency, now) for kind in Fact],
        changes=[_change(change, now) for change in changes],
    )


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
