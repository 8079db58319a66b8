"""Rules are changed in the browser: drafted, mended, reviewed, and activated by a second owner."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import ROOT, Installation
from tests.e2e.person import Person


@pytest.fixture
def second_owner(baton: Installation) -> Iterator[str]:
    """Ravi owns rules as well, for as long as the test lasts."""
    _roles(baton, "ravi", "analyst", "owner")
    yield "ravi"
    _roles(baton, "ravi", "analyst")


def _roles(baton: Installation, who: str, *roles: str) -> None:
    command = [sys.executable, "-m", "workers", "user", "roles", f"{who}@demo.example"]
    named = [word for role in roles for word in ("--role", role)]
    done = subprocess.run(
        [*command, *named], cwd=ROOT, env=baton.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def drafted(owner: Person, why: str) -> Page:
    """Begin a draft from the active set, and return its page."""
    page = owner.open("/rules")
    page.get_by_test_id("do-draft").click()
    dialog = page.get_by_role("dialog", name="Begin a draft")
    dialog.get_by_label("Why there is to be another set").fill(why)
    dialog.get_by_test_id("confirm-rules-draft").click()
    page.wait_for_url("**/rules?set=*")
    expect(page.get_by_test_id("state")).to_have_text("Draft")
    return page


def opened(page: Page, rule: str) -> Locator:
    """Open a row in its place."""
    page.get_by_test_id(f"row-{rule}").click()
    form = page.get_by_test_id("row-form")
    expect(form).to_contain_text(rule)
    return form


def dropped(page: Page) -> None:
    """Give a draft up, so that the next test begins as this one did."""
    page.get_by_test_id("do-drop").click()
    dialog = page.get_by_role("dialog", name="Drop this set")
    dialog.get_by_label("Why, kept in the audit").fill("Only tried")
    dialog.get_by_test_id("confirm-rules-drop").click()
    expect(page.get_by_test_id("state")).to_have_text("Dropped")


def test_a_limit_is_changed_its_gap_mended_and_another_owner_activates_it_for_an_instant(signed_in, second_owner, skus):
    leela, [sku] = signed_in("leela"), skus(1)
    page = drafted(leela, "Auction prices of tea swing")

    page.get_by_test_id("add").click()
    form = page.get_by_test_id("row-form")
    form.get_by_test_id("row-scope.category").fill("Tee")
    form.get_by_test_id("row-parameters.limit_bp").fill("thirty")
    form.get_by_test_id("row-parameters.limit_bp").blur()
    expect(form.get_by_test_id("bad-parameters.limit_bp")).to_contain_text("no percentage")
    form.get_by_test_id("row-parameters.limit_bp").fill("30")
    form.get_by_test_id("row-parameters.limit_bp").blur()
    expect(form.get_by_test_id("bad-scope")).to_contain_text("Did you mean “Tea”?")
    form.get_by_test_id("row-scope.category").fill("Tea")
    form.get_by_test_id("row-rationale").fill("Auction prices swing.")
    form.get_by_test_id("row-rationale").blur()
    expect(form.get_by_test_id("row-says")).to_contain_text("30 days ago for category Tea")
    form.get_by_test_id("row-save").click()
    expect(page.get_by_test_id("changes")).to_contain_text("limit 30.0 %, for category Tea")

    opened(page, "margin-floor").get_by_test_id("row-remove").click()
    expect(page.get_by_test_id("found")).to_contain_text("No rule of the mandatory kind margin_stays_above_floor")
    expect(page.get_by_test_id("do-submit")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_test_id("why-rules")).to_contain_text("cannot judge as it stands")
    page.get_by_test_id("add").click()
    form = page.get_by_test_id("row-form")
    form.get_by_test_id("row-kind").select_option("margin_stays_above_floor")
    form.get_by_test_id("row-severity").select_option("HARD")
    form.get_by_test_id("row-parameters.limit_bp").fill("9.5")
    form.get_by_test_id("row-save").click()
    expect(page.get_by_test_id("found")).to_contain_text("nothing keeps it from judging")

    page.get_by_test_id("do-submit").click()
    dialog = page.get_by_role("dialog", name="Submit for review")
    dialog.get_by_label("Why it is to judge").fill("Tea may rise by 30 %")
    dialog.get_by_test_id("confirm-rules-submit").click()
    expect(page.get_by_test_id("state")).to_have_text("In review")
    expect(page.get_by_test_id("do-activate")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_test_id("why-rules")).to_contain_text("Ask another owner")

    ravi = signed_in(second_owner)
    theirs = ravi.open(page.url)
    theirs.get_by_test_id("do-activate").click()
    dialog = theirs.get_by_role("dialog", name="Activate these rules")
    at = datetime.now(UTC) + timedelta(days=1)
    dialog.get_by_test_id("rules-starts-day").fill(f"{at:%Y-%m-%d}")
    dialog.get_by_test_id("rules-starts-time").fill("18:00")
    expect(dialog).to_contain_text("18:00 UTC")
    dialog.get_by_test_id("confirm-rules-activate").click()
    expect(theirs.get_by_test_id("state")).to_have_text("Scheduled")
    expect(page.get_by_test_id("state")).to_have_text("Scheduled")
    expect(page.get_by_test_id("history")).to_contain_text("Ravi T. agreed to rules from an instant on")

    page.get_by_test_id("applies-sku").fill(sku)
    page.get_by_test_id("applies-find").click()
    expect(page.get_by_test_id("applies")).to_contain_text("says most precisely what it is (category Tea)")
    dropped(theirs)


def test_of_two_owners_at_one_draft_the_second_sees_the_difference_and_loses_nothing(signed_in, second_owner):
    leela, ravi = signed_in("leela"), signed_in(second_owner)
    page = drafted(leela, "Two at once")
    theirs = ravi.open(page.url)
    mine, his = opened(page, "increase-limit"), opened(theirs, "increase-limit")
    his.get_by_test_id("row-rationale").fill("Shoppers see it at once.")

    mine.get_by_test_id("row-parameters.limit_bp").fill("12.5")
    mine.get_by_test_id("row-save").click()
    expect(page.get_by_test_id("row-form")).to_have_count(0)
    his.get_by_test_id("row-save").click()

    expect(his.get_by_test_id("refused")).to_contain_text("limit from 15.0 % to 12.5 %")
    expect(his.get_by_test_id("row-moved")).to_be_visible()
    expect(his.get_by_test_id("row-parameters.limit_bp")).to_have_value("12.5")
    expect(his.get_by_test_id("row-rationale")).to_have_value("Shoppers see it at once.")
    his.get_by_test_id("row-save").click()
    expect(theirs.get_by_test_id("row-form")).to_have_count(0)
    for shown in (page, theirs):
        expect(shown.get_by_test_id("changes")).to_contain_text("limit from 15.0 % to 12.5 %")
        expect(shown.get_by_test_id("changes")).to_contain_text("Shoppers see it at once.")
    dropped(page)


def test_what_is_typed_into_a_row_survives_a_reload(signed_in):
    leela = signed_in("leela")
    page = drafted(leela, "Half a thought")
    opened(page, "competitor-band").get_by_test_id("row-rationale").fill("Half a sent")

    page.reload()
    leela.wait_until_ready()

    expect(page.get_by_test_id("row-rationale")).to_have_value("Half a sent")
    expect(page.get_by_test_id("row-parameters.limit_bp")).to_have_value("10")
    page.get_by_test_id("row-close").click()
    expect(page.get_by_test_id("row-form")).to_have_count(0)
    dropped(page)


def test_rows_come_from_a_spreadsheet_all_or_none(signed_in):
    page = drafted(signed_in("leela"), "From the buyers' sheet")
    page.get_by_test_id("bring").click()
    dialog = page.get_by_role("dialog", name="Bring rows in")
    head = "kind\tseverity\tcategory\tlimit_bp\trationale"
    dialog.get_by_test_id("bring-rows").fill(f"{head}\nincrease_stays_below_limit\tSOFT\tTee\t2000\tBuyers")
    dialog.get_by_test_id("confirm-rules-bring").click()
    expect(dialog.get_by_test_id("bad-rows")).to_contain_text("Row 2: No product is of the category “Tee”.")

    dialog.get_by_test_id("bring-rows").fill(f"{head}\nincrease_stays_below_limit\tSOFT\tTea\t2000\tBuyers")
    dialog.get_by_test_id("confirm-rules-bring").click()

    expect(page.get_by_test_id("changes")).to_contain_text("limit 20.0 %, for category Tea")
    with page.expect_download() as told:
        page.get_by_test_id("export-csv").click()
    assert "Buyers" in told.value.path().read_text()
    page.get_by_test_id("do-require").click()
    dialog = page.get_by_role("dialog", name="What every product needs")
    dialog.get_by_label("price_ending").check()
    dialog.get_by_test_id("confirm-rules-require").click()
    expect(page.get_by_test_id("found")).to_contain_text("No rule of the mandatory kind price_ending")
    dropped(page)


def test_whoever_owns_no_rules_reads_why_nothing_can_be_pressed(signed_in):
    page = signed_in("asha").open("/rules")

    expect(page.get_by_test_id("do-draft")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_test_id("why-rules")).to_have_text("Only an owner changes the rules, and Asha N. is not one.")
    expect(page.get_by_test_id("add")).to_have_count(0)
