"""Drafts: what was read and judged, kept on the server until it is submitted or forgotten. Opens no transaction."""

from app.intake.drafts.draft import ROWS_PER_STEP, DraftSubmitted, begin, find, forget_old, mark_submitted
from app.intake.drafts.moved import PricesMoved, moved, refuse_moved
from app.intake.drafts.offering import (
    changes,
    currencies,
    largest_change,
    named_lines,
    submission,
    with_passing_prices,
)
from app.intake.drafts.problems_file import problems_csv
from app.intake.drafts.rows import SUBMITTABLE, DraftRow, Kind, count_meant, page, problems, rows_with
from app.intake.drafts.writing import add, as_rows, leave_out, put, rewrite

__all__ = [
    "ROWS_PER_STEP",
    "SUBMITTABLE",
    "DraftRow",
    "DraftSubmitted",
    "Kind",
    "PricesMoved",
    "add",
    "as_rows",
    "begin",
    "changes",
    "count_meant",
    "currencies",
    "find",
    "forget_old",
    "largest_change",
    "leave_out",
    "mark_submitted",
    "moved",
    "named_lines",
    "page",
    "problems",
    "problems_csv",
    "put",
    "refuse_moved",
    "rewrite",
    "rows_with",
    "submission",
    "with_passing_prices",
]
