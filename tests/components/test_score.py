"""The score says what happened, to scale, and never more than was measured."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from app.components.score.axes import HumanAxis, MachineAxis
from app.components.score.lanes import stairs
from app.components.score.layout import is_settled, lay_out
from app.components.score.ticks import _span
from app.passport.story import Ack, Act, Stay, Story, StoryLane, StoryTrouble, WaveSent
from app.words.duration import measured

T0 = datetime(2026, 11, 23, 3, 42, 4, tzinfo=UTC)
PUBLISHED = T0 + timedelta(hours=2, minutes=36)


def seconds(n: float) -> datetime:
    return PUBLISHED + timedelta(seconds=n)


def number(percent: str) -> float:
    return float(percent.rstrip("%"))


def lane(context: str = "catalog", **counts: int) -> StoryLane:
    facts = {"expected": 100, "pending": 0, "applied": 100} | counts
    acks = (Ack(seconds(1), 0, applied=50), Ack(seconds(2), 1, applied=50))
    return StoryLane(context, "re-prices", acks=acks, **facts)


def story(**changes: object) -> Story:
    facts: dict[str, object] = {
        "stays": (
            Stay("EVALUATING", T0),
            Stay("PENDING_APPROVAL", T0 + timedelta(seconds=0.8)),
            Stay("APPROVED", PUBLISHED - timedelta(seconds=2)),
            Stay("PUBLISHED", PUBLISHED),
        ),
        "acts": (Act("Asha N.", "submitted", T0), Act("Kiran S.", "approved", PUBLISHED)),
        "now": seconds(10),
        "published_at": PUBLISHED,
        "expected": 100,
        "lanes": (lane(),),
        "zone": UTC,
    }
    return Story(**(facts | changes))  # type: ignore[arg-type]


def waiting() -> Story:
    return story(
        stays=(Stay("EVALUATING", T0), Stay("PENDING_APPROVAL", T0 + timedelta(seconds=1))),
        published_at=None,
        lanes=(),
        contexts=(("catalog", "re-prices"), ("search", "re-indexes")),
        now=T0 + timedelta(minutes=5),
    )


def story_with(act: Act) -> Story:
    return replace(waiting(), acts=(*waiting().acts, act))


def test_lengths_of_time_read_as_people_say_them():
    assert measured(0.8) == "0.8 s"
    assert measured(0.012) == "12 ms"
    assert measured(59.97) == "1 min"
    assert measured(250) == "4 min 10 s"
    assert measured(2 * 3600 + 36 * 60) == "2 h 36 min"
    assert measured(3 * 86400 + 4 * 3600) == "3 d 4 h"


def test_human_time_is_compressed_but_every_stay_stays_visible():
    view = lay_out(story())
    widths = [number(segment.width) for segment in view.human_segments]

    assert len(widths) == 3
    assert min(widths) > 8
    assert widths[1] == max(widths)
    assert view.human_segments[1].broken
    assert "2 h 36 min" in [tick.label for tick in view.human_ticks] or any(
        tick.label.startswith("2 h 35") for tick in view.human_ticks
    )


def test_a_short_stay_carries_its_length_below():
    view = lay_out(story())

    assert view.human_segments[0].below == "0.8 s"
    assert view.human_segments[0].label == ""
    assert view.human_segments[0].title == "Evaluating, 0.8 s"


def test_human_segments_meet_and_end_at_the_seam():
    segments = lay_out(story()).human_segments

    for before, after in pairwise(segments):
        assert abs(number(before.left) + number(before.width) - number(after.left)) < 0.05
    assert abs(number(segments[-1].left) + number(segments[-1].width) - 100) < 0.05


def test_machine_time_is_linear():
    axis = MachineAxis(PUBLISHED, [seconds(1), seconds(20)], seconds(30))

    assert axis.at(PUBLISHED) == 0
    assert abs(axis.at(seconds(20)) - 2 * axis.at(seconds(10))) < 1e-6
    assert abs(axis.at(seconds(30)) - 100) < 1e-6


def test_a_long_silence_breaks_the_axis_and_says_how_long_it_was():
    undone = seconds(3600)
    view = lay_out(
        story(
            rolling_back_at=undone,
            now=seconds(3603),
            stays=(Stay("EVALUATING", T0), Stay("PUBLISHED", PUBLISHED), Stay("ROLLING_BACK", undone)),
        )
    )

    assert [b.label for b in view.breaks] == ["59 min 58 s"]
    assert number(view.crossings[-1].left) < 100


def test_settled_when_nothing_is_left_to_move():
    view = lay_out(story(now=seconds(3)))

    assert view.settled
    assert view.now_label == "quiet"
    assert view.lanes[0].end.word == "applied"


def test_not_settled_while_something_is_pending_and_moving():
    moving = story(lanes=(lane(applied=50, pending=50),), now=seconds(5))

    assert not is_settled(moving)
    view = lay_out(moving)
    assert view.now_label == "now"
    assert view.lanes[0].end.word == "50 %"


def test_settled_after_a_minute_without_motion_even_with_pending_left():
    assert is_settled(story(lanes=(lane(applied=50, pending=50),), now=seconds(90)))


def test_the_counts_of_a_lane_add_up_to_what_was_expected():
    mixed = lane(applied=0, reverted=90, parked=1, ignored=7, retrying=1, pending=1)

    counts = {c.name: int(c.value.replace(",", "")) for c in lay_out(story(lanes=(mixed,))).lanes[0].counts}

    assert sum(counts.values()) == mixed.expected
    assert counts["ignored"] == 7


def test_areas_rise_in_steps_from_the_baseline():
    area, edge = stairs([(100, 50), (200, 100)], 100, end=1000)

    assert edge == "M100.0 40H100.0V20.5H200.0V1.0H1000.0"
    assert area == edge + "V40Z"


def test_a_thousand_acknowledgements_do_not_make_a_long_path():
    points = [(n / 10, n) for n in range(10_000)]

    area, _ = stairs(points, 10_000, end=1000)

    assert len(area) < 20_000
    assert re.findall(r"V([\d.]+)H1000", area) == ["1.0"]


def test_one_tick_for_each_partition_that_answered():
    ticks = lay_out(story()).lanes[0].applied_ticks

    assert ticks.count("M") == 2


def test_a_parked_sku_is_a_sentence_at_its_place():
    parked = lane(applied=99, parked=1)
    parked = StoryLane(
        **{
            **parked.__dict__,
            "troubles": (
                StoryTrouble(seconds(0.5), "retrying", "BB-1", "store busy"),
                StoryTrouble(seconds(1.5), "parked", "BB-1", "price locked by contract"),
            ),
        }
    )

    view = lay_out(story(lanes=(parked,), now=seconds(2))).lanes[0]

    assert view.parked_say == "BB-1 parked: price locked by contract"
    assert number(view.retry_left) < number(view.parked_left)
    assert len(view.retry_ticks) == 1


def test_a_request_goes_up_from_its_own_lane_and_the_rollback_comes_down():
    asked = story(
        lanes=(lane("search"), lane("catalog")),
        requested_by="catalog",
        requested_at=seconds(4),
        rolling_back_at=seconds(4.2),
        now=seconds(8),
    )

    crossings = {c.kind: c for c in lay_out(asked).crossings}

    assert list(crossings) == ["published", "requested", "undone"]
    assert crossings["requested"].lane == 1
    assert number(crossings["requested"].left) < number(crossings["undone"].left)
    assert crossings["undone"].count == "× 100"


def test_a_crossing_counts_what_has_crossed_while_a_large_change_is_on_its_way():
    back = {"rolling_back_at": seconds(4), "now": seconds(8)}
    out, undone = story(going=(30, 100)), story(returning=(40, 100), **back)

    assert [c.count for c in lay_out(out).crossings] == ["× 30 of 100"]
    assert [c.count for c in lay_out(undone).crossings] == ["× 100", "× 40 of 100"]


def test_a_wait_is_not_written_over_somebody_who_acted_meanwhile():
    asked = Act("Noor H.", "asked for waves", T0 + timedelta(minutes=2))

    assert [wait.label for wait in lay_out(waiting()).waits] == ["waits for a person"]
    assert [wait.label for wait in lay_out(story_with(asked)).waits] == [""]


def test_before_publication_the_lanes_are_deaf_and_the_seam_says_so():
    view = lay_out(waiting())

    assert not view.crossed
    assert [lane.context for lane in view.lanes] == ["catalog", "search"]
    assert all(lane.counts == [] for lane in view.lanes)
    assert "Not crossed yet" in view.seam_say
    assert view.human_segments[-1].open


def test_a_refused_proposal_never_crosses():
    refused = story(
        stays=(Stay("EVALUATING", T0), Stay("REJECTED", T0 + timedelta(seconds=1))),
        published_at=None,
        lanes=(),
        contexts=(("catalog", "re-prices"),),
    )

    view = lay_out(refused)

    assert "Never crossed" in view.seam_say
    assert view.now_left == ""
    assert not view.human_segments[-1].open


def test_everything_drawn_lies_between_0_and_100_percent():
    for facts in (story(), waiting(), story(now=seconds(5000)), story(lanes=(), now=seconds(0))):
        text = lay_out(facts).model_dump_json()
        for value in re.findall(r'"(-?[\d.]+)%"', text):
            assert 0 <= float(value) <= 100


def test_people_stand_where_they_acted():
    axis = HumanAxis(story().stays[:3], PUBLISHED, left=6, right=100)
    people = lay_out(
        story(
            acts=(
                Act("Asha N.", "submitted", T0),
                Act("Kiran S.", "approved", PUBLISHED - timedelta(seconds=2)),
            )
        )
    ).people

    assert [p.initials for p in people] == ["AN", "KS"]
    assert number(people[1].left) == round(axis.edges[2], 2)


def test_what_a_context_asked_for_is_written_where_the_rollback_that_follows_does_not_cross_it():
    lanes = (lane("search"), lane("catalog"))
    asked = {"lanes": lanes, "requested_by": "catalog", "now": seconds(8)}

    for at in (3, 4, 6):
        late = lay_out(story(requested_at=seconds(at), rolling_back_at=seconds(at + 0.1), **asked))
        [request] = [c for c in late.crossings if c.kind == "requested"]
        assert request.side == "left", at
    early = lay_out(story(requested_at=seconds(0.2), rolling_back_at=seconds(7), **asked))
    assert [c.side for c in early.crossings if c.kind == "requested"] == ["right"]


def test_no_tick_of_the_axis_is_written_over_another():
    """Two minutes of motion, then nothing for two days, then seconds of it at the right end of the axis."""
    acks = (Ack(seconds(158_280), 0, 0, 100),)
    moved = {"rolling_back_at": seconds(59), "rolled_back_at": seconds(116), "now": seconds(160_200)}
    view = lay_out(story(lanes=(replace(lane(), acks=acks),), **moved))
    said = sorted(_span(tick) for tick in view.ticks if tick.label)

    assert len(view.breaks) == 1
    assert all(end <= begin for (_, end), (begin, _) in pairwise(said)), [tick.label for tick in view.ticks]


def test_how_long_nothing_moved_is_not_written_over_somebody_who_acted_at_the_end_of_it():
    at = seconds(1_260)
    alone = story(lanes=(lane(),), stays=(*story().stays, Stay("HELD", at)), now=seconds(1_400))
    held = replace(alone, waves=(WaveSent(1, 100, PUBLISHED),))
    by_omar = replace(held, acts=(*held.acts, Act("Omar T.", "held", at)))

    assert lay_out(held).breaks[0].label
    view = lay_out(by_omar)
    [omar] = [dot for dot in view.machine_people if dot.initials == "OT"]
    near = [gap for gap in view.breaks if abs(number(gap.left) - number(omar.left)) < 5]
    assert near
    assert [gap.label for gap in near] == [""] * len(near)
