"""What a person is told at once, instead of a process that only waits: nothing is started that could not go on."""

import os
from typing import TYPE_CHECKING

from workers.commands.terminal import fail
from workers.machine.parent import SUPERVISED

if TYPE_CHECKING:
    from app.config import Settings


def refuse_open_demo(*, wanted: bool | None) -> None:
    """Start nothing that others could reach as a demo, nor with settings that cannot be read."""
    from app.identity.demo import why_not

    given = _settings()
    if (given.demo if wanted is None else wanted) and (refusal := why_not(given)):
        fail(refusal)


def refuse_no_store() -> None:
    """Say at once that there is no pricing store: a process that goes on without one only says so over and over."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import engine
    from app.store_file import NoStore

    try:
        engine().connect().close()
    except NoStore as refused:
        fail(refused.why)
    except SQLAlchemyError:
        return


def refuse_anothers_redis() -> None:
    """End what a person started on another installation's Redis: waiting, it would take it as soon as it was emptied.

    What only is not there yet is waited for, as under a supervisor.
    """
    from redis.exceptions import RedisError
    from sqlalchemy.exc import OperationalError

    from app.config import settings
    from app.database import engine
    from workers.ownership import RedisOwnership
    from workers.streams.refusals import Stranger

    if SUPERVISED in os.environ:
        return
    refuse_no_store()
    try:
        RedisOwnership(engine(), settings().redis_url).connect().ping()
    except Stranger as refused:
        fail(str(refused))
    except (RedisError, OperationalError):
        return


def _settings() -> "Settings":
    from pydantic import ValidationError

    from app.config import Settings

    try:
        return Settings()
    except ValidationError as unreadable:
        wrong = unreadable.errors()[0]
        fail(f"BATON_{str(wrong['loc'][0]).upper()} cannot be read: {wrong['msg']}.")
