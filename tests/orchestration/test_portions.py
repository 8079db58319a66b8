"""The tracker takes in what one transaction can hold without keeping others from the pricing store."""

from app.contracts.streams import LIFECYCLE_STREAM
from workers.orchestration.tracker import BYTES_AT_ONCE, portions
from workers.streams.entries import StreamEntry


def entries(*sizes: int) -> list[StreamEntry]:
    return [StreamEntry(seq, b"x" * size) for seq, size in enumerate(sizes, start=1)]


def test_what_is_small_goes_together_with_the_lifecycles_news_first():
    (whole,) = portions({"said:search": entries(10, 20), LIFECYCLE_STREAM: entries(30)})

    assert list(whole) == [LIFECYCLE_STREAM, "said:search"]
    assert [entry.seq for entry in whole["said:search"]] == [1, 2]


def test_what_is_large_goes_in_portions_that_lose_nothing_and_keep_the_order():
    large = BYTES_AT_ONCE // 2 + 1
    found = list(portions({"said:a": entries(large, large, large), "said:b": entries(large, 3 * BYTES_AT_ONCE)}))

    assert len(found) == 5
    for stream, count in (("said:a", 3), ("said:b", 2)):
        assert [e.seq for portion in found for e in portion.get(stream, [])] == list(range(1, count + 1))
    assert all(sum(len(e.payload) for some in portion.values() for e in some) <= BYTES_AT_ONCE for portion in found[:4])


def test_nothing_is_no_portion():
    assert list(portions({})) == []
