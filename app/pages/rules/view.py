"""What the rules page shows, in words."""

from app.components.views import StatusView, View

SAYS = {
    "margin_stays_above_floor": ("A margin is at least ", "margin at least", " of the new price"),
    "increase_stays_below_limit": (
        "A price rises by at most ",
        "increase at most",
        " of the current price and of that of 30 days ago",
    ),
    "price_stays_near_competitor": ("A price stands at most ", "at most above competitor", " above the competitor"),
    "decrease_stays_above_limit": (
        "A price falls by at most ",
        "decrease at most",
        " of the current price and of that of 30 days ago",
    ),
}
OUTCOMES = {"HARD": "Otherwise the line is refused.", "SOFT": "Beyond that a person decides."}


class RuleSentence(View):
    """One kind of rule as a sentence: `start`, the general limit, `end`, exceptions, what follows."""

    severity: StatusView
    start: str
    limit: str
    end: str
    exceptions: str
    outcome: str


class RuleRow(View):
    """One rule."""

    id: str
    kind: str
    severity: StatusView
    scope: str
    condition: str
    limit: str
    why: str
    owner: str
    since: str


class SetRow(View):
    """One rule set."""

    number: str
    state: StatusView
    content: str
    by: str
    at: str


class RulesView(View):
    """The whole page."""

    title: str = ""
    since: str = ""
    hash: str = ""
    note: str = ""
    sentences: list[RuleSentence] = []
    rows: list[RuleRow] = []
    sets: list[SetRow] = []
    missing: str = ""
    advice: str = ""
