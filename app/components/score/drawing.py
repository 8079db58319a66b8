"""The score, drawn: HTML lanes in percent, one SVG path per area. Values in, component out."""

import reflex as rx

from app.components import avatar, icon, status
from app.components.figures import stretched
from app.components.parts import DRAWN, ORDER, part
from app.components.score.view import Count, Crossing, Dot, LaneDrawing, ScoreView, Segment, Tick, Wait


def score(view: ScoreView | rx.Var) -> rx.Component:
    """Draw the score for wide screens; `small_score` is its form under 720 px."""
    return rx.el.div(
        rx.el.div(
            _under(view),
            _axis(view),
            _people(view),
            _lifecycle(view),
            _seam(view),
            rx.el.div(_heads(view), rx.foreach(view.lanes, _lane), class_name="sc-far"),
            _over(view),
            class_name=rx.cond(view.crossed, "score", "score before"),
            role="img",
            aria_label=view.summary,
            data_testid="score",
        ),
        class_name="sc-wide",
    )


def small_score(view: ScoreView | rx.Var) -> rx.Component:
    """Draw the far side of the seam for narrow screens: one small area per context."""
    return rx.el.div(
        rx.el.div(rx.el.b("Seam "), rx.el.span(view.seam_say, class_name="u"), class_name="seamline"),
        rx.el.div(class_name="barline"),
        rx.cond(view.crossed, rx.el.div(rx.el.span("+0 s"), rx.el.span(view.now_label), class_name="ms-axis")),
        rx.foreach(view.lanes, _small_lane),
        class_name="sc-small",
    )


def legend() -> rx.Component:
    """Say what the marks of the score mean."""
    return rx.fragment(
        *(rx.el.span(rx.el.i(class_name=f"sw f-{one.bar}"), one.word) for one in map(part, DRAWN)),
        rx.el.span(rx.el.i(class_name="tkl"), "a partition's (of 16) last answer"),
        rx.el.span(rx.el.i(class_name="rtl"), "a retry"),
        rx.el.span(rx.el.i("P", class_name="pkl2"), "a parked SKU"),
    )


def _row(kind: str, human: list, machine: list, *, name: str = "", sub: str = "") -> rx.Component:
    return rx.el.div(
        rx.el.div(
            *([rx.el.div(name, class_name="sc-name")] if name else []),
            *([rx.el.div(sub, class_name="sc-sub")] if sub else []),
        ),
        rx.el.div(*human, class_name="sc-h"),
        rx.el.div(*machine, class_name="sc-m"),
        rx.el.div(),
        class_name=f"sc-row {kind}",
    )


def _axis(view: ScoreView | rx.Var) -> rx.Component:
    return _row("sc-axisrow", [rx.foreach(view.human_ticks, _tick)], [rx.foreach(view.ticks, _tick)])


def _tick(tick: Tick | rx.Var) -> rx.Component:
    return rx.el.span(tick.label, class_name=f"sc-t {tick.anchor}", style={"left": tick.left}, key=tick.key)


def _people(view: ScoreView | rx.Var) -> rx.Component:
    nobody = rx.cond(view.people_say != "", rx.el.span(view.people_say, class_name="sc-nobody"))
    human = [rx.foreach(view.waits, _wait), rx.foreach(view.people, _dot)]
    return _row("sc-people", human, [nobody, rx.foreach(view.machine_people, _dot)], name="People")


def _dot(dot: Dot | rx.Var) -> rx.Component:
    mark = avatar(dot.initials, small=True)
    return rx.el.span(mark, class_name="sc-dot", style={"left": dot.left}, title=dot.title, key=dot.key)


def _wait(wait: Wait | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.cond(wait.label != "", rx.el.span(wait.label)),
        class_name="sc-wait",
        style={"left": wait.left, "width": f"calc({wait.width} - 24px)"},
        key=wait.key,
    )


def _lifecycle(view: ScoreView | rx.Var) -> rx.Component:
    human, machine = rx.foreach(view.human_segments, _segment), rx.foreach(view.segments, _segment)
    return _row("sc-life", [human], [machine], name="Lifecycle", sub="one owner")


def _segment(segment: Segment | rx.Var) -> rx.Component:
    small = rx.cond(segment.label == "", " small", "")
    return rx.fragment(
        rx.el.div(
            rx.cond(segment.label == "", icon(segment.icon, "s"), rx.el.span(segment.label)),
            rx.cond(segment.note != "", rx.el.span(segment.note, class_name="note")),
            class_name=f"sc-seg {segment.tone}{small}{rx.cond(segment.open, ' open', '')}",
            style={"left": segment.left, "width": segment.width},
            title=segment.title,
        ),
        rx.cond(
            segment.broken,
            rx.el.div(
                rx.el.i(class_name="sc-cut"),
                class_name="sc-cutbox",
                style={"left": segment.left, "width": segment.width},
            ),
        ),
        rx.cond(
            segment.below != "",
            rx.el.span(
                segment.below,
                class_name="sc-below",
                style={"left": f"calc({segment.left} + {segment.width} / 2)"},
            ),
        ),
        key=segment.key,
    )


def _seam(view: ScoreView | rx.Var) -> rx.Component:
    unheard = rx.cond(view.crossed, rx.fragment(), rx.el.span(view.seam_say, class_name="sc-seamsay"))
    return rx.fragment(
        _row("sc-seamrow", [unheard], [rx.foreach(view.crossings, _event)], name="Seam"),
        rx.el.div(class_name="barline"),
    )


def _event(crossing: Crossing | rx.Var) -> rx.Component:
    up = rx.cond(crossing.row == 1, " up", "")
    return rx.cond(
        crossing.kind == "requested",
        rx.fragment(),
        rx.el.span(
            rx.el.b(crossing.event),
            " ",
            crossing.count,
            class_name=f"sc-ev {crossing.side}{up}",
            style={"left": crossing.left},
            key=crossing.key,
        ),
    )


def _heads(view: ScoreView | rx.Var) -> rx.Component:
    heads = rx.el.div(*[rx.el.span(part(name).word) for name in ORDER], class_name="sc-cols")
    return _row("sc-heads", [rx.cond(view.crossed, heads)], [])


def _count(count: Count | rx.Var) -> rx.Component:
    return rx.el.span(count.value, class_name=count.tone, title=count.name, key=count.name)


def _lane(lane: LaneDrawing | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.div(lane.context, class_name="sc-name"), rx.el.div(lane.does, class_name="sc-sub")),
        rx.el.div(
            rx.cond(
                lane.end.word == "",
                rx.el.span(lane.brief, class_name="sc-deaf"),
                rx.el.div(rx.foreach(lane.counts, _count), class_name="sc-cols"),
            ),
            class_name="sc-h",
        ),
        rx.el.div(_areas(lane, "sc-area"), _ticks(lane), _troubles(lane), class_name="sc-m"),
        rx.el.div(rx.el.span(lane.end.word, class_name=lane.end.tone), class_name="sc-end"),
        class_name="sc-row sc-lane",
        data_testid=f"lane-{lane.context}",
        key=lane.context,
    )


def _areas(lane: LaneDrawing | rx.Var, kind: str) -> rx.Component:
    return stretched(
        "0 0 1000 40",
        rx.el.svg.path(d=lane.applied_area, class_name="a-ok"),
        rx.el.svg.path(d=lane.reverted_area, class_name="a-un"),
        rx.el.svg.path(d=lane.applied_edge, class_name="e-ok"),
        rx.el.svg.path(d=lane.reverted_edge, class_name="e-un"),
        class_name=kind,
    )


def _ticks(lane: LaneDrawing | rx.Var) -> rx.Component:
    return stretched(
        "0 0 1000 6",
        rx.el.svg.path(d=lane.applied_ticks, class_name="ok"),
        rx.el.svg.path(d=lane.reverted_ticks, class_name="undo"),
        class_name="sc-ticks",
    )


def _troubles(lane: LaneDrawing | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.foreach(lane.retry_ticks, lambda left, n: rx.el.i(class_name="sc-rt", style={"left": left}, key=f"r{n}")),
        rx.cond(
            lane.retry_left != "",
            rx.el.i(class_name="sc-rtl", style={"left": lane.retry_left, "width": lane.retry_width}),
        ),
        rx.cond(lane.parked_say != "", _parked(lane)),
    )


def _parked(lane: LaneDrawing | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.i(class_name="sc-pkl", style={"left": lane.parked_left}),
        rx.el.i("P", class_name="sc-pk", style={"left": lane.parked_left}),
        rx.el.span(
            lane.parked_say,
            class_name=f"sc-pks {lane.parked_side}",
            style={"left": lane.parked_left, "maxWidth": lane.parked_room},
            title=lane.parked_say,
        ),
    )


def _under(view: ScoreView | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.foreach(view.ticks, lambda t: rx.el.i(class_name="sc-g", style={"left": t.left}, key=t.key)),
        rx.foreach(view.breaks, _break),
        class_name="sc-over under",
        aria_hidden="true",
    )


def _over(view: ScoreView | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.foreach(view.crossings, _crossing),
        rx.cond(view.now_left != "", _now(view)),
        class_name="sc-over",
        aria_hidden="true",
    )


def _break(gap: Tick | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.i(class_name="sc-gap", style={"left": gap.left}),
        rx.el.i(class_name="sc-brk", style={"left": gap.left}),
        rx.el.span(gap.label, class_name="sc-gapl", style={"left": gap.left}),
        key=gap.key,
    )


def _crossing(crossing: Crossing | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.i(class_name=f"cr {crossing.kind}", style={"left": crossing.left, "--n": crossing.lane}),
        rx.el.i(class_name=f"ring {crossing.kind}", style={"left": crossing.left}),
        rx.cond(
            crossing.kind == "requested",
            rx.el.span(crossing.event, class_name=f"sc-req {crossing.side}", style={"left": crossing.left}),
        ),
        key=crossing.key,
    )


def _now(view: ScoreView | rx.Var) -> rx.Component:
    settled = rx.cond(view.settled, " settled", "")
    return rx.fragment(
        rx.el.i(class_name=f"sc-now{settled}", style={"left": view.now_left}),
        rx.el.span(view.now_label, class_name=f"sc-nowt{settled}", style={"left": f"calc({view.now_left} + 8px)"}),
    )


def _small_lane(lane: LaneDrawing | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.b(lane.context, class_name="b"),
            rx.el.span(class_name="grow"),
            rx.cond(lane.end.word != "", status(lane.end, small=True)),
            class_name="row",
        ),
        rx.cond(lane.end.word != "", _areas(lane, "mini")),
        rx.el.div(lane.brief, class_name="mk"),
        class_name="ms-lane",
        key=lane.context,
    )
