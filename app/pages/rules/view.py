"""What the rules page shows, in words."""

from app.components.views import StatusView, View

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
