"""What people type stands at once and arrives, however slow the line: no answer on its way overwrites it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.person import Person
from tests.e2e.slow_line import slow_down

SLOW = 300


def _planned(person: Person, reference: str) -> list[dict]:
    return person.context.request.get(f"/api/price-changes/{reference}/waves").json()["plan"]["waves"]


def test_a_wave_plan_typed_faster_than_the_server_answers_is_submitted_as_typed(signed_in, skus):
    asha, taken = signed_in("asha"), skus(6)
    slow_down(asha, milliseconds=SLOW)
    asha.check_lines(dict.fromkeys(taken, "260.00"))
    page = asha.page
    page.get_by_test_id("goes-own").click()
    expect(page.get_by_test_id("wave-lines-3")).not_to_have_text("")

    for number, named in ((1, taken[:2]), (2, taken[2:5])):
        page.get_by_label(f"What wave {number} takes").select_option("skus")
        what = page.get_by_test_id(f"wave-what-{number}")
        what.clear()
        what.press_sequentially(", ".join(named), delay=50)  # the answer to the choice comes in the middle
    for number in (1, 2, 3):
        page.get_by_test_id(f"wave-unit-{number}").select_option("h")
        asha.type(f"wave-bake-{number}", str(20 + number))
    reference = asha.submit("Tea, typed in a hurry")

    waves = _planned(asha, reference)
    assert [wave["selector"]["skus"] for wave in waves[:2]] == [taken[:2], taken[2:5]]
    assert [wave["bake_seconds"] // 3600 for wave in waves] == [21, 22, 23]


def test_two_keys_in_a_choice_are_two_steps_before_any_answer(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    slow_down(asha, milliseconds=SLOW)
    asha.check_lines({sku: "260.00"})
    page = asha.page
    page.get_by_test_id("goes-own").click()
    unit = page.get_by_test_id("wave-unit-1")
    expect(unit).to_have_value("min")

    unit.press("ArrowDown")
    expect(unit).to_have_value("h")
    unit.press("ArrowUp")
    unit.press("ArrowUp")

    expect(unit).to_have_value("s")
    assert _planned(asha, asha.submit("Tea, chosen in a hurry"))[0]["bake_seconds"] == 10


@pytest.mark.parametrize(
    ("path", "field"), [("/proposals", "Number, reason or person"), ("/prices", "SKU, name or brand")]
)
def test_typing_goes_on_while_the_first_search_is_answered(signed_in, path, field):
    asha = signed_in("asha")
    slow_down(asha, milliseconds=SLOW)
    page = asha.open(path)
    find = page.get_by_label(field)

    find.press_sequentially("tea")
    find.press("Enter")
    find.press_sequentially(" green leaves", delay=120)

    expect(page).to_have_url(re.compile("q=tea$"))
    expect(find).to_be_focused()
    expect(find).to_have_value("tea green leaves")


def test_waves_that_are_demanded_leave_the_comment_on_the_decision_where_it_stands(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    reference = asha.propose("Tea: in waves, please", dict.fromkeys(skus(4), "260.00"))
    asha.expect_status("Pending approval")
    page = kiran.open(f"/proposals/{reference}")
    page.get_by_test_id("comment").fill("Too much at once")
    page.get_by_test_id("demand").click()
    page.get_by_test_id("demand-own").check()
    page.get_by_test_id("demand-shares").fill("50")
    page.get_by_test_id("confirm-demand").click()

    expect(page.get_by_test_id("canary-lead")).to_contain_text("Goes out in 2 waves")
    expect(page.get_by_role("dialog", name="Demand waves")).to_be_hidden()
    expect(page.get_by_test_id("comment")).to_have_value("Too much at once")


def test_a_reload_and_a_refusal_leave_the_comment_where_it_stands_until_it_is_accepted(signed_in, skus):
    asha, kiran, [sku] = signed_in("asha"), signed_in("kiran"), skus(1)
    reference = asha.propose("Tea: which waves?", {sku: "260.00"})
    asha.expect_status("Pending approval")
    page = kiran.open(f"/proposals/{reference}")
    page.get_by_test_id("comment").fill("The letter of the supplier says so")
    page.reload()
    kiran.wait_until_ready()
    expect(page.get_by_test_id("comment")).to_have_value("The letter of the supplier says so")

    page.get_by_test_id("demand").click()
    page.get_by_test_id("demand-own").check()
    page.get_by_test_id("demand-shares").fill("a few")
    page.get_by_test_id("confirm-demand").click()
    expect(page.get_by_test_id("refused")).to_contain_text("No waves were demanded")
    expect(page.get_by_test_id("comment")).to_have_value("The letter of the supplier says so")
    page.get_by_test_id("act-approve").click()

    kiran.expect_status("Published")
    page.get_by_test_id("tab-trace").click()
    expect(page.get_by_test_id("trace")).to_contain_text("The letter of the supplier says so")
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('stays:'))") == []
