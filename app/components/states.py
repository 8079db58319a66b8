"""States that only screens tell apart: what they are computed from is no single enum of the domain."""

from enum import StrEnum


class PersonState(StrEnum):
    """How somebody belongs here."""

    ACTIVE = "active"
    ONE_TIME = "one-time"
    SHUT_OUT = "shut-out"


class WaveState(StrEnum):
    """A wave that no judgement speaks for."""

    WAITS = "waits"
    BAKES = "bakes"
    NEVER_SENT = "never-sent"
    NOT_JUDGED = "not-judged"


class WaitState(StrEnum):
    """How far the clock has taken what waits for a person."""

    REMINDED = "reminded"
    ESCALATED = "escalated"


class FreezeState(StrEnum):
    """A freeze window, and its edges in the agenda."""

    ANNOUNCED = "announced"
    IN_FORCE = "in-force"
    BEGINS = "begins"
    ENDS = "ends"


class BulkState(StrEnum):
    """What a bulk decision would do, or did, with one proposal."""

    GOES = "goes"
    REFUSED = "refused"


class BeliefState(StrEnum):
    """What a context believes of a SKU, beside the price list."""

    AGREES = "agrees"
    BEHIND = "behind"
    DIFFERS = "differs"
    NOT_HEARD = "not-heard"


class FactState(StrEnum):
    """Whether the rules read a cost or a competitor price."""

    UNKNOWN = "unknown"
    COUNTS = "counts"
    TOO_OLD = "too-old"


class PublishedBy(StrEnum):
    """Who let a published price out."""

    PERSON = "person"
    CLEAN = "clean"
