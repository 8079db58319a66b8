"""How far below the rules two people agreed to go back."""

from app.lifecycle.rolling_back.agreed_limits import exceeded, packed, unpacked


def test_farther_than_agreed_is_what_broke_less_then_or_nothing():
    assert exceeded({"T1": 5_01}, {"T1": 5_00})
    assert exceeded({"T2": 1}, {"T1": 5_00})
    assert not exceeded({"T1": 5_00}, {"T1": 5_00, "T2": 1})
    assert not exceeded({}, {"T1": 5_00})


def test_what_nothing_can_judge_any_more_is_farther_than_anything_agreed_to():
    assert exceeded({"T1": None}, {"T1": 5_00})
    assert not exceeded({"T1": None}, {"T1": None})
    assert not exceeded({"T1": 9_00}, {"T1": None})


def test_what_is_kept_reads_as_it_was_and_a_hundred_thousand_prices_stay_small():
    many = {f"SKU-{n:06}": n % 4_000 or None for n in range(100_000)}

    assert unpacked(packed(many)) == many
    assert (packed({}), unpacked("")) == ("", {})
    assert len(packed(many)) < 1_000_000
