"""From the passport and the tracker to the story that the score draws."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from app.deliveries.views import AckStep, BoardRow, FailedDelivery, RepricingView
from app.pages.proposal.trace_view import as_list, before_the_seam
from app.passport import TraceEntry
from app.passport.gather import _acks, story

T0 = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def passport() -> list[TraceEntry]:
    return [
        TraceEntry(at(0), "people", "Asha N.", "submit", "", None, "EVALUATING"),
        TraceEntry(at(0.8), "lifecycle", "Baton", "hold", "", "EVALUATING", "PENDING_APPROVAL"),
        TraceEntry(at(60), "people", "Kiran S.", "approve", "", "PENDING_APPROVAL", "APPROVED", said="Checked"),
        TraceEntry(at(61), "lifecycle", "Baton", "publish", "", "APPROVED", "PUBLISHED"),
        TraceEntry(at(61), "seam", "Baton", "PriceChangePublished", "3 SKUs"),
        TraceEntry(at(61.5), "context", "catalog", "PricesApplied", "3 of 3 applied", context="catalog"),
    ]


def test_an_undo_takes_nothing_off_what_was_applied():
    steps = [AckStep(at(1), 0, 5, 0), AckStep(at(2), 1, 9, 0), AckStep(at(3), 0, 4, 5), AckStep(at(4), 1, 0, 9)]

    acks = _acks(steps)

    assert [ack.applied for ack in acks] == [5, 4, 0, 0]
    assert [ack.reverted for ack in acks] == [0, 0, 5, 4]


def test_the_seam_stands_before_the_announcement():
    rows = as_list(passport(), published_at=at(61), now=at(70))

    assert [row.seam for row in rows].index(True) == 4
    assert rows[5].lead == "PriceChangePublished"
    assert len(before_the_seam(rows)) == 4


def test_people_are_quoted_and_waits_are_told():
    rows = as_list(passport(), published_at=at(61), now=at(70))

    assert rows[2].lead == "Approved by Kiran S."
    assert rows[2].rest == "“Checked”"
    assert rows[2].gap == "59.2 s later"
    assert rows[-1].gap == "+0.5 s"


def test_what_was_never_published_ends_above_the_seam():
    rows = as_list(passport()[:2], published_at=None, now=at(70))

    assert rows[-1].seam
    assert "not crossed" in rows[-1].rest


def test_what_a_context_asked_for_and_what_took_long_are_told_as_sentences():
    rows = as_list(
        [
            TraceEntry(at(0), "lifecycle", "catalog", "roll-back", "Locked", "PUBLISHED", "ROLLING_BACK"),
            TraceEntry(at(9), "lifecycle", "Baton", "complete", "900 of 900 taken back in 9.0 s."),
        ],
        published_at=at(0),
        now=at(70),
    )

    assert [(row.lead, row.rest) for row in rows[:2]] == [
        ("Rolled back, as catalog asked", "Locked"),
        ("Carried out", "900 of 900 taken back in 9.0 s."),
    ]


def test_the_score_draws_a_request_when_it_was_made_and_not_when_the_sku_was_parked():
    parked = TraceEntry(at(61.1), "context", "catalog", "PriceParked", "T1: locked", context="catalog")
    asked = TraceEntry(at(61.2), "context", "catalog", "PriceChangeRollbackRequested", "T1: locked", context="catalog")
    trouble = FailedDelivery("T1", "catalog", "PARKED", "locked", 1, at(61.1), None)
    row = BoardRow("1", "PC-1", "Tea", "PUBLISHED", "parked", at(61), 1, None, None, ())
    proposal = SimpleNamespace(published_at=at(61), lines=1, under_way=None)
    told = story(proposal, [*passport()[:5], parked, asked], RepricingView(row, None, troubles=(trouble,)), [],
                 now=at(70))  # type: ignore[arg-type]  # fmt: skip

    assert (told.requested_by, told.requested_at) == ("catalog", at(61.2))
