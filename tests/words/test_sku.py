"""One rule for what a SKU is, and one cleaning wherever it is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.words import sku


@pytest.mark.parametrize(
    "text",
    [
        "A/B",
        "A%2FB",
        "50% off",
        "A?b=1",
        "A#1",
        "v1.2",
        "..a",
        "A B",
        "Ä-1",
        "ТОВАР-1",
        "चाय-1",
        "お茶1",
        "-1",
        "A&B=C;D",
        "a'b",
    ],
)
def test_whatever_can_be_told_apart_and_asked_for_is_a_sku(text: str) -> None:
    assert sku.parse(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The SKU is missing."),
        ("  ", "The SKU is missing."),
        ("x" * 65, "65 characters long; at most 64"),
        ("A\x00B", "an invisible character (U+0000) in place 2"),
        ("A\nB", "an invisible character (U+000A) in place 2"),
        ("A\u200bB", "an invisible character (U+200B) in place 2"),
        ("A\u202eB", "an invisible character (U+202E) in place 2"),
        ("A\u00a0B", "an invisible character (U+00A0) in place 2"),
        ("A\ud800", "an invisible character (U+D800) in place 2"),
        ("A  B", "two blanks in a row"),
        ("=1+1", "is a formula"),
        ("T１", "“１” in place 2 only looks like “1”"),
        ("ﬁ-1", "“ﬁ” in place 1 only looks like “fi”"),
        ("T١", "is a digit of another script"),
        ("TЕA", "mixes Latin (“T”) and Cyrillic (“Е”) letters"),
        (".", "no address would lead to it"),
        ("..", "no address would lead to it"),
        ("/A", "no address would lead to it"),
        ("A/", "no address would lead to it"),
        ("A//B", "no address would lead to it"),
        ("A/../B", "no address would lead to it"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(sku.NotASku) as refused:
        sku.parse(text)
    assert said in str(refused.value)


def test_blanks_around_are_cleaned_and_letters_composed() -> None:
    assert sku.parse(" T1\u00a0\t") == "T1"
    assert sku.parse("A\u0308-1") == "Ä-1"


@given(st.text(max_size=70))
def test_no_text_crashes_and_what_passes_stays_as_it_is(text: str) -> None:
    try:
        kept = sku.parse(text)
    except sku.NotASku:
        return
    assert sku.parse(kept) == kept == sku.clean(text)
    assert kept.isprintable()
