"""The views of the draft behind the page: what is kept of it, what came of it, and the person's other drafts."""

import reflex as rx

from app import routes
from app.components import button, link, refused, section_head
from app.components.controls import told_by_script
from app.components.lines import table
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State
from app.pages.new_proposal.typed import DraftLineView


def kept() -> rx.Component:
    """Say when the draft was kept last, or why it was not (`drafting.js` writes it)."""
    return rx.el.span(id="kept", class_name="muted np-kept", role="status", data_testid="kept")


def around(*children: rx.Component) -> rx.Component:
    """Hold the fields of a draft; `drafting.js` keeps what is typed into them, and reads here which draft it is."""
    draft = DraftingState
    return rx.el.div(
        *children,
        class_name="np",
        custom_attrs={
            "data-drafting": draft.draft_id,
            "data-owner": draft.owner,
            "data-begun": rx.cond(draft.begun, "true", "false"),
            "data-marks": draft.marks,
            "data-kept-at": draft.kept_at,
            "data-said": draft.said,
            "data-lost": rx.cond(State.lost, "true", "false"),
        },
    )


def first_words_kept() -> rx.Component:
    """Hold the button by which `drafting.js` says that a draft has begun (hidden from everybody)."""
    return told_by_script("window.batonDrafting.id", State.begun, name="draft-begun")


def clash() -> rx.Component:
    """Ask which words stand, where two windows typed into the same field (`drafting.js` fills it in)."""
    return note(
        "tri",
        "warn",
        rx.el.b(custom_attrs={"data-clash-what": ""}, class_name="b"),
        " was changed in another window, too. There it says: ",
        rx.el.q(custom_attrs={"data-clash-theirs": ""}),
        does=[
            button("Take that", kind="sm", custom_attrs={"data-clash-take": "theirs"}),
            button("Keep what is here", kind="sm", custom_attrs={"data-clash-take": "mine"}),
        ],
        more_class=" np-clash",
        role="alert",
        hidden=True,
        id="draft-clash",
        data_testid="draft-clash",
    )


def ended() -> rx.Component:
    """Say what came of a draft that cannot be changed any more, and what can be done now."""
    return rx.cond(DraftingState.submitted_as != "", _submitted(), _discarded())


def _submitted() -> rx.Component:
    became = DraftingState.submitted_as
    goes_on = button("Go on with what was left out", kind="sm", on_click=State.go_on_with_what_was_left)
    return note(
        "okc",
        "idle",
        "This draft was submitted: it became ",
        link(became, to=routes.proposal(became), class_name="lk"),
        ".",
        does=[rx.cond(DraftingState.left > 0, goes_on), _begin_anew()],
        more_class=" np-ended",
        data_testid="ended",
    )


def _discarded() -> rx.Component:
    takes_back = [DraftingState.take_back(DraftingState.draft_id), State.reopen]
    return note(
        "info",
        "idle",
        "This draft was discarded. It can be taken back for a day.",
        does=[button("Take it back", kind="sm", on_click=takes_back), _begin_anew()],
        more_class=" np-ended",
        data_testid="ended",
    )


def _begin_anew() -> rx.Component:
    """Lead to an empty page by a whole load: the page may stand at this very address already."""
    return link("Begin a new one", to=routes.NEW_PROPOSAL, class_name="btn sm", custom_attrs={"reloadDocument": True})


def mine() -> rx.Component:
    """List the person's open drafts: open one, discard one, take it back."""
    draft = DraftingState
    return rx.fragment(
        refused(draft.refusal, within="np-refused"),
        rx.cond(draft.undo.id != "", _undo()),
        rx.cond(
            draft.mine,
            rx.el.section(
                section_head("Your drafts", "only you see them; each is kept for 30 days after its last change"),
                table("Your drafts, the last changed first", rx.foreach(draft.mine, _line), data_testid="drafts"),
                class_name="np-mine",
            ),
        ),
    )


def _line(line: DraftLineView | rx.Var) -> rx.Component:
    discard = button(
        "Discard", kind="sm ghost", aria_label=f"Discard {line.title}", on_click=DraftingState.discard(line.id)
    )
    unchecked = rx.cond(line.unchecked, rx.el.span(", not checked yet", class_name="offm"))
    return rx.el.tr(
        rx.el.td(link(line.title, to=line.href, data_row=""), class_name="b w"),
        rx.el.td(line.lines, unchecked, class_name="r sec nw"),
        rx.el.td(line.when, class_name="r u nw"),
        rx.el.td(discard, class_name="r act"),
        key=line.id,
        data_row_box="",
    )


def _undo() -> rx.Component:
    undo = DraftingState.undo
    return note(
        "info",
        "idle",
        "Discarded: ",
        rx.el.b(undo.title, class_name="b"),
        ". It can be taken back for a day.",
        does=[button("Take it back", kind="sm", on_click=DraftingState.take_back(undo.id), data_testid="take-back")],
        role="status",
    )
