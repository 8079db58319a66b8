"""A number and its noun agree, whatever the number."""

import pytest

from app.words.counting import count, noun, part, plural, some_of


@pytest.mark.parametrize(
    ("number", "row", "entry", "break_"),
    [
        (0, "0 rows", "0 entries", "0 lines break"),
        (1, "1 row", "1 entry", "1 line breaks"),
        (2, "2 rows", "2 entries", "2 lines break"),
    ],
)
def test_nouns_and_verbs_follow_the_number(number: int, row: str, entry: str, break_: str) -> None:
    assert plural(number, "row") == row
    assert plural(number, "entry", "entries") == entry
    assert plural(number, "line breaks", "lines break") == break_
    assert noun(number, "price change") == ("price change" if number == 1 else "price changes")


@pytest.mark.parametrize(("whole", "told"), [(0, "0 of 0 lines"), (1, "1 of 1 line"), (2, "1 of 2 lines")])
def test_the_noun_of_a_part_goes_with_the_whole(whole: int, told: str) -> None:
    assert part(min(1, whole), whole, "line") == told


def test_a_number_is_never_shortened_and_unknown_is_a_word() -> None:
    assert count(27_555) == "27,555"
    assert count(-3) == "−3"
    assert count(None) == "not measured"


def test_the_first_of_many_are_named_and_the_others_counted() -> None:
    assert some_of(["T1", "T2", "T3"]) == "T1, T2, T3"
    assert some_of(["T1", "T2", "T3", "T4"]) == "T1, T2, T3 and 1 more"
    assert some_of(["T1"], 1_500) == "T1 and 1,499 more"
    assert some_of([]) == ""
