"""The picture beside the sign-in form: the score, in one drawing."""

import reflex as rx

LANES = (
    ("catalog", 196, 318, 386),
    ("search", 236, 322, 426),
    ("analytics", 276, 326, 374),
    ("whoever subscribes next", 316, 330, 570),
)
PARTITIONS = 16


def score() -> rx.Component:
    """Draw people and rules above the seam, one lane per system below it."""
    svg = rx.el.svg
    return svg(
        svg.path(class_name="l", d="M0 60H300M0 104H300"),
        svg.circle(class_name="d", cx="24", cy="60", r="5"),
        svg.path(class_name="w", d="M36 60H226"),
        svg.circle(class_name="d", cx="240", cy="60", r="5"),
        svg.rect(class_name="s", x="24", y="92", width="276", height="24", rx="3"),
        svg.path(class_name="s1", d="M0 150H620"),
        svg.path(class_name="s2", d="M0 154.5H620"),
        svg.path(class_name="c", d="M300 104V330"),
        svg.circle(class_name="n", cx="300", cy="152", r="4.5"),
        *[part for lane in LANES for part in _lane(*lane)],
        svg.text("People and rules decide, in order.", x="0", y="40"),
        svg.text("Every system follows, by itself.", x="300", y="352"),
        view_box="0 0 620 360",
        class_name="art",
        aria_hidden="true",
    )


def _lane(name: str, y: int, first: int, last: int) -> tuple[rx.Component, ...]:
    ticks = " ".join(
        f"M{first + (last - first) * (n / (PARTITIONS - 1)) ** 0.8:.1f} {y - 9}v9" for n in range(PARTITIONS)
    )
    return (
        rx.el.svg.path(class_name="l", d=f"M300 {y}H620"),
        rx.el.svg.text(name, x="284", y=str(y + 1), text_anchor="end"),
        rx.el.svg.path(class_name="t", d=ticks),
    )
