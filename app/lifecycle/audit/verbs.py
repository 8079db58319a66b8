"""What the audit trail says was done, beside the actions of the table; `vocabulary` has the words."""

from enum import StrEnum
from typing import TypeAlias

from app.lifecycle.table.transitions import Action


class Verb(StrEnum):
    """What was done that moves no proposal."""

    ENDED = "ended"
    MEASURE = "measure"
    SET_QUEUE = "set-queue"
    FREEZE = "freeze"
    LIFT_FREEZE = "lift-freeze"
    STOP_PUBLISHING = "stop-publishing"
    RESUME_PUBLISHING = "resume-publishing"
    DELEGATE = "delegate"
    END_DELEGATION = "end-delegation"
    LOCK_PRICE = "lock-price"
    UNLOCK_PRICE = "unlock-price"
    PUT_IN_CONTEXT = "put-in-context"
    DELETE_IN_CONTEXT = "delete-in-context"
    REDRIVE = "redrive"
    RETIRE = "retire"
    READMIT = "readmit"
    SEE_KEPT = "see-kept"
    SUPPLY_FACTS = "supply-facts"
    IMPORT_CATALOG = "import-catalog"
    DRAFT_RULES = "draft-rules"
    CHANGE_RULES = "change-rules"
    REBASE_RULES = "rebase-rules"
    SHADOW_RULES = "shadow-rules"
    REPLAY_RULES = "replay-rules"
    CANCEL_REPLAY = "cancel-replay"
    SUBMIT_RULES = "submit-rules"
    RETURN_RULES = "return-rules"
    SCHEDULE_RULES = "schedule-rules"
    ACTIVATE_RULES = "activate-rules"
    RETIRE_RULES = "retire-rules"
    DROP_RULES = "drop-rules"
    ADOPT_AUDIT = "adopt-audit"
    NEW_EPOCH = "new-epoch"
    SIGN_IN = "sign-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    ADD_PERSON = "add-person"
    SET_ROLES = "set-roles"
    DEACTIVATE_PERSON = "deactivate-person"
    REACTIVATE_PERSON = "reactivate-person"
    RESET_PASSWORD = "reset-password"  # noqa: S105
    CHANGE_PASSWORD = "change-password"  # noqa: S105
    CREATE_TOKEN = "create-token"  # noqa: S105
    REVOKE_TOKEN = "revoke-token"  # noqa: S105
    CLOSE_DEMO = "close-demo"


Done: TypeAlias = Action | Verb
"""What an entry of the audit trail says was done."""
