"""The views of how a file was read: the reading beside the first rows, and the choice where two are possible."""

from collections.abc import Sequence

import reflex as rx

from app.components import button, icon
from app.components.lines import table
from app.components.views import OptionView
from app.pages.new_proposal.as_read_view import AsReadView, CellsView, ReadCell
from app.pages.new_proposal.state import NewProposalState as State


def reading() -> rx.Component:
    """Say how the rows were read; open, it shows the first ones and lets a person read them otherwise."""
    view = State.as_read
    return rx.cond(
        view.shown,
        rx.el.details(
            rx.el.summary(
                icon("doc", "s"),
                rx.el.span("Read as", class_name="b"),
                rx.foreach(view.facts, lambda fact: rx.el.span(fact, class_name="np-fact")),
                rx.cond(view.remembered != "", rx.el.span(view.remembered, class_name="np-fact"), ""),
                rx.el.span("Read it otherwise", icon("down", "s"), class_name="np-otherwise"),
                data_testid="as-read",
            ),
            rx.el.div(
                _settings(view), _first(view), _again(), key=State.draft.id, custom_attrs={"data-reading-form": ""}
            ),
            class_name="np-read",
        ),
    )


def unsure() -> rx.Component:
    """Say why a file was not read, beside its first rows, and offer the ways in which it could be."""
    view = State.unsure
    lead = rx.el.b("Nothing was read yet.", class_name="b")
    ways = rx.el.div(rx.foreach(view.ways, _way), class_name="np-ways", role="group", aria_label="Ways to read it")
    form = rx.el.div(_columns(view.as_read), _again(), custom_attrs={"data-reading-form": ""})
    return rx.cond(
        view.shown,
        rx.el.section(
            rx.el.div(
                icon("info"),
                rx.el.p(lead, " ", view.why, class_name="grow"),
                class_name="call warn np-unsure",
                role="status",
                data_testid="unsure",
            ),
            rx.cond(view.ways.length() > 0, ways, form),
            rx.cond(view.as_read.shown, _first(view.as_read)),
            class_name="np-read open",
            aria_label="How to read the file",
        ),
    )


def _way(way: OptionView | rx.Var) -> rx.Component:
    chosen = {"data-way": way.value}
    return rx.el.button(way.word, type="button", class_name="btn", custom_attrs=chosen, key=way.value)


NUMBERS = (("", "What the heading says, else new prices"), ("false", "New prices"), ("true", "Changes in percent"))
DECIMAL = (("", "As the rows show"), (".", "Point"), (",", "Comma"))
DELIMITER = (("\t", "Tab"), (";", "Semicolon"), (",", "Comma"), ("|", "Bar"), (" ", "Blank"))
QUOTES = (("", "As the rows show"), ("cells", "Around cells"), ("text", "Part of the text"))
HIDDEN = (("", "Read them"), ("leave", "Leave them out"))
BESIDE = (("", "May belong to the price"), ("notes", "Are notes"))


def _settings(view: AsReadView | rx.Var) -> rx.Component:
    of_text = rx.fragment(
        _setting("delimiter", "Cells are split by", view.delimiter, DELIMITER),
        _setting("quotes", "Quotation marks", view.quotes, QUOTES),
    )
    return rx.el.div(
        _columns(view),
        rx.el.div(
            _setting("decimal", "Decimal mark", view.decimal, DECIMAL),
            rx.cond(view.text, of_text),
            rx.cond(view.hides, _setting("hidden", "Hidden rows", view.hidden, HIDDEN)),
            rx.cond(view.slips, _setting("beside", "Cells without a heading", view.beside, BESIDE)),
            _heading(view),
            rx.el.input(type="hidden", default_value=view.sheet, custom_attrs={"data-reading": "sheet"}),
            class_name="np-set",
        ),
    )


def _columns(view: AsReadView | rx.Var) -> rx.Component:
    columns = rx.foreach(view.columns, lambda column: rx.el.option(column.word, value=column.value))
    return rx.el.div(
        _chosen("sku", "SKU", view.sku, columns),
        _chosen("price", "Price or change", view.price, columns),
        _setting("change", "Its numbers are", view.change, NUMBERS),
        class_name="np-set",
    )


def _setting(name: str, label: str, value: rx.Var, choices: Sequence[tuple[str, str]]) -> rx.Component:
    return _chosen(name, label, value, *(rx.el.option(words, value=choice) for choice, words in choices))


def _chosen(name: str, label: str, value: rx.Var, *options: rx.Component) -> rx.Component:
    return _labelled(label, rx.el.select(*options, aria_label=label, **_kept(name, value)))


def _heading(view: AsReadView | rx.Var) -> rx.Component:
    field = rx.el.input(input_mode="numeric", aria_label="Row of the headings", **_kept("heading", view.heading))
    return _labelled("Row of the headings, 0 for none", field)


def _kept(name: str, value: rx.Var) -> dict[str, object]:
    """Return what makes a control one of the settings that `upload.js` sends."""
    return {"default_value": value, "custom_attrs": {"data-reading": name}, "data_testid": f"reading-{name}"}


def _labelled(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(label, class_name="np-lab"), rx.el.div(control, class_name="field"))


def _again() -> rx.Component:
    remembered = "What you choose is remembered for your next file with the same headings."
    return rx.el.div(
        button("Read it this way", custom_attrs={"data-read-again": ""}, data_testid="read-again"),
        rx.el.span(remembered, class_name="sec np-hints2"),
        rx.el.span(class_name="np-err", role="alert", custom_attrs={"data-up": "again"}),
        class_name="np-again",
    )


def _first(view: AsReadView | rx.Var) -> rx.Component:
    heads, rows = (("Row", "r"), rx.foreach(view.headings, _head)), rx.foreach(view.first, _row)
    shown = table("The first rows as they were read", rows, heads=heads, class_name="np-first")
    return rx.el.div(shown, class_name="np-tw")


def _head(cell: ReadCell | rx.Var) -> rx.Component:
    words = rx.match(cell.role, ("sku", "SKU"), ("price", "Price"), "")
    role = rx.cond(cell.role != "", rx.el.span(words, class_name="np-role"), "")
    return rx.el.th(cell.text, role, scope="col", class_name=cell.role)


def _row(row: CellsView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.number, class_name="r u"),
        rx.foreach(row.cells, lambda cell: rx.el.td(cell.text, class_name=cell.role)),
        key=row.number,
    )
