"""What the overview shows, ready to print."""

from app.components.views import DueView, FactView, SegmentView, SparkView, StatusView, View


class WaitRow(View):
    """A proposal that waits for a person."""

    reference: str
    title: str
    headline: str
    worst: str
    due: DueView
    href: str
    word: str


class FlowStep(View):
    """One step of the strip: how many proposals stand there now."""

    status: StatusView
    number: str
    note: str
    href: str
    rest: bool


class NextRow(View):
    """Something that the clock will do soon."""

    key: str
    at: str
    status: StatusView
    reference: str
    title: str
    href: str
    left: str


class ContextRow(View):
    """One context: how far behind, how fast, and what it owes."""

    name: str
    state: StatusView
    lag: str
    rate: str
    spark: SparkView
    pending: str
    retrying: str
    parked: str
    pending_tone: str
    retrying_tone: str
    parked_tone: str


class RepricingRow(View):
    """One of the last repricings, over all contexts."""

    reference: str
    at: str
    title: str
    skus: str
    state: StatusView
    segments: list[SegmentView]
    words: str
    note: str
    href: str
    rest: bool


class OverviewView(View):
    """The whole page at one instant."""

    today: str = ""
    waits_title: str = "Waits for you"
    waits_note: str = ""
    empty_title: str = ""
    empty_words: str = ""
    waits: list[WaitRow] = []
    in_flight: str = ""
    before: list[FlowStep] = []
    after: list[FlowStep] = []
    contexts: list[ContextRow] = []
    facts: list[FactView] = []
    repricings: list[RepricingRow] = []
    repricings_note: str = ""
    ahead: list[NextRow] = []
    ahead_note: str = ""
    alarms: list[str] = []
