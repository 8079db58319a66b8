"""The statuses of a proposal."""

from collections.abc import Mapping
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


WORDS: Mapping[Status, str] = {
    Status.EVALUATING: "being evaluated",
    Status.PENDING_APPROVAL: "waiting for approval",
    Status.RETURNED: "returned",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected",
    Status.APPROVED: "approved",
    Status.CANARY: "out in part, as a canary",
    Status.HELD: "held after a wave",
    Status.PUBLISHED: "published",
    Status.ROLLING_BACK: "being rolled back",
    Status.ROLLED_BACK: "rolled back",
}
