"""The board's words: stale data is said to be stale, failures say what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.deliveries.views import ContextView, Failure
from app.pages.propagation.view import failure_key, failures, stale

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CATALOG = ContextView("catalog", "re-prices", "caught-up", 1, 0, (0,) * 16, 0, (0,) * 60, NOW)
PARKED = Failure(
    "catalog", "PARKED", "price locked", 5, NOW - timedelta(minutes=36), None, ("PC-1",), ("A", "B", "C", "D")
)


def test_fresh_data_says_nothing():
    assert stale([CATALOG]) == ("", "")


def test_redis_away_is_said_in_words():
    lead, sentence = stale([replace(CATALOG, state="unreachable")])

    assert lead == "Redis does not answer."
    assert "nothing is lost" in sentence


def test_one_silent_context_is_named():
    lead, _ = stale([CATALOG, replace(CATALOG, name="search", state="silent")])

    assert lead == "search has no worker."


def test_what_a_context_still_holds_can_be_redriven_by_who_may():
    held = {failure_key(PARKED): 5}

    assert failures([PARKED], held, now=NOW, may_redrive=True)[0].redrive == "Redrive 5"
    assert failures([PARKED], held, now=NOW, may_redrive=False)[0].still == "an operator can redrive"
    assert failures([PARKED], {}, now=NOW, may_redrive=True)[0].still == "nothing to redrive"


def test_a_failure_says_where_and_how_old():
    row = failures([PARKED], {}, now=NOW, may_redrive=False)[0]

    assert row.where == "A, B, C and 2 more in PC-1"
    assert row.age == "oldest 36 min"
