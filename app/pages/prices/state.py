"""The state of the Prices page: what is looked for, what is shown, and the locks it forwards."""

from __future__ import annotations

from asyncio import to_thread
from datetime import datetime, time, timedelta

import reflex as rx

from app import contexts, routes
from app.clock import utc_now
from app.components import format as shown
from app.components.stays import arrived
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.commands import note
from app.lifecycle.verbs import Verb
from app.pages.prices.facts import FactsView
from app.pages.prices.reading import Seen, Wanted, read
from app.pages.prices.showing import DetailView, RowView
from app.states import live
from app.timekeeping.local_time import meant_here
from app.words.instants import written
from app.words.sku import clean, storable
from app.words.typed import plain

MAX_AFTER = 400


class PricesState(rx.State):
    """Prices and beliefs, live."""

    loaded: bool = False
    q: str = ""
    category: str = ""
    low: str = ""
    high: str = ""
    range_bad: str = ""
    sku: str = ""
    rows: list[RowView] = []
    contexts: list[str] = []
    categories: list[str] = []
    note: str = ""
    source: str = ""
    fallback: bool = False
    next_to: str = ""
    first_to: str = ""
    back_to: str = ""
    filtered: bool = False
    detail: DetailView = DetailView()
    known: bool = True
    facts: FactsView = FactsView()
    may_lock: bool = False
    may_list: bool = False
    may_supply: bool = False
    lock_until: str = ""
    lock_bad: str = ""
    _after: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address."""
        token = self.router.session.client_token
        for topic in ("prices", "repricings"):
            live.subscribe(token, topic, PricesState.refresh)
        asked = self.router.url.query_parameters
        self.q, self.category = asked.get("q", "")[:200], asked.get("category", "")[:120]
        self.low, self.high = asked.get("min", "")[:20], asked.get("max", "")[:20]
        self.sku, self._after = clean(asked.get("sku", "")[:200]), asked.get("after", "")
        self.lock_bad = ""
        actor = await current_actor(self)
        self.may_lock, self.may_list, self.may_supply = (
            actor.may(permission)
            for permission in (Permission.LOCK_PRICES, Permission.LIST_PRODUCTS, Permission.SUPPLY_FACTS)
        )
        self.lock_until = f"{shown.local(utc_now()) + timedelta(days=30):%Y-%m-%d}"
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the page again because a price or a delivery moved."""
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    def find(self, form_data: dict[str, str]) -> rx.event.EventSpec:
        """Look for what the bar says; the address keeps it."""
        return rx.redirect(
            routes.with_query(
                routes.PRICES,
                q=form_data.get("q", "").strip()[:200],
                category=form_data.get("category", "")[:120],
                min=form_data.get("min", "").strip()[:20],
                max=form_data.get("max", "").strip()[:20],
            )
        )

    @rx.event
    @allow(Permission.READ)
    def choose_category(self, category: str) -> rx.event.EventSpec:
        """Keep to one category."""
        wanted = self._wanted()
        return rx.redirect(wanted.address(category=category[:120], after="", sku=""))

    @rx.event
    @allow(Permission.LOCK_PRICES)
    async def lock(self, form_data: dict[str, str]) -> rx.event.EventSpec | None:
        """Fix the chosen SKU's price in catalog until the end of a day."""
        reason = plain(form_data.get("reason", ""))[:500]
        until, self.lock_bad = _end_of_day(form_data.get("until", ""))
        if not reason:
            self.lock_bad = "Say why the price is fixed."
        if self.lock_bad or until is None or not self.detail.sku:
            return None
        actor, sku, moment = await current_actor(self), self.detail.sku, until
        await to_thread(lambda: contexts.lock(sku, reason, moment, actor.name))
        told = f"{sku} until {written(moment)}"
        await to_thread(lambda: note(actor, chain="context:catalog", action=Verb.LOCK_PRICE, comment=reason, told=told))
        await self._fill()
        return arrived(f"lock/{sku}")

    @rx.event
    @allow(Permission.LOCK_PRICES)
    async def unlock(self) -> None:
        """Release the chosen SKU's price."""
        actor, sku = await current_actor(self), self.detail.sku
        await to_thread(lambda: contexts.unlock(sku))
        await to_thread(lambda: note(actor, chain="context:catalog", action=Verb.UNLOCK_PRICE, told=sku))
        await self._fill()

    async def _fill(self) -> None:
        await current_actor(self)
        wanted = self._wanted()
        seen = await to_thread(lambda: read(wanted, utc_now()))
        self._show(seen, wanted)

    def _wanted(self) -> Wanted:
        after = self._after if len(self._after) <= MAX_AFTER and storable(self._after) else ""
        return Wanted(self.q, self.category, self.low, self.high, after, self.sku)

    def _show(self, seen: Seen, wanted: Wanted) -> None:
        found = {
            name: getattr(seen, name)
            for name in (
                "rows",
                "contexts",
                "categories",
                "note",
                "source",
                "fallback",
                "next_to",
                "first_to",
                "detail",
                "known",
                "range_bad",
                "facts",
            )
        }
        found["back_to"] = wanted.address(sku="")
        found["filtered"] = bool(wanted.q or wanted.category or self.low or self.high)
        for name, value in found.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _end_of_day(text: str) -> tuple[datetime | None, str]:
    try:
        until = meant_here(datetime.combine(datetime.strptime(text, "%Y-%m-%d"), time(23, 59, 59)))
    except (ValueError, OverflowError):
        return None, "Choose the last day of the lock."
    if until <= utc_now():
        return None, "This day has passed; choose a later one."
    return until, ""
