"""Before anything goes out: a large clean change is asked about once more, and a locked line is said to be one."""

from datetime import timedelta

from playwright.sync_api import expect

from app.clock import utc_now
from tests.e2e.person import Person


def _lock(omar: Person, sku: str) -> None:
    until = (utc_now() + timedelta(days=1)).isoformat()
    kept = omar.context.request.put(
        f"/api/contexts/catalog/products/{sku}/lock",
        data={"reason": "Spring contract", "until": until},
        headers={"Origin": omar.address},
    )
    assert kept.ok, kept.text()


def test_a_large_clean_change_shows_what_it_weighs_and_asks_once_more(signed_in, skus):
    asha, (dearer, cheaper) = signed_in("asha"), skus(2)
    asha.check_lines({dearer: "226.00", cheaper: "178.00"})
    page = asha.page
    weight = page.get_by_test_id("weight")
    expect(weight).to_contain_text("10 % or more per line on average")
    expect(weight).to_contain_text("₹400.00 → ₹404.00 (+1.0 %)")
    expect(weight.get_by_role("table", name="Steepest rises")).to_contain_text(dearer)
    expect(weight.get_by_role("table", name="Steepest falls")).to_contain_text(cheaper)

    page.get_by_test_id("reason").fill("Tea: two prices")
    page.get_by_test_id("submit").click()
    ask = page.get_by_role("dialog", name="Submit a large change")
    expect(ask).to_contain_text("2 lines go out without a person")
    ask.get_by_role("button", name="Look again").click()
    expect(ask).to_be_hidden()
    assert asha.price_of(dearer)["price"] == "200.00", "26.00 more per piece went out before anybody confirmed it"

    page.get_by_test_id("submit").click()
    page.get_by_test_id("confirm-submit").click()
    page.wait_for_url("**/proposals/PC-*")
    asha.expect_status("Published")


def test_a_locked_line_is_said_to_be_one_and_can_be_left_out(signed_in, skus):
    omar, asha, (free, locked) = signed_in("omar"), signed_in("asha"), skus(2)
    _lock(omar, locked)

    asha.check_lines({free: "204.00", locked: "205.00"})
    page = asha.page
    expect(page.get_by_test_id("locks")).to_contain_text("1 line is locked")
    expect(page.get_by_test_id("locks")).to_contain_text("Spring contract")
    expect(page.get_by_role("row").filter(has_text=locked)).to_contain_text("Locked in catalog until")

    page.get_by_test_id("leave-out").click()

    expect(page.get_by_test_id("locks")).to_have_count(0)
    expect(page.get_by_test_id("count-clean")).to_have_text("1")
    asha.submit("Tea: without the contract")
    asha.expect_status("Published")


def test_a_large_change_with_a_locked_line_is_asked_about_with_what_comes_of_it(signed_in, skus):
    omar, asha, (free, locked) = signed_in("omar"), signed_in("asha"), skus(2)
    _lock(omar, locked)
    asha.check_lines({free: "226.00", locked: "226.00"})
    page = asha.page
    page.get_by_test_id("reason").fill("Tea: both dearer")
    page.get_by_test_id("submit").click()

    ask = page.get_by_role("dialog", name="Submit a large change")
    expect(ask).to_contain_text("1 line is locked. As long as it is in this, every line of the same proposal goes out")
    page.get_by_test_id("ask-leave-out").click()
    expect(ask).to_be_hidden()
    expect(page.get_by_test_id("locks")).to_have_count(0)
    page.get_by_test_id("submit").click()
    expect(ask).to_contain_text("1 line goes out without a person")
    expect(page.get_by_test_id("ask-locks")).to_have_count(0)
    page.get_by_test_id("confirm-submit").click()

    page.wait_for_url("**/proposals/PC-*")
    asha.expect_status("Published")
    assert asha.price_of(free)["price"] == "226.00", "226.00 went out and came back for the sake of another line"
