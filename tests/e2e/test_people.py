"""Who is who, in the browser: owners say who belongs, and who does not any more is out wherever they were."""

import re

import pytest
from playwright.sync_api import expect

CHOSEN = "kettle ferry lantern"


@pytest.fixture
def maya(signed_in):
    """Leela adds Maya, an analyst, and is shown her password for one use: (Leela's page, the address, the password)."""

    def added(email):
        page = signed_in("leela").open("/people")
        page.get_by_test_id("add-person").click()
        page.get_by_label("Name, as others see it").fill("Maya R.")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_test_id("add-analyst").check()
        page.get_by_test_id("confirm-add").click()
        return page, page.get_by_test_id("one-time").inner_text()

    return added


def come_in(page, email, password):
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def chooses(page, password):
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("The new password again").fill(password)


def test_a_person_is_added_comes_in_and_is_shut_out_on_the_page_they_have_open(maya, baton, browser):
    leela, once = maya("maya@shop.example")
    window = browser.new_context(base_url=baton.address)
    page = window.new_page()
    page.goto("/sign-in?next=/prices")
    page.wait_for_function("document.getElementById('rx-ready')?.textContent")
    come_in(page, "maya@shop.example", once)
    chooses(page, CHOSEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/prices")
    expect(page.get_by_test_id("me")).to_contain_text("Maya R.")
    expect(page.get_by_role("link", name="People")).to_have_count(0)

    leela.get_by_test_id("forget").click()
    leela.get_by_test_id("person-maya@shop.example").click()
    expect(leela.get_by_test_id("person")).to_contain_text("maya@shop.example")
    leela.get_by_test_id("shut-out").click()
    expect(leela.get_by_role("dialog")).to_contain_text("1 session, and the password")
    leela.get_by_test_id("confirm-shut-out").click()
    expect(leela.get_by_test_id("person-status")).to_have_text("Shut out")

    page.wait_for_url("**/sign-in*")
    come_in(page, "maya@shop.example", CHOSEN)
    expect(page.get_by_test_id("sign-in-says")).to_contain_text("do not belong together")
    window.close()


def test_people_change_their_own_password_on_their_account(maya, baton, browser):
    _, once = maya("mira@shop.example")
    window = browser.new_context(base_url=baton.address)
    page = window.new_page()
    page.goto("/sign-in?next=/account")
    come_in(page, "mira@shop.example", once)
    chooses(page, CHOSEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    page.wait_for_function("document.getElementById('rx-ready')?.textContent")

    page.get_by_label("Your password now").fill(CHOSEN)
    chooses(page, "mira@shop.example")
    page.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("password-says")).to_contain_text("your own address or name")
    chooses(page, "the tea is hot today")
    page.get_by_test_id("change-password").click()

    expect(page.get_by_test_id("said")).to_contain_text("Your password is changed")
    window.close()


def test_the_last_owner_cannot_give_the_role_away(signed_in):
    leela = signed_in("leela").open("/people")
    leela.get_by_test_id("person-leela@demo.example").click()
    expect(leela.get_by_test_id("has-owner")).to_be_checked()

    leela.get_by_test_id("has-owner").uncheck()
    leela.get_by_test_id("has-auditor").check()
    leela.get_by_test_id("save-roles").click()

    expect(leela.get_by_test_id("person").get_by_test_id("refused")).to_contain_text("last_owner")


def test_somebody_else_is_told_that_owners_say_who_belongs(signed_in):
    page = signed_in("kiran").open("/people")

    expect(page.get_by_text("Owners say who belongs here")).to_be_visible()
    expect(page.get_by_test_id("add-person")).to_have_count(0)


@pytest.mark.parametrize(
    "address",
    ["/%09/evil.example", "/%5Cevil.example", "/..//evil.example", "https://evil.example/", "javascript:alert(1)"],
)
def test_signing_in_never_leads_to_another_site(baton, browser, address):
    window = browser.new_context(base_url=baton.address)
    asked = []
    window.route(re.compile("^https?://evil"), lambda route: (asked.append(route.request.url), route.abort()))
    page = window.new_page()
    page.goto(f"/sign-in?next={address}")
    page.wait_for_function("document.getElementById('rx-ready')?.textContent")

    page.get_by_test_id("demo-kiran").click()
    page.wait_for_function("!location.pathname.startsWith('/sign-in')")

    assert page.evaluate("location.origin") == baton.address
    assert asked == []
    window.close()
