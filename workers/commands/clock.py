"""`baton calendar` and `baton queue`: what the clock will do, and how long proposals may wait."""

from typing import TYPE_CHECKING, Annotated

import typer

from workers.commands.terminal import fail

if TYPE_CHECKING:
    from app.lifecycle.clock.schedule import HeldByFreeze

queue = typer.Typer(no_args_is_help=True, help="How long proposals may wait for a person.")


def calendar(days: Annotated[int, typer.Option(min=1, max=366)] = 7) -> None:
    """List what the clock will do: publish, return, let waves out, remind, escalate, expire. Instants are UTC."""
    from datetime import timedelta

    from app import database
    from app.clock import utc_now
    from app.lifecycle.clock import schedule
    from app.lifecycle.publishing import brakes

    now = utc_now()
    with database.reading() as session:
        stopped, closed = brakes.stopped(session), brakes.freezes(session, since=now)
        found = schedule.calendar(session, now - timedelta(days=366), now + timedelta(days=days))
    if stopped:
        since = f"{stopped.stopped_at:%d %b %H:%M} by {stopped.stopped_by}"
        typer.echo(f"PUBLISHING IS STOPPED since {since}: {stopped.reason}")
    for freeze in closed:
        typer.echo(f"frozen    {freeze.starts:%d %b %H:%M} to {freeze.ends:%d %b %H:%M}  {freeze.reason}")
    for due in found:
        late = " (late)" if due.at < now else ""
        held = f"  ({_held(due.held, due.wave)})" if due.held else ""
        typer.echo(f"{due.kind:9} {due.at:%d %b %H:%M:%S}{late}  {due.reference}  {due.reason}{held}")


def _held(held: "HeldByFreeze", wave: int) -> str:
    planned = f"planned {held.planned:%d %b %H:%M}, " if held.planned and not wave else ""
    what = f"wave {wave} held" if wave else "held"
    return f"{planned}{what} until {held.until:%d %b %H:%M} by the freeze: {held.reason}"


@queue.command("set")
def set_queue(
    name: Annotated[str, typer.Argument(help="What to call it; the same name again changes it.")],
    minutes: Annotated[int, typer.Option(min=1, help="Working minutes until it escalates; at twice it expires.")],
    rule: Annotated[str, typer.Option(help="The kind of rule that sends proposals here; empty: all the rest.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of the working hours.")] = "UTC",
    weekdays: Annotated[str, typer.Option(help="Working days, 0 is Monday.")] = "0,1,2,3,4",
    opens: Annotated[str, typer.Option()] = "09:00",
    closes: Annotated[str, typer.Option(help="00:00 is the end of the day.")] = "17:00",
    holidays: Annotated[str, typer.Option(help="Days off, such as 2026-12-25,2027-01-01.")] = "",
) -> None:
    """Set a queue's deadlines: reminded at half its time, escalated at the end, expired at twice."""
    from pydantic import ValidationError

    from app import database
    from app.clock import utc_now
    from app.identity.actor import SYSTEM
    from app.lifecycle.deciding import deadlines
    from app.timekeeping.business import BusinessCalendar

    try:
        hours = BusinessCalendar.model_validate({
            "zone": zone, "weekdays": [int(day) for day in weekdays.split(",")], "opens": opens, "closes": closes,
            "holidays": [day for day in holidays.split(",") if day],
        })  # fmt: skip
    except (ValidationError, ValueError) as error:
        fail(str(error))
    with database.transaction() as session:
        deadlines.keep_queue(session, name=name, rule=rule, minutes=minutes, calendar=hours, actor=SYSTEM,
                             now=utc_now())  # fmt: skip
    typer.echo(f"Proposals in {name} escalate after {minutes} working minutes and expire after {2 * minutes}.")


@queue.command("list")
def list_queues() -> None:
    """List the queues in force."""
    from app import database
    from app.lifecycle.deciding import deadlines

    with database.reading() as session:
        for found in deadlines.queues(session):
            typer.echo(f"{found.name:16} {found.rule or 'the rest':28} {found.minutes} min  {found.calendar}")
