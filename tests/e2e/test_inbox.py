"""The queue of approvals under fast keys: nothing is decided that was not opened."""

from playwright.sync_api import expect

from tests.e2e.test_seen import status, waiting


def test_going_to_the_queue_and_pressing_approve_decides_nothing_until_a_proposal_is_opened(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    first, second = waiting(asha, "Inbox", *skus(2))
    page = kiran.open("/approvals?q=Inbox")
    expect(page.get_by_test_id(f"item-{first['reference']}")).to_be_visible()

    page.keyboard.press("a")
    expect(page.get_by_test_id("open-first")).to_be_visible()
    assert status(asha, first) == "PENDING_APPROVAL", "250.00 instead of 200.00 went out that nobody had opened"

    page.keyboard.press("j")
    expect(page.get_by_test_id("detail-reference")).to_have_text(first["reference"])
    page.keyboard.press("a")
    expect(page.get_by_test_id("said")).to_contain_text(f"{first['reference']} approved")
    expect(page.get_by_test_id("detail-reference")).to_have_text(second["reference"])
    assert status(asha, second) == "PENDING_APPROVAL"
