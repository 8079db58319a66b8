"""Times what a person feels, in a real Chromium against a running Baton. Imports nothing of the product.

    python tests/harness/browser_timing.py http://localhost:3000                    pages and clicks
    python tests/harness/browser_timing.py http://localhost:3000 --upload FILE.csv  upload to verdict, and a usable page
    python tests/harness/browser_timing.py http://localhost:3000 --live SKU         one change to an open board

Prints one JSON object per measurement, times in seconds.
"""

import argparse
import json
import time
import uuid
from decimal import Decimal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import launched

READY = "[data-testid=rx-ready]"
PAGES = {"overview": "/", "approvals": "/approvals", "proposals": "/proposals", "propagation": "/propagation",
         "prices": "/prices", "rules": "/rules"}  # fmt: skip
CLICKS = ("Approvals", "Proposals", "Propagation", "Prices", "Rules", "Overview")


def signed_in(browser: Browser, base: str, who: str) -> BrowserContext:
    """Open a fresh browser profile (cold cache) with the cookie of a demo person."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    answer = context.request.post(
        f"{base}/api/session/demo", data={"email": f"{who}@demo.example"}, headers={"Origin": base}
    )
    assert answer.ok, answer.text()
    return context


def said(**measured: object) -> None:
    print(json.dumps(measured), flush=True)


def time_first_loads(browser: Browser, base: str) -> None:
    """From navigation to a hydrated page with its data, with a cold cache."""
    for name, path in PAGES.items():
        context = signed_in(browser, base, "kiran")
        page = context.new_page()
        started = time.perf_counter()
        page.goto(base + path)
        page.wait_for_selector(READY, state="attached")
        said(measure="first_load", page=name, seconds=round(time.perf_counter() - started, 3))
        context.close()


def time_clicks(browser: Browser, base: str) -> None:
    """From a click in the side bar to the next page's heading and its data, warm; the median of five rounds."""
    page = signed_in(browser, base, "kiran").new_page()
    page.goto(base)
    page.wait_for_selector(READY, state="attached")
    times: dict[str, list[float]] = {name: [] for name in CLICKS}
    for _ in range(6):
        for name in CLICKS:
            started = time.perf_counter()
            page.locator("nav a, aside a").filter(has_text=name).first.click()
            page.wait_for_function(
                "name => document.querySelector('header h1, .top h1')?.textContent?.includes(name)"
                " && !document.querySelector('[data-loading=true], .skeleton')",
                arg=name,
            )
            times[name].append(time.perf_counter() - started)
    for name, taken in times.items():
        warm = sorted(taken[1:])
        said(measure="click", to=name, median=round(warm[len(warm) // 2], 3), worst=round(warm[-1], 3))


def time_upload(browser: Browser, base: str, file: str) -> None:
    """From choosing a file to the verdict on screen; meanwhile another tab keeps clicking."""
    context = signed_in(browser, base, "asha")
    page, other = context.new_page(), context.new_page()
    other.goto(base + "/proposals")
    other.wait_for_selector(READY, state="attached")
    page.goto(base + "/proposals/new")
    page.wait_for_selector(READY, state="attached")
    page.get_by_test_id("mode-file").click()
    started = time.perf_counter()
    page.locator("input[type=file]").set_input_files(file)
    clicks = keep_clicking(other, page, started)
    page.wait_for_selector("[data-testid=counts]")
    said(measure="upload_to_verdict", seconds=round(time.perf_counter() - started, 2), other_tab_clicks=clicks)
    said(measure="counts", text=" ".join(page.get_by_test_id("counts").inner_text().split()))


def keep_clicking(other: Page, page: Page, started: float) -> dict[str, float]:
    """Click through another tab until the verdict stands; return how long its clicks took."""
    taken: list[float] = []
    while not page.get_by_test_id("counts").is_visible() and time.perf_counter() - started < 60:
        for name in ("Prices", "Proposals"):
            clicked = time.perf_counter()
            other.locator("nav a, aside a").filter(has_text=name).first.click()
            other.wait_for_function(
                "name => document.querySelector('header h1, .top h1')?.textContent?.includes(name)", arg=name
            )
            taken.append(time.perf_counter() - clicked)
    return {"count": len(taken), "worst": round(max(taken, default=0.0), 3)}


def time_live(browser: Browser, base: str, sku: str) -> None:
    """From the answer to a submission until an open board shows the new repricing, ten times."""
    board = signed_in(browser, base, "omar").new_page()
    board.goto(base + "/propagation")
    board.wait_for_selector(READY, state="attached")
    analyst = signed_in(browser, base, "asha").request
    taken = []
    for turn in range(10):
        now = analyst.get(f"{base}/api/prices/{sku}").json()["price"]
        price = Decimal(now) + (1 if turn % 2 == 0 else -1)
        made = analyst.post(
            f"{base}/api/price-changes",
            headers={"Origin": base, "Idempotency-Key": str(uuid.uuid4())},
            data={"reason": "Timing the board", "lines": [{"sku": sku, "price": str(price)}]},
        )
        started = time.perf_counter()
        board.wait_for_selector(f"[data-testid=repricing-{made.json()['reference']}]")
        taken.append(time.perf_counter() - started)
    said(measure="commit_to_open_board", median=round(sorted(taken)[5], 3), worst=round(max(taken), 3))


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("base")
    asked.add_argument("--upload")
    asked.add_argument("--live")
    options = asked.parse_args()
    with sync_playwright() as playwright:
        browser = launched(playwright)
        if options.upload:
            time_upload(browser, options.base, options.upload)
        elif options.live:
            time_live(browser, options.base, options.live)
        else:
            time_first_loads(browser, options.base)
            time_clicks(browser, options.base)
        browser.close()


if __name__ == "__main__":
    main()
