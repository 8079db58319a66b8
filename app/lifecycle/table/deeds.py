"""What a person sees of each action, declared once beside the table: its button, and what is asked before it is done.

Whether it is open, and whether a reason must be given, the table says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from app.lifecycle.table.transitions import TRANSITIONS, Action


class Binds(Enum):
    """What a deed is bound to: what was seen when the page was opened, or what stands on the screen at the click.

    Whoever lets prices out, or leaves them, decides on what they read. A brake takes back what is there now.
    """

    OPENED = "opened"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Dialog:
    """What is asked before a deed. The reference follows the `title`; `stay` leaves it undone, `confirm` does it."""

    name: str
    title: str
    asks: str
    stay: str
    confirm: str
    tone: str = "pri"


@dataclass(frozen=True, slots=True)
class Deed:
    """One action as a person sees it: its button (`tone` is `pri`, `danger` or plain), what it binds to and asks."""

    action: Action
    label: str
    icon: str
    key: str = ""
    tone: str = ""
    binds: Binds = Binds.OPENED
    dialog: Dialog | None = None

    @property
    def needs_reason(self) -> bool:
        """Tell whether the table asks for a reason."""
        return any(row.needs_comment for row in TRANSITIONS if row.action is self.action)


_ROLL_BACK = Dialog(
    "roll-back",
    "Roll back ",
    "Every SKU that still has this price gets its earlier price back, at the next version, and every context undoes it."
    " SKUs with a newer price are left alone.",
    stay="Keep the prices",
    confirm="Roll back",
)
_ASK = Dialog(
    "ask-roll-back",
    "Ask to roll back ",
    "Some earlier prices break a hard rule today, so another person has to agree. Nothing changes before they do; a"
    " canary goes on meanwhile unless it is held.",
    stay="Keep the prices",
    confirm="Ask",
)
_AGREE = Dialog(
    "agree-roll-back",
    "Agree to roll back ",
    "Every SKU that still has this price gets its earlier price back, also where that breaks a hard rule today, and"
    " every context undoes it. SKUs with a newer price are left alone.",
    stay="Keep the prices",
    confirm="Agree and roll back",
)
_EXPEDITE = Dialog(
    "expedite",
    "Publish now: ",
    "Every line goes out at once, without waiting for its date, a freeze, its waves or an approval. Four eyes, the"
    " facts that were judged and the stop switch still hold.",
    stay="Let it wait",
    confirm="Publish now",
)
_KEEP = Dialog(
    "keep",
    "Make permanent, instead of ",
    "The prices of the window stay for good; the earlier prices do not return. That is a decision of its own, beside"
    " the approval of the window, and whoever had a hand in it is barred.",
    stay="Let them return",
    confirm="Make permanent",
)
_PLAN_WAVES = Dialog(
    "demand",
    "Waves of ",
    "The lines go out in these waves once it is approved; after each one its guards are judged. Who falls where is"
    " shown on the page before you approve.",
    stay="Leave it as it is",
    confirm="Demand this",
)

_A, _NOW = Action, Binds.STANDING
_DECLARED = (
    Deed(_A.APPROVE, "Approve", "check", "A", "pri"),
    Deed(_A.RETURN, "Return", "back", "B"),
    Deed(_A.REJECT, "Reject", "x", "R", "danger"),
    Deed(_A.RE_EVALUATE, "Re-evaluate", "retry", "E"),
    Deed(_A.WITHDRAW, "Withdraw", "skip", "W"),
    Deed(_A.PLAN_WAVES, "Demand waves", "steps", dialog=_PLAN_WAVES),
    Deed(_A.CONTINUE, "Continue", "steps", tone="pri"),
    Deed(_A.PAUSE, "Hold", "pause", binds=_NOW),
    Deed(_A.EXPEDITE, "Publish now", "bolt", tone="danger", dialog=_EXPEDITE),
    Deed(_A.KEEP, "Make permanent", "lock", dialog=_KEEP),
    Deed(_A.ROLL_BACK, "Roll back", "undo", binds=_NOW, dialog=_ROLL_BACK),
    Deed(_A.ASK_ROLL_BACK, "Ask to roll back", "up", binds=_NOW, dialog=_ASK),
    Deed(_A.AGREE_ROLL_BACK, "Agree to roll back", "undo", tone="danger", binds=_NOW, dialog=_AGREE),
)
DEEDS: Mapping[Action, Deed] = {deed.action: deed for deed in _DECLARED}
"""Every action that people take on a proposal."""
