"""What every command does at the terminal: refuse in one sentence, and know who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from app.identity.actor import Actor


def fail(why: str) -> NoReturn:
    """Say why, and end with an error."""
    typer.echo(why, err=True)
    raise typer.Exit(1)


@contextmanager
def failing_as_told() -> Iterator[None]:
    """Say what is refused in its own words."""
    from app.lifecycle.errors import Refused

    try:
        yield
    except Refused as refused:
        fail(refused.detail)


@contextmanager
def changing() -> "Iterator[tuple[Session, datetime]]":
    """Open a transaction at this instant; a refusal is said, and has changed nothing."""
    from app.clock import utc_now
    from app.database import transaction

    with failing_as_told(), transaction() as session:
        yield session, utc_now()


def person(session: "Session", email: str) -> "Actor":
    """Return the person with an address."""
    from app.identity import people

    user = people.by_email(session, email)
    actor = people.actor(session, user.id, "person") if user else None
    if actor is None:
        fail(f"Nobody has the address {email}. Add them with `baton user add`.")
    return actor
