"""Price windows over HTTP: what the page refuses is refused, permanence is decided, and each change is warned of."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.clock import utc_now
from app.components.moments import MomentAsked, understand
from app.database import transaction
from app.lifecycle import actions
from app.lifecycle.views.queries import reference_of
from app.lifecycle.windows import bounds
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.api.test_clock import code
from tests.api.test_price_changes import CHANGES, change, deciding, proposed
from tests.builders import product

DAY = timedelta(days=1)
TODAY = utc_now().date()
MOMENTS = {
    "years ago": (date(2020, 1, 1), None),
    "yesterday": (TODAY - DAY, None),
    "the beginning of time": (date(1, 1, 1), None),
    "the end of time": (date(9999, 12, 31), None),
    "over three years ahead": (TODAY + 1100 * DAY, None),
    "next week": (TODAY + 7 * DAY, None),
    "a window next week": (TODAY + 7 * DAY, TODAY + 9 * DAY),
    "a window that ends before it begins": (TODAY + 9 * DAY, TODAY + 7 * DAY),
    "a window that ends as it begins": (TODAY + 9 * DAY, TODAY + 9 * DAY),
    "a window that ended yesterday": (None, TODAY - DAY),
    "a window until over three years ahead": (None, TODAY + 1100 * DAY),
    "a window from now on": (None, TODAY + 2 * DAY),
}
GOOD = {"next week", "a window next week", "a window from now on"}


def page_takes(begins: date | None, ends: date | None, zone: str) -> bool:
    """Type the moments into the New proposal page; tell whether it lets them through."""
    now = utc_now()
    start, _ = understand(MomentAsked(begins.isoformat(), "09:00", zone), now, insist=True) if begins else (None, None)
    end, _ = (
        understand(MomentAsked(ends.isoformat(), "09:00", zone), now, after=start, insist=True)
        if ends
        else (None, None)
    )
    return (begins is None or start is not None) and (ends is None or end is not None)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_both_doors_take_and_refuse_the_same_moments(asha: Caller, zone: str) -> None:
    def local(day: date) -> dict[str, str]:
        return {"date": day.isoformat(), "time": "09:00", "zone": zone}

    by_page, by_api, published_at_once = set(), set(), set()
    for name, (begins, ends) in MOMENTS.items():
        more = {"effective_at": local(begins)} if begins else {}
        answer = asha.post(CHANGES, change(("T1", "104.00"), **more, **({"ends_at": local(ends)} if ends else {})))
        assert answer.status_code in (201, 422), (name, answer.text)
        by_page |= {name} if page_takes(begins, ends, zone) else set()
        by_api |= {name} if answer.status_code == 201 else set()
        if answer.status_code == 201 and begins and begins < TODAY:
            published_at_once.add(name)

    assert by_page == by_api == GOOD
    assert published_at_once == set(), "4.00 a piece, for a date that nobody meant"


def test_the_file_door_refuses_them_too_dry_run_or_not(asha: Caller) -> None:
    file = {"file": ("prices.csv", b"sku,price\nT1,104.00\n", "text/csv")}
    past = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    answers = [
        asha.post(f"{CHANGES}/import", params={"dry_run": dry}, data={"reason": "R", "effective_at": past}, files=file)
        for dry in (True, False)
    ]

    assert [code(answer) for answer in answers] == [(422, "effective_at_makes_no_sense")] * 2


def opened(asha: Caller, sku: str = "T1", days: int = 5) -> tuple[str, str]:
    """Publish a window; return its reference and that of its return."""
    ends = (utc_now() + days * DAY).isoformat()
    answer = asha.post(CHANGES, change((sku, "104.00"), ends_at=ends))
    assert answer.status_code == 201, answer.text
    with transaction() as session:
        actions.publish(session, answer.json()["id"], now=utc_now())
        back = bounds.return_of(session, answer.json()["id"])
        assert back is not None
        return str(answer.json()["reference"]), reference_of(back.number)


def test_a_return_is_not_withdrawn_but_made_permanent_by_an_approver(asha: Caller, kiran: Caller) -> None:
    window, back = opened(asha)
    seen = asha.get(f"{CHANGES}/{back}").json()

    withdrawn = asha.post(f"{CHANGES}/{back}/withdraw", deciding(seen, "I want to keep it"))
    silent = kiran.post(f"{CHANGES}/{back}/keep", deciding(seen))
    unseen = kiran.post(f"{CHANGES}/{back}/keep", {"comment": "Costs rose", "content_hash": "something else"})
    own = asha.post(f"{CHANGES}/{back}/keep", deciding(seen, "Costs rose"))
    kept = kiran.post(f"{CHANGES}/{back}/keep", deciding(seen, "Costs rose"))

    assert [code(refused) for refused in (withdrawn, silent, unseen, own)] == [
        (403, "return_stays"),
        (422, "comment_missing"),
        (409, "content_changed"),
        (403, "not_allowed"),
    ]
    assert (kept.status_code, kept.json()["decision"]) == (200, "keep")
    told = asha.get(f"{CHANGES}/{window}/trace").json()
    assert [entry["detail"] for entry in told if entry["what"] == "keep"] == ["Costs rose"]


def test_a_caller_reads_what_the_rules_hold_of_keeping_and_cannot_keep_what_is_below_cost_by_now(
    asha: Caller, kiran: Caller
) -> None:
    _, back = opened(asha)
    seen = kiran.get(f"{CHANGES}/{back}").json()
    with transaction() as session:
        import_catalog(session, [product("T1", cost=110_00, price=104_00)], now=utc_now())

    stale = kiran.post(f"{CHANGES}/{back}/keep", deciding(seen, "It sells"))
    again = kiran.post(f"{CHANGES}/{back}/re-evaluate").json()
    told = kiran.get(f"{CHANGES}/{back}").json()
    refused = kiran.post(f"{CHANGES}/{back}/keep", deciding(told, "It sells"))

    assert [code(stale), code(refused)] == [(409, "facts_moved"), (409, "keeps_hard")], "6.00 lost on every piece"
    assert again["status"] == "PENDING_APPROVAL"
    assert told["warnings"][0].startswith(
        "Made permanent: The only price would stay for good although it breaks a hard"
    )


def test_a_dry_run_and_the_answer_show_the_end_that_would_be_refused(asha: Caller) -> None:
    ends = (utc_now() + DAY).isoformat()
    file = {"file": ("prices.csv", b"sku,price\nT5,56.00\n", "text/csv")}

    tried = asha.post(f"{CHANGES}/import", params={"dry_run": True}, data={"ends_at": ends}, files=file).json()
    made = asha.post(CHANGES, change(("T5", "56.00"), ends_at=ends)).json()
    (line,) = asha.get(f"{CHANGES}/{made['id']}/lines").json()["items"]

    assert (tried["hard"], made["status"]) == (1, "REJECTED")
    assert line["findings"][0]["message"].startswith("When the window ends and the earlier price returns: margin 2.0 %")
    assert line["findings"][0]["passing_price"] == "54.45"


def test_whoever_makes_either_side_is_told_of_the_other(asha: Caller, omar: Caller) -> None:
    window, _ = opened(asha)
    later = (utc_now() + DAY).isoformat()

    other = asha.post(CHANGES, change(("T1", "103.00"), effective_at=later)).json()
    seen = asha.get(f"{CHANGES}/{window}").json()
    span = {"starts": (utc_now() + 4 * DAY).isoformat(), "ends": (utc_now() + 6 * DAY).isoformat()}
    freeze = omar.post("/api/freezes", {**span, "reason": "Stocktake"}).json()
    frozen = asha.get(f"{CHANGES}/{window}").json()

    assert f"{window} has T1 in a price window" in other["warnings"][0]
    assert f"{other['reference']} changes T1 too" in seen["warnings"][0]
    assert freeze["warning"].startswith(f"1 price window ends ({window} on ")
    assert "falls into the freeze" in frozen["warnings"][0]


def test_a_stop_names_the_windows_whose_end_it_holds(asha: Caller, omar: Caller) -> None:
    window, _ = opened(asha)
    opened(asha, "T2", days=1)

    soon = omar.post("/api/publishing/stop", {"comment": "Wrong rates"}).json()

    assert "1 price window ends (" in soon["warning"]
    assert window not in soon["warning"]


def test_a_plain_change_of_its_own_is_warned_of_nothing(asha: Caller) -> None:
    assert proposed(asha, ("T1", "104.00"))["warnings"] == []


def test_a_warning_and_a_refusal_hold_their_instants_in_utc_with_a_z(asha: Caller, kiran: Caller) -> None:
    ends = (utc_now() + 2 * DAY).replace(second=0, microsecond=0)
    posted = asha.post(CHANGES, change(("T1", "104.00"), ends_at=ends.isoformat()))
    answer = asha.post(CHANGES, change(("T1", "120.00")))

    assert posted.status_code == 201, posted.text
    assert f"in a price window until {ends:%Y-%m-%dT%H:%M:00Z}." in answer.json()["warnings"][0]
    waits = kiran.post(f"{CHANGES}/{answer.json()['reference']}/re-evaluate")
    assert code(waits) == (409, "nothing_moved")
    assert waits.json()["due"].endswith("Z")
    assert f"it waits until {waits.json()['due']} for a decision" in waits.json()["detail"]
