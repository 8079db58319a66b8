"""What the lifecycle says of an instant is told in the zone of whoever is shown it, named; its data are UTC."""

from collections.abc import Iterator

import pytest

from app import database
from app.components.views import RefusalView
from app.identity.actor import SYSTEM
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.proposing import obstacles
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.pages.approvals import bulk_read
from app.pages.proposal.read import ProposalAsked, whole_page
from app.states.read import banner
from app.timekeeping.local_time import watch_from
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, acts
from tests.lifecycle.test_windows import plan, shop, window

__all__ = ["shop"]


@pytest.fixture(autouse=True)
def kolkata(shop: None) -> Iterator[None]:
    """Somebody in India looks: half past two in the afternoon is nine in the morning in UTC."""
    watch_from("Asia/Kolkata")
    yield
    watch_from("")


def tonight(price: int = 120_00) -> ProposalSummary:
    asked = Submission("Tonight", (ProposedLine("T1", price),), ends_at=MONDAY + 5 * HOUR)
    return commands.submit(ASHA, asked, key=f"tonight {price}", now=MONDAY)


def test_a_refusal_carries_its_instant_and_its_page_tells_it_in_that_zone():
    made = tonight()
    with database.reading() as session:
        seen = queries.summary(session, made.id).seen_hash

    with pytest.raises(Refused) as raised:
        commands.act(KIRAN, made.id, Action.APPROVE, comment="Agreed", seen=seen, key="k", now=MONDAY + 6 * HOUR)

    assert raised.value.extra == {"ended": "2026-11-23T14:00:00Z"}
    assert "was over on 2026-11-23T14:00:00Z: its prices" in raised.value.detail
    view = RefusalView(title=raised.value.title, detail=raised.value.detail)
    assert "was over on 23 Nov 2026 19:30 (Asia/Kolkata): its prices" in view.detail
    assert "was over on 23 Nov 2026 19:30 (Asia/Kolkata)" in shut(made).why
    with database.reading() as session:
        rows = bulk_read.preview(session, KIRAN, {made.reference: seen}, "n", MONDAY + 6 * HOUR).rows
    assert "was over on 23 Nov 2026 19:30 (Asia/Kolkata)" in rows[0].note


def shut(made: ProposalSummary):
    return whole_page(ProposalAsked(made.id), KIRAN, MONDAY + 6 * HOUR).actions["approve"]


def test_a_freeze_is_told_at_both_ends_in_the_banner_on_the_passport_and_as_a_refusal():
    tomorrow = MONDAY + 24 * HOUR
    promotion = window(("T2", 90_00), ends=26 * HOUR)
    with database.transaction() as session:
        brakes.freeze(session, starts=tomorrow, ends=tomorrow + 4 * HOUR, actor=OMAR, reason="Stock", now=MONDAY)
    waits = commands.submit(
        ASHA, Submission("Soon", (ProposedLine("T1", 104_00),), tomorrow + HOUR), key="s", now=MONDAY
    )

    said = whole_page(ProposalAsked(promotion.id), KIRAN, MONDAY + HOUR).says[0].rest
    assert said.startswith(
        "Its end on 24 Nov 2026 16:30 falls into the freeze from 24 Nov 2026 14:30 to 24 Nov 2026 18:30 (Asia/Kolkata):"
    )
    with database.reading() as session:
        assert (
            "2026-11-24T11:00:00Z falls"
            in obstacles.of_proposal(session, session.get_one(Proposal, promotion.id), MONDAY)[0]
        )
        assert banner(session, tomorrow).lead == "Publishing is frozen until 24 Nov 2026 18:30 (Asia/Kolkata)."
        goes_out = Case(session, session.get_one(Proposal, waits.id), Action.PUBLISH, SYSTEM, tomorrow + HOUR)
        refused = moves.why_not(goes_out)
    assert refused is not None
    assert (refused.code, refused.extra) == ("frozen", {"until": "2026-11-24T13:00:00Z"})


def test_a_window_that_would_never_go_out_is_not_told_to_end_on_time():
    with database.transaction() as session:
        brakes.freeze(session, starts=MONDAY + HOUR, ends=MONDAY + 9 * HOUR, actor=OMAR, reason="Stock", now=MONDAY)
        warned = obstacles.of_plan(session, ["T1"], obstacles.PriceSpan(MONDAY + 2 * HOUR, MONDAY + 4 * HOUR), MONDAY)

    assert len(warned) == 1
    assert "it would never go out" in warned[0]


def test_the_passport_tells_an_old_entry_in_the_zone_of_its_reader_and_quotes_people_as_they_wrote():
    made = tonight()
    acts(NOOR, made.id, Action.RETURN, comment="Not before 2026-12-01T00:00:00Z", key="r", now=MONDAY + HOUR)
    waves = commands.submit(
        ASHA, Submission("W", tuple(ProposedLine(sku, 120_00) for sku in ("T1", "T2")), waves=plan(20, 20)),
        key="w", now=MONDAY,
    )  # fmt: skip
    seen = waves.seen_hash
    commands.plan_waves(NOOR, waves.id, None, seen=seen, key="p", now=MONDAY + HOUR)

    with pytest.raises(Refused) as raised:
        commands.act(KIRAN, waves.id, Action.APPROVE, comment="", seen=seen, key="a", now=MONDAY + 2 * HOUR)

    assert "planned its waves, 23 Nov 2026 15:30 (Asia/Kolkata)" in RefusalView(detail=raised.value.detail).detail
    rows = " ".join(row.rest for row in whole_page(ProposalAsked(made.id), KIRAN, MONDAY + 2 * HOUR).trace)
    assert "“Not before 2026-12-01T00:00:00Z”" in rows
