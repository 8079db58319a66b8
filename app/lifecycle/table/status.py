"""The statuses of a proposal."""

from enum import StrEnum


class Status(StrEnum):
    """Where a proposal stands in its lifecycle."""

    EVALUATING = "EVALUATING"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    CANARY = "CANARY"
    HELD = "HELD"
    PUBLISHED = "PUBLISHED"
    ROLLING_BACK = "ROLLING_BACK"
    ROLLED_BACK = "ROLLED_BACK"
