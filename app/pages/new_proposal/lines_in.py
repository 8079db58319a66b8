"""The views by which lines come in: typed, pasted, or a file; and what `upload.js` says of them."""

import reflex as rx

from app.components import button, icon
from app.components.controls import told_by_script
from app.components.lines import table
from app.components.marks import kbd
from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State

GRID_ROWS = 6


def lines_in() -> rx.Component:
    """Take lines: typed, pasted, or a file; those that were checked before stand until then."""
    return rx.fragment(rx.cond(State.anew, _still_there()), rx.cond(State.mode == "file", _drop(), _type()))


def _still_there() -> rx.Component:
    back = button("Back to them", kind="sm", on_click=State.leave_lines, data_testid="leave-lines")
    return note("info", "idle", "The lines that were checked last stand until others are.", does=[back])


def _drop() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            icon("upload"),
            rx.el.p("Drop a CSV or XLSX here"),
            rx.el.p(
                "Two columns are needed, SKU and new price (or a change such as +4 %); headings name them. Up to"
                " 100,000 rows and 25 MB. Nothing is submitted: every row is read and judged first.",
                class_name="sec",
            ),
            button("Choose a file", kind="pri", custom_attrs={"data-pick": ""}),
            class_name="idlep",
        ),
        rx.el.input(
            type="file",
            accept=".csv,.tsv,.txt,.xlsx",
            aria_label="File with lines",
            tab_index=-1,
            custom_attrs={"data-upload": ""},
            data_testid="file",
        ),
        *_upload(),
        class_name="np-drop",
        custom_attrs={"data-drop": "", "data-up-host": ""},
    )


def _type() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h3("Paste from a spreadsheet: SKU and price per line"),
            rx.el.textarea(
                id="paste",
                class_name="area np-paste",
                placeholder="SKU-0001   185.00\nSKU-0002   42.50",
                spell_check=False,
                aria_label="Lines, SKU and price",
                custom_attrs={"data-field": "text"},
                data_testid="paste",
            ),
        ),
        rx.el.div(
            rx.el.h3("Or type them"),
            _grid(),
            rx.el.div(
                button("Check the lines", kind="pri", custom_attrs={"data-send-typed": ""}, data_testid="check"),
                rx.el.span(kbd("Ctrl"), kbd("↵"), class_name="np-hints"),
                class_name="row np-go",
            ),
            *_upload(),
        ),
        class_name="np-in",
        custom_attrs={"data-up-host": ""},
    )


def _grid() -> rx.Component:
    return rx.el.div(
        table(
            "Lines to type",
            *[_grid_row(n) for n in range(1, GRID_ROWS + 1)],
            heads=(rx.el.th(scope="col"), ("SKU", ""), ("New price", "r")),
        ),
        class_name="np-grid",
        custom_attrs={"data-field": "typed"},
    )


def _grid_row(n: int) -> rx.Component:
    return rx.el.tr(
        rx.el.td(str(n), class_name="n"),
        rx.el.td(rx.el.input(aria_label=f"SKU {n}", auto_complete="off", spell_check=False), class_name="sku"),
        rx.el.td(rx.el.input(aria_label=f"Price {n}", auto_complete="off", input_mode="decimal"), class_name="p"),
        custom_attrs={"data-line": ""},
    )


def _upload() -> tuple[rx.Component, rx.Component]:
    """Hold what `upload.js` says: how far it is, and what went wrong."""
    bar = rx.el.i(custom_attrs={"data-up": "bar"})
    ends = {"aria_value_min": 0, "aria_value_max": 100}
    return (
        rx.el.div(
            rx.el.div(bar, class_name="np-prog", role="progressbar", aria_label="Upload", **ends),
            rx.el.span(custom_attrs={"data-up": "words"}, role="status"),
            class_name="np-up",
        ),
        rx.el.p(class_name="np-err", role="alert", custom_attrs={"data-up": "error"}),
    )


def draft_ready() -> rx.Component:
    """Hold the button by which `upload.js` says that a draft is ready (hidden from everybody)."""
    return told_by_script("window.batonUpload.draft", State.opened, name="draft-ready")


def draft_unsure() -> rx.Component:
    """Hold the button by which `upload.js` says that a file could be read in several ways (hidden from everybody)."""
    return told_by_script("window.batonUpload.refused", State.not_read, name="draft-unsure")
