"""The `baton` command: everything on one machine, one process at a time, and what an administrator needs."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from workers.catalog_commands import catalog, facts
from workers.machine.frontend import ROOT
from workers.machine.parent import SUPERVISED, end_with_supervisor

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.identity.actor import Actor

cli = typer.Typer(name="baton", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Baton: where a retailer's prices change hands safely.")  # fmt: skip
user = typer.Typer(no_args_is_help=True, help="People and their roles.")
queue = typer.Typer(no_args_is_help=True, help="How long proposals may wait for a person.")
rules = typer.Typer(no_args_is_help=True, help="Rule sets: adopt what came later, activate a draft.")
token = typer.Typer(no_args_is_help=True, help="API tokens for machines.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
bench = typer.Typer(no_args_is_help=True, help="Measurements; the last line is JSON.")
_GROUPS = {"catalog": catalog, "facts": facts, "user": user, "queue": queue, "rules": rules, "token": token,
           "audit": audit, "bench": bench}  # fmt: skip
for name, commands in _GROUPS.items():
    cli.add_typer(commands, name=name)


@cli.callback()
def _same_installation() -> None:
    """Speak to the processes that run on this data directory, unless told otherwise by BATON_* variables."""
    end_with_supervisor()
    os.environ.setdefault("BATON_DATA_DIR", str(ROOT / "var"))
    if SUPERVISED not in os.environ:
        from workers.machine.supervision import remembered

        for variable, value in remembered(Path(os.environ["BATON_DATA_DIR"])).items():
            if variable != SUPERVISED:  # a command typed by a person is nobody's child
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
    from workers.machine.frontend import BuildFailed
    from workers.machine.installation import Wanted
    from workers.machine.installation import up as start
    from workers.machine.ports import NoFreePort
    from workers.machine.supervision import AlreadyRunning
    from workers.machine.valkey import NoServer

    os.environ.pop("BATON_SUPERVISOR", None)
    kept_in = (data or Path(os.environ["BATON_DATA_DIR"])).resolve()
    try:
        start(Wanted(port, kept_in, demo), typer.echo)
    except (AlreadyRunning, BuildFailed, NoFreePort, NoServer) as refused:
        _fail(str(refused))


@cli.command()
def web() -> None:
    """Serve the screens and the API (one process, one port)."""
    from app.config import settings
    from workers.machine import frontend

    try:
        frontend.ensure_built(settings().data_dir / "log" / "frontend-build.log")
    except frontend.BuildFailed as refused:
        _fail(str(refused))
    os.chdir(ROOT)
    os.environ.update(frontend.serving_environment())
    os.execv(sys.executable, [  # noqa: S606
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", settings().host,
        "--port", str(settings().port), "--workers", "1", "--respawn-failed-workers", "--workers-kill-timeout", "5",
        "--no-access-log", "app.app:app",
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
    from workers.relay import run

    run()


@cli.command()
def worker(context: Annotated[str, typer.Argument(help="catalog, search, analytics, ...")]) -> None:
    """Let one context hear and apply. Start several for one context: they share its partitions."""
    from app import contexts
    from workers.streams.running import run

    if context not in contexts.names():
        _fail(f"There is no context {context!r}. There are: {', '.join(contexts.names())}.")
    run(context)


@cli.command()
def orchestrate() -> None:
    """Carry out the lifecycle's jobs: evaluate, publish, deadlines."""
    from workers.orchestration.loop import run

    run()


@cli.command()
def track() -> None:
    """Listen to what the contexts say and keep the board."""
    from workers.orchestration.track import run

    run()


@cli.command()
def migrate() -> None:
    """Bring the pricing store to the newest schema."""
    from workers.machine.installation import prepare_store

    prepare_store(demo=False, say=typer.echo)
    typer.echo("The pricing store has the newest schema.")


@cli.command("contexts")
def contexts_command() -> None:
    """List the contexts as the tracker last saw them."""
    from app import contexts, database
    from app.deliveries.queries import contexts as health

    with database.reading() as session:
        seen = {context.name: context for context in health(session)}
    for known in sorted({*contexts.names(), *seen}):
        view = seen.get(known)
        told = f"{view.state:10} lag {view.lag_ms} ms, {sum(view.behind)} behind" if view else "never heard of"
        typer.echo(f"{known:12} {told}")


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


@user.command("add")
def add_user(
    email: str,
    role: Annotated[list[str], typer.Option(help="analyst, approver, operator, owner, auditor; repeatable.")],
    name: Annotated[str, typer.Option(help="As others see it.")] = "",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Add a person, or give an existing one more roles and a new password."""
    from app.clock import utc_now
    from app.database import transaction
    from app.identity import passwords, people, sessions
    from app.identity.errors import PasswordTooWeak
    from app.identity.roles import Role

    unknown = set(role) - set(Role)
    if unknown or "@" not in email:
        _fail(f"Roles are {', '.join(Role)}; an address has an @.")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked_password()
    try:
        passwords.refuse_weak(password)
    except PasswordTooWeak as refused:
        _fail(str(refused))
    with transaction() as session:
        person = people.add(session, email, name, map(Role, role), password=password, now=utc_now())
        sessions.end_all_of(session, person.id)
    typer.echo(f"{person.email}: {', '.join(sorted(role))}.")


@token.command("create")
def create_token(email: str, label: Annotated[str, typer.Option(help="What it is for.")] = "cli") -> None:
    """Make a bearer token that acts as a person. It is shown once."""
    from app.clock import utc_now
    from app.database import transaction
    from app.identity import tokens
    from app.identity.errors import NoSuchPerson

    try:
        with transaction() as session:
            made = tokens.create(session, email, label, utc_now())
    except NoSuchPerson:
        _fail(f"Nobody has the address {email}. Add them with `baton user add`.")
    typer.echo(made)


@token.command("revoke")
def revoke_tokens(email: str) -> None:
    """Revoke every token of a person."""
    from app.clock import utc_now
    from app.database import transaction
    from app.identity import tokens
    from app.identity.errors import NoSuchPerson

    try:
        with transaction() as session:
            revoked = tokens.revoke_all_of(session, email, utc_now())
    except NoSuchPerson:
        _fail(f"Nobody has the address {email}.")
    typer.echo(f"{revoked} tokens revoked.")


@audit.command("verify")
def verify_audit() -> None:
    """Recompute every hash chain; name the first entry that does not fit."""
    from app.database import reading
    from app.lifecycle.audit import verify

    with reading() as session:
        outcome = verify(session)
    if outcome.first_bad is not None:
        _fail(f"BROKEN at entry {outcome.first_bad}: {outcome.problem}")
    typer.echo(f"Intact: {outcome.entries:,} entries in {outcome.chains:,} chains.")


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
    """Become the private Valkey (the supervisor calls this)."""
    os.execv(binary, [binary, config])  # noqa: S606


@cli.command(hidden=True)
def announce(port: int) -> None:
    """Print the address as soon as the web answers (the supervisor calls this)."""
    from workers.machine.announcing import announce as wait_and_print

    wait_and_print(port)


def main() -> None:
    """Run the command line."""
    cli()


def _person(session: "Session", email: str) -> "Actor":
    from app.identity import people

    user = people.by_email(session, email)
    actor = people.actor(session, user.id, "person") if user else None
    if actor is None:
        _fail(f"Nobody has the address {email}. Add them with `baton user add`.")
    return actor


def _asked_password() -> str:
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
