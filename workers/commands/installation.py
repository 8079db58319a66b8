"""`baton installation`: who this one is, and the way out after its store was put back."""

from typing import Annotated

import typer

from app.words.counting import plural
from workers.commands.terminal import fail

installation = typer.Typer(no_args_is_help=True, help="Who this installation is, and what to do after a restore.")


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
        fail(str(refused))
    outside = plural(len(found.known), "SKU is", "SKUs are")
    here = plural(len(found.decided_here), "was", "were")
    typer.echo(f"This pricing store is {found.ours.words()}. Outside, {outside} known at a version that it does not"
               f" have; {here} decided here meanwhile.")  # fmt: skip
    if found.unasked:
        typer.echo(f"No store of {', '.join(found.unasked)} is here to be asked: what only they know is not found.")
    if not yes and not typer.confirm("Begin a new epoch?"):
        fail("Nothing was changed.")
    done = begin(settings().redis_url, found, why=why)
    prices = plural(len(done.taken_over), "price was", "prices were")
    typer.echo(f"Epoch {found.epochs + 1} has begun. {prices} taken over,"
               f" {len(done.announced_again):,} announced again at a higher version.")  # fmt: skip
    if done.unlike:
        typer.echo(f"Unknown here, or in another currency, and left alone: {', '.join(done.unlike[:20])}."
                   " List them in the catalog again.")  # fmt: skip
