"""The price history chart: steps, never slopes; labels a person can read."""

from datetime import UTC, datetime, timedelta

from app.pages.prices.chart import Moment, draw

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def moment(version: int, days_ago: int, amount: int, how: str = "clean") -> Moment:
    return Moment(version, NOW - timedelta(days=days_ago), amount, how)


def test_prices_move_in_steps():
    view = draw([moment(1, 100, 18500, "listed"), moment(2, 50, 19900)], now=NOW, currency="INR", zone=UTC)

    assert view.price.startswith("M0 ")
    assert view.price.count("V") == 1
    assert view.price.endswith("H1000")


def test_every_price_has_its_mark_and_its_words():
    view = draw(
        [
            moment(1, 100, 18500, "listed"),
            moment(2, 50, 19900, "person"),
            moment(3, 49, 18500, "rolled-back"),
        ],
        now=NOW,
        currency="INR",
        zone=UTC,
    )

    assert [mark.tone for mark in view.marks] == ["idle", "warn", "undo"]
    assert "approved by a person" in view.marks[1].words
    assert "now ₹185.00" in view.label


def test_a_flat_history_is_still_drawn():
    view = draw([moment(1, 400, 100, "listed")], now=NOW, currency="INR", zone=UTC)

    assert view.price
    assert view.levels


def test_levels_lie_inside_the_box():
    view = draw([moment(1, 300, 999), moment(2, 3, 123456)], now=NOW, currency="INR", competitor=50_000, zone=UTC)

    for level in view.levels:
        assert 0 <= float(level.at.rstrip("%")) <= 100
    assert view.competitor
    assert 2 <= len(view.months) <= 8


def test_no_history_draws_nothing():
    assert draw([], now=NOW, currency="INR").price == ""
