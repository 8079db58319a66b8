"""What the guards say of a wave: exactly, in words, and never PASS for something nobody could read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.canary.evidence import (
    ContextCounts,
    Direction,
    Evidence,
    GuardLimits,
    Judgement,
    Measure,
    MeasureLimit,
    Outcome,
    Reading,
    WaveGuard,
)
from app.canary.wave_guards import judge

PUBLISHED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINES = 1_361
LIMITS = GuardLimits()
PASS, UNCLEAR, BREACH = Outcome.PASS, Outcome.UNCLEAR, Outcome.BREACH


def counts(
    *, applied: int = LINES, ignored: int = 0, parked: int = 0, retrying: int = 0, pending: int = 0
) -> ContextCounts:
    return ContextCounts(applied=applied, ignored=ignored, parked=parked, retrying=retrying, pending=pending)


def evidence(
    *,
    lines: int = LINES,
    catalog: ContextCounts | None = None,
    search: ContextCounts | None = None,
    rollback_requests: int = 0,
    landed_after_ms: int | None = 14_200,
    estimate_ms: int | None = 9_000,
    measures: tuple[Measure, ...] = (),
) -> Evidence:
    contexts = {"catalog": catalog or counts(applied=lines), "search": search or counts(applied=lines)}
    return Evidence(
        lines=lines,
        published_at=PUBLISHED,
        contexts=contexts,
        rollback_requests=rollback_requests,
        landed_after_ms=landed_after_ms,
        estimate_ms=estimate_ms,
        measures=measures,
    )


def limits(
    *,
    direction: Direction = Direction.AT_LEAST,
    tolerance_bp: int = 500,
    min_sample: int = 1_000,
    required: bool = True,
) -> GuardLimits:
    conversion = MeasureLimit(
        name="conversion",
        direction=direction,
        tolerance_bp=tolerance_bp,
        min_sample=min_sample,
        required=required,
    )
    return GuardLimits(measures=(conversion,))


def conversion(treated: str, control: str = "0.0400", *, sample: int = 12_400, minutes: int = 20) -> Measure:
    at = PUBLISHED + timedelta(minutes=minutes)
    return Measure(name="conversion", treated=Decimal(treated), control=Decimal(control), sample=sample, at=at)


def reading(judgement: Judgement, guard: WaveGuard, about: str = "") -> Reading:
    (only,) = (r for r in judgement.readings if r.guard is guard and r.about == about)
    return only


def test_a_wave_that_landed_well_passes_and_says_so() -> None:
    judged = judge(LIMITS, evidence(catalog=counts(applied=1_355, parked=6)))
    assert judged.outcome is PASS
    assert [r.sentence for r in judged.readings] == [
        "catalog applied 99.5 % of 1,361, the limit is 99.0 %.",
        "search applied 100.0 % of 1,361, the limit is 99.0 %.",
        "catalog parked 6 of 1,361 (0.5 %), the limit is 0.5 %.",
        "search parked 0 of 1,361 (0.0 %), the limit is 0.5 %.",
        "No rollback was requested, the limit is 0.",
        "It landed after 14.2 s, the limit is 36.0 s (estimated 9.0 s).",
    ]


def test_too_many_parked_breach_in_that_context_alone() -> None:
    judged = judge(LIMITS, evidence(search=counts(applied=1_354, parked=7)))
    assert judged.outcome is BREACH
    assert [r.sentence for r in judged.deciding] == ["search parked 7 of 1,361 (0.6 %), the limit is 0.5 %."]


def test_an_applied_share_that_can_no_longer_be_reached_breaches_before_everything_has_landed() -> None:
    judged = judge(LIMITS, evidence(catalog=counts(applied=1_300, parked=20, pending=41), landed_after_ms=None))
    applied = reading(judged, WaveGuard.APPLIED, "catalog")
    assert (judged.outcome, applied.outcome) == (BREACH, BREACH)
    assert applied.sentence == "catalog applied 95.5 % of 1,361 (41 still open), the limit is 99.0 %."


def test_a_newer_price_that_was_already_there_is_no_failure() -> None:
    applied = reading(judge(LIMITS, evidence(catalog=counts(applied=1_000, ignored=361))), WaveGuard.APPLIED, "catalog")
    assert applied.outcome is PASS
    assert applied.sentence == (
        "catalog applied 100.0 % of 1,000 (361 ignored because a newer price was there), the limit is 99.0 %."
    )


def test_a_wave_of_which_every_line_was_ignored_shows_nothing() -> None:
    assert judge(LIMITS, evidence(catalog=counts(applied=0, ignored=LINES))).outcome is UNCLEAR


def test_what_has_not_landed_is_unclear_and_names_who_is_late() -> None:
    judged = judge(LIMITS, evidence(search=counts(applied=1_359, retrying=1, pending=1), landed_after_ms=None))
    assert judged.outcome is UNCLEAR
    assert [r.sentence for r in judged.deciding] == ["2 of 2,722 deliveries not landed yet: search 2."]


def test_a_silent_context_is_unclear() -> None:
    judged = judge(LIMITS, evidence(search=counts(applied=0, pending=LINES), landed_after_ms=None))
    assert judged.outcome is UNCLEAR
    assert reading(judged, WaveGuard.REPORTED, "search").sentence == "search has said nothing about 1,361 lines."


def test_counts_that_do_not_add_up_are_unclear() -> None:
    judged = judge(LIMITS, evidence(search=counts(applied=1_360)))
    assert judged.outcome is UNCLEAR
    assert [r.sentence for r in judged.deciding] == ["search accounts for 1,360 of 1,361 lines."]


def test_a_wave_without_lines_or_without_contexts_is_unclear() -> None:
    nobody = evidence().model_copy(update={"contexts": {}})
    assert judge(LIMITS, nobody).outcome is UNCLEAR
    assert judge(LIMITS, evidence(lines=0)).outcome is UNCLEAR


def test_one_rollback_request_breaches() -> None:
    judged = judge(LIMITS, evidence(rollback_requests=1))
    assert [r.sentence for r in judged.deciding] == ["1 rollback was requested, the limit is 0."]
    assert judged.outcome is BREACH


@pytest.mark.parametrize(
    ("landed", "estimate", "outcome"),
    [
        (36_000, 9_000, PASS),
        (36_001, 9_000, BREACH),
        (10_000, 12, PASS),
        (10_001, 12, BREACH),
        (None, 9_000, UNCLEAR),
        (14_000, None, UNCLEAR),
        (14_000, 0, UNCLEAR),
    ],
)
def test_landing_is_held_against_the_estimate_but_never_late_within_the_floor(
    landed: int | None, estimate: int | None, outcome: Outcome
) -> None:
    assert judge(LIMITS, evidence(landed_after_ms=landed, estimate_ms=estimate)).outcome is outcome


@pytest.mark.parametrize(
    ("direction", "treated", "outcome", "sentence"),
    [
        (
            Direction.AT_LEAST,
            "0.0380",
            PASS,
            "5.0 % below the control (0.0380 against 0.0400), the limit is 5.0 % below",
        ),
        (Direction.AT_LEAST, "0.03799999", BREACH, "5.1 % below the control (0.03799999 against 0.0400)"),
        (Direction.AT_LEAST, "0.0409", PASS, "2.2 % above the control"),
        (Direction.AT_LEAST, "-0.01", BREACH, "125.0 % below the control"),
        (Direction.AT_LEAST, "0.0400", PASS, "level with the control"),
        (
            Direction.AT_MOST,
            "0.0420",
            PASS,
            "5.0 % above the control (0.0420 against 0.0400), the limit is 5.0 % above",
        ),
        (Direction.AT_MOST, "0.04200001", BREACH, "5.1 % above the control"),
        (Direction.AT_MOST, "0.0391", PASS, "2.2 % below the control"),
    ],
)
def test_a_measure_is_compared_with_its_control(
    direction: Direction, treated: str, outcome: Outcome, sentence: str
) -> None:
    judged = judge(limits(direction=direction), evidence(measures=(conversion(treated),)))
    assert judged.outcome is outcome
    assert sentence in reading(judged, WaveGuard.MEASURE, "conversion").sentence


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ((), "Nobody has posted conversion since the wave was published, and the plan requires it."),
        ((conversion("0.05", minutes=-1),), "Nobody has posted conversion since"),
        ((conversion("0.05", sample=999),), "but on 999 observations, and the plan asks for 1,000."),
        ((conversion("0.01", sample=999),), "but on 999 observations"),
        ((conversion("0.05", "0"),), "conversion has a control of 0, which nothing can be compared with."),
        ((conversion("0.05", "-0.01"),), "a control of -0.01"),
    ],
)
def test_a_measure_that_cannot_be_read_is_unclear(posted: tuple[Measure, ...], said: str) -> None:
    judged = judge(limits(), evidence(measures=posted))
    assert judged.outcome is UNCLEAR
    assert said in reading(judged, WaveGuard.MEASURE, "conversion").sentence


def test_an_optional_measure_may_stay_away_but_counts_once_it_is_there() -> None:
    optional = limits(required=False)
    assert judge(optional, evidence()).outcome is PASS
    assert judge(optional, evidence(measures=(conversion("0.01"),))).outcome is BREACH
    assert judge(optional, evidence(measures=(conversion("0.05", sample=1),))).outcome is UNCLEAR


def test_the_newest_measure_counts_and_of_two_at_once_the_worse() -> None:
    better_later = (conversion("0.01", minutes=5), conversion("0.05", minutes=30))
    at_once = (conversion("0.05"), conversion("0.01"))
    assert judge(limits(), evidence(measures=better_later)).outcome is PASS
    assert judge(limits(), evidence(measures=at_once)).outcome is BREACH


def test_a_breach_beats_unclear() -> None:
    judged = judge(
        limits(), evidence(search=counts(applied=0, pending=LINES), rollback_requests=2, landed_after_ms=None)
    )
    assert {r.outcome for r in judged.readings} == {PASS, UNCLEAR, BREACH}
    assert judged.outcome is BREACH


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "1" * 25])
def test_a_measure_that_is_not_a_plain_number_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Measure.model_validate({"name": "conversion", "treated": value, "control": "1", "sample": 1, "at": PUBLISHED})


@pytest.mark.parametrize(
    "broken", ['{"applied_min_bp": 10001}', '{"parked_max_bp": -1}', '{"rolled_back_max": true}', '{"parked_max": 1}']
)
def test_limits_outside_their_range_are_refused(broken: str) -> None:
    with pytest.raises(ValidationError):
        GuardLimits.model_validate_json(broken)


def test_a_measure_has_one_limit() -> None:
    (one,) = limits().measures
    with pytest.raises(ValidationError, match="conversion has more than one limit"):
        GuardLimits(measures=(one, one))


def test_a_judgement_survives_its_json() -> None:
    judged = judge(limits(), evidence(measures=(conversion("0.039"),)))
    assert Judgement.model_validate_json(judged.model_dump_json()) == judged
    seen = evidence(measures=(conversion("0.039"),))
    assert Evidence.model_validate_json(seen.model_dump_json()) == seen


some = st.integers(0, 30) | st.integers(0, 100_000)
contexts = st.builds(ContextCounts, applied=some, ignored=some, parked=some, retrying=some, pending=some)


@settings(max_examples=400, deadline=None)
@given(contexts, st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_shares_are_judged_as_fractions_say(seen: ContextCounts, least: int, most: int) -> None:
    lines = seen.heard + seen.pending
    shown = evidence(lines=lines, catalog=seen)
    judged = judge(GuardLimits(applied_min_bp=least, parked_max_bp=most), shown)
    applied, parked = (reading(judged, guard, "catalog").outcome for guard in (WaveGuard.APPLIED, WaveGuard.PARKED))
    tried = lines - seen.ignored
    if tried:
        best, sure = Fraction(seen.applied + seen.open, tried), Fraction(seen.applied, tried)
        floor = Fraction(least, 10_000)
        assert applied is (BREACH if best < floor else PASS if sure >= floor else UNCLEAR)
    if lines:
        ceiling = Fraction(most, 10_000)
        worst, sure = Fraction(seen.parked + seen.open, lines), Fraction(seen.parked, lines)
        assert parked is (BREACH if sure > ceiling else PASS if worst <= ceiling else UNCLEAR)


@settings(max_examples=400, deadline=None)
@given(contexts, st.booleans(), st.sampled_from([None, 0, 14_200]), st.sampled_from([None, 0, 9_000]), st.booleans())
def test_nothing_fails_open(
    seen: ContextCounts, whole: bool, landed: int | None, estimate: int | None, posted: bool
) -> None:
    lines = seen.heard + seen.pending + (0 if whole else 1)
    measures = (conversion("0.05"),) if posted else ()
    shown = evidence(lines=lines, catalog=seen, landed_after_ms=landed, estimate_ms=estimate, measures=measures)
    judged = judge(limits(), shown)
    readable = lines and whole and not seen.open and seen.heard > seen.ignored and posted
    if judged.outcome is PASS:
        assert readable
        assert landed is not None
        assert estimate


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(-10, 10, places=6),
    st.decimals(Decimal("0.000001"), 10, places=6),
    st.integers(0, 10_000),
    st.sampled_from(Direction),
)
def test_a_shown_distance_lies_on_the_same_side_of_the_limit_as_the_exact_one(
    treated: Decimal, control: Decimal, tolerance: int, direction: Direction
) -> None:
    posted = conversion(str(treated), str(control))
    shown = reading(
        judge(limits(direction=direction, tolerance_bp=tolerance), evidence(measures=(posted,))),
        WaveGuard.MEASURE,
        "conversion",
    )
    assert shown.observed is not None
    assert shown.limit is not None
    inside = shown.observed >= shown.limit if direction is Direction.AT_LEAST else shown.observed <= shown.limit
    assert inside is (shown.outcome is PASS)
