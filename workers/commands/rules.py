"""`baton rules`: what came with a newer version, and who lets it judge."""

from typing import Annotated

import typer

from workers.commands.terminal import changing, person

rules = typer.Typer(no_args_is_help=True, help="Rule sets: adopt what came later, activate a draft.")
As = Annotated[str, typer.Option("--as", help="The owner who does it, by address.")]


@rules.command("adopt")
def adopt_rules(email: As) -> None:
    """Draft the active rule set with the kinds that it lacks; another owner activates it."""
    from app.lifecycle.proposing import rule_sets

    with changing() as (session, now):
        draft = rule_sets.adopt(session, actor=person(session, email), now=now)
        session.flush()
        advice = rule_sets.advice(session)
    typer.echo(f"Rule set {draft.number} is a draft; nothing is judged by it yet. {advice}")


@rules.command("activate")
def activate_rules(number: Annotated[int, typer.Argument(min=1)], email: As) -> None:
    """Let a drafted rule set judge from now on. Whoever drafted it may not."""
    from app.lifecycle.proposing import rule_sets

    with changing() as (session, now):
        rule_sets.activate(session, number, actor=person(session, email), now=now)
    typer.echo(f"Rule set {number} is active: every proposal is judged by it from now on.")
