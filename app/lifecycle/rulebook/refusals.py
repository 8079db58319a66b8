"""Why something is not done to a rule set. Each refusal has changed nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.lifecycle.errors import Refused


class NothingToAdopt(Refused):
    """The active rule set has every kind of rule that a new installation starts with."""

    code, title = "nothing_to_adopt", "Nothing to adopt"


class NotInThisStatus(Refused):
    """The rule set's status does not allow the action (any more)."""

    code, title = "rule_set_not_in_this_status", "Not possible in this status"


class DraftMoved(Refused):
    """Somebody else changed the draft since it was read; `extra["difference"]` says what."""

    code, title = "draft_moved", "The draft changed since you read it"


@dataclass(frozen=True, slots=True)
class BadRule:
    """A row that cannot be taken: its place from 1 on, its id if it has one, the field, and a sentence."""

    row: int
    rule: str
    field: str
    code: str
    reason: str

    def as_json(self) -> dict[str, str | int | None]:
        """Return the row as plain JSON values."""
        return {"row": self.row, "rule": self.rule, "field": self.field, "code": self.code, "reason": self.reason}


class RulesRefused(Refused):
    """Rows cannot be taken; every bad one is listed with its reason."""

    code, status, title = "bad_rules", 422, "Some rules cannot be taken"

    def __init__(self, detail: str, bad: Sequence[BadRule]) -> None:
        super().__init__(detail, extra={"rows": [one.as_json() for one in bad]})
        self.bad = bad


class RulesOverlap(Refused):
    """Two rows would both be the one that counts."""

    code, status, title = "rules_overlap", 422, "Two rules decide the same"


class TooManyRules(Refused):
    """More rows than a set holds."""

    code, status, title = "too_many_rules", 422, "Too many rules"


class RuleSetUnfit(Refused):
    """The set leaves products without a rule, contradicts itself, or names what is not there: `extra["findings"]`."""

    code, title = "rule_set_unfit", "This rule set cannot judge"


class RuleSetOvertaken(Refused):
    """Another set was activated since this one was drafted."""

    code, title = "rule_set_overtaken", "Another rule set was activated meanwhile"


class NothingToRebase(Refused):
    """The draft starts from the set that is active now."""

    code, title = "nothing_to_rebase", "The draft is up to date"


class NotThen(Refused):
    """The set cannot take effect at that moment."""

    code, status, title = "not_then", 422, "Not at that moment"


class ReplayUnderWay(Refused):
    """The set is being replayed already."""

    code, title = "replay_under_way", "A replay is under way"


class ReplayOver(Refused):
    """The replay has ended, one way or another."""

    code, title = "replay_over", "The replay has ended"


class NoSuchPeriod(Refused):
    """There is no such period to replay."""

    code, status, title = "no_such_period", 422, "Nothing to replay in that period"
