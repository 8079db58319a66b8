"""The `baton` command: everything on one machine, one process at a time, and what an administrator needs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from workers.commands import audit, bench, catalog, clock, contexts, installation, people, processes, rules
from workers.commands.stores import why_no_store
from workers.machine import frontend
from workers.machine.parent import SUPERVISED, end_with_supervisor

cli = typer.Typer(name="baton", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Baton: where a retailer's prices change hands safely.")  # fmt: skip
_COMMANDS: dict[str, Callable[..., None]] = {
    "up": processes.up, "web": processes.web, "build": processes.build, "relay": processes.relay,
    "worker": processes.worker, "orchestrate": processes.orchestrate, "track": processes.track,
    "migrate": processes.migrate, "contexts": contexts.contexts_now, "calendar": clock.calendar,
}  # fmt: skip
_GROUPS = {"catalog": catalog.catalog, "facts": catalog.facts, "user": people.user, "queue": clock.queue,
           "rules": rules.rules, "token": people.token, "audit": audit.audit, "context": contexts.context,
           "installation": installation.installation, "bench": bench.bench}  # fmt: skip
_OF_THE_SUPERVISOR: dict[str, Callable[..., None]] = {
    "valkey": processes.valkey, "announce": processes.announce, "carry-out-replay": processes.carry_out_replay,
}  # fmt: skip
for name, command in _COMMANDS.items():
    cli.command(name)(command)
for name, group in _GROUPS.items():
    cli.add_typer(group, name=name)
for name, command in _OF_THE_SUPERVISOR.items():
    cli.command(name, hidden=True)(command)


@cli.callback()
def _same_installation(context: typer.Context) -> None:
    """Speak to the processes that run on this data directory, unless told otherwise by BATON_* variables."""
    if context.invoked_subcommand == "up":  # begins an installation and joins none: its --data decides
        os.environ.pop(SUPERVISED, None)
        return
    end_with_supervisor()
    os.environ.setdefault("BATON_DATA_DIR", str(frontend.ROOT / "var"))
    if SUPERVISED not in os.environ:
        from workers.machine.supervision import remembered

        for variable, value in remembered(Path(os.environ["BATON_DATA_DIR"])).items():
            os.environ.setdefault(variable, value)


def main() -> None:
    """Run the command line; whatever is refused, or cannot be had of the store, is said in one sentence."""
    from app.lifecycle.errors import Refused

    try:
        cli()
    except Refused as refused:
        sys.exit(refused.detail)
    except Exception as error:
        why = why_no_store(error)
        if why is None:
            raise
        typer.echo(why, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
