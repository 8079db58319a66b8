"""Browser tests: real processes, a real Chromium, and no console error in any window."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.chromium import launched
from tests.e2e.installation import PRODUCTS, Installation
from tests.e2e.person import Person
from tests.e2e.windows import Windows
from tests.waiting import PATIENCE, wait_for

SignIn = Callable[..., Person]


@pytest.fixture(scope="package")
def baton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running Baton with the demo's people and a hundred products whose verdicts follow from the price alone."""
    installation = Installation(tmp_path_factory.mktemp("baton"))
    try:
        installation.start()
        installation.list_products()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        chromium = launched(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def _windows() -> Windows:
    return Windows()


@pytest.fixture
def signed_in(baton: Installation, browser: Browser, _windows: Windows) -> Iterator[SignIn]:
    """Sign people of the demo in; any error in any of their consoles fails the test."""
    people: dict[Person, str] = {}

    def sign_in(who: str, *, width: int = 1440, dark: bool = False, zone: str = "UTC") -> Person:
        free = _windows.take(zone)
        person = Person(browser, baton.address, who, width=width, dark=dark, zone=zone, page=free)
        person.page.set_default_timeout(PATIENCE * 1000)
        people[person] = zone
        return person

    yield sign_in
    complaints = [complaint for person in people for complaint in person.complaints]
    for person, zone in people.items():
        person.leave()
        if person.window_is_as_it_was:
            _windows.give_back(person.page, zone)
        else:
            person.context.close()
    assert complaints == []


@pytest.fixture(scope="package")
def _stock(baton: Installation, browser: Browser) -> list[str]:
    """Every product of ours, once all contexts have heard of them; tests take theirs from the end."""
    asha = Person(browser, baton.address, "asha")
    skus = [f"E2E-{n:04d}" for n in range(1, PRODUCTS + 1)]
    wait_for(lambda: None not in asha.price_of(skus[-1]).values(), "hearing of the products")
    asha.context.close()
    return skus


@pytest.fixture
def skus(_stock: list[str]) -> Callable[[int], list[str]]:
    """Products that no other test touches; each costs 100.00 and sells at 200.00."""
    return lambda count: [_stock.pop() for _ in range(count)]
