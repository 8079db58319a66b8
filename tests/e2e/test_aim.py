"""What is pressed is done to what stood on the screen, and once, however slow the line or quick the hand."""

from datetime import datetime, timedelta
from itertools import pairwise

from playwright.sync_api import Page, expect

from tests.e2e.person import Person
from tests.e2e.test_seen import Line
from tests.e2e.test_steering import fill_span


def lock_of(person: Person, sku: str) -> dict[str, str] | None:
    return person.context.request.get(f"/api/contexts/catalog/products/{sku}").json()["lock"]


def neighbours(skus: list[str]) -> tuple[str, str]:
    """Two products that one search finds: of three in a row, two share all but the last digit."""
    return next(pair for pair in pairwise(skus) if pair[0][:-1] == pair[1][:-1])


def pressed_on_a_stalled_line(line: Line, page: Page, row: str, button: str) -> None:
    line.hold()
    page.get_by_test_id(row).get_by_role("link").first.click()
    page.get_by_test_id(button).click()
    line.let_go()


def test_a_lock_and_its_release_reach_the_product_that_was_shown(signed_in, skus):
    """Else the price of a contract goes out, and the price beside it is fixed for no reason."""
    omar = signed_in("omar")
    shown, beside = neighbours(skus(3))
    line, page = Line(omar.page), omar.page
    omar.open(f"/prices?q={shown[:-1]}&sku={shown}")
    page.get_by_test_id("lock-open").click()
    page.locator("#lock-reason").fill("Spring contract")
    pressed_on_a_stalled_line(line, page, f"price-{beside}", "lock")
    expect(page.get_by_test_id("detail")).to_contain_text(beside)
    expect(page.get_by_test_id(f"price-{shown}")).to_contain_text("locked")
    lock = lock_of(omar, shown)
    assert (lock and lock["reason"], lock_of(omar, beside)) == ("Spring contract", None)

    page.get_by_test_id(f"price-{shown}").get_by_role("link").first.click()
    expect(page.get_by_test_id("locked")).to_contain_text("Spring contract")
    pressed_on_a_stalled_line(line, page, f"price-{beside}", "unlock")
    expect(page.get_by_test_id(f"price-{shown}")).not_to_contain_text("locked")
    assert lock_of(omar, shown) is None


def test_a_lock_that_somebody_else_set_meanwhile_is_not_released_unseen(signed_in, skus):
    omar, (sku,) = signed_in("omar"), skus(1)
    lock = {"reason": "Autumn contract", "until": "2027-12-01T00:00:00Z"}
    line, page = Line(omar.page), omar.open(f"/prices?sku={sku}")
    page.get_by_test_id("lock-open").click()
    page.locator("#lock-reason").fill("Spring contract")
    page.get_by_test_id("lock").click()
    expect(page.get_by_test_id("locked")).to_contain_text("Spring contract")

    line.hold()
    page.get_by_test_id("unlock").click()
    leela = signed_in("leela")
    put = leela.context.request.put(f"/api/contexts/catalog/products/{sku}/lock", data=lock,
                                    headers={"Origin": leela.address})  # fmt: skip
    assert put.ok
    line.let_go()

    expect(page.get_by_test_id("locked")).to_contain_text("Leela M. locked")
    assert (lock_of(omar, sku) or {})["reason"] == "Autumn contract"


def test_roles_go_to_the_person_who_was_shown(signed_in):
    leela = signed_in("leela")
    line, page = Line(leela.page), leela.page
    leela.open("/people")
    page.get_by_test_id("person-ravi@demo.example").click()
    expect(page.get_by_test_id("person")).to_contain_text("ravi@demo.example")
    page.get_by_test_id("has-measurer").check()

    line.hold()
    page.get_by_test_id("person-asha@demo.example").click()
    page.get_by_test_id("save-roles").click()
    line.let_go()

    expect(page.get_by_text("Ravi T. has these roles now.")).to_be_visible()


def test_a_double_click_on_take_back_says_that_it_is_taken_back(signed_in):
    page = signed_in("noor").open("/approvals")
    page.get_by_test_id("delegation").click()
    page.get_by_test_id("borrower").select_option(index=1)
    fill_span(page, "lend", None, datetime.now() + timedelta(days=2))
    page.get_by_test_id("lend").click()
    expect(page.get_by_text("Lent.")).to_be_visible()

    page.get_by_test_id("take-back").dblclick()

    expect(page.get_by_text("Taken back.")).to_be_visible()
    expect(page.get_by_test_id("take-back")).to_have_count(0)
    expect(page.get_by_role("dialog", name="Delegation")).not_to_contain_text("Nothing changed")


def test_a_double_click_opens_a_dialog_and_leaves_it_open(signed_in, skus):
    asha, omar, (sku,) = signed_in("asha"), signed_in("omar"), skus(1)
    answer = asha.context.request.post("/api/price-changes", headers={"Origin": asha.address, "Idempotency-Key": sku},
        data={"reason": "Quick hand", "lines": [{"sku": sku, "price": "201.00"}]})  # fmt: skip
    page = omar.open(f"/proposals/{answer.json()['reference']}")

    page.get_by_role("button", name="Roll back").dblclick()

    expect(page.get_by_role("dialog")).to_be_visible()
