"""What happens shows itself: no page is reloaded here."""

from playwright.sync_api import Page, expect

from tests.e2e.slow_line import hold, make_holdable, release
from tests.waiting import wait_for

NEVER_RELOADED = "window.neverReloaded"


def _sums(page: Page) -> tuple[int, int, int]:
    """In one look: the ledger's parts added up, the total it says, and the cells of all rows added up."""
    read = """() => {
        const number = (element) => Number(element.firstChild.textContent.replace(/,/g, ""));
        const sum = (selector) => [...document.querySelectorAll(selector)].map(number).reduce((a, b) => a + b, 0);
        return [
            sum("[data-testid^=sum-]:not([data-testid=sum-total])"),
            sum("[data-testid=sum-total]"),
            sum("[data-testid^=repricing-] [data-context] .cc > span"),
        ];
    }"""
    parts, total, rows = page.evaluate(read)
    return parts, total, rows


def test_the_board_moves_without_a_reload_and_always_adds_up(signed_in, skus):
    asha, omar = signed_in("asha"), signed_in("omar")
    board = omar.open("/propagation")
    board.evaluate(f"{NEVER_RELOADED} = true")

    reference = asha.propose("Tea: pallet prices", dict.fromkeys(skus(5), "203.00"))
    row = board.get_by_test_id(f"repricing-{reference}")

    def all_applied() -> bool:
        parts, total, rows = _sums(board)
        assert parts == total == rows > 0
        return "All applied" in " ".join(row.all_inner_texts())

    wait_for(all_applied, "all applied")
    expect(row.locator("[data-context]")).to_have_text(["5applied"] * 3)
    assert board.evaluate(NEVER_RELOADED) is True


def test_a_repricing_opens_to_its_lanes_and_its_address_says_so(signed_in, skus):
    asha, omar, [sku] = signed_in("asha"), signed_in("omar"), skus(1)
    reference = asha.propose("Tea: one tin", {sku: "204.00"})
    asha.expect_status("Published")

    board = omar.open("/propagation")
    board.get_by_test_id(f"repricing-{reference}").get_by_role("link").click()

    expect(board.get_by_test_id("lanes").get_by_test_id("score")).to_be_visible()
    assert f"item={reference}" in board.url
    board.get_by_test_id("passport").click()
    expect(board.get_by_test_id("status")).to_have_text("Published")


def test_of_two_approvers_at_once_one_decides_and_the_other_is_told(signed_in, skus):
    asha, kiran, noor, [sku] = signed_in("asha"), signed_in("kiran"), signed_in("noor"), skus(1)
    reference = asha.propose("Tea: auction price", {sku: "245.00"})
    asha.expect_status("Pending approval")
    for approver in (kiran, noor):
        make_holdable(approver)
        approver.open(f"/proposals/{reference}")
        expect(approver.page.get_by_test_id("act-approve")).to_have_attribute("aria-disabled", "false")

    for approver in (kiran, noor):
        hold(approver.page)  # neither hears of the other before having clicked
    for approver in (kiran, noor):
        approver.page.get_by_test_id("act-approve").click()
    for approver in (kiran, noor):
        release(approver.page)

    for person in (asha, kiran, noor):
        person.expect_status("Published")
    told = wait_for(lambda: [one for one in (kiran, noor) if one.page.get_by_test_id("refused").count()], "the refusal")
    assert len(told) == 1
    answer = asha.context.request.get(f"/api/price-changes/{reference}/trace").json()
    assert [entry["what"] for entry in answer].count("approve") == 1
    wait_for(lambda: set(asha.price_of(sku).values()) == {"245.00"}, "applying in every context")


def test_a_decision_reaches_the_queue_of_another_approver_without_a_reload(signed_in, skus):
    asha, kiran, noor, [sku] = signed_in("asha"), signed_in("kiran"), signed_in("noor"), skus(1)
    queue = noor.open("/approvals")

    reference = asha.propose("Tea: before the monsoon", {sku: "248.00"})
    expect(queue.get_by_test_id(f"item-{reference}")).to_be_visible()
    kiran.open(f"/proposals/{reference}")
    kiran.page.get_by_test_id("act-approve").click()
    kiran.expect_status("Published")

    expect(queue.get_by_test_id(f"item-{reference}")).to_have_count(0)
