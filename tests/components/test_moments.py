"""A date and a time as somebody typed them: the instant, a way out of a gap, or a question."""

from datetime import UTC, datetime, timedelta

from app.components.moments import MomentAsked, understand

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def test_an_ordinary_time_is_said_back_with_its_zone():
    moment, view = understand(MomentAsked("2026-11-24", "14:05", "Asia/Kolkata"), NOW)

    assert moment == datetime(2026, 11, 24, 8, 35, tzinfo=UTC)
    assert view.say == "Tue 24 Nov 2026, 14:05 in Asia/Kolkata (UTC+5:30), in 20 h 35 min"
    assert (view.bad, view.offer, view.twice) == ("", "", [])


def test_a_time_that_the_clocks_skip_is_refused_with_the_next_that_exists():
    moment, view = understand(MomentAsked("2027-03-28", "02:30", BERLIN), NOW)

    assert moment is None
    assert "does not exist in Europe/Berlin" in view.bad
    assert (view.offer, view.offer_day, view.offer_time) == ("Use 03:00", "2027-03-28", "03:00")


def test_a_doubled_time_is_asked_about_and_both_answers_are_kept():
    asked = MomentAsked("2027-10-31", "02:30", BERLIN)

    moment, view = understand(asked, NOW)
    first, chosen = understand(MomentAsked(asked.day, asked.time, asked.zone, "0"), NOW)
    second, _ = understand(MomentAsked(asked.day, asked.time, asked.zone, "1"), NOW)

    assert moment is None
    assert "Say which one is meant" in view.bad
    assert [one.fold for one in view.twice] == ["0", "1"]
    assert first is not None
    assert second is not None
    assert second - first == timedelta(hours=1)
    assert [one.fold for one in chosen.twice] == ["0", "1"]


def test_what_is_not_complete_is_passed_over_until_it_is_insisted_on():
    assert understand(MomentAsked("2026-11-24", "", BERLIN), NOW)[1].bad == ""
    assert "Choose a day" in understand(MomentAsked("2026-11-24", "", BERLIN), NOW, insist=True)[1].bad


def test_a_moment_that_has_passed_or_ends_before_it_begins_is_refused():
    begins, _ = understand(MomentAsked("2026-11-25", "10:00", "UTC"), NOW)

    assert "has passed" in understand(MomentAsked("2026-11-22", "10:00", "UTC"), NOW)[1].bad
    assert "can only return after" in understand(MomentAsked("2026-11-25", "10:00", "UTC"), NOW, after=begins)[1].bad
    assert "not a time zone" in understand(MomentAsked("2026-11-25", "10:00", "Mars/Base"), NOW)[1].bad
