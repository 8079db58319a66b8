"""The views of a draft's rows, kind by kind: bad ones to be mended, the others with their findings."""

import reflex as rx

from app import routes
from app.components import button, choice, empty, icon, money, status, tabs
from app.components.figures import product_cell
from app.components.lines import finding, finding_cell, in_place, next_lines, price_cells, table
from app.pages.new_proposal.state import NewProposalState as State
from app.pages.new_proposal.view import DraftRowView


def _here(query: str) -> rx.Var:
    return rx.Var.create(f"{routes.NEW_PROPOSAL}?{query}")


def rows() -> rx.Component:
    """Show the rows of one kind, a page at a time."""
    return rx.fragment(_kind_tabs(), _tools(), _table(), _pager())


KINDS = (("hard", "Hard"), ("soft", "Soft"), ("clean", "Clean"), ("unchanged", "Unchanged"))
SAYS = {
    "problem": "Each row with its number in the file; correct it in its place, or leave it out.",
    "unchanged": "These rows propose the price that already stands; they are left out.",
    "clean": "These lines stay inside every limit.",
}
"""What is said of the rows of a kind, where they are not lines that break a rule."""


def _kind_tabs() -> rx.Component:
    return tabs(
        rx.cond(State.draft.problems > 0, _kind_tab("problem", "Bad rows")),
        *(_kind_tab(kind, word) for kind, word in KINDS),
        rx.el.span(State.draft.changing, class_name="note"),
        label="Rows by kind",
        class_name="np-tabs",
    )


def _kind_tab(kind: str, word: str) -> rx.Component:
    return choice(
        word,
        rx.el.span(State.draft.kinds[kind], class_name="k"),
        to=_here(f"draft={State.draft.id}&rows={kind}"),
        on=State.kind == kind,
        custom_attrs=in_place(),
        data_testid=f"rows-{kind}",
    )


def _tools() -> rx.Component:
    breaking = (State.kind == "hard") | (State.kind == "soft")
    use_all = button("Use all passing prices", kind="sm", on_click=State.use_all, data_testid="use-all")
    said = rx.match(State.kind, *SAYS.items(), "Each line with the rule it breaks and the price that would pass.")
    return rx.el.div(
        rx.el.span(said, class_name="sec"),
        rx.el.span(class_name="grow"),
        rx.cond(State.kind == "problem", _problem_tools()),
        rx.cond(breaking & (State.rows.length() > 0), use_all),
        class_name="np-tools",
    )


def _problem_tools() -> rx.Component:
    meant, without = State.draft.meant, {"on_click": State.go_without, "data_testid": "go-without"}
    return rx.fragment(
        rx.cond(meant != "", button(meant, kind="sm", on_click=State.take_meant(0), data_testid="take-all")),
        rx.el.a(
            icon("dl", "s"),
            "Bad rows as CSV",
            href=f"/api/drafts/{State.draft.id}/problems.csv",
            download=True,
            custom_attrs={"reloadDocument": True},  # a file, not a page of ours
            class_name="btn sm",
            data_testid="problems-csv",
        ),
        rx.cond(
            State.without,
            rx.el.span(icon("check", "s"), "left out", class_name="st t12 idle"),
            button("Go on without them", kind="sm", **without),
        ),
    )


def _table() -> rx.Component:
    return rx.cond(
        State.rows.length() == 0,
        empty("No such row", "This draft has no row of this kind.", icon_name="filter"),
        rx.el.div(rx.cond(State.kind == "problem", _problems_table(), _lines_table()), class_name="np-tw"),
    )


def _problems_table() -> rx.Component:
    return table(
        "Rows that cannot be submitted, with their reason",
        rx.foreach(State.rows, _problem),
        heads=(
            ("Row", "r"),
            ("SKU as read", ""),
            ("Price as read", "r"),
            ("Why it cannot be submitted", ""),
            ("", ""),
        ),
        class_name="np-t np-problems",
        custom_attrs={"data-field": "mends"},
        data_testid="problems",
    )


def _problem(row: DraftRowView | rx.Var) -> rx.Component:
    take_meant = button(f"Take {row.meant}", kind="sm np-meant", on_click=State.take_meant(row.number))
    check = button(
        "Check",
        kind="sm ghost",
        on_click=State.correct(row.number, _typed(row, "sku"), _typed(row, "price")),
        aria_label=f"Check row {row.row} again",
        custom_attrs={"data-mend": ""},
    )
    return rx.el.tr(
        rx.el.td(row.row, class_name="r u"),
        rx.el.td(_mend(row, "sku", row.sku)),
        rx.el.td(_mend(row, "price", row.raw), class_name="r"),
        rx.el.td(row.reason, rx.cond(row.meant != "", take_meant), class_name="why2", title=row.reason),
        rx.el.td(check, class_name="r act"),
        key=row.key,
        custom_attrs={"data-mended": row.key},
    )


def _mend(row: DraftRowView | rx.Var, name: str, value: rx.Var) -> rx.Component:
    return rx.el.input(
        id=f"mend-{name}-{row.key}",
        default_value=value,
        key=value,
        aria_label=f"{'SKU' if name == 'sku' else 'Price'} in row {row.row}",
        auto_complete="off",
        spell_check=False,
        class_name="np-mend",
    )


def _typed(row: DraftRowView | rx.Var, name: str) -> rx.Var[str]:
    """Return what stands in a field of a row at the moment of the click."""
    return rx.Var(f"(document.getElementById('mend-{name}-' + {row.key!s})?.value ?? '')", _var_type=str)


def _lines_table() -> rx.Component:
    heads = (
        ("Row", "r"),
        ("SKU", ""),
        ("Product", ""),
        ("Old", "r"),
        ("", "c2"),
        ("New", "r"),
        ("Change", "r"),
        ("Verdict", ""),
        ("Finding", ""),
        ("Would pass at", "r"),
        ("", ""),
    )
    return table(
        "Rows of the draft with their verdict",
        rx.foreach(State.rows, _line),
        heads=heads,
        class_name="np-t",
        data_testid="draft-rows",
    )


def _line(row: DraftRowView | rx.Var) -> rx.Component:
    passes = row.passes.units != ""
    use = button(
        "Use",
        kind="sm ghost",
        on_click=State.use(row.number),
        aria_label=f"Use the passing price in row {row.row}",
        data_row="",
        custom_attrs={"data-use": ""},
    )
    return rx.el.tr(
        rx.el.td(row.row, class_name="r u"),
        rx.el.td(row.sku, class_name="sku"),
        product_cell(row.name, row.brand),
        *price_cells(row.old, row.new, arrow_class="c2"),
        rx.el.td(row.change, class_name="r pc"),
        rx.el.td(status(row.verdict, small=True)),
        finding_cell(row, rx.el.span(row.lock, class_name="np-lock"), _found(row)),
        rx.el.td(rx.cond(passes, rx.el.span(money(row.passes), class_name="np-pass")), class_name="r"),
        rx.el.td(rx.cond(passes, use), class_name="r act"),
        key=row.key,
    )


def _found(row: DraftRowView | rx.Var) -> rx.Component:
    rest = rx.el.span(row.found.rest, rx.cond(row.cost.units != "", ", cost ", ""), class_name="u")
    return finding(row.found, rest, money(row.cost), tone=row.found.tone)


def _pager() -> rx.Component:
    here = f"draft={State.draft.id}&rows={State.kind}"
    return next_lines(
        "rows",
        after=State.after,
        next_after=State.next_after,
        first_to=_here(here),
        next_to=_here(f"{here}&after={State.next_after}"),
    )
