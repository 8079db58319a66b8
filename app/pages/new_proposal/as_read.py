"""The views of how a file was read: the reading beside the first rows, and the choice where two are possible."""

import reflex as rx

from app.components import icon
from app.components.lines import table
from app.pages.new_proposal.as_read_view import AsReadView, CellsView, ReadCell, SettingView
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
    return rx.cond(
        view.shown,
        rx.el.section(
            rx.el.div(
                icon("info"),
                rx.el.p(rx.el.b("Nothing was read yet.", class_name="b"), " ", view.why, class_name="grow"),
                class_name="call warn np-unsure",
                role="status",
                data_testid="unsure",
            ),
            rx.cond(
                view.ways.length() > 0,
                rx.el.div(
                    rx.foreach(view.ways, _way), class_name="np-ways", role="group", aria_label="Ways to read it"
                ),
                rx.el.div(_columns(view.as_read), _again(), custom_attrs={"data-reading-form": ""}),
            ),
            rx.cond(view.as_read.shown, _first(view.as_read)),
            class_name="np-read open",
            aria_label="How to read the file",
        ),
    )


def _way(way: SettingView | rx.Var) -> rx.Component:
    return rx.el.button(way.words, type="button", class_name="btn", custom_attrs={"data-way": way.value}, key=way.value)


def _settings(view: AsReadView | rx.Var) -> rx.Component:
    return rx.el.div(
        _columns(view),
        rx.el.div(
            _setting("decimal", "Decimal mark", view.decimal, ("", "As the rows show"), (".", "Point"), (",", "Comma")),
            rx.cond(
                view.text,
                rx.fragment(
                    _setting(
                        "delimiter", "Cells are split by", view.delimiter, ("\t", "Tab"), (";", "Semicolon"),
                        (",", "Comma"), ("|", "Bar"), (" ", "Blank"),
                    ),
                    _setting(
                        "quotes", "Quotation marks", view.quotes, ("", "As the rows show"), ("cells", "Around cells"),
                        ("text", "Part of the text"),
                    ),
                ),
            ),
            rx.cond(
                view.hides,
                _setting("hidden", "Hidden rows", view.hidden, ("", "Read them"), ("leave", "Leave them out")),
            ),
            rx.cond(
                view.slips,
                _setting(
                    "beside", "Cells without a heading", view.beside, ("", "May belong to the price"),
                    ("notes", "Are notes"),
                ),
            ),
            _heading(view),
            rx.el.input(type="hidden", default_value=view.sheet, custom_attrs={"data-reading": "sheet"}),
            class_name="np-set",
        ),
    )  # fmt: skip


def _columns(view: AsReadView | rx.Var) -> rx.Component:
    numbers = (("", "What the heading says, else new prices"), ("false", "New prices"), ("true", "Changes in percent"))
    return rx.el.div(
        _column("sku", "SKU", view, view.sku),
        _column("price", "Price or change", view, view.price),
        _setting("change", "Its numbers are", view.change, *numbers),
        class_name="np-set",
    )


def _column(name: str, label: str, view: AsReadView | rx.Var, value: rx.Var) -> rx.Component:
    return _labelled(
        label,
        rx.el.select(
            rx.foreach(view.columns, lambda column: rx.el.option(column.words, value=column.value)),
            default_value=value,
            aria_label=label,
            custom_attrs={"data-reading": name},
            data_testid=f"reading-{name}",
        ),
    )


def _setting(name: str, label: str, value: rx.Var, *choices: tuple[str, str]) -> rx.Component:
    return _labelled(
        label,
        rx.el.select(
            *[rx.el.option(words, value=choice) for choice, words in choices],
            default_value=value,
            aria_label=label,
            custom_attrs={"data-reading": name},
            data_testid=f"reading-{name}",
        ),
    )


def _heading(view: AsReadView | rx.Var) -> rx.Component:
    return _labelled(
        "Row of the headings, 0 for none",
        rx.el.input(
            default_value=view.heading,
            input_mode="numeric",
            aria_label="Row of the headings",
            custom_attrs={"data-reading": "heading"},
            data_testid="reading-heading",
        ),
    )


def _labelled(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(label, class_name="np-lab"), rx.el.div(control, class_name="field"))


def _again() -> rx.Component:
    return rx.el.div(
        rx.el.button(
            "Read it this way",
            type="button",
            class_name="btn",
            custom_attrs={"data-read-again": ""},
            data_testid="read-again",
        ),
        rx.el.span(
            "What you choose is remembered for your next file with the same headings.", class_name="sec np-hints2"
        ),
        rx.el.span(class_name="np-err", role="alert", custom_attrs={"data-up": "again"}),
        class_name="np-again",
    )


def _first(view: AsReadView | rx.Var) -> rx.Component:
    return rx.el.div(
        table(
            "The first rows as they were read",
            rx.foreach(view.first, _row),
            heads=(
                ("Row", "r"),
                rx.foreach(view.headings, _head),
            ),
            class_name="np-first",
        ),
        class_name="np-tw",
    )


def _head(cell: ReadCell | rx.Var) -> rx.Component:
    words = rx.match(cell.role, ("sku", "SKU"), ("price", "Price"), "")
    return rx.el.th(
        cell.text,
        rx.cond(cell.role != "", rx.el.span(words, class_name="np-role"), ""),
        scope="col",
        class_name=cell.role,
    )


def _row(row: CellsView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.number, class_name="r u"),
        rx.foreach(row.cells, lambda cell: rx.el.td(cell.text, class_name=cell.role)),
        key=row.number,
    )
