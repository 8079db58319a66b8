"""Drafts: what somebody types and what was read of it, kept on the server until it is submitted or discarded.

Opens no transaction.
"""

from app.intake.drafts.draft import (
    DISCARDED_KEPT_FOR,
    ENDED_KEPT_FOR,
    KEPT_FOR,
    MOST_DRAFTS,
    ROWS_PER_STEP,
    Glance,
    discard,
    end,
    find,
    forget_old,
    forget_rows,
    glances,
    take_back,
    topic,
)
from app.intake.drafts.editions import Source, begin, turn_to
from app.intake.drafts.errors import (
    DraftChangedElsewhere,
    DraftDiscarded,
    DraftSubmitted,
    TooLongToKeep,
    TooManyDrafts,
)
from app.intake.drafts.fields import LONGEST, Kept, Stands, Typed, keep, stand, versions
from app.intake.drafts.moved import PricesMoved, moved, refuse_moved
from app.intake.drafts.offer import (
    changes,
    currencies,
    largest_change,
    named_lines,
    submission,
    with_passing_prices,
)
from app.intake.drafts.problems_file import OF_SKU, problems_csv
from app.intake.drafts.row_changes import add, as_rows, leave_out, put, rewrite
from app.intake.drafts.rows import SUBMITTABLE, DraftRow, Kind, count_meant, page, problems, rows_with

__all__ = [
    "DISCARDED_KEPT_FOR",
    "ENDED_KEPT_FOR",
    "KEPT_FOR",
    "LONGEST",
    "MOST_DRAFTS",
    "OF_SKU",
    "ROWS_PER_STEP",
    "SUBMITTABLE",
    "DraftChangedElsewhere",
    "DraftDiscarded",
    "DraftRow",
    "DraftSubmitted",
    "Glance",
    "Kept",
    "Kind",
    "PricesMoved",
    "Source",
    "Stands",
    "TooLongToKeep",
    "TooManyDrafts",
    "Typed",
    "add",
    "as_rows",
    "begin",
    "changes",
    "count_meant",
    "currencies",
    "discard",
    "end",
    "find",
    "forget_old",
    "forget_rows",
    "glances",
    "keep",
    "largest_change",
    "leave_out",
    "moved",
    "named_lines",
    "page",
    "problems",
    "problems_csv",
    "put",
    "refuse_moved",
    "rewrite",
    "rows_with",
    "stand",
    "submission",
    "take_back",
    "topic",
    "turn_to",
    "versions",
    "with_passing_prices",
]
