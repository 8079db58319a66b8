"""The statuses of a rule set."""

from enum import StrEnum


class RuleSetStatus(StrEnum):
    """Where a rule set stands. One alone is ACTIVE, and only a DRAFT changes what it says."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    DROPPED = "DROPPED"
