"""Which SKU goes in which wave: as planned, always the same, and for no other reason than the plan and the salt."""

import subprocess
import sys
from collections import Counter
from hashlib import blake2b
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.canary.evidence import Direction, GuardLimits, MeasureLimit
from app.canary.waves import BrokenWavePlan, Selector, Wave, WavePlan, assign, draw, preview, suggest

GOLDEN = "[3, 3, 2, 1, 2, 3, 2, 3, 3, 3, 2, 2, 3, 2, 3, 1, 3, 2, 3, 3, 2, 2, 3, 3]"
SALT = "0192f0c1-7a55-7000-8000-000000000001"
MILLION = 1_000_000


def shares(*cumulative: int) -> WavePlan:
    return WavePlan(waves=tuple(Wave(share_bp=share, bake_seconds=60) for share in cumulative))


def first(selector: Selector) -> WavePlan:
    named = Wave(selector=selector, bake_seconds=60)
    return WavePlan(waves=(named, Wave(share_bp=5_000, bake_seconds=60), Wave(share_bp=10_000, bake_seconds=0)))


def tea(*skus: str) -> list[tuple[str, str, str]]:
    return [(sku, "Tea", "Kettle") for sku in skus]


def test_a_million_skus_split_as_planned_every_time_and_quickly() -> None:
    lines = [(f"SKU-{number:07d}", "Tea", "Kettle") for number in range(MILLION)]
    plan = shares(500, 2_500, 10_000)
    began = process_time()
    numbers = assign(plan, lines, salt=SALT)
    took = process_time() - began
    began = process_time()
    assert all(blake2b(sku.encode(), digest_size=8).digest() for sku, _, _ in lines)
    bare = process_time() - began
    taken = Counter(numbers)
    assert [abs(taken[n] - planned) <= 5_000 for n, planned in ((1, 50_000), (2, 200_000), (3, 750_000))] == [True] * 3
    assert assign(plan, reversed(lines), salt=SALT) == numbers[::-1]
    assert took < 6 * bare, "splitting costs little more than one hash of each SKU"
    print(f"\n1,000,000 SKUs in {took:.2f} s of one core: {dict(sorted(taken.items()))}")


@pytest.mark.parametrize("spelling", ["{:08d}", "40{:011d}", "SKU{}", "{}-é", "A/B/{:x}"])
@pytest.mark.parametrize("salt", [SALT, "PC-2"])
def test_every_way_of_numbering_products_splits_evenly(spelling: str, salt: str) -> None:
    lines = [(spelling.format(number), "", "") for number in range(0, 700_000, 7)]
    taken = Counter(assign(shares(100, 1_000, 5_000, 10_000), lines, salt=salt))
    for number, planned in ((1, 1_000), (2, 9_000), (3, 40_000), (4, 50_000)):
        assert abs(taken[number] - planned) <= 500


def test_the_split_is_the_same_in_every_process_and_forever() -> None:
    said = "from app.canary.waves import *;"
    plan = "WavePlan(waves=tuple(Wave(share_bp=s, bake_seconds=0) for s in (1000, 5000, 10000)))"
    program = f"{said} print(assign({plan}, [(f'SKU-{{n}}', '', '') for n in range(24)], salt='PC-1'))"
    there = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == GOLDEN


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True, max_size=30), st.randoms())
def test_a_drawn_wave_depends_on_nothing_that_stands_beside_the_sku(skus: list[str], random: object) -> None:
    plan = shares(2_000, 6_000, 10_000)
    together = dict(zip(skus, draw(plan, tea(*skus), salt=SALT), strict=True))
    assert {sku: draw(plan, tea(sku), salt=SALT)[0] for sku in skus} == together


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True, max_size=12),
    st.lists(st.integers(1, 9_999), unique=True, max_size=9).map(sorted),
)
def test_no_share_stays_empty_while_there_are_lines(skus: list[str], cuts: list[int]) -> None:
    plan = shares(*cuts, 10_000)
    numbers, drawn = assign(plan, tea(*skus), salt=SALT), draw(plan, tea(*skus), salt=SALT)
    waves = len(cuts) + 1
    assert set(numbers) == set(range(1, min(len(skus), waves) + 1))
    assert numbers == drawn or len(set(drawn)) < waves
    in_order = sorted(zip(drawn, numbers, strict=True))
    assert [number for _, number in in_order] == sorted(numbers), "who was drawn earlier does not go later"


def test_five_percent_of_three_lines_are_one_line_and_what_is_named_stays() -> None:
    plan = WavePlan(
        waves=(
            Wave(selector=Selector(skus=("N",)), bake_seconds=60),
            Wave(share_bp=500, bake_seconds=60),
            Wave(share_bp=10_000, bake_seconds=0),
        )
    )
    for salt in map(str, range(1, 40)):
        numbers = assign(plan, tea("A", "N", "B", "C"), salt=salt)
        assert (numbers[1], Counter(numbers)) == (1, {1: 1, 2: 1, 3: 2})


def test_two_proposals_do_not_try_the_same_skus_first() -> None:
    lines = tea(*(f"SKU-{number}" for number in range(100_000)))
    here, there = (assign(shares(1_000, 10_000), lines, salt=salt) for salt in ("PC-1", "PC-2"))
    both = sum(1 for one, other in zip(here, there, strict=True) if one == other == 1)
    assert 800 < both < 1_200


def test_a_longer_plan_with_the_same_start_keeps_the_first_wave() -> None:
    lines = tea(*(f"SKU-{number}" for number in range(5_000)))
    short, long = assign(shares(500, 10_000), lines, salt=SALT), assign(shares(500, 2_500, 10_000), lines, salt=SALT)
    assert [number == 1 for number in short] == [number == 1 for number in long]


def test_what_a_wave_names_goes_with_it_whatever_the_hash_says() -> None:
    lines = [("A", "Tea", "Kettle"), ("B", " tea ", "Other"), ("C", "Coffee", "Kettle"), ("D", "TEA", "KETTLE")]
    assert _first_wave(Selector(categories=("Tea",)), lines) == ["A", "B", "D"]
    assert _first_wave(Selector(brands=("kettle",)), lines) == ["A", "C", "D"]
    assert _first_wave(Selector(categories=("Tea",), brands=("Kettle",)), lines) == ["A", "D"]
    assert _first_wave(Selector(skus=("C", "b")), lines) == ["C"]


def test_the_first_wave_that_names_a_line_takes_it() -> None:
    tea_first = Wave(selector=Selector(categories=("Tea",)), bake_seconds=0)
    listed_next = Wave(selector=Selector(skus=("A", "Z")), bake_seconds=0)
    rest = Wave(share_bp=10_000, bake_seconds=0)
    lines = [("A", "Tea", "Kettle"), ("Z", "Coffee", "Kettle"), ("Q", "Milk", "Amul")]
    assert assign(WavePlan(waves=(tea_first, listed_next, rest)), lines, salt=SALT) == [1, 2, 3]
    assert assign(WavePlan(waves=(listed_next, tea_first, rest)), lines, salt=SALT) == [1, 1, 3]


def test_a_sku_listed_twice_goes_with_the_earlier_wave() -> None:
    early, late = (Wave(selector=Selector(skus=skus), bake_seconds=0) for skus in (("A", "B"), ("B", "C")))
    plan = WavePlan(waves=(early, late, Wave(share_bp=10_000, bake_seconds=0)))
    assert assign(plan, tea("A", "B", "C", "D"), salt=SALT) == [1, 1, 2, 3]


def test_shares_are_of_the_lines_that_no_wave_names() -> None:
    lines = [(f"SKU-{n}", "Tea" if n % 2 else "Milk", "") for n in range(20_000)]
    taken = Counter(assign(first(Selector(categories=("Tea",))), lines, salt=SALT))
    assert taken[1] == 10_000
    assert abs(taken[2] - 5_000) < 250


def test_a_preview_adds_up_and_shows_examples_and_empty_waves() -> None:
    lines = [("A", "Tea", "K"), ("B", "Milk", "K"), ("C", "Milk", "K")]
    named = WavePlan(
        waves=(
            Wave(selector=Selector(skus=("nobody",)), bake_seconds=0),
            Wave(selector=Selector(categories=("Tea",)), bake_seconds=0),
            Wave(share_bp=10_000, bake_seconds=0),
        )
    )
    seen = preview(named, iter(lines), salt=SALT)
    assert [(w.number, w.lines, w.share_bp, w.skus) for w in seen] == [
        (1, 0, 0, ()),
        (2, 1, 3_333, ("A",)),
        (3, 2, 6_667, ("B", "C")),
    ]
    assert [w.lines for w in preview(named, [], salt=SALT)] == [0, 0, 0]


def test_a_plan_survives_its_json() -> None:
    limits = MeasureLimit(
        name="revenue per visit", direction=Direction.AT_LEAST, tolerance_bp=300, min_sample=1_000, required=True
    )
    named = first(Selector(categories=("Tea",), brands=("Kettle",)))
    plan = named.model_copy(update={"guards": GuardLimits(parked_max_bp=10, measures=(limits,)), "why": "Look first."})
    assert WavePlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("waves", "said"),
    [
        ('[{"share_bp": 500, "bake_seconds": 0}]', "last wave must take all"),
        ('[{"share_bp": 500, "bake_seconds": 0}, {"share_bp": 500, "bake_seconds": 0}]', "larger than the one before"),
        ('[{"share_bp": 10000, "bake_seconds": 0}, {"selector": {"skus": ["A"]}, "bake_seconds": 0}]', "last wave"),
        ('[{"share_bp": 10001, "bake_seconds": 0}]', "waves.0.share_bp"),
        ('[{"share_bp": 10000, "bake_seconds": 2592001}]', "waves.0.bake_seconds"),
        ('[{"share_bp": 10000, "bake_seconds": -1}]', "waves.0.bake_seconds"),
        ('[{"share_bp": "10000", "bake_seconds": 0}]', "waves.0.share_bp"),
        ('[{"share_bp": 10000.0, "bake_seconds": 0}]', "waves.0.share_bp"),
        ('[{"bake_seconds": 0}]', "either a share"),
        ('[{"share_bp": 10000, "selector": {"skus": ["A"]}, "bake_seconds": 0}]', "either a share"),
        ('[{"selector": {}, "bake_seconds": 0}, {"share_bp": 10000, "bake_seconds": 0}]', "at least one"),
        ('[{"selector": {"skus": ["A"], "brands": ["B"]}, "bake_seconds": 0}]', "make two waves"),
        ('[{"selector": {"brands": [" "]}, "bake_seconds": 0}]', "brands.0"),
        ("[]", "waves"),
        ("7", "waves"),
    ],
)
def test_a_plan_that_could_not_be_followed_is_refused_with_what_to_change(waves: str, said: str) -> None:
    with pytest.raises(BrokenWavePlan, match=said):
        WavePlan.from_json(f'{{"waves": {waves}}}')


def test_ten_waves_are_a_plan_and_eleven_are_not() -> None:
    assert len(shares(*range(1_000, 10_001, 1_000)).waves) == 10
    with pytest.raises(ValidationError):
        shares(*range(900, 9_900, 900), 10_000)


def test_a_split_without_a_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="salt"):
        assign(shares(10_000), tea("A"), salt="")


@pytest.mark.parametrize(
    ("lines", "soft", "largest", "cumulative"),
    [
        (49, 49, 9_000, None),
        (999, 0, 2_999, None),
        (999, 100, 500, (2_000, 10_000)),
        (200, 0, -3_000, (2_000, 10_000)),
        (5_000, 10, 800, (2_000, 10_000)),
        (5_000, 10, 3_000, (500, 2_500, 10_000)),
        (27_555, 312, 1_900, (500, 2_500, 10_000)),
        (27_555, 312, 3_400, (100, 1_000, 5_000, 10_000)),
        (0, 0, 0, None),
    ],
)
def test_waves_are_suggested_by_size_and_risk(
    lines: int, soft: int, largest: int, cumulative: tuple[int, ...] | None
) -> None:
    plan = suggest(lines, soft, largest)
    assert (plan and tuple(wave.share_bp for wave in plan.waves)) == cumulative


def test_a_suggestion_says_why() -> None:
    plan = suggest(27_555, 312, 1_900)
    assert plan is not None
    assert plan.why == (
        "27,555 lines, 312 past a soft limit, the largest change +19.0 %:"
        " 5 %, 25 %, then the rest, with 30 min to look after each."
    )


def test_a_wave_says_what_it_takes() -> None:
    assert [wave.sentence() for wave in shares(500, 10_000).waves] == ["up to 5 %", "all that is left"]
    assert Selector(categories=("Tea", "Coffee"), brands=("Kettle",)).sentence() == "Tea and Coffee by Kettle"
    assert Selector(brands=("Kettle",)).sentence() == "everything by Kettle"
    assert Selector(skus=("A",)).sentence() == "1 listed SKU"


def _first_wave(selector: Selector, lines: list[tuple[str, str, str]]) -> list[str]:
    numbers = assign(first(selector), lines, salt=SALT)
    return [sku for (sku, _, _), number in zip(lines, numbers, strict=True) if number == 1]
