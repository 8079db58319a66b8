"""Who is signed in, and what the side bar says of the world. Shared by every page."""

import re
from asyncio import to_thread
from datetime import datetime

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from app import routes
from app.clock import utc_now
from app.components import format as shown
from app.components import vocabulary
from app.components.frame import BannerView, ContextLine, SideView
from app.database import reading
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import brakes
from app.lifecycle import queries as lifecycle
from app.lifecycle.status import Status
from app.states import live
from app.timekeeping.local_time import told_here, zone_here
from app.words.instants import written

REFERENCE = re.compile(r"^pc-?(\d{1,9})$", re.IGNORECASE)
SKU = re.compile(r"^[A-Za-z]{1,6}-\d{2,}$")
TOPICS = ("proposals", "repricings", "contexts", "publishing", live.PEOPLE, live.CLOCK)


class SessionState(rx.State):
    """The frame's state. Every page's `on_load` begins with `enter`."""

    side: SideView = SideView()
    banner: BannerView = BannerView()

    @rx.event
    @allow(Permission.READ)
    async def enter(self) -> None:
        """Begin a page: forget what the last one watched, watch for the side bar, fill it."""
        token = self.router.session.client_token
        live.leave(token)
        for topic in TOPICS:
            live.subscribe(token, topic, SessionState.refresh)
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the side bar again; only what differs is sent."""
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def find(self, form_data: dict[str, str]) -> EventSpec | None:
        """Go to what was typed into the find box: a proposal, a SKU, or the list of proposals that mention it."""
        wanted = form_data.get("q", "").strip()[:200]
        if not wanted:
            return None
        return rx.redirect(_target(wanted))

    async def _fill(self) -> None:
        actor = await current_actor(self)
        side, banner = await to_thread(lambda: _seen(actor, utc_now()))
        if side != self.side:
            self.side = side
        if banner != self.banner:
            self.banner = banner


def _target(wanted: str) -> str:
    reference = REFERENCE.match(wanted)
    if reference:
        return routes.proposal(f"PC-{reference[1]}")
    if SKU.match(wanted):
        return routes.with_query(routes.PRICES, q=wanted)
    return routes.with_query(routes.PROPOSALS, q=wanted)


def _seen(actor: Actor, now: datetime) -> tuple[SideView, BannerView]:
    with reading() as session:
        return _side(session, actor), banner(session, now)


def banner(session: Session, now: datetime) -> BannerView:
    """Say what keeps prices from going out at this moment: the switch first, then a freeze."""
    stop = brakes.stopped(session)
    if stop:
        return BannerView(
            lead="Publishing is stopped.",
            words=f"{stop.stopped_by}, since {shown.when(stop.stopped_at, now)}: {_sentence(stop.reason)}"
            " Approvals go on; what falls due waits until somebody resumes.",
            tone="bad",
            icon="oct",
        )
    windows = [window for window in brakes.freezes(session, since=now) if window.starts <= now]
    if not windows:
        return BannerView()
    last = max(windows, key=lambda window: window.ends)
    return BannerView(
        lead=f"Publishing is frozen until {told_here(written(brakes.opens_at(session, now)))}.",
        words=f"{last.made_by}: {_sentence(last.reason)} Approvals go on; what falls due goes out then.",
    )


def _sentence(reason: str) -> str:
    return reason if reason[-1:] in ".!?…" else f"{reason}."


def _side(session: Session, actor: Actor) -> SideView:
    counts = lifecycle.status_counts(session)
    contexts = deliveries.contexts(session)
    moving = deliveries.in_flight(session)
    waiting = counts.get(Status.PENDING_APPROVAL, 0)
    return SideView(
        person=actor.id,
        name=actor.name,
        roles=", ".join(sorted(vocabulary.role(role) for role in actor.roles)),
        zone=zone_here(),
        initials=actor.initials,
        owns=actor.may(Permission.MANAGE_USERS),
        audits=actor.may(Permission.READ_AUDIT),
        proposes=actor.may(Permission.SUBMIT),
        waiting=shown.count(waiting) if waiting else "",
        in_flight=shown.count(moving) if moving else "",
        contexts=[
            ContextLine(
                name=context.name,
                state=vocabulary.context(context.state),
                lag=shown.duration(context.lag_ms / 1000),
            )
            for context in contexts
        ],
    )
