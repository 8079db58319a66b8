import pytest

from tests.choreography.listening import Listener, Make, listed, published, undone
from workers.choreography.analytics import CONSUMER, records


@pytest.fixture
def analytics(listener: Make) -> Listener:
    return listener(CONSUMER)


def days(analytics: Listener) -> list[tuple[str, str, int, int]]:
    with analytics.engine.connect() as connection:
        return [tuple(day) for day in records.days(connection)]  # type: ignore[misc]


def test_changes_are_counted_per_category_and_day(analytics: Listener) -> None:
    analytics.hear(listed("T1", category="Tea"), listed("T2", category="Tea"), listed("C1", category="Coffee"))
    analytics.hear(published("T1", old=100, new=110), published("T2", old=100, new=130),
                   published("C1", old=200, new=190))  # fmt: skip
    assert days(analytics) == [("Coffee", "2026-11-23", 1, -500), ("Tea", "2026-11-23", 2, 2000)]


def test_a_listing_is_no_change(analytics: Listener) -> None:
    analytics.hear(listed("T1"))
    assert days(analytics) == []


def test_what_was_rolled_back_is_taken_out_again(analytics: Listener) -> None:
    first, second = published("T1", old=100, new=110), published("T2", old=100, new=130)
    analytics.hear(listed("T1"), listed("T2"), first, second)
    analytics.hear(undone(second))
    assert days(analytics) == [("Tea", "2026-11-23", 1, 1000)]


def test_an_undo_of_what_was_never_counted_takes_nothing_out(analytics: Listener) -> None:
    analytics.hear(listed("T1"), listed("T2"), published("T1", old=100, new=110))
    analytics.hear(undone(published("T2", old=100, new=130)))
    assert days(analytics) == [("Tea", "2026-11-23", 1, 1000)]


def test_an_undo_takes_out_only_the_change_it_undoes(analytics: Listener) -> None:
    analytics.hear(listed("T1"), published("T1", old=100, new=110, version=2), listed("T1", price=120, version=3))
    analytics.hear(undone(published("T1", old=110, new=120, version=3)))
    assert days(analytics) == [("Tea", "2026-11-23", 1, 1000)]


def test_a_redelivered_change_is_counted_once(analytics: Listener) -> None:
    change = published("T1", old=100, new=110)
    analytics.hear(listed("T1"), change, change)
    assert days(analytics) == [("Tea", "2026-11-23", 1, 1000)]
