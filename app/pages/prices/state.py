"""The state of the Prices page: what is looked for, what is shown, and the locks it forwards."""

from __future__ import annotations

from asyncio import to_thread
from datetime import datetime, time, timedelta

import reflex as rx

from app.clock import utc_now
from app.components import format as shown
from app.components.stays import arrived
from app.context_commands import lock_price, unlock_price
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.errors import Refused
from app.lifecycle.proposing.moments import why_no_moment
from app.pages.prices.facts_view import FactsView
from app.pages.prices.read import PricesAsked, prices_page
from app.pages.prices.view import PriceRow, ProductView
from app.states.page import ActingState, OpenState
from app.timekeeping.local_time import meant_here
from app.words.sku import clean, storable
from app.words.typed import plain

MAX_AFTER = 400


class PricesState(OpenState, ActingState, rx.State):
    """Prices and beliefs, live."""

    q: str = ""
    category: str = ""
    low: str = ""
    high: str = ""
    range_bad: str = ""
    sku: str = ""
    rows: list[PriceRow] = []
    contexts: list[str] = []
    categories: list[str] = []
    note: str = ""
    source: str = ""
    fallback: bool = False
    next_to: str = ""
    first_to: str = ""
    back_to: str = ""
    filtered: bool = False
    detail: ProductView = ProductView()
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
        self._watch(PricesState.refresh, "prices", "repricings")
        asked = self.router.url.query_parameters
        self.q, self.category = asked.get("q", "")[:200], asked.get("category", "")[:120]
        self.low, self.high = asked.get("min", "")[:20], asked.get("max", "")[:20]
        self.sku, self._after = clean(asked.get("sku", "")[:200]), asked.get("after", "")
        self.lock_bad = ""
        self._begin_deed()
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
    def find(self, form_data: dict[str, str]) -> rx.event.EventSpec:
        """Look for what the bar says; the address keeps it."""
        q, category, low, high = (form_data.get(name, "").strip() for name in ("q", "category", "min", "max"))
        return rx.redirect(PricesAsked(q[:200], category[:120], low[:20], high[:20]).address())

    @rx.event
    @allow(Permission.READ)
    def choose_category(self, category: str) -> rx.event.EventSpec:
        """Keep to one category."""
        return rx.redirect(self._wanted().address(category=category[:120], after="", sku=""))

    @rx.event
    @allow(Permission.LOCK_PRICES)
    async def lock(self, form_data: dict[str, str]) -> rx.event.EventSpec | None:
        """Fix the price of the SKU that the form was for, until the end of a day."""
        sku, seen, key = (form_data.get(name, "") for name in ("sku", "seen", "key"))
        reason = plain(form_data.get("reason", ""))[:500]
        until, self.lock_bad = _end_of_day(form_data.get("until", ""), utc_now())
        if not reason:
            self.lock_bad = "Say why the price is fixed."
        if self.lock_bad or until is None:
            return None
        actor, moment = await current_actor(self), until
        done = await self._carry_out(lambda: lock_price(actor, sku, reason, moment, key=key, now=utc_now(), seen=seen))
        if isinstance(done, Refused):
            return None
        self._end_deed(key)
        await self._fill()
        return arrived(f"lock/{sku}")

    @rx.event
    @allow(Permission.LOCK_PRICES)
    async def unlock(self, sku: str, seen: str, key: str) -> None:
        """Release the price of the SKU beside whose lock the button stood."""
        actor = await current_actor(self)
        done = await self._carry_out(lambda: unlock_price(actor, sku, key=key, now=utc_now(), seen=seen))
        if not isinstance(done, Refused):
            self._end_deed(key)
            await self._fill()

    async def _fill(self) -> None:
        await current_actor(self)
        wanted = self._wanted()
        seen = await to_thread(lambda: prices_page(wanted, utc_now()))
        filtered = bool(wanted.q or wanted.category or self.low or self.high)
        self._show(**vars(seen), back_to=wanted.address(sku=""), filtered=filtered)

    def _wanted(self) -> PricesAsked:
        after = self._after if len(self._after) <= MAX_AFTER and storable(self._after) else ""
        return PricesAsked(self.q, self.category, self.low, self.high, after, self.sku)


def _end_of_day(text: str, now: datetime) -> tuple[datetime | None, str]:
    try:
        until = meant_here(datetime.combine(datetime.strptime(text, "%Y-%m-%d"), time(23, 59, 59)))
    except (ValueError, OverflowError):
        return None, "Choose the last day of the lock."
    why = why_no_moment(until, now)
    return (None, why) if why else (until, "")
