"""Freeze, stop, calendar, delegation and waves, through the screens."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.waiting import wait_for


def fill_span(page: Page, prefix: str, starts: datetime | None, ends: datetime) -> None:
    """Fill the moments of a form; no start means now."""
    page.get_by_test_id(f"{prefix}-zone").fill("UTC")
    page.get_by_test_id(f"{prefix}-zone").blur()
    for end, at in (("starts", starts), ("ends", ends)):
        if at is not None:
            page.get_by_test_id(f"{prefix}-{end}-day").fill(f"{at:%Y-%m-%d}")
            page.get_by_test_id(f"{prefix}-{end}-time").fill(f"{at:%H:%M}")


@pytest.fixture
def monday() -> datetime:
    """Return a Monday, far enough ahead that nothing else happens then."""
    today = datetime.now().replace(hour=0, minute=0)
    return today + timedelta(days=21 - today.weekday())


def test_publishing_is_stopped_with_a_reason_on_every_page_and_goes_on_late(signed_in, skus):
    asha, omar, [sku] = signed_in("asha"), signed_in("omar"), skus(1)
    asha.open("/prices")
    page = omar.open("/calendar")
    page.get_by_test_id("stop").click()
    page.get_by_label("Reason, kept in the audit").locator("visible=true").fill("Wrong currency rate")
    page.get_by_test_id("confirm-stop").click()

    for person in (omar, asha):
        expect(person.page.get_by_test_id("banner")).to_contain_text("Publishing is stopped. Omar T.")
        expect(person.page.get_by_test_id("banner")).to_contain_text("Wrong currency rate")
    reference = asha.propose("Tea: while all is stopped", {sku: "206.00"})
    asha.expect_status("Approved")
    expect(page.get_by_test_id("held-back")).to_contain_text(reference)
    assert asha.price_of(sku)["price"] == "200.00"

    page.get_by_test_id("resume").click()
    expect(page.get_by_role("dialog", name="Resume publishing?")).to_contain_text("goes out at once, late")
    page.get_by_label("Reason, kept in the audit").locator("visible=true").fill("The rate was corrected")
    page.get_by_test_id("confirm-resume").click()

    asha.expect_status("Published")
    expect(asha.page.get_by_test_id("banner")).to_have_count(0)
    wait_for(lambda: set(asha.price_of(sku).values()) == {"206.00"}, "applying in every context")


def test_a_freeze_is_announced_drawn_and_lifted(signed_in, monday):
    leela = signed_in("leela")
    page = leela.open(f"/calendar?week={monday:%Y-%m-%d}")
    page.get_by_test_id("freeze").click()
    fill_span(page, "freeze", monday + timedelta(hours=20), monday + timedelta(hours=30))
    page.get_by_label("Reason, kept in the audit").locator("visible=true").fill("Stocktake of the region")
    page.get_by_test_id("confirm-freeze").click()

    expect(page.get_by_test_id("freezes")).to_contain_text("Stocktake of the region")
    expect(page.get_by_test_id("agenda").get_by_text("Freeze begins")).to_have_count(1)
    expect(page.get_by_test_id("banner")).to_have_count(0)
    mine = page.get_by_test_id("freezes").get_by_role("row").filter(has_text="Stocktake of the region")
    mine.get_by_test_id("lift").click()
    expect(page.get_by_role("dialog", name="Lift this freeze?")).to_contain_text("Stocktake of the region")
    page.get_by_label("Reason, kept in the audit").locator("visible=true").fill("Done early")
    page.get_by_test_id("confirm-lift").click()
    expect(mine).to_have_count(0)
    expect(page.get_by_test_id("agenda").get_by_text("Freeze begins")).to_have_count(0)


def test_a_freeze_is_told_to_everybody_in_the_zone_they_are_in_and_the_zone_is_named(signed_in, monday):
    omar, kiran = signed_in("omar", zone="Asia/Calcutta"), signed_in("kiran", zone="America/New_York")
    page = omar.open("/calendar")
    expect(page.get_by_test_id("zone-here")).to_have_text("Asia/Kolkata")
    page.get_by_test_id("freeze").click()
    expect(page.get_by_test_id("freeze-zone")).to_have_value("Asia/Kolkata")
    page.get_by_test_id("freeze-starts-day").fill(f"{monday:%Y-%m-%d}")
    page.get_by_test_id("freeze-starts-time").fill("06:00")
    page.get_by_test_id("freeze-ends-day").fill(f"{monday:%Y-%m-%d}")
    page.get_by_test_id("freeze-ends-time").fill("07:00")
    page.get_by_label("Reason, kept in the audit").locator("visible=true").fill("Stocktaking at dawn")
    page.get_by_test_id("confirm-freeze").click()

    page = kiran.open("/calendar")

    expect(page.get_by_test_id("zone-here")).to_have_text("America/New_York")
    freeze = page.get_by_test_id("freezes").get_by_role("row").filter(has_text="Stocktaking at dawn")
    there = datetime.fromisoformat(f"{monday:%Y-%m-%d}T06:00+05:30").astimezone(ZoneInfo("America/New_York"))
    expect(freeze).to_contain_text(f"{there:%H:%M}")


def test_a_time_that_the_clocks_skip_is_refused_and_a_doubled_one_is_asked_about(signed_in):
    page = signed_in("omar").open("/calendar")
    page.get_by_test_id("freeze").click()
    page.get_by_test_id("freeze-zone").fill("Europe/Berlin")
    page.get_by_test_id("freeze-zone").blur()
    year = datetime.now().year + 2
    last_march = max(day for day in range(25, 32) if datetime(year, 3, day).weekday() == 6)
    last_october = max(day for day in range(25, 32) if datetime(year, 10, day).weekday() == 6)
    page.get_by_test_id("freeze-starts-day").fill(f"{year}-03-{last_march}")
    page.get_by_test_id("freeze-starts-time").fill("02:30")

    dialog = page.get_by_role("dialog", name="Freeze publishing")
    expect(dialog).to_contain_text("does not exist in Europe/Berlin")
    page.get_by_test_id("freeze-offer").click()
    expect(page.get_by_test_id("freeze-starts-time")).to_have_value("03:00")
    page.get_by_test_id("freeze-ends-day").fill(f"{year}-10-{last_october}")
    page.get_by_test_id("freeze-ends-time").fill("02:30")
    expect(dialog).to_contain_text("happens twice in Europe/Berlin")
    dialog.get_by_label("(UTC+1)").check()
    expect(dialog).not_to_contain_text("Say which one is meant")


def test_who_may_not_steer_reads_why_and_the_week_stays_in_the_address(signed_in, monday):
    page = signed_in("asha").open("/calendar")

    expect(page.get_by_test_id("why-brakes")).to_contain_text("your role: analyst")
    expect(page.get_by_test_id("stop")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name=re.compile("^Deadlines")).click()
    page.wait_for_url(re.compile("show=deadlines"))
    expect(page.get_by_role("link", name=re.compile("^Deadlines"))).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="The week after").click()
    page.wait_for_url(re.compile(r"week=\d{4}-\d\d-\d\d&show=deadlines"))
    page.reload()
    page.wait_for_function("document.getElementById('rx-ready')?.textContent")
    expect(page.get_by_role("link", name="This week")).to_be_visible()


def test_an_emergency_person_stops_but_does_not_freeze(signed_in):
    page = signed_in("duty").open("/calendar")

    expect(page.get_by_test_id("stop")).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_test_id("freeze")).to_have_attribute("aria-disabled", "true")


def test_a_right_is_lent_used_in_both_names_and_taken_back(signed_in, skus):
    asha, ravi, kiran, [sku] = signed_in("asha"), signed_in("ravi"), signed_in("kiran"), skus(1)
    reference = asha.propose("Tea: while Kiran is away", {sku: "250.00"})
    asha.expect_status("Pending approval")
    page = ravi.open(f"/approvals?item={reference}")
    expect(page.get_by_test_id("why")).to_contain_text("Approvers decide")

    lending = kiran.open("/approvals")
    lending.get_by_test_id("delegation").click()
    lending.get_by_test_id("borrower").select_option(label="Ravi T.")
    fill_span(lending, "lend", None, datetime.now() + timedelta(days=2))
    lending.get_by_test_id("lend").click()
    expect(lending.get_by_role("dialog", name="Delegation")).to_contain_text("You lent")

    expect(page.get_by_test_id("lent-foot")).to_contain_text("You may decide for Kiran S.")
    expect(page.get_by_test_id("right")).to_contain_text("You decide for Kiran S.")
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("said")).to_contain_text(f"{reference} approved")
    asha.expect_status("Published")
    ravi.open("/approvals?tab=decided")
    expect(page.get_by_text("approved by Ravi T. for Kiran S.").first).to_be_visible()

    lending.get_by_test_id("take-back").click()
    expect(page.get_by_test_id("lent-foot")).to_have_count(0)
