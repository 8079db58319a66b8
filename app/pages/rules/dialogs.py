"""The dialogs of the rules page. Each is about the set as it was shown when it was opened."""

import reflex as rx

from app.components import refused
from app.components.dialogs import asking, given_back, reason
from app.components.span import moment_fields
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import KindChoice, RefusedRow

V = State.view
LONGEST = 2_000


def dialogs() -> rx.Component:
    """Hold all of them."""
    return rx.fragment(_draft(), _submit(), _return(), _activate(), _rebase(), _drop(), _require(), _bring())


def _draft() -> rx.Component:
    return _dialog(
        "draft",
        "Begin a draft",
        rx.el.p("It begins with the rows of ", _the_set(), ". Nothing judges by it until another owner activates it."),
        _why("draft", "Why there is to be another set", such_as="Freight is dearer since October"),
        on_submit=State.draft,
        confirm="Begin the draft",
        mark="doc",
    )


def _submit() -> rx.Component:
    return _dialog(
        "submit",
        "Submit for review",
        rx.el.p("Another owner reads what ", _the_set(), " says, and activates or returns it."),
        _why("submit", "Why it is to judge, kept in the audit", such_as="What moves, and for whom"),
        on_submit=State.submit,
        confirm="Submit it",
        mark="up",
    )


def _return() -> rx.Component:
    return _dialog(
        "return",
        "Return to the drafters",
        rx.el.p(_the_set(), " becomes a draft again."),
        _why("return", "What is to be changed, kept in the audit", such_as="The floor for Tea is too low"),
        on_submit=State.give_back,
        confirm="Return it",
        mark="back",
    )


def _activate() -> rx.Component:
    return _dialog(
        "activate",
        "Activate these rules",
        rx.el.p(
            "From then on every price is judged by ",
            _the_set(),
            ", what waits is judged again, and the active set retires. Leave the day empty to do it now.",
        ),
        rx.cond(V.may_wait, moment_fields(State.form, State.fill, State.offer, prefix="rules", label="From")),
        _why("activate", "A word on it, kept in the audit", such_as="Agreed with the buyers", required=False),
        on_submit=State.activate,
        confirm="Activate",
        mark="okc",
    )


def _rebase() -> rx.Component:
    return _dialog(
        "rebase",
        "Bring up to date",
        rx.el.p(
            "What the active set has changed since ",
            _the_set(),
            " was drafted comes in; what the draft changes itself stays.",
        ),
        on_submit=State.rebase,
        confirm="Bring it up to date",
        mark="retry",
    )


def _drop() -> rx.Component:
    return _dialog(
        "drop",
        "Drop this set",
        rx.el.p(_the_set(), " is kept to be read and drafted from, and judges nothing."),
        _why("drop", "Why, kept in the audit", such_as="Overtaken by another draft"),
        on_submit=State.drop,
        confirm="Drop it",
        mark="x",
        tone="stop",
    )


def _require() -> rx.Component:
    return _dialog(
        "require",
        "What every product needs",
        rx.el.p("A product without a rule of a kind that is ticked gets no price."),
        rx.el.div(rx.foreach(V.kinds, _kind), class_name="ru-how", key=V.seen),
        on_submit=State.require,
        confirm="Save",
        mark="check",
    )


def _kind(one: KindChoice | rx.Var) -> rx.Component:
    box = rx.el.input(type="checkbox", name="kind." + one.kind, default_checked=one.on, class_name="cb")
    return rx.el.label(box, " ", rx.el.span(one.kind, class_name="kind"), key=one.kind)


def _bring() -> rx.Component:
    return _dialog(
        "bring",
        "Bring rows in",
        rx.el.p(
            "Paste a table from a spreadsheet, or choose a CSV or JSON file as exported. The first row names the"
            " columns; kind and severity are needed, limit_bp and the like are parameters. Either every row is taken,"
            " or none."
        ),
        rx.el.label("Rows", html_for="bring-rows", class_name="f"),
        rx.el.textarea(
            name="rows",
            id="bring-rows",
            class_name="area ru-paste mono",
            required=True,
            spell_check=False,
            placeholder="kind\tseverity\tcategory\tlimit_bp\tid",
            data_testid="bring-rows",
        ),
        rx.el.input(
            type="file",
            accept=".csv,.tsv,.txt,.json",
            aria_label="CSV or JSON file",
            custom_attrs={"data-reads-into": "bring-rows"},
            data_testid="bring-file",
        ),
        rx.el.div(
            _way("beside", "Add to the rows; an id that is there replaces that row", default_checked=True),
            _way("instead", "Put in place of all rows"),
            class_name="ru-how",
        ),
        rx.cond(
            State.bad_rows,
            rx.el.ul(rx.foreach(State.bad_rows, _bad), class_name="ru-badrows", data_testid="bad-rows"),
        ),
        on_submit=State.bring,
        confirm="Take the rows",
        mark="upload",
    )


def _way(value: str, words: str, **props) -> rx.Component:
    return rx.el.label(rx.el.input(type="radio", name="how", value=value, **props), " ", words)


def _bad(row: RefusedRow | rx.Var) -> rx.Component:
    return rx.el.li("Row ", row.row, ": ", row.reason, key=row.row + row.reason)


def _the_set() -> rx.Component:
    return rx.el.b("rule set ", State.asked_number, class_name="b")


def _why(name: str, label: str, *, such_as: str, required: bool = True) -> rx.Component:
    about = f"rules/{name}"
    return reason(f"rules-{name}", label, about=about, max_length=LONGEST, placeholder=such_as, required=required)


def _dialog(name: str, title: str, *asks: rx.Component, **sends) -> rx.Component:
    shown = given_back(
        key=State.key,
        number=State.asked_number.to_string(),
        version=State.asked_version.to_string(),
        seen=State.asked_seen,
    )
    return asking(f"rules-{name}", title, shown, *asks, refused(State.refusal), **sends)
