"""`baton catalog` and `baton facts`: products, costs and competitor prices from files, with a dry run before."""

import gc
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.words.counting import plural
from workers.commands.terminal import fail, person

if TYPE_CHECKING:
    from app.identity.actor import Actor
    from app.intake.catalog import Tried
    from app.intake.facts_file import TriedFacts
    from app.intake.sheet_rows import Sheet

catalog = typer.Typer(no_args_is_help=True, help="The product catalog.")
facts = typer.Typer(no_args_is_help=True, help="Costs and competitor prices: with source and date, and for how long.")
SHOWN = 20

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX, or CSV in UTF-8, with a heading.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
Without = Annotated[bool, typer.Option("--without-bad-rows", help="Go on without the rows that cannot be taken.")]
Problems = Annotated[
    Path | None, typer.Option(help="Write every bad row here as CSV, to be corrected and imported again.")
]
As = Annotated[str, typer.Option("--as", help="Who does it, by address. [default: whoever is logged in here]")]


@catalog.command("import")
def import_catalog(
    file: File, dry_run: DryRun = False, without_bad_rows: Without = False, problems: Problems = None, email: As = ""
) -> None:
    """List the products of a file; known ones keep their price and their currency."""
    from app.intake import catalog as intake
    from app.lifecycle.errors import Refused

    actor = _who(email)
    try:
        found = intake.tried(_sheet(file), actor)
        _show(found, problems)
        summary = f"{found.listed:,} to list, {found.known:,} known, {len(found.bad):,} cannot be taken."
        if dry_run:
            typer.echo(f"{summary} Nothing was changed.")
            raise typer.Exit(1 if found.bad else 0)
        gc.freeze()  # a million rows that stay: looking through them again and again took a quarter of the time
        done = intake.carry_out(found, actor, without_bad_rows=without_bad_rows)
    except Refused as refused:
        fail(refused.detail)
    changed = plural(done.facts, "cost or competitor price", "costs and competitor prices")
    typer.echo(
        f"{plural(done.listed, 'product')} listed, {done.renewed:,} renewed, {done.unchanged:,} unchanged,"
        f" {plural(done.left_out, 'row')} left out; {changed} changed."
    )
    if done.other_prices:
        typer.echo(
            f"{plural(done.other_prices, 'row names', 'rows name')} another price than the price list; a known product"
            " keeps its price until a proposal changes it."
        )


@facts.command("import")
def import_facts(
    file: File,
    source: Annotated[str, typer.Option(help="Where the facts are from, where the rows do not say so.")],
    observed_at: Annotated[str, typer.Option(help="When they were seen, like 2026-11-20. [default: now]")] = "",
    dry_run: DryRun = False,
    without_bad_rows: Without = False,
    problems: Problems = None,
    email: As = "",
) -> None:
    """Take costs and competitor prices from a file with the columns sku and cost or competitor_price."""
    from app.clock import utc_now
    from app.intake import facts_file
    from app.lifecycle.errors import Refused

    actor, now = _who(email), utc_now()
    try:
        at = facts_file.instant_of(observed_at) if observed_at else now
        seen = facts_file.FactsSeen(facts_file.source_of(source), at)
        found = facts_file.tried(_sheet(file), seen, actor, now)
        _show(found, problems)
        if dry_run:
            typer.echo(
                f"{plural(len(found.supplied), 'fact')} could be taken, {plural(len(found.bad), 'row')} cannot."
                " Nothing was changed."
            )
            raise typer.Exit(1 if found.bad else 0)
        done = facts_file.carry_out(found, actor, without_bad_rows=without_bad_rows)
    except Refused as refused:
        fail(refused.detail)
    except facts_file.NotAnObservation as refused:
        fail(str(refused))
    typer.echo(
        f"{plural(done.changed, 'fact')} changed, {done.confirmed:,} confirmed, {done.older:,} older than known and"
        f" left alone, {plural(done.left_out, 'row')} left out."
    )


@facts.command("show")
def show_facts(sku: str) -> None:
    """Show the facts of a SKU with their source and age, and who changed them."""
    from app.clock import utc_now
    from app.database import reading
    from app.lifecycle.proposing import facts as evidence
    from app.pricelist import queries
    from app.pricelist.records import Fact
    from app.words.money import format_price
    from app.words.sku import clean

    now = utc_now()
    with reading() as session:
        product, changes = queries.price_of(session, clean(sku)), evidence.history(session, clean(sku))
    if product is None:
        fail("No product has this SKU.")
    for kind in Fact:
        known = product.fact(kind, now)
        amount = (
            "not known"
            if known.amount is None
            else f"{format_price(known.amount, product.currency)} {product.currency}"
        )
        typer.echo(f"{evidence.WORDS[kind]:17} {amount}{_age(known.observed_at, now, known.too_old)}")
    for change in changes:
        after = "unknown" if change.after is None else format_price(change.after, change.currency)
        typer.echo(f"{change.at:%d %b %Y %H:%M}  {change.kind} → {after} by {change.by_name}, from {change.source}")


def _age(at: datetime | None, now: datetime, too_old: bool) -> str:
    if at is None:
        return ""
    told = f", observed {plural((now - at).days, 'day')} ago"
    return f"{told}: too old to count, not measured" if too_old else told


def _sheet(file: Path) -> "Sheet":
    from app.intake.sheet_rows import read_sheet

    return read_sheet(file.read_bytes())


def _show(found: "Tried | TriedFacts", into: Path | None) -> None:
    from app.intake.problems import as_csv

    bad = found.bad
    for note in found.notes:
        typer.echo(note, err=True)
    for row in bad[:SHOWN]:
        typer.echo(f"row {row.row:,}: {row.sku}: {row.reason}", err=True)
    if len(bad) > SHOWN:
        where = f"all are in {into}" if into else "write them all into a file with --problems FILE"
        typer.echo(f"and {len(bad) - SHOWN:,} more; {where}.", err=True)
    if into is not None:
        into.write_text(as_csv(found.columns, bad), encoding="utf-8-sig", newline="")


def _who(email: str) -> "Actor":
    """Return the person of an address, or whoever is logged in on this machine: an import is always somebody's."""
    from app.database import reading
    from app.lifecycle.audit import sign_ins

    if not email:
        return sign_ins.command_line()
    with reading() as session:
        return person(session, email)
