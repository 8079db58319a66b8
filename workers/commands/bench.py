"""`baton bench`: measurements."""

import json
from typing import Annotated

import typer

bench = typer.Typer(no_args_is_help=True, help="Measurements; the last line is JSON.")
Skus = Annotated[int, typer.Option(min=1, max=100_000)]
Contexts = Annotated[int, typer.Option(min=1, max=3)]


@bench.command()
def fanout(skus: Skus = 50_000, contexts: Contexts = 2) -> None:
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
