"""The approvals page: queue left, details right."""

import reflex as rx

from app import routes
from app.components.decision import keys_of
from app.components.feedback import said
from app.lifecycle.table.transitions import Action
from app.pages.approvals import lending
from app.pages.approvals.detail import detail
from app.pages.approvals.lending_state import LendingState
from app.pages.approvals.queue import bulk_dialog, queue
from app.pages.approvals.state import ApprovalsState
from app.shell import page, shell

KEYS = (
    ("J", "next"),
    ("K", "previous"),
    ("X", "select"),
    *keys_of(Action.APPROVE, Action.RETURN, Action.REJECT, Action.RE_EVALUATE),
    ("W", "withdraw your own"),
    ("V", "read what changed"),
    ("⇧ A", "approve selected"),
    ("L", "all lines"),
    ("F", "filter"),
)


@page(routes.APPROVALS, "Approvals", ApprovalsState.load, LendingState.load)
def approvals() -> rx.Component:
    """Show what waits for a person, and let them decide."""
    return shell(
        rx.el.div(queue(), detail(), class_name=rx.cond(ApprovalsState.opened, "ap open", "ap")),
        bulk_dialog(),
        lending.panel(),
        title="Approvals",
        here=routes.APPROVALS,
        note=ApprovalsState.note,
        beside=[said(ApprovalsState.said, class_name="said0")],
        actions=[lending.opener()],
        keys=KEYS,
    )
