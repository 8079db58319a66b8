"""The four scenarios that every release must show, through the screens."""

from playwright.sync_api import expect

from tests.waiting import wait_for


def test_a_small_change_is_published_without_a_person_and_every_context_shows_it(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)

    asha.check_lines({sku: "210.00"})
    expect(asha.page.get_by_test_id("outcome")).to_contain_text("Clean")
    reference = asha.submit("Tea: freight of November")
    asha.expect_status("Published")

    page = asha.page
    for context in ("catalog", "search", "analytics"):
        expect(page.get_by_test_id(f"lane-{context}")).to_contain_text("applied")
    assert set(asha.price_of(sku).values()) == {"210.00"}
    asha.open(f"/prices?q={sku}&sku={sku}")
    expect(page.get_by_test_id("authoritative")).to_have_text("₹210.00")
    for context in ("catalog", "search"):
        expect(page.get_by_test_id(f"belief-{context}")).to_contain_text("agrees")
    expect(page.get_by_test_id("detail")).to_contain_text(reference)


def test_a_big_increase_waits_for_another_person_and_is_applied_once_approved(signed_in, skus):
    asha, kiran, [sku] = signed_in("asha"), signed_in("kiran"), skus(1)

    asha.check_lines({sku: "250.00"})
    expect(asha.page.get_by_test_id("outcome")).to_contain_text("An approver must decide")
    reference = asha.submit("Tea: first flush of the year")
    asha.expect_status("Pending approval")
    kiran.open(f"/proposals/{reference}")
    kiran.page.get_by_test_id("comment").fill("Supplier letter checked")
    kiran.page.get_by_test_id("act-approve").click()

    kiran.expect_status("Published")
    asha.expect_status("Published")
    wait_for(lambda: set(asha.price_of(sku).values()) == {"250.00"}, "applying in every context")
    asha.page.get_by_test_id("tab-trace").click()
    expect(asha.page.get_by_test_id("trace")).to_contain_text("Approved by Kiran S.")
    expect(asha.page.get_by_test_id("trace")).to_contain_text("Supplier letter checked")


def test_a_rejected_increase_changes_nothing(signed_in, skus):
    asha, noor, [sku] = signed_in("asha"), signed_in("noor"), skus(1)
    reference = asha.propose("Tea: try a higher price", {sku: "260.00"})
    asha.expect_status("Pending approval")

    noor.open(f"/proposals/{reference}")
    noor.page.get_by_test_id("act-reject").click()
    expect(noor.page.get_by_test_id("comment")).to_be_focused()
    noor.page.get_by_test_id("comment").fill("Not before the festival")
    noor.page.get_by_test_id("act-reject").click()

    noor.expect_status("Rejected")
    asha.expect_status("Rejected")
    expect(asha.page.get_by_text("Not before the festival").first).to_be_visible()
    assert set(asha.price_of(sku).values()) == {"200.00"}


def test_nobody_decides_on_what_they_submitted_and_the_button_says_why(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.propose("Tea: my own", {sku: "255.00"})

    asha.expect_status("Pending approval")
    approve = asha.page.get_by_test_id("act-approve")
    expect(approve).to_have_attribute("aria-disabled", "true")
    expect(asha.page.get_by_test_id("why")).not_to_be_empty()


def test_a_price_below_the_margin_floor_is_refused_with_the_price_that_would_pass(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)

    asha.check_lines({sku: "105.00"})
    expect(asha.page.get_by_test_id("outcome")).to_contain_text("This is refused")
    expect(asha.page.get_by_test_id("draft-rows")).to_contain_text("₹140.00")
    reference = asha.submit("Tea: clearance")

    asha.expect_status("Rejected")
    expect(asha.page.get_by_test_id("lines")).to_contain_text("passes at ₹140.00")
    expect(asha.page.get_by_test_id("score")).to_contain_text("Never crossed")
    assert set(asha.price_of(sku).values()) == {"200.00"}
    asha.open(f"/proposals/{reference}?tab=findings")
    expect(asha.page.get_by_test_id("findings")).to_contain_text("margin floor")


def test_a_locked_price_rolls_everything_back(signed_in, skus):
    asha, omar, [locked, free] = signed_in("asha"), signed_in("omar"), skus(2)
    omar.open(f"/prices?q={locked}&sku={locked}")
    omar.page.get_by_test_id("lock-open").click()
    omar.page.get_by_label("Reason").fill("Contract with the school canteens")
    omar.page.get_by_test_id("lock").click()
    expect(omar.page.get_by_test_id("locked")).to_contain_text("school canteens")

    reference = asha.propose("Tea: list price of December", {locked: "208.00", free: "209.00"})
    asha.expect_status("Rolled back")

    page = asha.page
    expect(page.get_by_text("catalog asked for the rollback")).to_be_visible()
    page.get_by_test_id("tab-trace").click()
    for fact in ("PriceChangeRollbackRequested", "PriceChangeRolledBack", "Rollback confirmed by every context"):
        expect(page.get_by_test_id("trace")).to_contain_text(fact)
    for sku in (locked, free):
        assert set(asha.price_of(sku).values()) == {"200.00"}
    expect(omar.page.get_by_test_id("detail")).to_contain_text(reference)
    omar.page.get_by_test_id("unlock").click()
    expect(omar.page.get_by_test_id("locked")).to_have_count(0)


def test_a_person_rolls_a_publication_back_with_a_reason(signed_in, skus):
    asha, omar, [sku] = signed_in("asha"), signed_in("omar"), skus(1)
    reference = asha.propose("Tea: a slip of the finger", {sku: "213.00"})
    asha.expect_status("Published")
    wait_for(lambda: set(asha.price_of(sku).values()) == {"213.00"}, "applying in every context")

    omar.open(f"/proposals/{reference}")
    omar.page.get_by_test_id("roll-back").click()
    omar.page.get_by_role("textbox", name="Reason, kept in the audit").fill("The shelf labels are not printed yet")
    omar.page.get_by_test_id("confirm-roll-back").click()

    omar.expect_status("Rolled back")
    asha.expect_status("Rolled back")
    assert set(asha.price_of(sku).values()) == {"200.00"}
