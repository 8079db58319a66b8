"""What the page shows of a new proposal, for the parts of its state."""

from __future__ import annotations

from app.pages.new_proposal.as_read_view import AsReadView, UnsureView
from app.pages.new_proposal.view import DraftRowView, DraftView, OutcomeView
from app.pages.new_proposal.weight_view import LocksView, WeightView
from app.states.page import ActingState


class DraftValues(ActingState, mixin=True):
    """The page's values. The rows live in the draft, not here."""

    may: bool = True
    mode: str = "type"
    anew: bool = False
    reason_bad: bool = False
    mixed: str = "together"
    without: bool = False
    draft: DraftView = DraftView()
    as_read: AsReadView = AsReadView()
    unsure: UnsureView = UnsureView()
    outcome: OutcomeView = OutcomeView()
    weight: WeightView = WeightView()
    locks: LocksView = LocksView()
    kind: str = ""
    rows: list[DraftRowView] = []
    after: str = ""
    next_after: str = ""
    lost: bool = False
    submitting: bool = False
    foreseen_bad: str = ""
    warnings: list[str] = []
    _key: str = ""
    _seen: str = ""
    _reason: str = ""
    _reason_seen: int = 0
    _as_it_was: str = ""
