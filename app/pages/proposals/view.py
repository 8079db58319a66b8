"""What the list of proposals shows, ready to print."""

from app.components.views import OptionView, StatusView, View


class ProposalRow(View):
    """One proposal of the list."""

    reference: str
    title: str
    status: StatusView
    verdict: StatusView
    lines: str
    soft: str
    hard: str
    soft_tone: str
    hard_tone: str
    change: str
    submitter: str
    at: str
    ended: str
    href: str


class StatusTab(View):
    """One status with how many proposals stand there."""

    word: str
    count: str
    href: str
    on: bool


class ProposalsView(View):
    """One page of the list."""

    rows: list[ProposalRow] = []
    tabs: list[StatusTab] = []
    submitters: list[OptionView] = []
    note: str = ""
    next_href: str = ""
