"""The views of a draft's rows, kind by kind: bad ones to be mended, the others with their findings."""

import reflex as rx

from app import routes
from app.components import button, choice, empty, icon, link, money, status, tabs
from app.components.figures import product_cell
from app.components.marks import kbd
from app.pages.new_proposal.showing import RowView
from app.pages.new_proposal.state import NewProposalState as State


def _here(query: str) -> rx.Var:
    return rx.Var.create(f"{routes.NEW_PROPOSAL}?{query}")


def rows() -> rx.Component:
    """Show the rows of one kind, a page at a time."""
    return rx.fragment(_kind_tabs(), _tools(), _table(), _pager())


def _kind_tabs() -> rx.Component:
    return tabs(
        rx.cond(State.draft.problems > 0, _kind_tab("problem", "Bad rows"), rx.fragment()),
        _kind_tab("hard", "Hard"),
        _kind_tab("soft", "Soft"),
        _kind_tab("clean", "Clean"),
        _kind_tab("unchanged", "Unchanged"),
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
        custom_attrs={"preventScrollReset": True},
        data_testid=f"rows-{kind}",
    )


def _tools() -> rx.Component:
    return rx.el.div(
        rx.match(
            State.kind,
            (
                "problem",
                rx.el.span(
                    "Each row with its number in the file; correct it in its place, or leave it out.", class_name="sec"
                ),
            ),
            (
                "unchanged",
                rx.el.span("These rows propose the price that already stands; they are left out.", class_name="sec"),
            ),
            ("clean", rx.el.span("These lines stay inside every limit.", class_name="sec")),
            rx.el.span("Each line with the rule it breaks and the price that would pass.", class_name="sec"),
        ),
        rx.el.span(class_name="grow"),
        rx.cond(State.kind == "problem", _problem_tools(), rx.fragment()),
        rx.cond(
            ((State.kind == "hard") | (State.kind == "soft")) & (State.rows.length() > 0),
            button("Use all passing prices", kind="sm", on_click=State.use_all, data_testid="use-all"),
            rx.fragment(),
        ),
        class_name="np-tools",
    )


def _problem_tools() -> rx.Component:
    return rx.fragment(
        rx.cond(
            State.draft.meant != "",
            button(State.draft.meant, kind="sm", on_click=State.take_meant(0), data_testid="take-all"),
            rx.fragment(),
        ),
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
            button("Go on without them", kind="sm", on_click=State.go_without, data_testid="go-without"),
        ),
    )


def _table() -> rx.Component:
    return rx.cond(
        State.rows.length() == 0,
        empty("No such row", "This draft has no row of this kind.", icon_name="filter"),
        rx.el.div(rx.cond(State.kind == "problem", _problems_table(), _lines_table()), class_name="np-tw"),
    )


def _problems_table() -> rx.Component:
    return rx.el.table(
        rx.el.caption("Rows that cannot be submitted, with their reason"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Row", scope="col", class_name="r"),
                rx.el.th("SKU as read", scope="col"),
                rx.el.th("Price as read", scope="col", class_name="r"),
                rx.el.th("Why it cannot be submitted", scope="col"),
                rx.el.th("", scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(State.rows, _problem)),
        class_name="np-t np-problems",
        custom_attrs={"data-field": "mends"},
        data_testid="problems",
    )


def _problem(row: RowView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.row, class_name="r u"),
        rx.el.td(_mend(row, "sku", row.sku)),
        rx.el.td(_mend(row, "price", row.raw), class_name="r"),
        rx.el.td(
            row.reason,
            rx.cond(
                row.meant != "",
                rx.el.button(
                    "Take ",
                    row.meant,
                    type="button",
                    class_name="btn sm np-meant",
                    on_click=State.take_meant(row.number),
                ),
                rx.fragment(),
            ),
            class_name="why2",
            title=row.reason,
        ),
        rx.el.td(
            rx.el.button(
                "Check",
                type="button",
                class_name="btn sm ghost",
                on_click=State.correct(row.number, _typed(row, "sku"), _typed(row, "price")),
                aria_label=f"Check row {row.row} again",
                custom_attrs={"data-mend": ""},
            ),
            class_name="r act",
        ),
        key=row.key,
        custom_attrs={"data-mended": row.key},
    )


def _mend(row: RowView | rx.Var, name: str, value: rx.Var) -> rx.Component:
    return rx.el.input(
        id=f"mend-{name}-{row.key}",
        default_value=value,
        key=value,
        aria_label=f"{'SKU' if name == 'sku' else 'Price'} in row {row.row}",
        auto_complete="off",
        spell_check=False,
        class_name="np-mend",
    )


def _typed(row: RowView | rx.Var, name: str) -> rx.Var[str]:
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
    return rx.el.table(
        rx.el.caption("Rows of the draft with their verdict"),
        rx.el.thead(rx.el.tr(*[rx.el.th(word, scope="col", class_name=kind) for word, kind in heads])),
        rx.el.tbody(rx.foreach(State.rows, _line)),
        class_name="np-t",
        data_testid="draft-rows",
    )


def _line(row: RowView | rx.Var) -> rx.Component:
    passes = row.passes.units != ""
    return rx.el.tr(
        rx.el.td(row.row, class_name="r u"),
        rx.el.td(row.sku, class_name="sku"),
        product_cell(row.name, row.brand),
        rx.el.td(money(row.old), class_name="r sec"),
        rx.el.td("→", class_name="c2"),
        rx.el.td(money(row.new), class_name="r b"),
        rx.el.td(row.change, class_name="r pc"),
        rx.el.td(status(row.verdict, small=True)),
        rx.el.td(
            _lock(row), _found(row), class_name="fi sec", title=rx.cond(row.lock != "", row.lock, row.found.whole)
        ),
        rx.el.td(
            rx.cond(passes, rx.el.span(money(row.passes), class_name="np-pass"), rx.fragment()),
            class_name="r",
        ),
        rx.el.td(
            rx.cond(
                passes,
                rx.el.button(
                    "Use",
                    type="button",
                    class_name="btn sm ghost",
                    on_click=State.use(row.number),
                    aria_label=f"Use the passing price in row {row.row}",
                    data_row="",
                    custom_attrs={"data-use": ""},
                ),
                rx.fragment(),
            ),
            class_name="r act",
        ),
        key=row.key,
    )


def _lock(row: RowView | rx.Var) -> rx.Component:
    return rx.cond(
        row.lock != "",
        rx.el.span(icon("lock", "s"), rx.el.span(row.lock, class_name="np-lock"), class_name="st t12 warn"),
        rx.fragment(),
    )


def _found(row: RowView | rx.Var) -> rx.Component:
    return rx.cond(
        row.found.number != "",
        rx.fragment(
            row.found.kind,
            " ",
            rx.el.b(row.found.number, class_name=row.found.tone),
            " ",
            rx.el.span(row.found.rest, rx.cond(row.cost.units != "", ", cost ", ""), class_name="u"),
            money(row.cost),
        ),
        rx.fragment(),
    )


def _pager() -> rx.Component:
    first = _here(f"draft={State.draft.id}&rows={State.kind}")
    still = {"preventScrollReset": True}
    return rx.cond(
        (State.next_after != "") | (State.after != ""),
        rx.el.nav(
            rx.cond(
                State.after != "",
                link("First rows", to=first, class_name="btn sm", custom_attrs=still),
                rx.fragment(),
            ),
            rx.cond(
                State.next_after != "",
                link(
                    "Next 100",
                    kbd("]"),
                    to=_here(f"draft={State.draft.id}&rows={State.kind}&after={State.next_after}"),
                    class_name="btn sm",
                    data_hotkey="]",
                    custom_attrs=still,
                ),
                rx.el.span("These are the last rows."),
            ),
            class_name="more",
            aria_label="Pages of rows",
        ),
        rx.fragment(),
    )
