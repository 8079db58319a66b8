"""Lending the right to decide: what one lent, what was lent to one, and the form for it."""

from asyncio import to_thread
from datetime import datetime

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import format as shown
from app.components import span
from app.components.span import SpanForm
from app.components.views import OptionView, RefusalView, View
from app.database import reading
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import browse, delegations
from app.lifecycle.commands import carried_out
from app.lifecycle.errors import Refused
from app.lifecycle.records import Delegation
from app.states import live
from app.states.span import SpanState


class LentRow(View):
    """One delegation that is not over; `mine` is one that I gave and may take back."""

    id: str
    who: str
    span: str
    mine: bool
    going: bool


class LendingView(View):
    """Everything about delegation for one person."""

    given: list[LentRow] = []
    received: list[LentRow] = []
    colleagues: list[OptionView] = []
    may_lend: bool = False
    foot: str = ""


class LendingState(SpanState, rx.State):
    """The delegation panel of the approvals page."""

    view: LendingView = LendingView()
    refusal: RefusalView = RefusalView()
    said: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read who lends to whom, and watch it."""
        for topic in ("proposals", live.CLOCK):
            live.subscribe(self.router.session.client_token, topic, LendingState.refresh)
        await self._fill()
        self.form = span.at_home(self.form)

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read it again; only what differs is sent."""
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    def ask(self) -> EventSpec:
        """Open the panel, empty of old refusals."""
        self.refusal, self.said = RefusalView(), ""
        return rx.call_script("document.getElementById('delegation').showModal()")

    @rx.event
    @allow(Permission.DECIDE)
    async def lend(self, form_data: dict[str, str]) -> None:
        """Lend my right to decide to the person chosen, for the time that the form says."""
        actor, now = await current_actor(self), utc_now()
        starts, ends = self._look(insist=True)
        borrower = form_data.get("borrower", "")[:64]
        if starts is None or ends is None:
            return
        begins, until = starts, ends
        try:
            await to_thread(lambda: _lend(actor, borrower, begins, until, now))
        except Refused as refused:
            self._refuse(refused)
            return
        self.form = SpanForm(zone=self.form.zone)
        self.refusal, self.said = RefusalView(), "Lent."
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def take_back(self, delegation_id: str) -> None:
        """Take back what I lent, at once."""
        actor = await current_actor(self)
        try:
            await to_thread(lambda: _take_back(actor, delegation_id))
        except Refused as refused:
            self._refuse(refused)
            return
        self.refusal, self.said = RefusalView(), "Taken back."
        await self._fill()

    def _refuse(self, refused: Refused) -> None:
        self.said = ""
        self.refusal = RefusalView(
            title=f"{refused.title}.",
            detail=f"{refused.detail} Nothing changed.",
            code=f"{refused.status} {refused.code}",
        )

    async def _fill(self) -> None:
        actor = await current_actor(self)
        view = await to_thread(lambda: _read(actor, utc_now()))
        if view != self.view:
            self.view = view


def _lend(actor: Actor, borrower: str, starts: datetime, ends: datetime, now: datetime) -> None:
    carried_out(
        lambda session: delegations.delegate(
            session, lender=actor, borrower_id=borrower, starts=starts, ends=ends, now=now
        )
    )


def _take_back(actor: Actor, delegation_id: str) -> None:
    carried_out(lambda session: delegations.end(session, delegation_id, actor=actor, now=utc_now()))


def _read(actor: Actor, now: datetime) -> LendingView:
    may_lend = actor.may(Permission.DECIDE)
    with reading() as session:
        rows = delegations.of_person(session, actor.id, now)
        people = browse.colleagues(session, actor.id) if may_lend else []
        lenders = {user.id for user in delegations.lenders_of(session, actor.id, now)}
    given = [_row(row, borrower, True, now) for row, _, borrower in rows if row.lender == actor.id]
    received = [_row(row, lender, False, now) for row, lender, _ in rows if row.borrower == actor.id]
    acting = [row for row, _, _ in rows if row.lender in lenders and row.starts <= now]
    names = {row.lender: lender for row, lender, _ in rows}
    return LendingView(
        given=given,
        received=received,
        colleagues=[OptionView(value=key, word=name) for key, name in people],
        may_lend=may_lend,
        foot=_foot([(names[row.lender], row) for row in acting], now),
    )


def _row(row: Delegation, who: str, mine: bool, now: datetime) -> LentRow:
    going = row.starts <= now
    begins = "" if going else f"from {shown.when(row.starts, now)} "
    return LentRow(id=row.id, who=who, span=f"{begins}until {shown.when(row.ends, now)}", mine=mine, going=going)


def _foot(acting: list[tuple[str, Delegation]], now: datetime) -> str:
    return ", ".join(f"{name} until {shown.when(row.ends, now)}" for name, row in acting)
