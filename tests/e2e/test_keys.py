"""The list of keys names what does something on the page, and nothing else."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_every_page import PAGES

PRESSED = """() => [...document.querySelectorAll('[data-hotkey]')].filter(one => one.getClientRects().length)
    .map(one => one.dataset.hotkey.replace('shift+', '⇧ ').toUpperCase()).filter(key => key !== '-')"""
PLACES = "() => [...document.querySelectorAll('.side [data-go]')].map(one => `G ${one.dataset.go}`.toUpperCase())"
LISTED = """() => [...document.querySelectorAll('#keys .keys > div')]
    .map(one => [...one.querySelectorAll('kbd')].map(key => key.textContent).join(' '))"""


@pytest.mark.parametrize("who", ["asha", "leela"])
def test_every_key_of_a_page_is_listed_and_only_places_that_one_may_see(signed_in, who):
    person = signed_in(who)
    for path in PAGES:
        page = person.open(path)
        listed = page.evaluate(LISTED)
        assert set(page.evaluate(PRESSED)) <= set(listed), path
        assert {key for key in listed if key.startswith("G ")} == set(page.evaluate(PLACES)), path
        assert ("N" in listed) == (who == "asha"), path
        assert ("/" in listed) == (path != "/proposals/new"), path


def test_n_leads_to_a_new_proposal_from_a_page_without_a_button_for_it(signed_in):
    page = signed_in("asha").open("/prices")

    page.keyboard.press("n")

    page.wait_for_url("**/proposals/new")
    expect(page.get_by_role("heading", level=1)).to_have_text("New proposal")


def test_the_keys_of_a_new_proposal_say_how_it_is_checked_and_submitted(signed_in):
    page = signed_in("asha").open("/proposals/new")

    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("check the lines, then submit them")
