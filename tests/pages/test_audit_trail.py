"""The audit page: what happens all day is out of the way, and only a person's own words are quoted."""

import pytest

from app.clock import utc_now
from app.components import format as shown
from app.database import reading, transaction
from app.identity.roles import Permission, Role
from app.lifecycle import actions, commands
from app.lifecycle.audit import sign_ins
from app.lifecycle.publishing import brakes
from app.lifecycle.rolling_back.second_person import TakesTwo
from app.lifecycle.table.transitions import Action
from app.pages.audit.page import _not_shown
from app.pages.audit.read import trail_page
from app.pages.audit.view import EVERYTHING, TrailView
from app.pages.proposal.callouts_view import taking_two
from app.pages.proposal.trace_view import as_list
from app.passport import trace
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, acts, open_shop, person, product, proposing
from tests.lifecycle.test_clock import SKUS, plan

BOLT = person("Bolt", Role.EMERGENCY)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    open_shop(product("T1"), *(product(sku) for sku in SKUS))


def signed_in(times: int) -> None:
    for n in range(times):
        sign_ins.signed_in(KIRAN, "127.0.0.1", "with one click, as a demo person", MONDAY + n * HOUR)


def told(view: TrailView) -> list[tuple[str, str, str]]:
    return [(row.did, row.told, row.said) for row in view.rows]


def test_a_hundred_sign_ins_push_no_price_decision_off_the_first_page():
    waiting = commands.submit(ASHA, proposing(("T1", 125_00)), key="s", now=MONDAY)
    acts(KIRAN, waiting.id, Action.REJECT, comment="Not before the festival", key="no", now=MONDAY)
    sign_ins.turned_away("kiran@shop.example", "10.0.0.9", "wrong_password", MONDAY)
    signed_in(101)

    first = trail_page("", "", "", utc_now())

    assert [row.did for row in first.rows[:2]] == ["was not let in", "rejected"]
    assert first.not_shown == "101 sign-ins are not shown."


def test_what_is_not_shown_is_one_click_away_and_that_is_in_the_address():
    signed_in(1)

    first = trail_page("kiran", "", "", utc_now())

    assert (first.rows, first.not_shown) == ([], "1 sign-in is not shown.")
    assert first.show_href == f"/audit?actor=kiran&action={EVERYTHING}"
    everything, only = trail_page("kiran", EVERYTHING, "", utc_now()), trail_page("kiran", "sign-in", "", utc_now())
    assert [row.did for row in everything.rows] == [row.did for row in only.rows] == ["signed in"]
    assert everything.not_shown == only.not_shown == ""
    assert "Show them" in str(_not_shown())


def test_what_baton_wrote_of_a_sign_in_is_not_quoted():
    signed_in(1)

    assert told(trail_page("", EVERYTHING, "", utc_now()))[0] == (
        "signed in", "with one click, as a demo person, from 127.0.0.1", "",
    )  # fmt: skip


def test_the_reason_of_a_freeze_is_quoted_and_its_span_is_not():
    with transaction() as session:
        brakes.freeze(session, starts=MONDAY, ends=MONDAY + HOUR, actor=OMAR, reason="Stock-taking", now=MONDAY)

    assert told(trail_page("", "freeze", "", utc_now())) == [
        ("announced a freeze", "23 Nov 2026 09:00 to 23 Nov 2026 10:00 UTC.", "“Stock-taking”")
    ]


def test_what_baton_adds_to_an_emergency_stands_beside_its_reason_on_both_pages():
    assert BOLT.may(Permission.EXPEDITE)
    waiting = commands.submit(ASHA, proposing(("T1", 125_00)), key="s", now=MONDAY)
    acts(BOLT, waiting.id, Action.EXPEDITE, comment="A typing error at the till", key="now", now=MONDAY)

    ((_, beside, said),) = told(trail_page("", "expedite", "", utc_now()))
    with reading() as session:
        rows = as_list(trace(session, waiting.id), published_at=MONDAY, now=MONDAY)

    (row,) = [row for row in rows if row.lead.startswith("Published in an emergency")]
    assert said == "“A typing error at the till”"
    assert row.rest == shown.in_own_words("A typing error at the till", beside)


def test_waves_that_somebody_demanded_are_told_and_not_quoted():
    waiting = commands.submit(ASHA, proposing(*((sku, 125_00) for sku in SKUS)), key="s", now=MONDAY)
    with transaction() as session:
        actions.plan_waves(session, waiting.id, plan(), actor=KIRAN, now=MONDAY)
        rows = as_list(trace(session, waiting.id), published_at=None, now=MONDAY)

    ((_, words, said),) = told(trail_page("", "plan-waves", "", utc_now()))
    (row,) = [row for row in rows if row.lead == "Waves demanded by Kiran"]
    assert said == ""
    assert row.rest == words != ""


def test_whose_order_stopped_half_way_is_not_quoted_with_what_baton_wrote():
    stopped = "Stopped: 3 of 10 are back. Another person agrees to the rest."
    by_baton = TakesTwo("1 of 7 SKUs is hard.", "Omar T.", MONDAY, stopped, in_name_of=True)
    by_hand = TakesTwo("1 of 7 SKUs is hard.", "Omar T.", MONDAY, "Wrong list")

    (told_by_baton,), (told_by_hand,) = taking_two(by_baton, MONDAY), taking_two(by_hand, MONDAY)

    assert told_by_baton.rest == stopped
    assert told_by_hand.rest == "“Wrong list” 1 of 7 SKUs is hard. Another person may agree."
