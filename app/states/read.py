"""What the frame of every page reads: the side bar and the banner. It never writes."""

from datetime import datetime

from sqlmodel import Session

from app.components import format as shown
from app.components import vocabulary
from app.components.frame import BannerView, ContextLine, SideView
from app.database import reading
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.publishing import brakes
from app.lifecycle.table.status import Status
from app.lifecycle.views import queries as lifecycle
from app.timekeeping.local_time import told_here, zone_here
from app.words.counting import count
from app.words.duration import duration
from app.words.instants import written


def frame_of(actor: Actor, now: datetime) -> tuple[SideView, BannerView]:
    """Read what stands around every page for somebody."""
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
        waiting=count(waiting) if waiting else "",
        in_flight=count(moving) if moving else "",
        contexts=[
            ContextLine(
                name=context.name,
                state=vocabulary.context(context.state),
                lag=duration(context.lag_ms / 1000),
            )
            for context in contexts
        ],
    )
