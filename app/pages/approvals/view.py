"""What the approvals page shows, ready to print."""

from app.components.views import ActionView, DueView, FactView, MoneyView, StatusView, Told, View


class ItemView(View):
    """One proposal in the queue."""

    reference: str
    seen: str = ""
    title: str
    submitter: str
    note: str
    worst: str
    due: DueView
    status: StatusView
    href: str
    open: bool
    ticked: bool = False
    mine: bool = False
    why: str = ""
    changed: bool = False
    stage: StatusView = StatusView()


class GroupView(View):
    """Proposals that break the same rule by about as much."""

    key: str
    title: str
    band: str
    count: str
    rows: list[ItemView]


class WhySentence(View):
    """One reason why a person is needed (or none is): its verdict, whose word is the sentence, and the rest of that."""

    verdict: StatusView
    rest: str


class LineRow(View):
    """One line with what it breaks."""

    line: int
    sku: str
    name: str
    brand: str
    old: MoneyView
    new: MoneyView
    change: str
    change_tone: str
    breaks: str
    words: str
    margin: str
    passing: MoneyView
    verdict: StatusView


class BulkRow(View):
    """What became of one proposal of a bulk decision."""

    reference: str
    title: str
    status: StatusView
    note: Told


class BulkView(View):
    """What a bulk approval is about to do. `nonce` names exactly this preview."""

    nonce: str = ""
    title: str = ""
    facts: list[FactView] = []
    goes: str = ""
    refused: str = ""
    rows: list[BulkRow] = []


class ProposalDetail(View):
    """The opened proposal. `nonce` makes a second click of the same decision harmless.

    `seen` is what a decision binds to: the proposal as it stood when it was opened, also if `changed` says that it has
    changed since. `standing` is the one that it has now.
    """

    reference: str = ""
    title: str = ""
    rest: str = ""
    status: StatusView = StatusView()
    due: DueView = DueView()
    initials: str = ""
    submitter: str = ""
    at: str = ""
    lines: str = ""
    rule_set: str = ""
    hash: str = ""
    seen: str = ""
    standing: str = ""
    changed: Told = ""
    nonce: str = ""
    href: str = ""
    waits: bool = False
    position: str = ""
    sentences: list[WhySentence] = []
    facts: list[FactView] = []
    findings_note: str = ""
    total_lines: str = ""
    moved: str = ""
    moved_title: str = ""
    gone: Told = ""
    gone_detail: str = ""
    approve: ActionView = ActionView()
    send_back: ActionView = ActionView()
    reject: ActionView = ActionView()
    re_evaluate: ActionView = ActionView()
    withdraw: ActionView = ActionView()
    shut: str = ""
    right: str = ""
    stage: StatusView = StatusView()
