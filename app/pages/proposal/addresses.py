"""The addresses of a proposal's page."""

import reflex as rx

from app.pages.proposal.state import ProposalState as State


def here(query: str) -> rx.Var:
    """Return the address of this page with a query."""
    return rx.Var.create(f"/proposals/{State.head.reference}?{query}")
