"""Dates, windows and waves in the browser: asked about, previewed, steered; and never a reload."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.e2e.person import Person


def _in_waves(person: Person, first: list[str], second: list[str], *, bakes: tuple[int, int, int]) -> None:
    """Plan three waves that name what they take: shares go by a hash, and of eight lines a wave may get none."""
    page = person.page
    page.get_by_test_id("goes-own").click()
    expect(page.get_by_test_id("wave-lines-3")).not_to_have_text("")
    for number, named in ((1, first), (2, second)):
        page.get_by_label(f"What wave {number} takes").select_option("skus")
        person.type(f"wave-what-{number}", ", ".join(named))
    for number, bake in enumerate(bakes, start=1):
        page.get_by_test_id(f"wave-unit-{number}").select_option("s")
        person.type(f"wave-bake-{number}", str(bake))
    expect(page.get_by_test_id("waves")).to_contain_text(f"{bakes[0] + bakes[1]}.0 s after the first")


def test_a_time_that_is_skipped_is_refused_and_one_that_happens_twice_is_asked_about(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.check_lines({sku: "209.00"})
    page, year = asha.page, datetime.now(UTC).year + 1
    last_sunday = {month: max(d for d in range(25, 32) if datetime(year, month, d).weekday() == 6) for month in (3, 10)}
    page.get_by_test_id("reason").fill("Tea: spring")
    page.get_by_test_id("when").select_option("at")
    page.get_by_test_id("zone").fill("Europe/Berlin")
    page.get_by_test_id("zone").blur()

    page.get_by_test_id("begins-day").fill(f"{year}-03-{last_sunday[3]}")
    page.get_by_test_id("begins-time").fill("02:30")
    expect(page.get_by_test_id("begins-bad")).to_contain_text("does not exist in Europe/Berlin")
    page.get_by_test_id("submit").click()
    page.get_by_test_id("begins-offer").click()
    expect(page.get_by_test_id("begins-say")).to_contain_text("03:00 in Europe/Berlin (UTC+2)")

    page.get_by_test_id("begins-day").fill(f"{year}-10-{last_sunday[10]}")
    page.get_by_test_id("begins-time").fill("02:30")
    expect(page.get_by_test_id("begins-bad")).to_contain_text("happens twice")
    page.get_by_test_id("begins-fold-1").click()
    expect(page.get_by_test_id("begins-say")).to_contain_text("(UTC+1)")
    asha.submit("Tea: spring")

    asha.expect_status("Approved")
    expect(page.get_by_test_id("next")).to_contain_text("publishes at")


def test_a_canary_passes_its_waves_by_itself_under_the_eyes_of_its_author(signed_in, skus):
    asha, taken = signed_in("asha"), skus(8)
    asha.check_lines(dict.fromkeys(taken, "204.00"))
    _in_waves(asha, taken[:3], taken[3:6], bakes=(8, 8, 8))  # long enough to be looked at, and to land everywhere
    asha.submit("Tea by waves")

    asha.expect_status("Canary")
    expect(asha.page.get_by_test_id("next")).to_contain_text("next: wave 1 is judged")
    expect(asha.page.get_by_test_id("canary-hold")).to_have_attribute("aria-disabled", "true")
    expect(asha.page.get_by_test_id("canary-wave-1")).to_contain_text("Passed")
    asha.expect_status("Published")
    expect(asha.page.get_by_test_id("canary-lead")).to_contain_text("All 3 waves out")


def test_an_unclear_guard_waits_for_a_person_who_rolls_it_back(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    taken = skus(8)
    asha.check_lines(dict.fromkeys(taken, "205.00"))
    _in_waves(asha, taken[:3], taken[3:6], bakes=(1, 1, 1))
    asha.page.get_by_test_id("add-measure").click()
    asha.page.get_by_test_id("measure-name").fill("conversion")
    asha.page.get_by_test_id("measure-name").blur()
    reference = asha.submit("Tea, conversion is watched")
    expect(asha.page.get_by_test_id("status")).to_have_text("Held")

    page = kiran.open(f"/proposals/{reference}")
    expect(page.get_by_test_id("gauges")).to_contain_text("Nobody has posted conversion")
    page.get_by_test_id("canary-roll-back").click()
    expect(page.get_by_test_id("canary-comment")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("canary-comment").fill("Too bold")
    page.get_by_test_id("canary-roll-back").click()

    kiran.expect_status("Rolled back")
    asha.expect_status("Rolled back")
    assert {asha.price_of(sku)["price"] for sku in taken} == {asha.price_of(taken[0])["price"]}


def _until(page, days: int) -> None:
    """Let the lines on the New proposal page be a price window of so many days."""
    ends = datetime.now(UTC) + timedelta(days=days)
    page.get_by_test_id("until").select_option("at")
    page.get_by_test_id("zone").fill("UTC")
    page.get_by_test_id("zone").blur()
    page.get_by_test_id("ends-day").fill(f"{ends:%Y-%m-%d}")
    page.get_by_test_id("ends-time").fill("18:00")
    expect(page.get_by_test_id("ends-say")).to_contain_text("18:00 UTC")


def test_a_price_window_and_its_return_know_each_other_and_a_later_change_is_warned_of_it(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.check_lines({sku: "206.00"})
    _until(asha.page, 2)
    reference = asha.submit("Tea for two days")

    asha.expect_status("Published")
    expect(asha.page.get_by_test_id("ending")).to_contain_text("the earlier prices return")
    asha.page.get_by_test_id("ending").click()
    expect(asha.page.get_by_test_id("ending")).to_contain_text(f"end of the price window of {reference}")
    expect(asha.page.get_by_test_id("next")).to_contain_text("the earlier prices return")
    asha.check_lines({sku: "207.00"})
    expect(asha.page.get_by_test_id("foreseen-warn")).to_contain_text(f"{reference} has {sku} in a price window")


def test_a_window_is_made_permanent_by_an_approver_with_a_reason_and_by_nobody_else(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    asha.check_lines(dict.fromkeys(skus(1), "206.00"))
    _until(asha.page, 2)
    reference = asha.submit("Tea for two days, or longer")
    asha.expect_status("Published")
    asha.page.get_by_test_id("ending").click()
    expect(asha.page.get_by_test_id("ending")).to_contain_text(f"end of the price window of {reference}")
    expect(asha.page.get_by_test_id("act-withdraw")).to_have_count(0)
    expect(asha.page.get_by_test_id("keep")).to_have_attribute("aria-disabled", "true")

    page = kiran.open(asha.page.url.removeprefix(asha.page.url.partition("/proposals/")[0]))
    page.get_by_test_id("keep").click()
    expect(page.get_by_test_id("keep-finds")).to_contain_text("Judged today as a change for good, the only price")
    page.get_by_role("dialog", name="Make permanent").get_by_label("Reason").fill("The auction stays dear")
    page.get_by_test_id("confirm-keep").click()

    kiran.expect_status("Withdrawn")
    expect(page.get_by_test_id("ending")).to_contain_text("made permanent by Kiran")
    asha.open(f"/proposals/{reference}")
    expect(asha.page.get_by_test_id("ending")).to_contain_text("The auction stays dear")


def test_an_approver_demands_waves(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    reference = asha.propose("Tea: bold", dict.fromkeys(skus(6), "260.00"))
    page = kiran.open(f"/proposals/{reference}")

    page.get_by_test_id("demand").click()
    page.get_by_test_id("demand-own").check()
    page.get_by_test_id("demand-shares").fill("50")
    page.get_by_test_id("confirm-demand").click()

    expect(page.get_by_test_id("canary-lead")).to_contain_text("Goes out in 2 waves")
    expect(asha.page.get_by_test_id("canary-lead")).to_contain_text("Goes out in 2 waves")


def test_what_is_said_of_an_instant_is_told_in_the_zone_of_whoever_reads_it(signed_in, skus):
    asha, kiran, noor = (signed_in(who, zone=zone) for who, zone in ZONES.items())
    [sku] = skus(1)
    ends = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    waiting = _posted(asha, sku, "250.00", ends_at=ends.isoformat())
    there = {who: ends.astimezone(ZoneInfo(zone)) for who, zone in ZONES.items()}
    told = {who: f"{at.day} {at:%b %Y %H:%M} ({at.tzinfo})" for who, at in there.items()}

    asha.check_lines({sku: "207.00"})
    expect(asha.page.get_by_test_id("foreseen-warn")).to_contain_text(f"in a price window until {told['asha']}.")
    later = _posted(asha, sku, "251.00")
    assert f"in a price window until {ends:%Y-%m-%dT%H:%M:%SZ}." in " ".join(later["warnings"])

    page = kiran.open(f"/proposals/{later['reference']}")
    expect(page.get_by_text(f"in a price window until {told['kiran']}.")).to_be_visible()
    opened = kiran.open(f"/proposals/{waiting['reference']}")
    expect(opened.get_by_test_id("act-approve")).to_be_visible()
    _post(noor, f"/{waiting['reference']}/waves", {"waves": ONE_WAVE, "content_hash": waiting["content_hash"]})
    opened.get_by_test_id("act-approve").click()
    expect(opened.get_by_test_id("refused")).to_contain_text(f"({ZONES['kiran']})")
    expect(opened.get_by_test_id("refused")).not_to_contain_text("UTC")


ZONES = {"asha": "Asia/Kolkata", "kiran": "Europe/Berlin", "noor": "America/New_York"}
ONE_WAVE = {"waves": [{"share_bp": 10_000, "bake_seconds": 600}]}


def _post(person: Person, path: str, body: dict[str, object]) -> dict[str, Any]:
    headers = {"Origin": person.address, "Idempotency-Key": uuid4().hex}
    answer = person.context.request.post(f"/api/price-changes{path}", data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def _posted(person: Person, sku: str, price: str, **more: str) -> dict[str, Any]:
    return _post(person, "", {"reason": "Tea in their zone", "lines": [{"sku": sku, "price": price}], **more})
