"""A kind brings its own words; one that brings none is called by its name."""

import pytest

from rules import registry
from rules.kinds.words import KindWords, plain_words
from rules.registry import OUR_KINDS, SEED_KINDS, kind_words


@pytest.mark.parametrize("kind", OUR_KINDS)
def test_every_kind_of_ours_brings_its_words(kind: type) -> None:
    assert kind_words(kind.name) is kind.words
    assert ("{limit}" in kind.words.breaks) is (kind in SEED_KINDS), "others say their limit in their own sentence"


def test_a_kind_of_another_package_is_read_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    words = KindWords(
        title="Ending", short="ending", observed="ending", side="not", breaks="do not end as they should",
        says=("A price ends in ", ""), condition="ends in",
    )  # fmt: skip
    told = type("EndsInNine", (), {"words": words})
    silent = type("Silent", (), {"words": None})
    monkeypatch.setattr(registry, "kinds", lambda: {"ends_in_nine": told, "silent_rule": silent})

    assert kind_words("ends_in_nine") is words
    assert kind_words("silent_rule") == plain_words("silent_rule")
    assert kind_words("gone_rule").breaks == "break gone rule"
