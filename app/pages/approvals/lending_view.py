"""What the delegation panel shows, in words."""

from collections.abc import Collection, Sequence
from datetime import datetime

from app.components import format as shown
from app.components.views import OptionView, View, options
from app.lifecycle.records import Delegation


class LentRow(View):
    """One delegation that is not over; `mine` is one that I gave and may take back."""

    id: str
    who: str
    span: str
    mine: bool
    going: bool


class LendingView(View):
    """Everything about delegation for one person."""

    given: list[LentRow] = []
    received: list[LentRow] = []
    colleagues: list[OptionView] = []
    may_lend: bool = False
    foot: str = ""


def lending_view(
    person: str,
    rows: Sequence[tuple[Delegation, str, str]],
    colleagues: Sequence[tuple[str, str]],
    lenders: Collection[str],
    now: datetime,
    *,
    may_lend: bool,
) -> LendingView:
    """Show what somebody lends and borrows; `rows` name lender and borrower, `lenders` are those who may still lend."""
    given = [_row(row, borrower, True, now) for row, _, borrower in rows if row.lender == person]
    received = [_row(row, lender, False, now) for row, lender, _ in rows if row.borrower == person]
    acting = [row for row, _, _ in rows if row.lender in lenders and row.starts <= now]
    names = {row.lender: lender for row, lender, _ in rows}
    return LendingView(
        given=given,
        received=received,
        colleagues=options(colleagues),
        may_lend=may_lend,
        foot=_foot([(names[row.lender], row) for row in acting], now),
    )


def _row(row: Delegation, who: str, mine: bool, now: datetime) -> LentRow:
    going = row.starts <= now
    begins = "" if going else f"from {shown.when(row.starts, now)} "
    return LentRow(id=row.id, who=who, span=f"{begins}until {shown.when(row.ends, now)}", mine=mine, going=going)


def _foot(acting: list[tuple[str, Delegation]], now: datetime) -> str:
    return ", ".join(f"{name} until {shown.when(row.ends, now)}" for name, row in acting)
