"""A browser's window that goes from one test to the next takes nothing along."""

from tests.e2e.person import Person
from tests.e2e.windows import Windows

LEFT = "() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]"


def test_a_window_keeps_nothing_of_who_had_it(baton, browser, skus):
    windows = Windows()
    asha = Person(browser, baton.address, "asha", width=390, dark=True)
    asha.check_lines({skus(1)[0]: "210.00"})
    asha.type("reason", "Half a sentence")
    asha.page.evaluate("localStorage.setItem('theme', 'dark')")
    assert asha.page.evaluate(LEFT), "there is something to keep"

    asha.leave()
    windows.give_back(asha.page, "UTC")
    page = windows.take("UTC")

    assert page is asha.page
    assert (page.evaluate(LEFT), page.context.cookies()) == ([], [])
    page.goto("/proposals/new")
    page.wait_for_url("**/sign-in*")
    page.context.close()
