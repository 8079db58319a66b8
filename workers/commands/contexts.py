"""`baton contexts` and `baton context`: how they are, and what to do about one that is gone."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.words.counting import plural
from workers.commands.terminal import changing, person

if TYPE_CHECKING:
    from app.deliveries.projection import Observation
    from app.deliveries.views import ContextView, Retired
    from app.subscribers import Wish

context = typer.Typer(no_args_is_help=True, help="Contexts: retire one that is gone, look at what had to be kept.")
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]
Who = Annotated[str, typer.Option("--as", help="The operator or owner who does it, by address.")]


def contexts_now() -> None:
    """List the contexts as they are at this moment; what can only be had of the store says of when it is."""
    from app import contexts, database
    from app.alarms import raised
    from app.clock import utc_now
    from app.config import settings
    from app.deliveries import queries
    from workers.orchestration.health import look_now

    with database.reading() as session:
        for alarm in raised(session):
            typer.echo(f"ALARM since {alarm.since:%d %b %H:%M} UTC: {alarm.said}")
        noted = {found.name: found for found in queries.contexts(session)}
        gone = {found.name: found for found in queries.retired(session)}
    now = look_now(settings().redis_url, {name: view.does for name, view in noted.items()}, utc_now())
    if now.hidden and noted:
        typer.echo(f"{now.hidden}: what they do now cannot be seen.")
    for known in sorted({*contexts.names(), *noted, *gone, *now.seen}):
        left = gone.get(known)
        typer.echo(f"{known:12} {_gone(left) if left else _state(now.seen.get(known), noted.get(known))}")
        alarmed = now.seen.get(known) or noted.get(known)
        if not left and alarmed and alarmed.alarm:
            typer.echo(f"{'':12} {alarmed.alarm}")
        if left and left.workers:
            answers = f"{plural(left.workers, 'worker answers', 'workers answer')} all the same: stop what runs there,"
            answers += f" or `baton context readmit {known}`"
            typer.echo(f"{'':12} {answers}")


def _gone(left: "Retired") -> str:
    return f"retired    {left.at:%d %b %Y %H:%M} UTC by {left.by}: {left.why}"


def _state(now: "Observation | None", noted: "ContextView | None") -> str:
    """Say how a context is, or how it was when it was last seen: never the one for the other."""
    if now is not None:
        return f"{now.state:10} lag {now.lag_ms} ms, {sum(json.loads(now.behind))} behind"
    if noted is None:
        return "never heard of"
    then = f"noted last: {noted.state}, {sum(noted.behind)} behind"
    return f"unknown    last seen {noted.seen_at:%d %b %Y %H:%M} UTC, {then}"


@context.command("retire")
def retire_context(name: str, email: Who, reason: Why) -> None:
    """Wait no longer for a context that is gone for good: neither publications nor roll-backs do."""
    from app import subscribers

    _subscribed(subscribers.retire, name, email, reason)
    typer.echo(f"{name} is retired: nothing waits for it. Roll-backs that did are looked at again within seconds.")


@context.command("readmit")
def readmit_context(name: str, email: Who, reason: Why) -> None:
    """Take a retired context in again."""
    from app import subscribers

    _subscribed(subscribers.readmit, name, email, reason)
    typer.echo(f"{name} is waited for again. Start a worker for it: `baton worker {name}`.")


@context.command("kept")
def list_kept(
    seen_by: Annotated[str, typer.Option(help="The operator or owner who has seen them: no alarm for these.")] = "",
) -> None:
    """List entries of streams that could not be taken for what they were: foreign, unreadable, of a later version."""
    from app import contexts, database, subscribers
    from app.clock import utc_now
    from app.outbox import kept_entries

    with database.reading() as session:
        rows = kept_entries.kept(session) + contexts.kept()
    for row in rows:
        typer.echo(f"{row.at:%d %b %H:%M:%S}  {row.where:20} {row.entry:>18}  {row.cause}\n    {row.payload[:160]}")
    typer.echo(f"{plural(len(rows), 'entry is', 'entries are')} kept.")
    if seen_by:
        _subscribed(subscribers.note_kept_seen, "all", seen_by, plural(len(rows), "entry", "entries"))
        contexts.note_kept_seen(utc_now())


def _subscribed(act: "Wish", name: str, email: str, reason: str) -> None:
    with changing() as (session, now):
        act(session, name, actor=person(session, email), reason=reason, now=now)
