"""`baton up`, the processes that it starts, and each of them by itself."""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from workers.commands.start_checks import refuse_anothers_redis, refuse_no_store, refuse_open_demo
from workers.commands.terminal import fail
from workers.machine import frontend
from workers.machine.garbage_collection import keeping_all
from workers.machine.parent import SUPERVISED


def up(
    port: Annotated[int, typer.Option(help="First port to try for the web.")] = 3000,
    data: Annotated[Path | None, typer.Option(help="Where everything is kept. [default: var]")] = None,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Demo people, and a catalog in an empty store.")
    ] = True,
) -> None:
    """Run all of Baton on this machine, until Ctrl-C."""
    from app.lifecycle.audit.evidence.keys import AuditKeyWrong
    from workers.machine.installation import Options
    from workers.machine.installation import up as start
    from workers.machine.ports import NoFreePort
    from workers.machine.supervision import AlreadyRunning, forget_other_folder
    from workers.machine.valkey import NoServer
    from workers.streams.refusals import Elsewhere

    kept_in = (data or Path(os.environ.get("BATON_DATA_DIR", frontend.ROOT / "var"))).resolve()
    if ignored := forget_other_folder(kept_in, os.environ):
        typer.echo(f"{', '.join(ignored)} in the environment belong to another data directory and do not count here.")
    refuse_open_demo(wanted=demo)
    try:
        start(Options(port, kept_in, demo), typer.echo)
    except (AlreadyRunning, AuditKeyWrong, frontend.BuildFailed, Elsewhere, NoFreePort, NoServer) as refused:
        fail(str(refused))


def web() -> None:
    """Serve the screens and the API (one process, one port)."""
    from app.config import settings

    refuse_open_demo(wanted=None)
    refuse_no_store()
    try:
        frontend.ensure_built(settings().data_dir / "log" / "frontend-build.log")
    except frontend.BuildFailed as refused:
        fail(str(refused))
    os.chdir(frontend.ROOT)
    os.environ.update(frontend.serving_environment())
    os.execv(sys.executable, [  # noqa: S606
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", settings().host,
        "--port", str(settings().port), "--workers", "1", "--respawn-failed-workers", "--workers-kill-timeout", "5",
        "--no-access-log", "--log-config", str(frontend.ROOT / "workers" / "machine" / "granian-log.json"),
        "workers.machine.web_process:app",
    ])  # fmt: skip


def build() -> None:
    """Build the front end now (`up` and `web` do it by themselves when something changed)."""
    from app.config import settings

    built = frontend.ensure_built(settings().data_dir / "log" / "frontend-build.log")
    typer.echo("The front end is built." if built else "The front end was built already.")


def relay() -> None:
    """Carry the outbox across the seam."""
    with keeping_all():
        from workers.relay import run

    refuse_anothers_redis()
    run()


def worker(context: Annotated[str, typer.Argument(help="catalog, search, analytics, ...")]) -> None:
    """Let one context hear and apply. Start several for one context: they share its partitions."""
    with keeping_all():
        from sqlalchemy.exc import OperationalError

        from app import contexts
        from workers.streams.consumption import refuse_elsewhere
        from workers.streams.refusals import Elsewhere, NotYet
        from workers.streams.worker import run

    if context not in contexts.names():
        fail(f"There is no context {context!r}. There are: {', '.join(contexts.names())}.")
    try:
        if SUPERVISED not in os.environ:  # a person is told at once; under a supervisor it is waited out
            with suppress(NotYet, OperationalError):  # a store that is not there yet is waited for
                refuse_elsewhere(context)
    except Elsewhere as refused:
        fail(str(refused))
    run(context)


def orchestrate() -> None:
    """Carry out the lifecycle's jobs: evaluate, publish, deadlines."""
    with keeping_all():
        from workers.machine.replay_process import start
        from workers.orchestration.worker import run

    refuse_anothers_redis()
    run(start)


def carry_out_replay(replay: str) -> None:
    """Carry out one replay of a rule set (the orchestrating process calls this), after everybody else's work."""
    from app import logs
    from workers.orchestration.replays import KEEPING_PORTIONS, NICE, carry_out

    os.nice(NICE)
    gc.set_threshold(*KEEPING_PORTIONS)
    logs.begin("replay")
    carry_out(replay)


def track() -> None:
    """Listen to what the contexts say and keep the board."""
    with keeping_all():
        from workers.orchestration.tracker import run

    refuse_anothers_redis()
    run()


def migrate() -> None:
    """Bring the pricing store to the newest schema; make it if there is none."""
    from app.config import settings
    from workers.machine.installation import prepare_store

    settings().data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare_store(demo=False, say=typer.echo)
    typer.echo("The pricing store has the newest schema.")


def valkey(binary: str, config: str) -> None:
    """Become the private Valkey (the supervisor calls this); a damaged append-only file is set aside first."""
    from workers.machine import append_only

    if aside := append_only.set_aside_damaged(Path(binary), Path(config).parent.parent):
        typer.echo(append_only.notice(aside))
    os.execv(binary, [binary, config])  # noqa: S606


def announce(port: int) -> None:
    """Print the address as soon as the web answers (the supervisor calls this)."""
    from workers.machine.announcement import announce as wait_and_print

    wait_and_print(port)
