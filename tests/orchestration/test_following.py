"""The tracker follows what contexts say: nothing of it is lost, nothing that is none of theirs is heard."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from app import database
from app.contracts.events import Item, PricesApplied, ProposalMoved, dump
from app.contracts.streams import said_stream
from app.database import open_engine, transaction
from app.deliveries import projection
from app.deliveries.records import Delivery, Lane
from app.lifecycle.records import Proposal
from tests.builders import ASHA, MONDAY
from tests.redis_server import RedisServer
from workers.orchestration.projecting import positions
from workers.orchestration.tracker import Tracker
from workers.streams import store
from workers.streams.answer_stream import AnswerStream
from workers.streams.records import said, said_sequence

SAID = said_stream("shelf")
MANY = [f"S{n}" for n in range(89)]


@pytest.fixture
def shelf(tmp_path: Path) -> Engine:
    """The own store of a context."""
    engine = open_engine(f"sqlite:///{tmp_path}/shelf.db", durable=False)
    store.migrate(engine, None)
    return engine


@pytest.fixture
def tracker(pricing_store: str, valkey: RedisServer) -> Tracker:
    with transaction() as session:
        session.add(Proposal(id="p1", number=1, reason="r", status="PUBLISHED", version=1, mixed="together", source="",
                             submitted_by=ASHA.id, submitted_at=MONDAY, updated_at=MONDAY, content_hash="",
                             lines=len(MANY), currency="INR"))  # fmt: skip
        projection.hear(session, ProposalMoved(id="m", occurred_at=MONDAY, correlation_id="p1", number=1, reason="r",
                        source=None, target="PUBLISHED", by="Asha", lines=len(MANY)))  # fmt: skip
    made = Tracker(valkey.client())
    made.contexts = {"shelf": 0}
    return made


def applied(sku: str, number: int) -> PricesApplied:
    return PricesApplied(id=f"a{number}", occurred_at=MONDAY, correlation_id="p1", context="shelf", of=len(MANY),
                         partition=0, position=number, applied=(Item(sku=sku, version=2),))  # fmt: skip


def speak(shelf: Engine, answers: AnswerStream, *skus: str) -> None:
    with shelf.begin() as connection:
        store.say(connection, [applied(sku, number) for number, sku in enumerate(skus, start=1)])
    answers.expect_more()
    answers.carry()


def heard() -> int:
    with database.reading() as session:
        lane = session.get(Lane, ("p1", "shelf"))
        return lane.applied if lane else 0


def follow(tracker: Tracker) -> None:
    tracker._odd.clear()  # instead of waiting the second after which it looks again
    while tracker.follow(10):
        pass


@pytest.mark.parametrize("lost", [89, 40])
def test_answers_that_a_said_stream_lost_are_asked_for_and_heard(
    tracker: Tracker, shelf: Engine, valkey: RedisServer, lost: int
) -> None:
    """89 deliveries had been pending for ever, and nothing said so."""
    answers = AnswerStream(valkey.client(), shelf, "shelf")
    speak(shelf, answers, *MANY)
    valkey.client().xtrim(SAID, minid=f"{lost + 1}-0", approximate=False)
    follow(tracker)
    answers.look_for_damage()
    answers.carry()
    follow(tracker)
    assert heard() == 89


@pytest.mark.parametrize("id_", ["4-0", "3-1", "2-9"])
def test_a_stranger_s_answer_is_not_heard_and_takes_nobody_s_place(
    tracker: Tracker, shelf: Engine, valkey: RedisServer, id_: str
) -> None:
    answers = AnswerStream(valkey.client(), shelf, "shelf")
    speak(shelf, answers, *MANY[:2])
    follow(tracker)
    if not id_.startswith("2-"):
        speak(shelf, answers, MANY[2])
    valkey.client().xadd(SAID, {"e": dump(applied("STRANGE", 9))}, id=id_)
    speak(shelf, answers, MANY[3])
    follow(tracker)
    answers.look_for_damage()
    answers.carry()
    follow(tracker)
    with database.reading() as session:
        strange = session.get(Delivery, ("p1", "shelf", "STRANGE"))
    assert (heard(), strange) == (3 if id_.startswith("2-") else 4, None)


def test_a_context_that_lost_its_words_is_heard_from_its_beginning_and_nothing_is_counted_twice(
    tracker: Tracker, shelf: Engine, valkey: RedisServer
) -> None:
    answers = AnswerStream(valkey.client(), shelf, "shelf")
    speak(shelf, answers, *MANY[:3])
    follow(tracker)
    forget(shelf)
    valkey.client().flushall()
    tracker.look_back()
    speak(shelf, AnswerStream(valkey.client(), shelf, "shelf"), *MANY[:4])
    follow(tracker)
    assert (heard(), positions()[SAID].seq) == (4, 4)


def test_a_context_that_tells_another_story_in_the_same_places_is_heard_from_its_beginning(
    tracker: Tracker, shelf: Engine, valkey: RedisServer
) -> None:
    speak(shelf, AnswerStream(valkey.client(), shelf, "shelf"), *MANY[:3])
    follow(tracker)
    forget(shelf)
    valkey.client().flushall()
    speak(shelf, AnswerStream(valkey.client(), shelf, "shelf"), *MANY[5:10])
    follow(tracker)
    follow(tracker)
    assert (heard(), positions()[SAID].seq) == (8, 5)


def forget(shelf: Engine) -> None:
    with shelf.begin() as connection:
        connection.execute(delete(said))
        connection.execute(update(said_sequence).values(n=0, link=""))


def test_an_outside_context_that_gives_no_links_is_heard_by_its_count(tracker: Tracker, valkey: RedisServer) -> None:
    tracker.contexts = {"shelf": None}
    for number, sku in enumerate(MANY[:3], start=1):
        valkey.client().xadd(SAID, {"e": dump(applied(sku, number))}, id=f"{number}-0")
    follow(tracker)
    assert heard() == 3


def test_what_the_tracker_cannot_take_in_is_kept_and_taken_in_when_it_can(
    tracker: Tracker, valkey: RedisServer
) -> None:
    from sqlmodel import select

    from app.outbox.records import KeptEntry
    from workers.orchestration.subscriptions import take_in_kept

    tracker.contexts = {"shelf": None}
    later = dump(applied("S1", 1)).replace("prices-applied.v1", "prices-applied.v2")
    valkey.client().xadd(SAID, {"e": later}, id="1-0")
    follow(tracker)
    unknown = take_in_kept(MONDAY)
    with transaction() as session:
        kept = session.exec(select(KeptEntry)).one()
        kept.payload = dump(applied("S1", 1))
        session.add(kept)

    assert (unknown, take_in_kept(MONDAY), take_in_kept(MONDAY), heard()) == (0, 1, 0, 1)
