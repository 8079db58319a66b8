"""The vocabulary: one word, one icon and one tone for every member of every enum that a screen shows.

Nothing else names a member on a screen: pages look it up here. `tests/components/test_vocabulary.py` walks the enums.
Tones: `ok` good, `live` moving now, `warn` waits or went wrong for now, `bad` refused or lost, `undo` going back,
`idle` at rest, `sec` a remark. (Inside the lifecycle's own sentences an enum has its words in
`lifecycle.table.sentences`.)
"""

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from app.components.views import StatusView
from app.words.counting import count

Look = tuple[str, str, str]
"""Word, icon, tone."""
Table = Mapping[str, Look]

STATUSES: Final[Table] = {
    "EVALUATING": ("Evaluating", "dash", "live"),
    "PENDING_APPROVAL": ("Pending approval", "hour", "warn"),
    "APPROVED": ("Approved", "okc", "ok"),
    "CANARY": ("Canary", "steps", "live"),
    "HELD": ("Held", "pause", "warn"),
    "PUBLISHED": ("Published", "send", "live"),
    "ROLLING_BACK": ("Rolling back", "undo", "undo"),
    "REJECTED": ("Rejected", "oct", "bad"),
    "RETURNED": ("Returned", "back", "idle"),
    "WITHDRAWN": ("Withdrawn", "skip", "idle"),
    "EXPIRED": ("Expired", "clock", "idle"),
    "ROLLED_BACK": ("Rolled back", "undo", "undo"),
}
VERDICTS: Final[Table] = {
    "CLEAN": ("Clean", "okc", "ok"),
    "SOFT": ("Soft", "tri", "warn"),
    "HARD": ("Hard", "oct", "bad"),
}
"""Of a line and of a proposal; a severity is the verdict that it leads to."""
DELIVERIES: Final[Table] = {
    "PENDING": ("Pending", "dash", "idle"),
    "APPLIED": ("Applied", "okc", "ok"),
    "IGNORED": ("Ignored", "skip", "idle"),
    "RETRYING": ("Retrying", "retry", "warn"),
    "PARKED": ("Parked", "park", "bad"),
    "REVERTED": ("Reverted", "undo", "undo"),
}
CONTEXTS: Final[Table] = {
    "caught-up": ("Caught up", "okc", "ok"),
    "working": ("Working", "send", "live"),
    "silent": ("No worker answers", "oct", "bad"),
    "unreachable": ("Redis does not answer", "oct", "bad"),
    "ahead": ("Ahead of its source", "oct", "bad"),
    "elsewhere": ("Redis is another's", "oct", "bad"),
}
PROGRESS: Final[Table] = {
    "propagating": ("Propagating", "send", "live"),
    "baking": STATUSES["CANARY"],
    "held": STATUSES["HELD"],
    "applied": ("All applied", "okc", "ok"),
    "settled": ("All answered", "okc", "ok"),
    "parked": ("All answered, some parked", "park", "bad"),
    "rolling back": STATUSES["ROLLING_BACK"],
    "rolled back": STATUSES["ROLLED_BACK"],
}
APPOINTMENTS: Final[Table] = {
    "publishes": ("Publishes", "send", "live"),
    "wave": ("Judged", "steps", "live"),
    "returns": ("Returns", "undo", "undo"),
    "reminds": ("Reminds", "bell", "idle"),
    "escalates": ("Escalates", "up", "warn"),
    "expires": ("Expires", "clock", "warn"),
}
"""What the clock will do."""
WAITS: Final[Table] = {"reminded": ("reminded", "bell", "idle"), "escalated": ("escalated", "up", "warn")}
"""How far the clock has taken what waits for a person."""
UNDER_WAY: Final[Table] = {
    "publish": ("Going out.", "send", "idle"),
    "roll-back": ("Taking prices back.", "undo", "idle"),
    "divide": ("Dividing by verdict.", "steps", "idle"),
    "place": ("Placing lines in waves.", "steps", "idle"),
    "judge-again": ("Judging the next wave again.", "retry", "idle"),
    "grow": ("Writing the return.", "undo", "idle"),
    "lay-out": ("Writing lines.", "doc", "idle"),
}
"""A large effect that is carried out step by step."""
GUARDS: Final[Table] = {
    "PASS": ("Passed", "okc", "ok"),
    "UNCLEAR": ("Unclear", "tri", "warn"),
    "BREACH": ("Breach", "oct", "bad"),
}
"""How a wave was judged."""
GUARDS_SO_FAR: Final[Table] = {
    "PASS": ("Passes", "okc", "ok"),
    "UNCLEAR": ("Not yet", "dash", "idle"),
    "BREACH": ("Breach", "oct", "bad"),
}
"""How a wave would be judged now, while it bakes."""
WAVES: Final[Table] = {
    "waits": ("Waits", "dash", "idle"),
    "bakes": ("Bakes", "clock", "live"),
    "never-sent": ("Never sent", "skip", "idle"),
    "not-judged": ("Not judged", "skip", "idle"),
}
"""A wave that no judgement speaks for."""
ENDS: Final[Table] = {
    "planned": ("ends {at}, once it is out", "undo", "idle"),
    "set": ("the earlier prices return {at}", "undo", "idle"),
    "waits": ("waits for a person; the earlier prices return {at} all the same", "undo", "warn"),
    "late": ("was to return {at} and has not: it waits until publishing goes on", "undo", "warn"),
    "returned": ("the earlier prices returned {at}", "undo", "idle"),
    "kept": ("made permanent{by}, {at}: {why}", "undo", "idle"),
    "called off": ("called off, the window was rolled back", "undo", "idle"),
    "undone": ("the return was rolled back, so the window’s prices stand and nothing ends them", "undo", "warn"),
}
"""What has become of the end of a price window."""
FREEZES: Final[Table] = {
    "announced": ("Announced", "snow", "idle"),
    "in-force": ("In force", "snow", "warn"),
    "begins": ("Freeze begins", "snow", "idle"),
    "ends": ("Freeze ends", "snow", "idle"),
}
RULE_SETS: Final[Table] = {
    "DRAFT": ("Draft", "doc", "live"),
    "IN_REVIEW": ("In review", "hour", "warn"),
    "SCHEDULED": ("Scheduled", "clock", "live"),
    "ACTIVE": ("Active", "okc", "ok"),
    "RETIRED": ("Retired", "clock", "idle"),
    "DROPPED": ("Dropped", "skip", "idle"),
}
RULE_FINDINGS: Final[Table] = {
    "fault": ("Cannot judge", "oct", "bad"),
    "gap": ("Gap", "oct", "bad"),
    "contradiction": ("Contradiction", "oct", "bad"),
    "unknown": ("Unknown name", "oct", "bad"),
    "shadowed": ("Never counts", "tri", "warn"),
    "unmatched": ("Matches nothing", "tri", "warn"),
}
"""What was found of a rule set."""
RULE_CHANGES: Final[Table] = {
    "added": ("New", "plus", "ok"),
    "removed": ("Removed", "x", "bad"),
    "changed": ("Changed", "steps", "live"),
    "required": ("Required", "info", "live"),
}
"""What became of a row of a rule set."""
DRAFT_ROWS: Final[Table] = {
    "problem": ("Bad rows", "x", "bad"),
    "hard": VERDICTS["HARD"],
    "soft": VERDICTS["SOFT"],
    "clean": VERDICTS["CLEAN"],
    "unchanged": ("Unchanged", "skip", "idle"),
}
PEOPLE: Final[Table] = {
    "active": ("Active", "okc", "idle"),
    "one-time": ("Has to choose a password", "hour", "warn"),
    "shut-out": ("Shut out", "lock", "idle"),
}
ROLES: Final[Table] = {
    "analyst": ("Analyst", "user", "sec"),
    "approver": ("Approver", "user", "sec"),
    "operator": ("Operator", "user", "sec"),
    "owner": ("Owner", "user", "sec"),
    "auditor": ("Auditor", "user", "sec"),
    "emergency": ("Emergency", "bolt", "sec"),
    "measurer": ("Measurer", "scale", "sec"),
}
CAUSES: Final[Table] = {
    "listed": ("listed", "tag", "sec"),
    "published": ("published", "send", "sec"),
    "rolled-back": ("rolled back", "undo", "undo"),
    "recovered": ("found again outside", "retry", "warn"),
}
"""Why a price of the history is what it is."""
PUBLISHED_BY: Final[Table] = {"person": ("approved by", "user", "sec"), "clean": ("clean, no person", "bolt", "sec")}
"""Who let a published price out."""
PRICE_MARKS: Final[Mapping[str, str]] = {
    "listed": "idle", "clean": "ok", "person": "warn", "rolled-back": "undo", "recovered": "warn",
}  # fmt: skip
"""The tone of a price's mark in its history's chart."""
BULK: Final[Table] = {"goes": ("Goes", "okc", "ok"), "refused": ("Refused", "oct", "bad")}
"""What a bulk decision would do, or did, with one proposal."""
BELIEFS: Final[Table] = {
    "agrees": ("agrees", "okc", "ok"),
    "behind": ("behind", "tri", "warn"),
    "differs": ("another price", "tri", "warn"),
    "not-heard": ("knows nothing of it", "skip", "idle"),
}
"""What a context believes of a SKU, beside the price list."""
FACTS: Final[Table] = {
    "unknown": ("not measured", "skip", "idle"),
    "counts": ("observed", "okc", "sec"),
    "too-old": ("not measured", "tri", "warn"),
}
"""Whether the rules read a cost or a competitor price."""
EVENTS: Final[Table] = {
    "PriceChangePublished": ("PriceChangePublished", "send", "live"),
    "PriceChangeRolledBack": ("PriceChangeRolledBack", "undo", "undo"),
    "PriceChangeRollbackRequested": ("PriceChangeRollbackRequested", "up", "bad"),
    "PricesApplied": ("PricesApplied", "okc", "ok"),
    "PricesReverted": ("PricesReverted", "undo", "undo"),
    "PriceParked": ("PriceParked", "park", "bad"),
    "PriceRetrying": ("PriceRetrying", "retry", "warn"),
}
"""Events are called by their own names, which people find again in the stream."""

MOVING: Final = StatusView(word="", icon="dash", tone="live")
"""What fills up just now: its word is how far it is."""
NOT_JUDGED: Final = StatusView(word="Not judged", icon="dash", tone="idle")
NOT_OUT: Final = StatusView(word="Not out", icon="skip", tone="idle")
"""In the place of a verdict or of a delivery where there is none yet."""


class VerbWords(NamedTuple):
    """`done` heads an entry (`Withdrawn by Asha N.`), `did` stands between who and what (`Asha N. withdrew PC-12`)."""

    done: str
    did: str
    icon: str
    tone: str = "idle"


VERBS: Final[Mapping[str, VerbWords]] = {
    "submit": VerbWords("Submitted", "submitted", "doc", ""),
    "pass": VerbWords("Judged clean: approved without a person", "passed", "okc", "ok"),
    "hold": VerbWords("Judged soft: a person must decide", "judged soft", "hour", "warn"),
    "refuse": VerbWords("Judged hard: refused", "refused", "oct", "bad"),
    "approve": VerbWords("Approved", "approved", "okc", "ok"),
    "reject": VerbWords("Rejected", "rejected", "oct", "bad"),
    "return": VerbWords("Returned", "returned", "back"),
    "withdraw": VerbWords("Withdrawn", "withdrew", "skip"),
    "remind": VerbWords("Approvers reminded", "reminded the approvers of", "bell"),
    "escalate": VerbWords("Handed to the next level", "escalated", "up", "warn"),
    "expire": VerbWords("Expired", "let expire", "clock"),
    "re-evaluate": VerbWords("Evaluated again", "asked for a new verdict on", "retry"),
    "plan-waves": VerbWords("Waves demanded", "asked for waves of", "steps"),
    "publish": VerbWords("Published", "published", "send", "live"),
    "expedite": VerbWords("Published in an emergency", "published at once, in an emergency,", "bolt", "warn"),
    "release": VerbWords("First wave published", "published the first wave of", "steps", "live"),
    "advance": VerbWords("Next wave published", "published the next wave of", "steps", "live"),
    "pause": VerbWords("Held", "held", "pause", "warn"),
    "continue": VerbWords("Continued", "let go on", "steps", "live"),
    "finish": VerbWords("Every wave passed", "finished the last wave of", "okc", "ok"),
    "roll-back": VerbWords("Rolled back", "rolled back", "undo", "undo"),
    "complete": VerbWords("Carried out", "finished carrying out", "okc", "ok"),
    "confirm-roll-back": VerbWords("Rollback confirmed by every context", "confirmed the undo of", "undo", "undo"),
    "ask-roll-back": VerbWords("Rollback asked for", "asked to roll back", "up", "warn"),
    "agree-roll-back": VerbWords("Rollback agreed to", "agreed to roll back", "undo", "undo"),
    "keep": VerbWords("Made permanent", "made permanent the prices of", "lock", "warn"),
    "call-off": VerbWords("Called off", "called off the return", "skip"),
    "ended": VerbWords("The window ended", "ended the price window", "undo", "undo"),
    "measure": VerbWords("Measure posted", "posted a measure of", "scale", ""),
    "set-queue": VerbWords("Time to decide set", "set how long proposals may wait", "clock"),
    "freeze": VerbWords("Freeze announced", "announced a freeze", "snow"),
    "lift-freeze": VerbWords("Freeze lifted", "lifted a freeze", "snow"),
    "stop-publishing": VerbWords("Publishing stopped", "stopped all publishing", "oct", "bad"),
    "resume-publishing": VerbWords("Publishing resumed", "resumed publishing", "send"),
    "delegate": VerbWords("Right to decide lent", "lent the right to decide", "user"),
    "end-delegation": VerbWords("Right to decide taken back", "took back the right to decide", "user"),
    "lock-price": VerbWords("Price locked", "locked a price in catalog", "lock"),
    "unlock-price": VerbWords("Price unlocked", "unlocked a price in catalog", "lock"),
    "put-in-context": VerbWords("Changed by API", "changed by API", "info"),
    "delete-in-context": VerbWords("Removed by API", "removed by API", "info"),
    "redrive": VerbWords("Redriven", "redrove what was parked", "retry"),
    "retire": VerbWords("Context retired", "retired a context", "skip"),
    "readmit": VerbWords("Context taken in again", "took a context in again", "back"),
    "see-kept": VerbWords("Kept aside, looked at", "looked at what was kept aside of streams", "inbox"),
    "supply-facts": VerbWords("Facts supplied", "supplied costs or competitor prices", "tag"),
    "import-catalog": VerbWords("Products listed", "listed or renewed products", "tag"),
    "draft-rules": VerbWords("Rules drafted", "drafted rules", "scale"),
    "change-rules": VerbWords("Draft of rules changed", "changed a draft of rules", "scale"),
    "rebase-rules": VerbWords("Draft of rules brought up to date", "brought a draft of rules up to date", "retry"),
    "shadow-rules": VerbWords("Rules put in or out of shadow", "put rules in or out of shadow", "scale"),
    "replay-rules": VerbWords("Replay of rules asked for", "asked for a replay of rules", "retry"),
    "cancel-replay": VerbWords("Replay of rules cancelled", "cancelled a replay of rules", "oct"),
    "submit-rules": VerbWords("Rules submitted for review", "submitted rules for review", "up"),
    "return-rules": VerbWords("Rules returned", "returned rules", "back"),
    "schedule-rules": VerbWords("Rules scheduled", "agreed to rules from an instant on", "clock"),
    "activate-rules": VerbWords("Rules activated", "activated rules", "scale"),
    "retire-rules": VerbWords("Rules retired", "retired rules", "clock"),
    "drop-rules": VerbWords("Draft of rules dropped", "dropped rules", "x"),
    "adopt-audit": VerbWords("Audit trail adopted", "adopted the audit trail as it stood", "scroll"),
    "new-epoch": VerbWords("New epoch begun", "began a new epoch of the installation", "info"),
    "sign-in": VerbWords("Signed in", "signed in", "user"),
    "sign-in-refused": VerbWords("Sign-in refused", "was not let in", "lock"),
    "add-person": VerbWords("Person added", "added", "user"),
    "set-roles": VerbWords("Roles changed", "changed the roles of", "user"),
    "deactivate-person": VerbWords("Person shut out", "shut out", "lock"),
    "reactivate-person": VerbWords("Person let in again", "let in again", "user"),
    "reset-password": VerbWords("Password reset", "reset the password of", "lock"),
    "change-password": VerbWords("Password chosen", "chose a new password:", "lock"),
    "create-token": VerbWords("Token made", "made a token for", "lock"),
    "revoke-token": VerbWords("Token ended", "ended a token of", "lock"),
    "close-demo": VerbWords("Demo closed", "ended what the demo's people held", "lock"),
}
"""What the audit trail and the passport say was done."""


def look(table: Table, name: str) -> StatusView:
    """Return the word, icon and tone of a member. A name from nowhere (another release's) shows as what it is."""
    word, icon, tone = table.get(name, (str(name), "info", "warn"))
    return StatusView(word=word, icon=icon, tone=tone)


status: Final = partial(look, STATUSES)
"""Show a proposal's status."""
delivery: Final = partial(look, DELIVERIES)
"""Show the state of a delivery."""
context: Final = partial(look, CONTEXTS)
"""Show how a context is doing."""
appointment: Final = partial(look, APPOINTMENTS)
"""Show what the clock will do."""


def verdict(name: str | None) -> StatusView:
    """Show a verdict or a severity, or that nobody has judged yet."""
    return look(VERDICTS, name) if name else NOT_JUDGED


def counted(name: str, number: int) -> StatusView:
    """Show how many deliveries are in a state (`12 retrying`)."""
    view = delivery(name)
    return saying(view, f"{count(number)} {in_a_sentence(view)}")


def progress(name: str, *, parked: int = 0) -> StatusView:
    """Show how far a repricing has come; of one that is over, how many deliveries are parked."""
    view = look(PROGRESS, name)
    return saying(view, f"All answered, {count(parked)} parked") if name == "parked" else view


def role(name: str) -> str:
    """Return the word of a role."""
    return look(ROLES, name).word


def in_a_sentence(view: StatusView) -> str:
    """Return a word as it stands inside a sentence."""
    return view.word[:1].lower() + view.word[1:]


def saying(view: StatusView, word: str) -> StatusView:
    """Return the same look with a word that says more (`12 retrying`)."""
    return view.model_copy(update={"word": word})


def verb(name: str) -> VerbWords:
    """Return how a verb is said. One from nowhere (another release's) is said as it is written."""
    plain = name.replace("-", " ")
    return VERBS.get(name, VerbWords(plain.capitalize(), plain, "info"))
