"""Why a Redis or a store is not touched. Each message says to whom it belongs, what that means and what to do."""

from redis.exceptions import RedisError


class Elsewhere(RedisError):
    """This Redis, or this store, belongs elsewhere."""


class Stranger(Elsewhere):
    """This Redis belongs to another installation, and nothing that is waited for changes that."""


class NotYet(Elsewhere):
    """Nobody has said yet to whom it belongs, and somebody is about to: it is worth waiting for."""


class Occupied(Elsewhere):
    """Another store answers for this context."""


class EpochTurned(RedisError):
    """Redis knows a later epoch than this process: it has to look at its store before it goes on."""

    def __init__(self) -> None:
        super().__init__("a new epoch has begun; positions are looked at before anything else is read")
