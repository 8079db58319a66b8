"""What the New proposal page submits is what it showed, whatever another window did with the draft meanwhile."""

from dataclasses import replace

import pytest
from sqlmodel import col, select, update

from app.database import reading, transaction
from app.intake import draft_commands, draft_lines, drafts
from app.intake.draft_commands import Timing
from app.intake.drafts import DraftChangedElsewhere, DraftSubmitted, PricesMoved, row_changes
from app.intake.price_file import read_typed
from app.intake.records import Draft
from app.lifecycle.errors import SeenContentChanged
from app.lifecycle.records import Line, Proposal
from app.pages.new_proposal import read as page
from app.pricelist.records import Price
from tests.builders import ASHA, MONDAY, open_shop, product, stocked
from tests.meeting import at_once, failures


@pytest.fixture
def draft(pricing_store: str) -> str:
    """A draft of two lines: T1 clean, T2 soft."""
    open_shop(product("T1"), product("T2"))
    return draft_lines.keep(ASHA, "pasted", read_typed("T1 104.00\nT2 140.00", []).rows, MONDAY).id


def seen(draft: str) -> page.DraftPage:
    return page.draft_page(draft, ASHA, kind=None, after="", mixed="together")


def submit(
    draft: str, digest: str, key: str = "k", *, reason: str = "Tea", fields: dict[str, int] | None = None
) -> str:
    return draft_commands.submit(
        draft, ASHA, seen=digest, reason=reason, mixed="together", timing=Timing(), key=key, fields=fields
    )


def test_what_was_shown_is_submitted(draft: str) -> None:
    assert submit(draft, seen(draft).digest) == "PC-1"


def test_a_draft_that_another_window_changed_is_not_submitted_unread(draft: str) -> None:
    before = seen(draft).digest
    draft_lines.use_passing_prices(draft, ASHA, MONDAY, kind="soft")

    with pytest.raises(SeenContentChanged):
        submit(draft, before)

    with reading() as session:
        assert session.exec(select(Line)).all() == [], "115.00 would have gone out where 140.00 was to wait"
    assert submit(draft, seen(draft).digest, key="again") == "PC-1"


def moved(sku: str, price: int) -> None:
    """Somebody else's change of this price is out meanwhile."""
    with transaction() as session:
        session.execute(update(Price).where(col(Price.sku) == sku).values(amount=price, version=2))


def test_prices_that_moved_since_they_were_weighed_are_weighed_again_before_anything_is_submitted(draft: str) -> None:
    before = seen(draft)
    moved("T1", 92_00)

    with pytest.raises(PricesMoved, match=r"T1 from 92\.00 instead of 100\.00 INR"):
        submit(draft, before.digest)

    with reading() as session:
        assert session.exec(select(Proposal)).all() == [], "4.00 more was confirmed, 12.00 would have gone out"
    again = seen(draft)
    assert again.digest != before.digest
    assert submit(draft, again.digest, key="again") == "PC-1"


def test_a_line_whose_price_came_to_stand_meanwhile_is_left_out_and_counted(draft: str) -> None:
    digest = seen(draft).digest
    moved("T1", 104_00)

    with pytest.raises(PricesMoved):
        submit(draft, digest)

    with reading() as session:
        assert (session.get_one(Draft, draft).unchanged, session.get_one(Draft, draft).clean) == (1, 0)
    assert submit(draft, seen(draft).digest, key="again") == "PC-1"
    with reading() as session:
        assert [line.sku for line in session.exec(select(Line))] == ["T2"]


def test_a_draft_submitted_from_two_windows_at_once_becomes_one_proposal(draft: str, monkeypatch) -> None:
    digest = seen(draft).digest

    def submitted(key: str):
        return lambda: submit(draft, digest, key)

    outcomes = at_once(monkeypatch, submitted("a"), submitted("b"), at=((draft_commands.drafts, "submission"),))

    assert "PC-1" in outcomes
    assert [type(error) for error in failures(outcomes)] == [DraftSubmitted]
    with reading() as session:
        assert len(session.exec(select(Proposal)).all()) == 1, "two people would have approved one change twice"


def test_two_windows_that_change_one_draft_at_once_leave_it_counted_right(draft: str, monkeypatch) -> None:
    def without(sku: str):
        return lambda: draft_lines.leave_out(draft, ASHA, [sku], MONDAY)

    assert at_once(monkeypatch, without("T1"), without("T2"), at=((row_changes, "recount"),)) == [1, 1]

    with reading() as session:
        kept = session.get_one(Draft, draft)
        assert (kept.rows, kept.clean, kept.soft) == (0, 0, 0)


def test_a_window_that_does_not_know_that_the_draft_was_submitted_submits_nothing(draft: str) -> None:
    digest = seen(draft).digest
    first = submit(draft, digest, "a")

    with pytest.raises(DraftSubmitted, match=first):
        submit(draft, digest, "b")

    assert submit(draft, digest, "a") == first, "the same form sent again has the same answer"


@pytest.mark.usefixtures("pricing_store")
def test_a_draft_in_two_currencies_is_refused_before_it_is_submitted_and_by_the_same_words() -> None:
    with transaction() as session:
        stocked(session, product("T1"), replace(product("U1"), currency="USD"))
    draft = draft_lines.keep(ASHA, "pasted", read_typed("T1 104.00\nU1 104.00", []).rows, MONDAY)

    foreseen = page.foresee(draft.id, ASHA, MONDAY, mixed="together", timing=Timing())

    assert foreseen.bad == (
        "One proposal has one currency; these lines mix INR, USD. Submit one proposal per currency."
    )


def listed() -> list[str]:
    with reading() as session:
        return [one.id for one in drafts.glances(session, ASHA)]


def test_submitting_ends_the_draft_with_the_proposal_that_it_becomes(draft: str) -> None:
    assert listed() == [draft]
    reference = submit(draft, seen(draft).digest)

    assert listed() == []
    assert page.opened(draft, ASHA).submitted_as == reference
    with pytest.raises(DraftSubmitted, match=reference):
        draft_commands.kept(draft, ASHA, {"timing": "{}"}, {}, MONDAY)


def test_a_submission_that_breaks_off_leaves_the_draft_open(draft: str, monkeypatch) -> None:
    def ended(*_: object) -> None:
        raise RuntimeError("the store went away")

    with monkeypatch.context() as breaking:
        breaking.setattr(drafts, "end", ended)
        with pytest.raises(RuntimeError):
            submit(draft, seen(draft).digest)

    assert listed() == [draft]
    with reading() as session:
        assert session.exec(select(Proposal)).all() == [], "a proposal whose draft stays open is submitted twice"


def test_what_another_window_chose_is_not_passed_over_unseen(draft: str) -> None:
    draft_commands.kept(draft, ASHA, {"timing": '{"until": "at"}'}, {}, MONDAY)
    draft_commands.kept(draft, ASHA, {"reason": "Tea: auction"}, {}, MONDAY)

    with pytest.raises(DraftChangedElsewhere, match="The moments and the reason changed there"):
        submit(draft, seen(draft).digest, fields={"timing": 0, "reason": 0})

    read_again = submit(draft, seen(draft).digest, fields={"timing": 1, "reason": 1})
    assert read_again == "PC-1"


def test_a_reason_that_another_window_typed_alike_is_no_change(draft: str) -> None:
    draft_commands.kept(draft, ASHA, {"reason": "Tea: auction"}, {}, MONDAY)

    assert submit(draft, seen(draft).digest, reason="Tea: auction", fields={"reason": 0}) == "PC-1"


def test_lines_that_were_mended_are_edited_as_they_stand_and_others_as_they_were_typed(draft: str) -> None:
    draft_commands.kept(draft, ASHA, {"text": "sku price\nT1 104.00\nT2 140.00"}, {}, MONDAY)
    draft_commands.edit_lines(draft, ASHA, MONDAY)
    assert drafting_text(draft) == "sku price\nT1 104.00\nT2 140.00"

    draft_lines.use_passing_prices(draft, ASHA, MONDAY, kind="soft")
    draft_commands.edit_lines(draft, ASHA, MONDAY)

    assert drafting_text(draft) == "T1\t104.00\nT2\t115.00", "the price that passes was taken; 140.00 came back"


def test_what_a_submitted_draft_left_behind_begins_another(draft: str) -> None:
    draft_lines.keep(ASHA, "pasted", read_typed("T1 104.00\nT2 75.00\nNOPE 1.00", []).rows, MONDAY, draft_id=draft)
    draft_commands.kept(draft, ASHA, {"choices": '{"mixed": "split"}', "reason": "Tea"}, {}, MONDAY)
    shown = page.draft_page(draft, ASHA, kind=None, after="", mixed="split")
    draft_commands.submit(draft, ASHA, seen=shown.digest, reason="Tea", mixed="split", timing=Timing(), key="k")

    assert page.opened(draft, ASHA).left == 2
    anew = draft_commands.with_what_was_left(draft, ASHA, "split", MONDAY)

    assert drafting_text(anew) == "T2\t75.00\nNOPE\t1.00"
    assert listed() == [anew]


def drafting_text(draft: str) -> str:
    with reading() as session:
        return drafts.stand(session, draft, ASHA)["text"].value
