"""Numbers that are drawn: bars, sparklines, ledgers. A number always stands beside the drawing."""

import reflex as rx

from app.components.views import FactView, SegmentView, SparkView


def stacked_bar(segments: list[SegmentView] | rx.Var, *, label: str | rx.Var) -> rx.Component:
    """Draw parts of a whole (make the parts with `format.segments`); `label` says it in words."""
    return rx.el.div(
        rx.foreach(segments, _segment) if isinstance(segments, rx.Var) else [_segment(s) for s in segments],
        class_name="bar",
        role="img",
        aria_label=label,
    )


def _segment(segment: SegmentView | rx.Var) -> rx.Component:
    return rx.el.i(
        class_name=f"f-{segment.tone}", style={"width": segment.width}, title=segment.title, key=segment.tone
    )


def sparkline(view: SparkView | rx.Var) -> rx.Component:
    """Draw the last minute of a rate."""
    return stretched(
        "0 0 100 22", rx.el.svg.path(d=view.area, class_name="a"), rx.el.svg.path(d=view.line), class_name="spark"
    )


def stretched(box: str, *paths: rx.Component, **props) -> rx.Component:
    """Draw paths of a box over all the room there is; what they say is said in words beside them."""
    return rx.el.svg(*paths, view_box=box, preserve_aspect_ratio="none", aria_hidden="true", **props)


def ledger(facts: list[FactView] | rx.Var, *, plain: bool = False, **props) -> rx.Component:
    """Show facts as a ledger: label left, value right (`plain`: without rules between the rows)."""
    rows = rx.foreach(facts, _fact) if isinstance(facts, rx.Var) else [_fact(fact) for fact in facts]
    return rx.el.dl(rows, class_name="kv plain" if plain else "kv", **props)


def _fact(fact: FactView | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label),
        rx.el.dd(fact.value, " ", rx.el.span(fact.note, class_name="u"), class_name=fact.tone),
        key=fact.label,
    )


def product_cell(name: str | rx.Var, brand: str | rx.Var = "") -> rx.Component:
    """Name a product in a table; what finds no room is cut at its end, in whichever direction it is written."""
    return rx.el.td(name, " ", rx.el.span(brand, class_name="u"), class_name="w named", title=name, dir="auto")


def section_head(title: str | rx.Var, note: str | rx.Var = "", *extra, level: str = "h2", **props) -> rx.Component:
    """Head a section: a title, a grey note, and what stands at the right (`class_name="go"`)."""
    props["class_name"] = f"sec-h {props.get('class_name', '')}".strip()
    heading = rx.el.h3 if level == "h3" else rx.el.h2
    return rx.el.div(heading(title), rx.el.span(note, class_name="k"), *extra, **props)
