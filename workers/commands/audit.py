"""`baton audit`: whether the trail is whole, its head outside the store, and its seals begun anew."""

from typing import Annotated

import typer

from app.words.counting import plural
from workers.commands.terminal import changing, fail, failing_as_told, person

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
As = Annotated[str, typer.Option("--as", help="The owner who does it, by address.")]


@audit.command("verify")
def verify_audit() -> None:
    """Recompute every hash and seal, compare what stands beside and outside; name everything that does not fit."""
    from app.database import reading
    from app.lifecycle.audit.audit_trail import verify

    with reading() as session:
        outcome = verify(session)
    for note in outcome.notes:
        typer.echo(note)
    if not outcome.intact:
        for finding in outcome.findings:
            typer.echo(f"{finding.what.capitalize()}: {finding.sentence}.", err=True)
        fail(f"BROKEN: {plural(outcome.count, 'thing does', 'things do')} not fit.")
    typer.echo(f"Intact: {plural(outcome.entries, 'entry', 'entries')} in {plural(outcome.chains, 'chain')}.")


@audit.command("checkpoint")
def checkpoint_audit() -> None:
    """Write the head of the trail outside the store now: to the file of checkpoints, and to the webhook."""
    from app.clock import utc_now
    from app.lifecycle.audit.evidence import checkpoints

    with failing_as_told():
        made = checkpoints.put_outside(now=utc_now())
    typer.echo(f"Entry {made.position:,} in {checkpoints.place()}." if made else "Nothing was recorded since the last.")


@audit.command("adopt")
def adopt_audit(email: As, why: Annotated[str, typer.Option(help="What happened: it stands in the trail.")]) -> None:
    """Start the seals anew, with the key at hand: after a store was put back on purpose, or a key was lost for good.

    What stands there is held fast as it is; that nothing vouches for it is said for ever.
    """
    from app.clock import utc_now
    from app.identity.roles import Permission
    from app.lifecycle.audit.evidence import adoption, checkpoints, keys

    with changing() as (session, now):
        owner = person(session, email)
        if not owner.may(Permission.MANAGE_USERS) or not why.strip():
            fail("Only an owner starts the seals anew, and says why.")
        count = adoption.adopt(session, key=keys.made(), actor=owner, why=why, now=now)
    with failing_as_told():
        checkpoints.put_outside(now=utc_now(), kind="adopted")
    typer.echo(f"{plural(count, 'entry is', 'entries are')} held fast. Nothing vouches for what happened before.")
