"""The parts every page is built of: values (or Vars of values) in, component out. No part knows a state.

How to use them
---------------
Preformat in the state with `components.format` into the view models of `components.views`. `components.vocabulary` has
the word, icon and tone of every enum, `components.decision` the buttons and dialogs of every action. Then:

    from app.components import button, callout, empty, icon, ledger, link, money, pill, section_head, status, ...
    from app.components import format as shown  # shown.money(18550, "INR")
    from app.components.views import MoneyView, StatusView, RefusalView, FactView, SegmentView
    from app.shell import page, shell                            # the frame with side bar and top bar

    @page(routes.PRICES, "Prices", PricesState.load)              # = rx.page + session + sign-in redirect + title
    def prices() -> rx.Component:
        return shell(..., title="Prices", note=PricesState.note, actions=[button("CSV", icon_name="dl")],
                     keys=(("J", "next"), ("K", "previous")))

marks     icon(name, size="s"|""|"l")   kbd(key)   avatar(initials, small=)   money(MoneyView, symbol=)
          status(StatusView, small=)   pill(StatusView)
          due_chip(DueView, whole=)
controls  button(label, icon_name=, key="A", kind="pri|danger|ghost|sm|sq|wide", on_click=, disabled=, why_id=, busy=)
          button_link(label, to=)   why(words, id=)   link(*children, to=)  <- inside the app; rx.el.a reloads
          segmented(choice(label, to=, on=), label=)   choices(list[ChoiceView], label=)   tabs(choice(...), label=)
          checkbox(label=, checked=, on_change=)   `components.held`: held_input, held_select, held_box
          field(name, label=, type=, bad=)   find_field(placeholder=)
feedback  callout(*words, tone="warn|bad|undo|ok|idle", action=)   refused(RefusalView, within=)   said(words)
          empty(title, sentence, icon_name=, action=, code=)   skeleton_rows(n, items=)
figures   stacked_bar(list[SegmentView], label=)   sparkline(SparkView)   ledger(list[FactView])
          section_head(title, note, *right)
lines     table(caption, *rows, heads=(("SKU", ""), ("Price", "r")))   one_of(every, options, value, on_change)
          price_cells(old, new, arrow_class=)   finding(FoundView)   next_lines("rows", ...)   newer_and_older(...)
dialogs   asking(name, title, *asks, on_submit=, confirm=)   reason(name, label, about=)   closing_head(title, name)
          given_back(key=State.key, sku=...)  <- what a form gives back of what the browser shows
pressed   group(label, press(name, pick, value, word, on), ...)      passwords  password(name, label), answer(id)
address   last_part()  <- what the browser's address names now, beside what it was read for
span      span_fields(SpanForm, fill, offer, prefix=)   <- the state: `states.span.SpanState`
score     `components.score`: a story in, its drawing out
Cells of a table: `class_name="r"` (right), `sku`, `w` (takes the rest and truncates), `sec`, `u` (grey), `b`; wrap a
table that may be wide in `rx.el.div(class_name="tw")`. `rx.cond(x, part)` shows a part or nothing.

Comments and reasons keep their words in the tab until they have arrived: `components.stays`.

Keys (`assets/hotkeys.js`): an element with `data_hotkey="a"` is clicked (an input: focused) by that key; J and K move
between elements with `data_row` (a link or button in each row; `data_row="open"` also clicks it); X ticks the box in
the nearest `data_row_box`; `data_needs="#id"` focuses that empty field instead of clicking. `data_go="p"` = G then P.
Page-only CSS goes to `assets/pages/<page>.css` under the page's own root class.
"""

from app.components.controls import (
    button,
    button_link,
    checkbox,
    choice,
    choices,
    field,
    find_field,
    link,
    segmented,
    tabs,
    why,
)
from app.components.feedback import callout, empty, refused, skeleton_rows
from app.components.figures import ledger, section_head, sparkline, stacked_bar
from app.components.marks import avatar, due_chip, icon, kbd, logo, money, pill, status

__all__ = [
    "avatar", "button", "button_link", "callout", "checkbox", "choice", "choices", "due_chip", "empty", "field",
    "find_field", "icon", "kbd", "ledger", "link", "logo", "money", "pill", "refused", "section_head", "segmented",
    "skeleton_rows", "sparkline", "stacked_bar", "status", "tabs", "why",
]  # fmt: skip
