"""Refusals. Each says what happened, what it means and what to do next; a refusal has changed nothing."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Extra: TypeAlias = Mapping[str, str | int | Sequence[Mapping[str, str | int | None]] | None]


class Refused(Exception):
    """A command that was not carried out. `code` is stable for machines, `status` is the HTTP status it maps to."""

    code = "refused"
    status = 409
    title = "Refused"

    def __init__(self, detail: str, *, code: str | None = None, extra: Extra | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.extra: Extra = extra or {}


class NotFound(Refused):
    """The object is not there, or not for this person to see."""

    code, status, title = "not_found", 404, "Not found"


class NotAllowed(Refused):
    """The person's roles do not permit the action."""

    code, status, title = "not_allowed", 403, "Not allowed"


class FourEyes(NotAllowed):
    """Somebody tried to decide on what they had a hand in."""

    code, title = "four_eyes", "Somebody else has to decide"


class TransitionRefused(Refused):
    """The proposal's status does not allow the action (any more)."""

    code, title = "transition_refused", "Not possible in this status"


class AlreadyDecided(TransitionRefused):
    """Somebody else decided first."""

    code, title = "already_decided", "Already decided"


class SeenContentChanged(Refused):
    """What the person looked at is no longer what stands there."""

    code, title = "content_changed", "The proposal changed since you opened it"


class SeenContentMissing(Refused):
    """A decision came without the value that says what was seen."""

    code, status, title = "content_hash_missing", 422, "Say what you saw"


class FactsMoved(Refused):
    """A cost, competitor price or current price moved since the verdict."""

    code, title = "facts_moved", "Prices moved since the verdict"


class RulesMoved(FactsMoved):
    """Another rule set became active since the verdict."""

    code, title = "rules_moved", "The rules changed since the verdict"


class KeyReused(Refused):
    """An idempotency key came back with another body."""

    code, status, title = "idempotency_key_reused", 422, "Idempotency key already used"


class KeyMissing(Refused):
    """A command came without a usable idempotency key."""

    code, status, title = "idempotency_key_missing", 422, "No idempotency key"


class Outrun(Refused):
    """Others changed the same things at the same moment, every time that it was tried."""

    code, status, title = "outrun", 409, "Others were faster"


class InMotion(Outrun):
    """What a decision would bind to moved between the look at it and the decision."""


class BadSubmission(Refused):
    """The submission cannot be accepted; `extra["rows"]` lists every bad line with its reason."""

    code, status, title = "bad_submission", 422, "The submission cannot be accepted"


class NothingMoved(Refused):
    """A verdict was asked for again although nothing that it was reached on has moved."""

    code, title = "nothing_moved", "Nothing to judge again"


class SecondPersonNeeded(Refused):
    """One person alone may not do this; it is asked for, and another one agrees."""

    code, title = "second_person_needed", "A second person has to agree"


class CommentMissing(Refused):
    """The action needs a reason in words."""

    code, status, title = "comment_missing", 422, "A comment is needed"
