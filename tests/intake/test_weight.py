"""What goes out without a person is weighed: its mean, its money, its worst lines, and whether to ask once more."""

import pytest

from app.intake.weight import Verdict, Weighed, weigh
from app.lifecycle.proposing.submission import Mixed


def lines(*prices: tuple[int, int], verdict: Verdict = "clean", currency: str = "INR") -> list[Weighed]:
    return [Weighed(f"S{n}", "Tea", verdict, old, new, currency) for n, (old, new) in enumerate(prices, start=1)]


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ([(100_00, 104_00)], ()),
        ([(100_00, 104_00)] * 49, ()),
        ([(100_00, 104_00)] * 50, ("50 lines or more",)),
        ([(100_00, 110_00)], ("10 % or more per line on average",)),
        ([(100_00, 90_00)], ("10 % or more per line on average",)),
        ([(100_00, 112_00), (100_00, 88_00)], ("10 % or more per line on average",)),
        ([(10_000_000_00, 10_100_000_00)], ("100,000 INR or more at list prices",)),
    ],
)
def test_large_is_many_lines_a_big_mean_or_much_money(prices: list[tuple[int, int]], why: tuple[str, ...]) -> None:
    weight = weigh(lines(*prices), "together")
    assert weight is not None
    assert weight.large == why


def test_money_is_large_in_whole_units_whatever_the_decimals_of_the_currency() -> None:
    for currency, minor in (("JPY", 100_000), ("INR", 10_000_000), ("KWD", 100_000_000)):
        weight = weigh(lines((minor * 50, minor * 51), currency=currency), "together")
        assert weight is not None
        assert weight.large == (f"100,000 {currency} or more at list prices",)


def test_the_figures_are_the_mean_the_list_price_money_and_the_five_worst_each_way() -> None:
    rises = [(100_00, 100_00 + step * 100) for step in range(1, 8)]
    weight = weigh(lines(*rises, (200_00, 198_00), (200_00, 180_00)), "together")
    assert weight is not None
    assert (weight.lines, weight.mean_bp, weight.size_bp) == (9, 189, 433)
    assert (weight.before, weight.after, weight.moved) == (1_100_00, 1_106_00, 50_00)
    assert [change.bp for change in weight.up] == [700, 600, 500, 400, 300]
    assert [change.bp for change in weight.down] == [-1000, -100]


@pytest.mark.parametrize(("mixed", "weighed"), [("together", None), ("split", 2)])
def test_only_what_needs_no_person_is_weighed(mixed: Mixed, weighed: int | None) -> None:
    changes = [*lines((100_00, 104_00), (100_00, 105_00)), *lines((100_00, 140_00), verdict="soft")]
    weight = weigh(changes, mixed)
    assert (weight.lines if weight else None) == weighed


def test_nothing_and_a_mix_of_currencies_weigh_nothing() -> None:
    assert weigh([], "split") is None
    assert weigh([*lines((1_00, 2_00)), *lines((1_00, 2_00), currency="EUR")], "together") is None
