"""The `baton` command: everything on one machine, one process at a time, and what an administrator needs."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.words.counting import plural
from workers.catalog_commands import catalog, facts
from workers.machine.frontend import ROOT
from workers.machine.loading import keeping_all
from workers.machine.membership import token, user
from workers.machine.parent import SUPERVISED, end_with_supervisor

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.config import Settings
    from app.deliveries.projection import Observation
    from app.deliveries.queries import ContextView, Retired
    from app.identity.actor import Actor
    from app.subscribers import Command

cli = typer.Typer(name="baton", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Baton: where a retailer's prices change hands safely.")  # fmt: skip
queue = typer.Typer(no_args_is_help=True, help="How long proposals may wait for a person.")
rules = typer.Typer(no_args_is_help=True, help="Rule sets: adopt what came later, activate a draft.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
context = typer.Typer(no_args_is_help=True, help="Contexts: retire one that is gone, look at what had to be kept.")
installation = typer.Typer(no_args_is_help=True, help="Who this installation is, and what to do after a restore.")
bench = typer.Typer(no_args_is_help=True, help="Measurements; the last line is JSON.")
_GROUPS = {"catalog": catalog, "facts": facts, "user": user, "queue": queue, "rules": rules, "token": token,
           "audit": audit, "context": context, "installation": installation, "bench": bench}  # fmt: skip
for name, commands in _GROUPS.items():
    cli.add_typer(commands, name=name)


@cli.callback()
def _same_installation(context: typer.Context) -> None:
    """Speak to the processes that run on this data directory, unless told otherwise by BATON_* variables."""
    if context.invoked_subcommand == "up":  # begins an installation and joins none: its --data decides
        os.environ.pop(SUPERVISED, None)
        return
    end_with_supervisor()
    os.environ.setdefault("BATON_DATA_DIR", str(ROOT / "var"))
    if SUPERVISED not in os.environ:
        from workers.machine.supervision import remembered

        for variable, value in remembered(Path(os.environ["BATON_DATA_DIR"])).items():
            os.environ.setdefault(variable, value)


@cli.command()
def up(
    port: Annotated[int, typer.Option(help="First port to try for the web.")] = 3000,
    data: Annotated[Path | None, typer.Option(help="Where everything is kept. [default: var]")] = None,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Demo people, and a catalog in an empty store.")
    ] = True,
) -> None:
    """Run all of Baton on this machine, until Ctrl-C."""
    from app.lifecycle.evidence.keys import AuditKeyWrong
    from workers.machine.frontend import BuildFailed
    from workers.machine.installation import Wanted
    from workers.machine.installation import up as start
    from workers.machine.ports import NoFreePort
    from workers.machine.supervision import AlreadyRunning, forget_other_folder
    from workers.machine.valkey import NoServer
    from workers.streams.refusals import Elsewhere

    kept_in = (data or Path(os.environ.get("BATON_DATA_DIR", ROOT / "var"))).resolve()
    if ignored := forget_other_folder(kept_in, os.environ):
        typer.echo(f"{', '.join(ignored)} in the environment belong to another data directory and do not count here.")
    _refuse_open_demo(wanted=demo)
    try:
        start(Wanted(port, kept_in, demo), typer.echo)
    except (AlreadyRunning, AuditKeyWrong, BuildFailed, Elsewhere, NoFreePort, NoServer) as refused:
        _fail(str(refused))


@cli.command()
def web() -> None:
    """Serve the screens and the API (one process, one port)."""
    from app.config import settings
    from workers.machine import frontend

    _refuse_open_demo(wanted=None)
    _refuse_no_store()
    try:
        frontend.ensure_built(settings().data_dir / "log" / "frontend-build.log")
    except frontend.BuildFailed as refused:
        _fail(str(refused))
    os.chdir(ROOT)
    os.environ.update(frontend.serving_environment())
    os.execv(sys.executable, [  # noqa: S606
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", settings().host,
        "--port", str(settings().port), "--workers", "1", "--respawn-failed-workers", "--workers-kill-timeout", "5",
        "--no-access-log", "--log-config", str(ROOT / "workers" / "machine" / "granian-log.json"),
        "workers.machine.serving:app",
    ])  # fmt: skip


@cli.command()
def build() -> None:
    """Build the front end now (`up` and `web` do it by themselves when something changed)."""
    from app.config import settings
    from workers.machine import frontend

    built = frontend.ensure_built(settings().data_dir / "log" / "frontend-build.log")
    typer.echo("The front end is built." if built else "The front end was built already.")


@cli.command()
def relay() -> None:
    """Carry the outbox across the seam."""
    with keeping_all():
        from workers.relay import run

    _refuse_anothers_redis()
    run()


@cli.command()
def worker(context: Annotated[str, typer.Argument(help="catalog, search, analytics, ...")]) -> None:
    """Let one context hear and apply. Start several for one context: they share its partitions."""
    with keeping_all():
        from sqlalchemy.exc import OperationalError

        from app import contexts
        from workers.streams.desk import refuse_elsewhere
        from workers.streams.refusals import Elsewhere, NotYet
        from workers.streams.running import run

    if context not in contexts.names():
        _fail(f"There is no context {context!r}. There are: {', '.join(contexts.names())}.")
    try:
        if SUPERVISED not in os.environ:  # a person is told at once; under a supervisor it is waited out
            with suppress(NotYet, OperationalError):  # a store that is not there yet is waited for
                refuse_elsewhere(context)
    except Elsewhere as refused:
        _fail(str(refused))
    run(context)


@cli.command()
def orchestrate() -> None:
    """Carry out the lifecycle's jobs: evaluate, publish, deadlines."""
    with keeping_all():
        from workers.orchestration.loop import run

    _refuse_anothers_redis()
    run()


@cli.command()
def track() -> None:
    """Listen to what the contexts say and keep the board."""
    with keeping_all():
        from workers.orchestration.track import run

    _refuse_anothers_redis()
    run()


@cli.command()
def migrate() -> None:
    """Bring the pricing store to the newest schema; make it if there is none."""
    from app.config import settings
    from workers.machine.installation import prepare_store

    settings().data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare_store(demo=False, say=typer.echo)
    typer.echo("The pricing store has the newest schema.")


@cli.command("contexts")
def contexts_command() -> None:
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
            answers = f"{left.workers} workers answer all the same: stop them, or `baton context readmit {known}`"
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


Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]
Who = Annotated[str, typer.Option("--as", help="The operator or owner who does it, by address.")]


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
    from app.outbox import keeping

    with database.reading() as session:
        rows = keeping.kept(session) + contexts.kept()
    for row in rows:
        typer.echo(f"{row.at:%d %b %H:%M:%S}  {row.where:20} {row.entry:>18}  {row.cause}\n    {row.payload[:160]}")
    typer.echo(f"{plural(len(rows), 'entry is', 'entries are')} kept.")
    if seen_by:
        _subscribed(subscribers.note_kept_seen, "all", seen_by, plural(len(rows), "entry", "entries"))
        contexts.note_kept_seen(utc_now())


def _subscribed(act: "Command", name: str, email: str, reason: str) -> None:
    from app.clock import utc_now
    from app.database import transaction
    from app.lifecycle.errors import Refused

    try:
        with transaction() as session:
            act(session, name, actor=_person(session, email), reason=reason, now=utc_now())
    except Refused as refused:
        _fail(refused.detail)


@cli.command("calendar")
def calendar_command(days: Annotated[int, typer.Option(min=1, max=366)] = 7) -> None:
    """List what the clock will do: publish, return, let waves out, remind, escalate, expire. Instants are UTC."""
    from datetime import timedelta

    from app import database
    from app.clock import utc_now
    from app.lifecycle import brakes, schedule

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
        typer.echo(f"{due.kind:9} {due.at:%d %b %H:%M:%S}{late}  {due.reference}  {due.reason}")


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
    from app.lifecycle import deadlines
    from app.timekeeping.business import BusinessCalendar

    try:
        calendar = BusinessCalendar.model_validate({
            "zone": zone, "weekdays": [int(day) for day in weekdays.split(",")], "opens": opens, "closes": closes,
            "holidays": [day for day in holidays.split(",") if day],
        })  # fmt: skip
    except (ValidationError, ValueError) as error:
        _fail(str(error))
    with database.transaction() as session:
        deadlines.keep_queue(session, name=name, rule=rule, minutes=minutes, calendar=calendar, actor=SYSTEM,
                             now=utc_now())  # fmt: skip
    typer.echo(f"Proposals in {name} escalate after {minutes} working minutes and expire after {2 * minutes}.")


@queue.command("list")
def list_queues() -> None:
    """List the queues in force."""
    from app import database
    from app.lifecycle import deadlines

    with database.reading() as session:
        for found in deadlines.queues(session):
            typer.echo(f"{found.name:16} {found.rule or 'the rest':28} {found.minutes} min  {found.calendar}")


As = Annotated[str, typer.Option("--as", help="The owner who does it, by address.")]


@rules.command("adopt")
def adopt_rules(email: As) -> None:
    """Draft the active rule set with the kinds that it lacks; another owner activates it."""
    from app.clock import utc_now
    from app.database import transaction
    from app.lifecycle import rule_sets
    from app.lifecycle.errors import Refused

    try:
        with transaction() as session:
            draft = rule_sets.adopt(session, actor=_person(session, email), now=utc_now())
            session.flush()
            told = rule_sets.advice(session)
    except Refused as refused:
        _fail(refused.detail)
    typer.echo(f"Rule set {draft.number} is a draft; nothing is judged by it yet. {told}")


@rules.command("activate")
def activate_rules(number: Annotated[int, typer.Argument(min=1)], email: As) -> None:
    """Let a drafted rule set judge from now on. Whoever drafted it may not."""
    from app.clock import utc_now
    from app.database import transaction
    from app.lifecycle import rule_sets
    from app.lifecycle.errors import Refused

    try:
        with transaction() as session:
            rule_sets.activate(session, number, actor=_person(session, email), now=utc_now())
    except Refused as refused:
        _fail(refused.detail)
    typer.echo(f"Rule set {number} is active: every proposal is judged by it from now on.")


@audit.command("verify")
def verify_audit() -> None:
    """Recompute every hash and seal, compare what stands beside and outside; name everything that does not fit."""
    from app.database import reading
    from app.lifecycle.audit import verify

    with reading() as session:
        outcome = verify(session)
    for note in outcome.notes:
        typer.echo(note)
    if not outcome.intact:
        for finding in outcome.findings:
            typer.echo(f"{finding.what.capitalize()}: {finding.sentence}.", err=True)
        _fail(f"BROKEN: {plural(outcome.count, 'thing does', 'things do')} not fit.")
    typer.echo(f"Intact: {plural(outcome.entries, 'entry', 'entries')} in {plural(outcome.chains, 'chain')}.")


@audit.command("checkpoint")
def checkpoint_audit() -> None:
    """Write the head of the trail outside the store now: to the file of checkpoints, and to the webhook."""
    from app.clock import utc_now
    from app.lifecycle.errors import Refused
    from app.lifecycle.evidence import checkpoints

    try:
        made = checkpoints.put_outside(now=utc_now())
    except Refused as refused:
        _fail(refused.detail)
    typer.echo(f"Entry {made.position:,} in {checkpoints.place()}." if made else "Nothing was recorded since the last.")


@audit.command("adopt")
def adopt_audit(email: As, why: Annotated[str, typer.Option(help="What happened: it stands in the trail.")]) -> None:
    """Start the seals anew, with the key at hand: after a store was put back on purpose, or a key was lost for good.

    What stands there is held fast as it is; that nothing vouches for it is said for ever.
    """
    from app.clock import utc_now
    from app.database import transaction
    from app.identity.roles import Permission
    from app.lifecycle.errors import Refused
    from app.lifecycle.evidence import adopting, checkpoints, keys

    try:
        with transaction() as session:
            owner = _person(session, email)
            if not owner.may(Permission.MANAGE_USERS) or not why.strip():
                _fail("Only an owner starts the seals anew, and says why.")
            count = adopting.adopt(session, key=keys.made(), actor=owner, why=why, now=utc_now())
        checkpoints.put_outside(now=utc_now(), kind="adopted")
    except Refused as refused:
        _fail(refused.detail)
    typer.echo(f"{plural(count, 'entry is', 'entries are')} held fast. Nothing vouches for what happened before.")


@installation.command("show")
def show_installation() -> None:
    """Say which installation this pricing store is, and the epochs it has had."""
    from sqlmodel import col, select

    from app.database import reading
    from app.installation import InstallationEpoch

    with reading() as session:
        epochs = session.exec(select(InstallationEpoch).order_by(col(InstallationEpoch.number))).all()
    for epoch in epochs:
        typer.echo(f"installation {epoch.installation_id}  epoch {epoch.number}  since {epoch.at:%d %b %Y %H:%M} UTC"
                   f"  {epoch.why}")  # fmt: skip


@installation.command("restored")
def restored_installation(
    why: Annotated[str, typer.Option(help="What happened, for the audit trail.")] = "put back from an older copy",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Say that the pricing store was put back from an older copy: begin a new epoch, and tell everybody.

    Prices published after the copy was made are found in Redis and in the contexts' stores; the price list takes them
    over. A price decided here since then stands. Nothing older overwrites anything newer, anywhere.
    """
    from app.config import settings
    from workers.restored import CannotBegin, begin, look

    try:
        found = look(settings().redis_url)
    except CannotBegin as refused:
        _fail(str(refused))
    outside = plural(len(found.known), "SKU is", "SKUs are")
    here = plural(len(found.decided_here), "was", "were")
    typer.echo(f"This pricing store is {found.ours.words()}. Outside, {outside} known at a version that it does not"
               f" have; {here} decided here meanwhile.")  # fmt: skip
    if found.unasked:
        typer.echo(f"No store of {', '.join(found.unasked)} is here to be asked: what only they know is not found.")
    if not yes and not typer.confirm("Begin a new epoch?"):
        _fail("Nothing was changed.")
    done = begin(settings().redis_url, found, why=why)
    prices = plural(len(done.taken_over), "price was", "prices were")
    typer.echo(f"Epoch {found.epochs + 1} has begun. {prices} taken over,"
               f" {len(done.announced_again):,} announced again at a higher version.")  # fmt: skip
    if done.unlike:
        typer.echo(f"Unknown here, or in another currency, and left alone: {', '.join(done.unlike[:20])}."
                   " List them in the catalog again.")  # fmt: skip


@bench.command()
def fanout(skus: int = 50_000, contexts: int = 2) -> None:
    """Publish many prices at once; count applied deliveries per second."""
    from workers.bench.fanout import measure

    typer.echo(json.dumps(measure(skus=skus, contexts=contexts)))


@bench.command()
def latency(changes: int = 200) -> None:
    """Publish one price at a time; time each until every context applied it."""
    from workers.bench.latency import measure

    typer.echo(json.dumps(measure(changes=changes)))


@bench.command()
def idle(seconds: int = 20) -> None:
    """Measure memory and processor time of all running processes while nothing happens."""
    from workers.bench.idle import measure

    typer.echo(json.dumps(measure(seconds=seconds)))


@bench.command("timers")
def timers_command(timers: int = 100_000, due: int = 1_000, seconds: int = 20) -> None:
    """Open many timers; measure how late those that ring are acted on, and what the rest cost while idle."""
    from workers.bench.timers import measure

    typer.echo(json.dumps(measure(timers=timers, due=due, seconds=seconds)))


@cli.command(hidden=True)
def valkey(binary: str, config: str) -> None:
    """Become the private Valkey (the supervisor calls this); a damaged append-only file is set aside first."""
    from workers.machine import append_only

    if aside := append_only.set_aside_damaged(Path(binary), Path(config).parent.parent):
        typer.echo(append_only.told(aside))
    os.execv(binary, [binary, config])  # noqa: S606


@cli.command(hidden=True)
def announce(port: int) -> None:
    """Print the address as soon as the web answers (the supervisor calls this)."""
    from workers.machine.announcing import announce as wait_and_print

    wait_and_print(port)


def main() -> None:
    """Run the command line; whatever is refused, or cannot be had of the store, is said in one sentence."""
    from app.lifecycle.errors import Refused

    try:
        cli()
    except Refused as refused:
        sys.exit(refused.detail)
    except Exception as error:
        told = _why_no_store(error)
        if told is None:
            raise
        typer.echo(told, err=True)
        sys.exit(1)


def _why_no_store(error: Exception) -> str | None:
    """Say in the store's own words why it could not be had, and what to do; None if something else broke."""
    from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

    from app.installation import NoInstallation
    from app.store_file import StoreRefused

    if isinstance(error, NoInstallation | StoreRefused):
        return str(error)
    if not isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        return None
    why = str(error.orig).strip().splitlines()[0].rstrip(".")
    if any(words in why for words in _UNKNOWN) or getattr(error.orig, "sqlstate", None) in _UNDEFINED:
        return (
            f"The store is empty or of another version: {why}. Nothing was done; run `baton migrate` (`baton up` does"
            " it by itself), then this again."
        )
    return None if isinstance(error, ProgrammingError) else _away(why)


_UNKNOWN = ("no such table", "no such column", "has no column")
_UNDEFINED = ("42P01", "42703")
"""PostgreSQL's words for the same."""


def _away(why: str) -> str:
    return f"The store does not answer: {why}. Nothing was half done; run the command again."


def _person(session: "Session", email: str) -> "Actor":
    from app.identity import people

    user = people.by_email(session, email)
    actor = people.actor(session, user.id, "person") if user else None
    if actor is None:
        _fail(f"Nobody has the address {email}. Add them with `baton user add`.")
    return actor


def _refuse_open_demo(*, wanted: bool | None) -> None:
    """Start nothing that others could reach as a demo, nor with settings that cannot be read."""
    from app.identity.demo import why_not

    told = _settings()
    if (told.demo if wanted is None else wanted) and (refusal := why_not(told)):
        _fail(refusal)


def _refuse_no_store() -> None:
    """Say at once that there is no pricing store: a process that goes on without one only says so over and over."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import engine
    from app.store_file import NoStore

    try:
        engine().connect().close()
    except NoStore as refused:
        _fail(refused.why)
    except SQLAlchemyError:
        return


def _refuse_anothers_redis() -> None:
    """End what a person started on another installation's Redis: waiting, it would take it as soon as it was emptied.

    What only is not there yet is waited for, as under a supervisor.
    """
    from redis.exceptions import RedisError
    from sqlalchemy.exc import OperationalError

    from app.config import settings
    from app.database import engine
    from workers.belonging import Belonging
    from workers.streams.refusals import Stranger

    if SUPERVISED in os.environ:
        return
    _refuse_no_store()
    try:
        Belonging(engine(), settings().redis_url).connect().ping()
    except Stranger as refused:
        _fail(str(refused))
    except (RedisError, OperationalError):
        return


def _settings() -> "Settings":
    from pydantic import ValidationError

    from app.config import Settings

    try:
        return Settings()
    except ValidationError as unreadable:
        wrong = unreadable.errors()[0]
        _fail(f"BATON_{str(wrong['loc'][0]).upper()} cannot be read: {wrong['msg']}.")


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
