"""`baton user` and `baton token`: who belongs here, for whoever administers the machine. Everything is audited."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.identity.roles import DOES
from app.words.counting import plural
from workers.commands.terminal import changing, fail, failing_as_told

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from app.identity.actor import Actor
    from app.identity.records import User
    from app.identity.roles import Role
    from app.membership.secret import Secret

user = typer.Typer(no_args_is_help=True, help="People and their roles.")
token = typer.Typer(no_args_is_help=True, help="API tokens for machines.")

Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
_EACH = "; ".join(f"{role.value}: {does}" for role, does in DOES.items())
Roles = Annotated[list[str], typer.Option("--role", help=f"{_EACH}. Repeat it for more than one.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
OneTime = Annotated[bool, typer.Option("--one-time", help="Make a password for one use, and print it.")]
Made = TypeVar("Made")


@user.command("list")
def list_users() -> None:
    """List everybody with their roles, sessions and tokens."""
    from app.clock import utc_now
    from app.database import reading
    from app.membership.members import everybody

    with reading() as session:
        for who in everybody(session, utc_now()):
            state = "deactivated" if not who.active else "active"
            held = f"{who.sessions} signed in, {plural(len(who.tokens), 'token')}"
            typer.echo(f"{who.email:32} {state:12} {', '.join(who.roles):32} {held:24} {who.name}")


@user.command("add")
def add_user(
    email: Email,
    role: Roles,
    name: Annotated[str, typer.Option(help="As others see it.")] = "",
    password_stdin: FromStdin = False,
    one_time: OneTime = False,
) -> None:
    """Add a person. A known one gets these roles too, and keeps their password."""
    from app.identity import people as identities
    from app.identity.people import by_email
    from app.membership import people

    wanted = _roles(role)
    with _changing() as (session, actor, now):
        known = by_email(session, email)
        if known is not None:
            more = wanted | identities.roles_of(session, people.known(session, known.id).id)
            people.set_roles(session, known.id, more, actor=actor, now=now)
            deactivated = "" if known.active else f" They are shut out: `baton user reactivate {known.email}`."
            typer.echo(
                f"{known.email} was known: {_listed(more)}. The password is as it was "
                f"(`baton user password {known.email}` changes it).{deactivated}"
            )
            return
    secret = _secret(password_stdin, one_time, email, name)
    with _changing() as (session, actor, now):
        person = people.add(session, email, name, wanted, secret=secret, actor=actor, now=now)
        typer.echo(f"{person.email}: {_listed(wanted)}.")
    _show(secret)


@user.command("roles")
def set_roles(email: Email, role: Roles) -> None:
    """Give a person exactly these roles; what they may no longer do ends at once."""
    from app.membership import people

    wanted = _roles(role)
    _to(email, lambda session, who, actor, now: people.set_roles(session, who.id, wanted, actor=actor, now=now))
    typer.echo(f"{email}: {_listed(wanted)}.")


@user.command("deactivate")
def deactivate(email: Email) -> None:
    """Shut a person out: sessions, tokens and delegations end at once."""
    from app.membership import people

    _to(email, lambda session, who, actor, now: people.deactivate(session, who.id, actor=actor, now=now))
    typer.echo(f"{email} is shut out; sessions, tokens and delegations have ended.")


@user.command("reactivate")
def reactivate(email: Email) -> None:
    """Let a person in again, with the roles of before and a password for one use."""
    from app.identity.demo import is_demo_person
    from app.membership import people
    from app.membership.secret import for_one_use

    secret = for_one_use()
    who = _to(email, lambda session, who, actor, now: people.reactivate(session, who.id, secret, actor=actor, now=now))
    typer.echo(f"{email} may come in again.")
    if not is_demo_person(who.id):
        _show(secret)


@user.command("password")
def password(email: Email, password_stdin: FromStdin = False, one_time: OneTime = False) -> None:
    """Give a person another password; they are signed out everywhere."""
    from app.membership import people

    whose = _to(email, lambda session, who, actor, now: who)
    secret = _secret(password_stdin, one_time, whose.email, whose.name)
    _to(email, lambda session, who, actor, now: people.reset_password(session, who.id, secret, actor=actor, now=now))
    typer.echo(f"{email} has a new password and is signed out everywhere.")
    _show(secret)


@token.command("create")
def create_token(
    email: Email,
    label: Annotated[str, typer.Option(help="What it is for.")] = "cli",
    days: Annotated[int, typer.Option(help="How long it lasts, at most 366.")] = 90,
) -> None:
    """Make a bearer token that acts as a person, by the roles they have. It is shown once."""
    from app.membership import machines

    def made(session: "Session", who: "User", actor: "Actor", now: "datetime") -> str:
        return machines.create(session, who, label, days, actor=actor, now=now)

    typer.echo(_to(email, made))


@token.command("list")
def list_tokens(email: Annotated[str, typer.Argument(help="Of one person only.")] = "") -> None:
    """List the tokens that are valid: id, whose, what for, until when (UTC)."""
    from app.clock import utc_now
    from app.database import reading
    from app.identity.people import normal
    from app.membership.members import everybody

    with reading() as session:
        for who in everybody(session, utc_now()):
            for held in who.tokens if not email or who.email == normal(email) else ():
                until = f"until {held.expires_at:%Y-%m-%d}" if held.expires_at else "never ends by itself"
                typer.echo(f"{held.id}  {who.email:32} {until:21} {held.label}")


@token.command("revoke")
def revoke_token(
    which: Annotated[str, typer.Argument(metavar="ID", help="A token's id; an address ends all of that person's.")],
) -> None:
    """End a token at once."""
    from app.membership import machines

    if "@" in which:
        ended = _to(which, lambda session, who, actor, now: machines.revoke_all_of(session, who, actor=actor, now=now))
        typer.echo(f"{ended} tokens revoked.")
        return
    with _changing() as (session, actor, now):
        whose = machines.revoke(session, which, actor=actor, now=now)
        typer.echo(f"Token {which} of {whose.email} is revoked.")


@contextmanager
def _changing() -> "Iterator[tuple[Session, Actor, datetime]]":
    from app.lifecycle.audit import sign_ins

    with changing() as (session, now):
        yield session, sign_ins.command_line(), now


def _to(email: str, change: "Callable[[Session, User, Actor, datetime], Made]") -> "Made":
    """Do something to the person with this address."""
    from app.identity.people import by_email
    from app.membership import people

    with _changing() as (session, actor, now):
        found = by_email(session, email)
        if found is None:
            fail(f"Nobody has the address {email}. Add them with `baton user add`.")
        return change(session, people.known(session, found.id), actor, now)


def _roles(named: list[str]) -> "frozenset[Role]":
    from app.identity.roles import Role

    if unknown := set(named) - set(Role):
        fail(f"There is no role {', '.join(sorted(unknown))}. Roles are {', '.join(Role)}.")
    return frozenset(map(Role, named))


def _listed(roles: "frozenset[Role]") -> str:
    return ", ".join(sorted(roles))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _secret(from_stdin: bool, one_time: bool, *about: str) -> "Secret":
    """Make a password ready: one that is typed, or one for one use."""
    from app.membership.secret import chosen, for_one_use

    with failing_as_told():
        return for_one_use() if one_time else chosen(_password(from_stdin), *about)


def _show(secret: "Secret") -> None:
    if secret.shown:
        typer.echo(f"Password for one use, within 3 days: {secret.shown}")
