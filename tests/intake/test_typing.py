"""What people typed stays: field by field in the store, their own alone, and never overwritten unseen."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.database import reading, transaction
from app.intake import draft_commands, draft_lines, drafts
from app.intake.drafts import DraftChangedElsewhere, DraftDiscarded, DraftSubmitted, TooLongToKeep, TooManyDrafts, Typed
from app.intake.drafts import draft as draft_itself
from app.intake.dry_run import dry_run
from app.intake.records import Draft, DraftField, DraftLine
from app.intake.rows import RawRow
from app.lifecycle.errors import NotFound
from tests.builders import ASHA, HOUR, MONDAY, RAVI, open_shop, product

ID = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
OTHER = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0002"
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("pricing_store")


def typed(draft_id: str = ID, over: int = 0, now: datetime = MONDAY, **fields: str) -> drafts.Kept:
    with transaction() as session:
        said = {name: Typed(value, over) for name, value in fields.items()}
        return drafts.keep(session, draft_id, ASHA, said, now)


def stands(draft_id: str = ID) -> dict[str, tuple[str, int]]:
    with reading() as session:
        return {name: (at.value, at.version) for name, at in drafts.stand(session, draft_id, ASHA).items()}


def listed() -> list[tuple[str, int, bool]]:
    with reading() as session:
        return [(one.reason, one.lines, one.read) for one in drafts.glances(session, ASHA)]


def read(*skus: str, draft_id: str = ID, now: datetime = MONDAY) -> Draft:
    rows = [RawRow(n, sku, "101.00", value="101.00") for n, sku in enumerate(skus, start=1)]
    return draft_lines.keep(ASHA, "pasted", rows, now, draft_id=draft_id)


def lines(draft_id: str = ID) -> list[str]:
    with reading() as session:
        return [row.sku for row in drafts.page(session, draft_id, ASHA).items]


@pytest.fixture
def shop(pricing_store: str) -> None:
    open_shop(*(product(f"T{n}") for n in range(1, 5)))


def test_the_first_words_begin_a_draft_and_it_is_listed_with_as_many_lines_as_were_typed() -> None:
    typed(reason="Tea: week 49")
    typed(text="T1 104.00\n\nT2 105.00\n", typed='[["T3", "99.00"], ["", ""], ["T4", ""]]')
    assert stands()["reason"] == ("Tea: week 49", 1)
    assert listed() == [("Tea: week 49", 4, False)]


def test_two_windows_that_change_different_fields_both_keep_theirs() -> None:
    typed(reason="Tea", text="T1 104.00")
    assert typed(over=1, reason="Tea: auction").clashes == {}
    assert typed(over=1, text="T1 105.00").clashes == {}
    assert stands() == {"reason": ("Tea: auction", 2), "text": ("T1 105.00", 2)}


def test_of_two_windows_that_change_the_same_field_the_later_is_told_and_decides() -> None:
    typed(reason="Tea")
    typed(over=1, reason="Tea: auction")

    late = typed(over=0, reason="Tea: harvest", text="T1 104.00")

    assert late.clashes["reason"].value == "Tea: auction"
    assert stands() == {"reason": ("Tea: auction", 2), "text": ("T1 104.00", 1)}
    assert typed(over=late.clashes["reason"].version, reason="Tea: harvest").versions == {"reason": 3}


def test_the_same_words_sent_again_are_no_clash() -> None:
    """The answer was lost with the process that gave it."""
    typed(reason="Tea")
    assert typed(reason="Tea").versions == {"reason": 1}


def test_a_draft_is_its_authors_alone() -> None:
    typed(reason="Tea")
    for doing in (
        lambda session: drafts.keep(session, ID, RAVI, {"reason": Typed("Mine", 1)}, MONDAY),
        lambda session: drafts.stand(session, ID, RAVI),
        lambda session: drafts.versions(session, ID, RAVI),
        lambda session: drafts.discard(session, ID, RAVI, MONDAY),
        lambda session: drafts.take_back(session, ID, RAVI, MONDAY),
        lambda session: drafts.begin(session, RAVI, MONDAY, ID),
        lambda session: drafts.end(session, ID, RAVI, "PC-1", MONDAY),
    ):
        with pytest.raises(NotFound), transaction() as session:
            doing(session)
    with reading() as session:
        assert drafts.glances(session, RAVI) == []
    assert stands() == {"reason": ("Tea", 1)}


def test_a_draft_that_ended_takes_no_more_words_and_is_listed_no_more() -> None:
    typed(reason="Tea")
    typed(OTHER, reason="Coffee")
    with transaction() as session:
        drafts.end(session, ID, ASHA, "PC-7", MONDAY)
        drafts.discard(session, OTHER, ASHA, MONDAY)
    for draft_id, why in ((ID, DraftSubmitted), (OTHER, DraftDiscarded)):
        with pytest.raises(why):
            typed(draft_id, over=1, reason="More")
    assert listed() == []


def test_what_was_discarded_can_be_taken_back() -> None:
    typed(reason="Tea")
    with transaction() as session:
        drafts.discard(session, ID, ASHA, MONDAY)
    with transaction() as session:
        drafts.take_back(session, ID, ASHA, MONDAY)
    assert listed() == [("Tea", 0, False)]


def test_a_draft_that_is_discarded_twice_is_discarded_since_the_first_time() -> None:
    typed(reason="Tea")
    for at in (MONDAY, MONDAY + HOUR):
        with transaction() as session:
            drafts.discard(session, ID, ASHA, at)

    with reading() as session:
        assert session.get_one(Draft, ID).discarded_at == MONDAY


@pytest.mark.usefixtures("shop")
def test_what_was_left_behind_is_one_draft_however_often_it_is_asked_for_and_another_once_that_one_ended() -> None:
    read("T1", "T2")
    typed(reason="Tea")
    asked = [draft_commands.with_what_was_left(ID, ASHA, ("problem",), MONDAY) for _ in range(2)]
    draft_commands.discard(asked[0], ASHA, MONDAY)
    later = draft_commands.with_what_was_left(ID, ASHA, ("problem",), MONDAY)

    assert asked[0] == asked[1] != later
    assert sorted(listed()) == [("Tea", 0, False), ("Tea", 2, True)]


def test_so_many_drafts_are_kept_and_no_more_and_no_field_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_itself, "MOST_DRAFTS", 1)
    typed(reason="Tea")
    with pytest.raises(TooManyDrafts, match="You have 1 open draft"):
        typed(OTHER, reason="Coffee")
    with pytest.raises(TooLongToKeep):
        typed(over=1, reason="x" * 501, text="T1 104.00")
    assert stands() == {"reason": ("Tea", 1)}, "a refusal keeps nothing of what came with it"


def test_drafts_are_swept_by_their_last_change_their_end_or_their_discarding() -> None:
    for draft_id, what in ((ID, "old"), (OTHER, "submitted"), (f"{OTHER}a", "discarded"), (f"{OTHER}b", "young")):
        typed(draft_id, reason=what)
    with transaction() as session:
        drafts.end(session, OTHER, ASHA, "PC-7", MONDAY)
        drafts.discard(session, f"{OTHER}a", ASHA, MONDAY)
    typed(f"{OTHER}b", over=1, reason="changed", now=MONDAY + 25 * DAY)

    left = []
    for later in (DAY - HOUR, DAY + HOUR, 7 * DAY + HOUR, 30 * DAY + HOUR):
        draft_lines.forget_old(MONDAY + later)
        with reading() as session:
            left.append(sorted(session.exec(select(DraftField.value)).all()))

    assert left == [
        ["changed", "discarded", "old", "submitted"], ["changed", "old", "submitted"], ["changed", "old"], ["changed"],
    ]  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_lines_that_are_read_again_take_the_others_place_in_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    read("T1", "T2")
    typed(mends='{"1": [null, ["x", "101"]]}')

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(drafts, "turn_to", killed)
        with pytest.raises(KeyboardInterrupt):
            read("T3")
    assert lines() == ["T1", "T2"], "half of another file would have been submitted"

    assert read("T4").rows == 1
    assert lines() == ["T4"]
    assert stands()["mends"] == ("", 2)
    with reading() as session:
        assert len(session.exec(select(DraftLine)).all()) == 1, "nothing of what was replaced stays behind"


@pytest.mark.usefixtures("shop")
def test_a_window_that_read_the_lines_before_another_did_changes_none_of_them() -> None:
    read("T1")
    with transaction() as session:
        _, older = drafts.begin(session, ASHA, MONDAY, ID)
    read("T2")
    with reading() as session:
        tried = dry_run(session, [], MONDAY)
    for doing in (
        lambda session: drafts.put(session, ID, ASHA, older - 1, [], MONDAY),
        lambda session: drafts.turn_to(session, ID, ASHA, older, drafts.Source("x"), tried, MONDAY),
    ):
        with pytest.raises(DraftChangedElsewhere), transaction() as session:
            doing(session)
    assert lines() == ["T2"]


@pytest.mark.usefixtures("shop")
def test_a_file_that_was_never_finished_is_in_no_list() -> None:
    with transaction() as session:
        drafts.begin(session, ASHA, MONDAY, ID)
    assert listed() == []
    read("T1", "T2", draft_id=OTHER)
    assert listed() == [("", 2, True)]
