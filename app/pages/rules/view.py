"""What the rules page shows, in words."""

from app.components.views import OptionView, StatusView, Told, View

OUTCOMES = {"HARD": "Otherwise the line is refused.", "SOFT": "Beyond that a person decides."}


class RuleSentence(View):
    """One kind of rule as a sentence: `start`, the general limit, `end`, exceptions, what follows."""

    kind: str
    severity: StatusView
    start: str
    limit: str
    end: str
    exceptions: str
    outcome: str


class RuleRow(View):
    """One rule; `mark` says that the active set has it otherwise, `told` how, `remark` what is wrong with it."""

    id: str
    kind: str
    severity: StatusView
    scope: str
    condition: str
    limit: str
    why: str
    owner: str
    since: str
    href: str = ""
    on: bool = False
    mark: str = ""
    told: Told = ""
    remark: Told = ""
    tone: str = ""


class SetRow(View):
    """One rule set: where it stands, why there is to be it, who made and who activated it."""

    number: str
    state: StatusView
    why: str
    made: str
    by: str
    at: str
    href: str
    on: bool


class ActButton(View):
    """Something that is done to the set that is shown: open, or shut for a reason that stands beside."""

    action: str
    label: str
    icon: str
    tone: str
    key: str
    allowed: bool


class FoundRow(View):
    """Something that was found of a set: how grave it is, and a sentence."""

    key: str
    what: StatusView
    sentence: Told


class ChangeRow(View):
    """A row that the active set has otherwise, or not at all."""

    key: str
    what: StatusView
    sentence: Told


class AppliesRow(View):
    """Of one kind, the row that counts for a SKU, and why."""

    kind: str
    rule: str
    severity: StatusView
    limit: str
    why: str


class AppliesView(View):
    """What the set says of one SKU."""

    sku: str = ""
    about: str = ""
    rows: list[AppliesRow] = []
    missing: str = ""


class DoneRow(View):
    """One thing that was done to the set."""

    key: str
    at: str
    who: str
    did: str
    rest: Told


class FieldView(View):
    """One field of a row's form: `box` is how it is typed (text, number, long, choice, moment)."""

    name: str
    label: str
    box: str
    value: str = ""
    choices: list[OptionView] = []
    hint: str = ""
    listed: str = ""


class RowForm(View):
    """The form of one row of a draft; `was` is the row as it was opened, `nonce` tells one opening from another.

    What is typed stays in the browser under names that begin with `kept`.
    """

    rule: str = ""
    is_new: bool = False
    number: int = 0
    version: int = 0
    was: str = ""
    nonce: str = ""
    kept: str = ""
    says: Told = ""
    kind: str = ""
    kinds: list[OptionView] = []
    severity: str = ""
    parameters: list[FieldView] = []
    scope: list[FieldView] = []
    others: list[FieldView] = []
    categories: list[str] = []
    sub_categories: list[str] = []
    currencies: list[str] = []


class KindChoice(View):
    """A kind of rule, and whether every product needs one of it."""

    kind: str
    on: bool


class RefusedRow(View):
    """A row that was brought in and cannot be taken."""

    row: str
    reason: Told


class RulesView(View):
    """The whole page."""

    number: int = 0
    version: int = 0
    title: str = ""
    state: StatusView = StatusView()
    since: str = ""
    hash: str = ""
    seen: str = ""
    reason: str = ""
    hands: str = ""
    required: str = ""
    kinds: list[KindChoice] = []
    note: str = ""
    editable: bool = False
    may_wait: bool = False
    checked: bool = False
    against: str = ""
    buttons: list[ActButton] = []
    whys: list[str] = []
    strip: list[SetRow] = []
    sentences: list[RuleSentence] = []
    rows: list[RuleRow] = []
    rows_note: str = ""
    after: str = ""
    next_after: str = ""
    first_to: str = ""
    next_to: str = ""
    add_to: str = ""
    found: list[FoundRow] = []
    found_note: str = ""
    changes: list[ChangeRow] = []
    changes_note: str = ""
    applies: AppliesView = AppliesView()
    done: list[DoneRow] = []
    sets: list[SetRow] = []
    missing: str = ""
    advice: str = ""
