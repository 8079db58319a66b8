"""From an empty directory to a running Baton: store, demo, processes."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workers.machine import append_only, frontend, supervision, valkey
from workers.machine.ports import LOOPBACK, take
from workers.machine.supervision import Program


@dataclass(frozen=True, slots=True)
class Options:
    """What `baton up` was asked for."""

    port: int
    data: Path
    demo: bool


def up(wanted: Options, say: Callable[[str], None]) -> None:
    """Prepare whatever is missing, then become the supervisor of all processes. Returns only by raising."""
    wanted.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervision.lock(wanted.data)
    if not frontend.is_built():
        say("Building the front end (once, about a minute) ...")
    frontend.ensure_built(wanted.data / "log" / "frontend-build.log")
    port = take(wanted.port)
    if port.number != wanted.port:
        say(f"Port {wanted.port} is taken; using {port.number}.")
    programs, redis_url = _redis(wanted.data, say)
    environment = _environment(wanted, port.number, redis_url)
    os.environ.update(environment)
    given = not programs
    if given:
        _refuse_new_beside_another(redis_url)
    _bring_up_to_date()
    _refuse_elsewhere(redis_url, given=given, say=say)
    prepare_store(demo=wanted.demo, say=say)  # only now: whoever was refused has filled nothing
    own = _own_programs(port.number)
    supervision.become_supervisor(wanted.data, [*programs, *own], environment, port.claim, _store_files())


def _bring_up_to_date() -> None:
    from app.database import engine
    from app.migrations import migrate

    migrate(engine())


def _refuse_new_beside_another(redis_url: str) -> None:
    """Raise, before a store is made, if Redis is somebody's already: a store that is made now is somebody else's."""
    from redis.exceptions import ConnectionError as RedisAway
    from redis.exceptions import TimeoutError as RedisSlow

    from workers.streams.connection import connect
    from workers.streams.ownership import carried_by
    from workers.streams.refusals import Elsewhere

    if not _is_to_be_made():
        return
    with suppress(RedisAway, RedisSlow):  # every process asks again as soon as it is there
        carried = carried_by(connect(redis_url))
        if carried is not None:
            raise Elsewhere(
                f"Redis belongs to {carried.words()}, and a pricing store that is made now would be another one: two"
                " installations would answer into one another's streams, so nothing was made. Start this one with a"
                " Redis of its own (unset BATON_REDIS_URL, or name another), or put that one's store here first."
            )


def _is_to_be_made() -> bool:
    from sqlalchemy import inspect
    from sqlalchemy.engine import make_url

    from app.config import settings
    from app.database import engine

    url = make_url(settings().pricing_url())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return True
    with engine().connect() as connection:
        return not inspect(connection).get_table_names()


def prepare_store(*, demo: bool, say: Callable[[str], None]) -> None:
    """Bring the pricing store to the newest schema, with rules; fill an empty one in a demo, else end an old demo."""
    from app.clock import utc_now
    from app.database import engine, transaction
    from app.identity.actor import SYSTEM
    from app.identity.demo import is_on
    from app.lifecycle.audit.evidence import adoption
    from app.lifecycle.proposing.policy import install_seed_rules
    from app.lifecycle.rulebook.adoption import advice
    from app.membership.demo_closure import close_demo

    _bring_up_to_date()
    with transaction() as session:
        adoption.begin(session, actor=SYSTEM, now=utc_now())
    if demo:
        _fill(say)
    with transaction() as session:
        if not is_on() and close_demo(session, utc_now()):
            say("The demo is off: its people are nobody now, and what they held has ended.")
        install_seed_rules(session, utc_now())  # only if there is none: nothing could be judged
        session.flush()
        lacking = advice(session)
    if lacking:
        say(lacking)
    engine().dispose()


def _refuse_elsewhere(redis_url: str, *, given: bool, say: Callable[[str], None]) -> None:
    """Raise before anything runs if the Redis that was named, or a context's store, is another installation's.

    A context's store of a later epoch is ours. It keeps nobody from starting: the way out needs the Redis that starts
    here, and until it is taken every process waits, with an alarm.
    """
    from redis.exceptions import ConnectionError as RedisAway
    from redis.exceptions import TimeoutError as RedisSlow
    from sqlalchemy.exc import DatabaseError

    from app import contexts
    from app.contexts.discovery import has_store, store_of
    from app.contexts.ownership import StoreIsLater
    from app.database import engine
    from app.store_file import StoreRefused
    from workers.ownership import RedisOwnership
    from workers.streams.consumption import refuse_elsewhere
    from workers.streams.refusals import Elsewhere

    if given:
        with suppress(RedisAway, RedisSlow):  # every process asks again as soon as it is there
            RedisOwnership(engine(), redis_url).connect().ping()
    for name in contexts.names():
        try:
            if has_store(name):
                store_of(name).connect().close()
            if given:
                refuse_elsewhere(name)
        except StoreIsLater as later:
            say(str(later))
        except StoreRefused as refused:
            raise Elsewhere(str(refused)) from refused
        except DatabaseError:
            continue
    engine().dispose()


def _fill(say: Callable[[str], None]) -> None:
    from app.clock import utc_now
    from app.database import reading, transaction
    from app.pricelist.queries import count_products

    with reading() as session:
        if count_products(session):
            return
    from app.demo.seed import seed  # only now: a filled store need not wait for these imports

    say("Filling the demo catalog (2,000 products, a year of prices) ...")
    with transaction() as session:
        session.connection(execution_options={"nobody_waits": True})  # nothing else runs yet
        seed(session, utc_now())


def _redis(data: Path, say: Callable[[str], None]) -> tuple[list[Program], str]:
    given = os.environ.get("BATON_REDIS_URL")
    if given and not valkey.is_private(given, data):
        return [], given
    private = valkey.prepare(data)
    if aside := append_only.set_aside_damaged(private.binary, data):
        say(append_only.notice(aside))
    command = _baton("valkey", str(private.binary), str(private.config))
    return [Program("valkey", command, after=1, outlives=True)], private.url


def _own_programs(port: int) -> list[Program]:
    from app import contexts

    return [
        Program("web", _baton("web"), after=2),
        Program("relay", _baton("relay"), after=3),
        *(Program(f"context-{name}", _baton("worker", name), after=4) for name in contexts.names()),
        Program("orchestrate", _baton("orchestrate"), after=5),
        Program("track", _baton("track"), after=6),
        Program("announce", _baton("announce", str(port)), after=7, restarts=False, shows_output=True),
    ]


def _store_files() -> list[str]:
    """Return the stores that are SQLite files: the pricing store and each context's."""
    from sqlalchemy.engine import make_url

    from app import contexts
    from app.config import settings

    known = settings()
    urls = [make_url(url) for url in (known.pricing_url(), *map(known.context_database_url, contexts.names()))]
    return [url.database for url in urls if url.get_backend_name() == "sqlite" and url.database]


def _environment(wanted: Options, port: int, redis_url: str) -> dict[str, str]:
    return {
        "BATON_DATA_DIR": str(wanted.data),
        "BATON_REDIS_URL": redis_url,
        "BATON_PORT": str(port),
        "BATON_HOST": os.environ.get("BATON_HOST", LOOPBACK),
        "BATON_DEMO": "true" if wanted.demo else "false",
        "BATON_SUPERVISOR": str(os.getpid()),  # exec keeps the process id: supervisord will have it
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # many small processes: do not let each hold on to a heap per thread
    }


def _baton(*words: str) -> list[str]:
    return [sys.executable, "-m", "workers", *words]
