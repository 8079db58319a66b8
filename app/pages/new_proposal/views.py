"""The views of the New proposal page: the form, the lines, the dry run, and the bar that submits."""

import reflex as rx

from app import routes
from app.components import (
    button,
    choice,
    empty,
    icon,
    link,
    money,
    refused,
    segmented,
    stacked_bar,
    status,
    tabs,
    why,
)
from app.components.held import typed_in
from app.components.marks import kbd
from app.pages.new_proposal import timing_views, wave_views, weight_views
from app.pages.new_proposal.foresight_views import foresight
from app.pages.new_proposal.showing import CountView, RowView
from app.pages.new_proposal.state import NewProposalState as State

GRID_ROWS = 6


def _here(query: str) -> rx.Var:
    return rx.Var.create(f"{routes.NEW_PROPOSAL}?{query}")


# form


def form() -> rx.Component:
    """Ask for the reason, the moment, and how the lines come."""
    return rx.fragment(
        rx.el.div(_reason(), timing_views.choices(), _mode(), class_name="np-form"), timing_views.moments()
    )


def _reason() -> rx.Component:
    return rx.el.div(
        rx.el.label("Reason", html_for="reason", class_name="f"),
        rx.el.div(
            rx.el.input(
                id="reason",
                name="reason",
                default_value=State.reason,
                placeholder="Why these prices change, in a sentence",
                max_length=500,
                auto_complete="off",
                on_blur=State.note_reason,
                aria_describedby="reason-bad",
                data_testid="reason",
            ),
            class_name="field",
            data_bad=rx.cond(State.reason_bad, "true", "false"),
        ),
        rx.el.span(
            rx.cond(State.reason_bad, "Say in a sentence why these prices change.", ""),
            id="reason-bad",
            class_name="np-bad",
            role="alert",
        ),
    )


def _mode() -> rx.Component:
    return rx.el.div(
        rx.el.span("Lines", class_name="f np-lab"),
        segmented(
            choice(
                "Type or paste",
                to=_here("mode=type"),
                on=(State.mode == "type") & ((State.draft.id == "") | State.draft.pasted),
            ),
            choice(
                "CSV or XLSX",
                to=_here("mode=file"),
                on=rx.cond(State.draft.id == "", State.mode == "file", ~State.draft.pasted),
                data_testid="mode-file",
            ),
            label="How the lines come",
        ),
    )


# lines


def lines_in() -> rx.Component:
    """Take lines: typed, pasted, or a file."""
    return rx.cond(State.mode == "file", _drop(), _type())


def _progress() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.i(custom_attrs={"data-up": "bar"}),
            class_name="np-prog",
            role="progressbar",
            aria_label="Upload",
            aria_value_min=0,
            aria_value_max=100,
        ),
        rx.el.span(custom_attrs={"data-up": "words"}, role="status"),
        class_name="np-up",
    )


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
            rx.el.button("Choose a file", type="button", class_name="btn pri", custom_attrs={"data-pick": ""}),
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
        _progress(),
        rx.el.p(class_name="np-err", role="alert", custom_attrs={"data-up": "error"}),
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
                default_value=State.typed,
                key=State.typed_key,
                aria_label="Lines, SKU and price",
                data_testid="paste",
            ),
        ),
        rx.el.div(
            rx.el.h3("Or type them"),
            _grid(),
            rx.el.div(
                rx.el.button(
                    "Check the lines",
                    type="button",
                    class_name="btn pri",
                    custom_attrs={"data-send-typed": ""},
                    data_testid="check",
                ),
                rx.el.span(kbd("Ctrl"), kbd("↵"), class_name="np-hints"),
                class_name="row np-go",
            ),
            _progress(),
            rx.el.p(class_name="np-err", role="alert", custom_attrs={"data-up": "error"}),
        ),
        class_name="np-in",
        custom_attrs={"data-up-host": ""},
    )


def _grid() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Lines to type"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(scope="col"),
                    rx.el.th("SKU", scope="col"),
                    rx.el.th("New price", scope="col", class_name="r"),
                )
            ),
            rx.el.tbody(*[_grid_row(n) for n in range(1, GRID_ROWS + 1)]),
        ),
        class_name="np-grid",
    )


def _grid_row(n: int) -> rx.Component:
    return rx.el.tr(
        rx.el.td(str(n), class_name="n"),
        rx.el.td(rx.el.input(aria_label=f"SKU {n}", auto_complete="off", spell_check=False), class_name="sku"),
        rx.el.td(rx.el.input(aria_label=f"Price {n}", auto_complete="off", input_mode="decimal"), class_name="p"),
        custom_attrs={"data-line": ""},
    )


def draft_ready() -> rx.Component:
    """Hold the button by which `upload.js` says that a draft is ready (hidden from everybody)."""
    return rx.el.button(
        id="draft-ready",
        type="button",
        hidden=True,
        aria_hidden="true",
        tab_index=-1,
        on_click=rx.call_script("window.batonUpload.draft", callback=State.opened),
    )


def draft_unsure() -> rx.Component:
    """Hold the button by which `upload.js` says that a file could be read in several ways (hidden from everybody)."""
    return rx.el.button(
        id="draft-unsure",
        type="button",
        hidden=True,
        aria_hidden="true",
        tab_index=-1,
        on_click=rx.call_script("window.batonUpload.refused", callback=State.not_read),
    )


# dry run


def dry_run(as_read: rx.Component) -> rx.Component:
    """Show what would become of every row, after how they were read."""
    return rx.fragment(
        _file_bar(),
        as_read,
        _counts(),
        _callout(),
        foresight(),
        weight_views.locks(),
        weight_views.weight(),
        wave_views.section(),
        _kind_tabs(),
        _tools(),
        _table(),
        _pager(),
    )


def _file_bar() -> rx.Component:
    draft = State.draft
    return rx.el.div(
        icon(rx.cond(draft.pasted, "doc", "file")),
        rx.el.b(draft.name, class_name="b"),
        rx.cond(draft.about != "", rx.el.span(draft.about, class_name="u"), rx.fragment()),
        rx.el.span(draft.rows, rx.cond(draft.rows == "1", " row", " rows"), class_name="u"),
        rx.cond(
            draft.problems == 0,
            rx.el.span(icon("okc", "s"), draft.problems_say, class_name="st t12 ok"),
            rx.el.span(icon("oct", "s"), draft.problems_say, class_name="st t12 bad"),
        ),
        rx.el.span(class_name="grow"),
        rx.cond(
            draft.pasted,
            link("Edit the lines", to=_here(f"mode=type&from={draft.id}"), class_name="btn sm ghost"),
            link("Replace the file", to=_here("mode=file"), class_name="btn sm ghost"),
        ),
        class_name="np-bar",
    )


def _counts() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.foreach(State.draft.counts, _count),
            rx.el.div(
                rx.el.span("Rows", class_name="st"),
                rx.el.b(State.draft.rows),
                rx.el.span(State.draft.rule_set),
                class_name="np-vd sum",
            ),
            class_name="np-vds",
        ),
        stacked_bar(State.draft.bar, label=State.draft.bar_label),
        class_name="np-vs",
        aria_label="Dry run",
        data_testid="counts",
    )


def _count(count: CountView | rx.Var) -> rx.Component:
    return rx.el.div(
        status(count.status),
        rx.el.b(count.number, class_name=count.tone, data_testid=f"count-{count.kind}"),
        rx.el.span(count.note),
        class_name="np-vd",
        key=count.kind,
    )


def _callout() -> rx.Component:
    out = State.outcome
    return rx.el.div(
        icon(rx.match(out.tone, ("bad", "oct"), ("warn", "info"), ("ok", "okc"), "info")),
        rx.el.p(rx.el.b(out.lead, class_name="b"), " ", out.rest, class_name="grow"),
        rx.cond(
            State.draft.choice,
            rx.el.div(
                _mixed("together", "Together"),
                _mixed("split", "Split"),
                class_name="seg",
                role="group",
                aria_label="Lines with different verdicts",
            ),
            rx.fragment(),
        ),
        class_name=f"np-call call {out.tone}",
        role="status",
        data_testid="outcome",
    )


def _mixed(value: str, word: str) -> rx.Component:
    return rx.el.button(
        word,
        type="button",
        aria_pressed=rx.cond(State.mixed == value, "true", "false"),
        on_click=State.choose_mixed(value),
        data_testid=f"mixed-{value}",
    )


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
        custom_attrs={"data-mended": ""},
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
        rx.el.td(row.name, " ", rx.el.span(row.brand, class_name="u"), class_name="w", title=row.name),
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


# submit


def submit_bar() -> rx.Component:
    """Say what submitting does, and do it."""
    refused_as_is = State.foreseen_bad != ""
    shut = ((State.draft.problems > 0) & ~State.without) | (State.outcome.lines == 0) | refused_as_is
    return rx.el.div(
        rx.el.div(
            rx.el.b(State.outcome.foot_lead),
            " ",
            rx.el.span(State.outcome.foot, timing_views.foot(), wave_views.foot(), class_name="sec"),
            class_name="grow",
        ),
        rx.cond(
            (State.draft.problems > 0) & ~State.without,
            why("Look at the bad rows first, then go on without them", id="why-submit", data_testid="why"),
            rx.cond(
                State.outcome.lines == 0,
                why("No row changes a price", id="why-submit"),
                rx.cond(
                    refused_as_is,
                    why("Refused as it stands; the reason is above", id="why-submit"),
                    rx.el.span(kbd("Ctrl"), kbd("↵"), " submit", class_name="np-hints"),
                ),
            ),
        ),
        button(
            rx.cond(State.submitting, "Submitting", State.outcome.button),
            kind="pri",
            icon_name=rx.cond(State.submitting, "dash", "send"),
            on_click=[State.note_reason(typed_in("reason")), State.submit],
            disabled=shut,
            busy=State.submitting,
            why_id="why-submit",
            data_testid="submit",
            custom_attrs={"data-submit-proposal": ""},
        ),
        class_name="np-sub",
    )


def refusal() -> rx.Component:
    """Say why the last attempt was refused; nothing was submitted."""
    return rx.cond(State.refusal.title != "", rx.el.div(refused(State.refusal), class_name="np-refused"), rx.fragment())


def already() -> rx.Component:
    """Say that this draft was submitted before."""
    return rx.cond(
        State.draft.submitted_as != "",
        rx.el.div(
            icon("info"),
            rx.el.p(
                "This draft was submitted as ",
                link(State.draft.submitted_as, to=f"/proposals/{State.draft.submitted_as}", class_name="lk"),
                ". Submitting it again makes another proposal.",
                class_name="grow",
            ),
            class_name="np-call call idle",
        ),
        rx.fragment(),
    )


def not_for_you() -> rx.Component:
    """Say who may submit."""
    return empty(
        "Only analysts submit proposals",
        "Your roles do not let you submit. Ask an owner for the analyst role, or look at what was proposed.",
        icon_name="lock",
        code="not_allowed",
        action=link("All proposals", to=routes.PROPOSALS, class_name="btn"),
    )


def lost() -> rx.Component:
    """Say that the draft of this address is gone."""
    return rx.cond(
        State.lost,
        rx.el.div(
            icon("info"),
            rx.el.p(
                rx.el.b("This draft is gone.", class_name="b"),
                " Drafts are kept for seven days, and only their owner sees them. Bring the lines again.",
                class_name="grow",
            ),
            class_name="np-call call warn",
            role="status",
        ),
        rx.fragment(),
    )
