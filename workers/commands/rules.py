"""`baton rules`: rule sets from draft to activation, by the commands that API and pages use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.words.counting import plural
from workers.commands.replay_words import told
from workers.commands.terminal import fail, failing_as_told

if TYPE_CHECKING:
    from app.identity.actor import Actor

from workers.commands.rule_words import (
    draft_now,
    fields_typed,
    hash_of,
    instant_typed,
    owner_named,
    say_differences,
    since_when,
)

rules = typer.Typer(no_args_is_help=True, help="Rule sets: draft, check, review, activate; adopt what came later.")
Number = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="The number of the rule set.")]
Which = Annotated[
    int | None, typer.Argument(min=1, max=2**31 - 1, show_default=False, help="Its number; the active one without.")
]
As = Annotated[str, typer.Option("--as", help="The owner who does it, by address.")]
Seen = Annotated[
    str, typer.Option(help="The content hash as it was read (`baton rules show`). [default: as it stands now]")
]
Version = Annotated[
    int, typer.Option(min=0, help="The version of the draft as it was read. [default: as it stands now]")
]
Sku = Annotated[str, typer.Option(help="Only which rows count for this SKU, and why.")]
Because = Annotated[str, typer.Option("--because", help="Why.")]


@rules.command("list")
def list_sets() -> None:
    """List every rule set, newest first."""
    from app.database import reading as store
    from app.lifecycle.rulebook import reading

    with store() as session:
        found = reading.sets(session, limit=1000).items
    for one in found:
        shadow = ", in shadow" if one.shadow else ""
        typer.echo(f"{one.number:4}  {one.status:10} {plural(one.rules, 'rule'):12} {since_when(one)}{shadow}")


@rules.command("show")
def show(number: Which = None, sku: Sku = "") -> None:
    """Show a rule set row by row, or which row counts for a SKU and why."""
    from app.clock import utc_now
    from app.database import reading as store
    from app.lifecycle.rulebook import applying, reading
    from rules.difference import described

    with failing_as_told(), store() as session:
        found = reading.detail(session, number or reading.active(session).number)
        summary = found.summary
        if sku:
            for one in applying.applies_to(session, summary.number, sku, utc_now()).kinds:
                typer.echo(f"{one.kind:28} {one.row.id if one.row else '-':24} {one.why}")
            return
    typer.echo(
        f"Rule set {summary.number} is {summary.status.lower()}, {since_when(summary)}. {summary.reason}".strip()
    )
    typer.echo(f"version {summary.version}, content hash {summary.content_hash}")
    typer.echo(f"Every product needs a rule of: {', '.join(summary.mandatory) or 'no kind'}.")
    for rule in found.content.rules:
        typer.echo(f"{rule.id:24} {described(rule)}")


@rules.command("draft")
def draft(
    email: As,
    start_from: Annotated[int, typer.Option("--from", min=0, help="Begin with this set.", show_default="active")] = 0,
    because: Because = "",
) -> None:
    """Begin a draft from the active set, or from another one."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor = owner_named(email)
    with failing_as_told():
        made = commands.draft_rules(actor, start_from=start_from or None, reason=because, key=new_id())
    typer.echo(f"Rule set {made.number} is a draft with {plural(made.rules, 'rule')}; nothing is judged by it yet.")


@rules.command("set")
def set_rule(
    number: Number,
    rule: Annotated[str, typer.Argument(help="The id of a row; a new one with `kind=`.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(help="FIELD=VALUE: severity, category, skus, rationale, ..., or a parameter such as limit_bp."),
    ] = None,
    email: As = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the row out.")] = False,
    version: Version = 0,
) -> None:
    """Change, add or remove one row of a draft."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor, summary, known = owner_named(email), *draft_now(number, rule)
    at, key = version or summary.version, new_id()
    with failing_as_told():
        if remove:
            done = commands.remove_rule(actor, number, rule, version=at, key=key)
        elif known is None:
            done = commands.add_rule(actor, number, {"id": rule, **fields_typed(values or [], {})}, version=at, key=key)
        else:
            done = commands.change_rule(actor, number, rule, fields_typed(values or [], known), version=at, key=key)
    typer.echo(f"Rule set {number} is in version {done.version}, with {plural(done.rules, 'rule')}.")


@rules.command("check")
def check(number: Which = None) -> None:
    """Say what a set leaves uncovered, contradicts, shadows or names in vain; ends with 1 if it could not judge."""
    from app.clock import utc_now
    from app.database import reading as store
    from app.lifecycle.rulebook import reading

    with failing_as_told(), store() as session:
        found = reading.check(session, number or reading.active(session).number, utc_now())
    for one in found.findings:
        typer.echo(f"{one.what:13} {one.sentence}")
    if found.blocking:
        fail(f"Rule set {found.number} cannot judge as it stands.")
    typer.echo(f"Rule set {found.number} covers what it must and contradicts itself nowhere.")


@rules.command("diff")
def diff(before: Number, after: Which = None) -> None:
    """Say what differs from one set to another (the active one if only one is named), row by row."""
    from app.database import reading as store
    from app.lifecycle.rulebook import reading

    with failing_as_told(), store() as session:
        found = reading.difference(session, before, after or reading.active(session).number)
    say_differences(found)


@rules.command("rebase")
def rebase(number: Number, email: As, version: Version = 0) -> None:
    """Bring a draft up to the active set: what changed there comes in, what the draft changes stays."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor, summary, _ = owner_named(email), *draft_now(number)
    with failing_as_told():
        done = commands.rebase_rules(actor, number, version=version or summary.version, key=new_id())
    typer.echo(f"Rule set {number} starts from rule set {done.based_on} now.")


@rules.command("shadow")
def shadow(
    number: Number, email: As, off: Annotated[bool, typer.Option("--off", help="Let it ride along no longer.")] = False
) -> None:
    """Let a set ride along on live proposals without effect, or no longer."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor = owner_named(email)
    with failing_as_told():
        commands.shadow_rules(actor, number, not off, key=new_id())
    typer.echo(f"Rule set {number} {'no longer rides' if off else 'rides'} along in shadow.")


@rules.command("shadowed")
def shadowed(
    number: Number, lines: Annotated[int, typer.Option(min=0, max=1000, help="How many lines are listed.")] = 20
) -> None:
    """Say how a set in shadow agreed with the sets that judged, day by day, and the last lines on which it did not."""
    from app.database import reading as store
    from app.lifecycle.rulebook import shadowing

    with failing_as_told(), store() as session:
        days = shadowing.days(session, number)
        differ = shadowing.disagreements(session, number, limit=max(lines, 1)).items[:lines]
    for day in days:
        agreed = f"{day.agreed:,} of {plural(day.lines, 'line')} alike"
        typer.echo(f"{day.day}  version {day.version}: {agreed}, {day.stricter:,} stricter, {day.milder:,} milder")
    for one in differ:
        found = one.line
        typer.echo(f"PC-{found.proposal} line {found.line}: {found.sku}, {found.was} → {found.now}")
    if not days:
        typer.echo(f"Rule set {number} has judged nothing in shadow.")


@rules.command("replay")
def replay(
    number: Number,
    since: Annotated[str, typer.Option(help="From when on, like 2026-10-26T00:00+05:30.")],
    email: As,
    until: Annotated[str, typer.Option(help="Until before when. [default: now]")] = "",
    into: Annotated[Path | None, typer.Option("--into", help="Write the lines that turn there, as .csv.")] = None,
) -> None:
    """Say what a set would have done to past proposals; nothing is moved or published by it. Ctrl-C cancels it."""
    from app.clock import new_id
    from app.database import reading as store
    from app.intake import replay_file
    from app.lifecycle import commands
    from app.lifecycle.rulebook import replay_views

    actor, began, ended = owner_named(email), instant_typed(since), instant_typed(until) if until else None
    with failing_as_told():
        asked = commands.replay_rules(actor, number, since=began, until=ended, key=new_id())
    _carried_out(actor, asked.id)
    with store() as session:
        done, found = replay_views.summary(session, asked.id), replay_views.result(session, asked.id)
        text = replay_file.as_csv(session, asked.id) if into else ""
    if found is None:
        fail(f"The replay is {done.state.lower()}. {done.note}".strip())
    for line in told(found):
        typer.echo(line)
    if into is not None:
        into.write_text(text, encoding="utf-8-sig", newline="")
        typer.echo(f"{plural(found.kept, 'line')} that would get another verdict: {into}.")


@rules.command("submit")
def submit(number: Number, email: As, because: Because = "", seen: Seen = "") -> None:
    """Put a draft before another owner."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor = owner_named(email)
    with failing_as_told():
        commands.submit_rules(actor, number, content_hash=hash_of(number, seen), reason=because, key=new_id())
    typer.echo(f"Rule set {number} is in review: an owner without a hand in it activates it.")


@rules.command("return")
def give_back(number: Number, email: As, because: Because, seen: Seen = "") -> None:
    """Make a draft of what is in review, or agreed to and not yet active."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor = owner_named(email)
    with failing_as_told():
        commands.return_rules(actor, number, content_hash=hash_of(number, seen), comment=because, key=new_id())
    typer.echo(f"Rule set {number} is a draft again.")


@rules.command("activate")
def activate_rules(
    number: Number,
    email: As,
    seen: Seen = "",
    at: Annotated[str, typer.Option(help="From when on, like 2026-11-26T18:00+05:30. [default: now]")] = "",
    because: Because = "",
) -> None:
    """Let a set in review judge from now, or from an instant, on. Whoever had a hand in it may not."""
    from app.clock import new_id
    from app.database import reading as store
    from app.lifecycle import commands
    from app.lifecycle.rulebook import reading
    from app.words.instants import written

    actor, effective_at = owner_named(email), instant_typed(at) if at else None
    with failing_as_told():
        content_hash = hash_of(number, seen)
        with store() as session:
            changes = reading.difference(session, reading.active(session).number, number)
        done = commands.activate_rules(
            actor, number, content_hash=content_hash, effective_at=effective_at, comment=because, key=new_id()
        )
    say_differences(changes)
    if done.activated_at:
        typer.echo(f"Rule set {number} is active: every proposal is judged by it from now on.")
    elif done.effective_at:
        typer.echo(f"Rule set {number} takes effect at {written(done.effective_at)}.")


@rules.command("drop")
def drop(number: Number, email: As, because: Because, seen: Seen = "") -> None:
    """Give up a set that is not active."""
    from app.clock import new_id
    from app.lifecycle import commands

    actor = owner_named(email)
    with failing_as_told():
        commands.drop_rules(actor, number, content_hash=hash_of(number, seen), comment=because, key=new_id())
    typer.echo(f"Rule set {number} is dropped.")


@rules.command("export")
def export(
    number: Which = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="Write it there, as .csv or .json; else JSON is printed.")
    ] = None,
) -> None:
    """Write a set as a table (.csv) or as JSON, to be imported into a draft again."""
    from app.database import reading as store
    from app.intake import rules_file
    from app.lifecycle.rulebook import reading

    with failing_as_told(), store() as session:
        content = reading.detail(session, number or reading.active(session).number).content
    if into is None:
        typer.echo(rules_file.as_json(content))
        return
    table = into.suffix.lower() == ".csv"
    text = rules_file.as_csv(content) if table else rules_file.as_json(content)
    into.write_text(text, encoding="utf-8-sig" if table else "utf-8", newline="")
    typer.echo(f"Rule set {content.number} is in {into}.")


@rules.command("import")
def import_rules(
    number: Number,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON, CSV in UTF-8, or XLSX.")],
    email: As,
    version: Version = 0,
) -> None:
    """Put the rows of a file in place of all rows of a draft; every bad row is named, and then none is taken."""
    from app.clock import new_id
    from app.intake import rules_file
    from app.lifecycle.errors import Refused

    actor, summary, _ = owner_named(email), *draft_now(number)
    try:
        found = rules_file.read(file.read_bytes())
        at = version or summary.version
        done = rules_file.carry_out(found, actor, number, version=at, key=new_id())
    except Refused as refused:
        listed = refused.extra.get("rows")
        for row in listed if isinstance(listed, list) else ():
            typer.echo(f"row {row['row']:,}: {row['reason']}", err=True)
        fail(refused.detail)
    typer.echo(f"Rule set {number} is in version {done.version}, with {plural(done.rules, 'rule')}.")


@rules.command("adopt")
def adopt_rules(email: As) -> None:
    """Put a set with the kinds that the active one lacks before another owner."""
    from app.clock import new_id
    from app.database import reading as store
    from app.lifecycle import commands
    from app.lifecycle.rulebook import adoption

    actor = owner_named(email)
    with failing_as_told():
        made = commands.adopt_rules(actor, key=new_id())
        with store() as session:
            advice = adoption.advice(session)
    typer.echo(f"Rule set {made.number} is drafted; nothing is judged by it yet. {advice}")


def _carried_out(actor: "Actor", replay_id: str) -> None:
    """Carry a replay out, unless the orchestrating process was first; then wait for it. Ctrl-C cancels it."""
    from time import sleep

    from app.clock import new_id
    from app.database import reading as store
    from app.lifecycle import commands
    from app.lifecycle.rulebook import replay_views, replays
    from workers.orchestration.replays import carry_out

    try:
        carry_out(replay_id)
        while True:
            with store() as session:
                if replay_views.summary(session, replay_id).state not in replays.OPEN:
                    return
            sleep(0.5)
    except KeyboardInterrupt:
        with failing_as_told():
            commands.cancel_replay(actor, replay_id, key=new_id())
        fail("The replay is cancelled.")
