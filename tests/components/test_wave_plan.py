"""A wave plan as it is typed: what the lifecycle gets, what the preview shows, and why something is no plan."""

import pytest

from app.canary.evidence import Direction
from app.canary.waves import preview, suggest
from app.components import wave_plan
from app.components.wave_plan import FIRST_STEPS, LimitsView, MeasureRow, NotAPlan, WaveAsTyped, plan_from

LINES = [(f"S{n:04}", "Tea" if n % 4 else "Coffee", "Kettle") for n in range(1_000)]
REST = FIRST_STEPS[-1]


def test_shares_are_cumulative_and_the_last_wave_takes_the_rest():
    plan = plan_from(FIRST_STEPS, LimitsView(), [])
    view = wave_plan.show(plan, preview(plan, LINES, salt="draft"))

    assert [wave.share_bp for wave in plan.waves] == [500, 2_500, 10_000]
    assert [row.takes for row in view.rows] == ["up to 5 %", "up to 25 %", "all that is left"]
    assert sum(int(row.lines.replace(",", "")) for row in view.rows) == 1_000
    assert view.say == "The last wave goes out 20 min after the first, if every guard passes."


def test_a_wave_may_name_categories_with_commas_between():
    plan = plan_from(
        [WaveAsTyped(key="a", number="1", takes="category", what="coffee , Cocoa"), REST], LimitsView(), []
    )

    assert plan.waves[0].selector is not None
    assert plan.waves[0].selector.categories == ("coffee", "Cocoa")
    assert preview(plan, LINES, salt="draft")[0].lines == 250


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (WaveAsTyped(number="1", what="half"), "a percentage"),
        (WaveAsTyped(number="1", what="100"), "less than 100 %"),
        (WaveAsTyped(number="1", what="5", bake="soon"), "a time to bake"),
        (WaveAsTyped(number="1", what="5", bake="9999", unit="h"), "30 days"),
        (WaveAsTyped(number="1", takes="brand", what=" , "), "names nothing yet"),
    ],
)
def test_what_is_no_plan_is_said_in_words(step, words):
    with pytest.raises(NotAPlan, match=words):
        plan_from([step, REST], LimitsView(), [])


def test_shares_that_do_not_grow_are_refused():
    steps = [WaveAsTyped(number="1", what="25"), WaveAsTyped(number="2", what="5"), REST]

    with pytest.raises(NotAPlan, match="larger than the one before"):
        plan_from(steps, LimitsView(), [])


def test_guards_and_measures_are_read_in_percent():
    row = MeasureRow(name="Revenue per visit", tolerance="2.5", sample="1,000", direction="at least")
    guards = wave_plan.guards_from(LimitsView(applied="98.5", parked="1"), [row, MeasureRow()])

    assert (guards.applied_min_bp, guards.parked_max_bp) == (9_850, 100)
    [measure] = guards.measures
    assert (measure.name, measure.direction, measure.limit_bp) == ("revenue per visit", Direction.AT_LEAST, -250)
    with pytest.raises(NotAPlan, match="cannot name a measure"):
        wave_plan.guards_from(LimitsView(), [MeasureRow(name="%%%")])


def test_a_suggested_plan_can_be_taken_over_and_typed_again():
    suggested = suggest(27_555, 2_966, -3_520)
    assert suggested is not None

    typed = plan_from(wave_plan.steps_of(suggested), LimitsView(), [])

    assert typed.waves == suggested.waves
