"""Takes real price files through a running Baton in the browser and times each step.

    baton catalog import FOLDER/grocery_catalog.csv
    python tests/harness/real_input.py http://localhost:3000 FOLDER

`FOLDER` holds `grocery_reprice.csv` and `grocery_increase.csv`. Prints one JSON object per step, times in seconds.
"""

import json
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import launched
from tests.harness.browser_timing import READY, said, signed_in

PATIENCE = 120_000


def upload(page: Page, base: str, file: Path, reason: str) -> str:
    """Upload a file, split what is mixed, submit; return the reference of the first proposal."""
    page.goto(f"{base}/proposals/new")
    page.wait_for_selector(READY, state="attached")
    page.get_by_test_id("mode-file").click()
    started = time.perf_counter()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("counts").wait_for(timeout=PATIENCE)
    said(
        step=f"{file.name}: file chosen to verdict on screen",
        seconds=round(time.perf_counter() - started, 2),
        counts=" ".join(page.get_by_test_id("counts").inner_text().split()),
    )
    page.get_by_test_id("reason").fill(reason)
    page.get_by_test_id("mixed-split").click()
    started = time.perf_counter()
    page.get_by_test_id("submit").click()
    page.get_by_test_id("confirm-submit").click()
    page.wait_for_url("**/proposals/PC-*", timeout=PATIENCE)
    said(step="submit to passport", seconds=round(time.perf_counter() - started, 2))
    return page.url.rpartition("/")[2]


def follow(browser: Browser, base: str, reference: str) -> None:
    """Wait until every context has applied a proposal, and say how long after publication that was."""
    api = signed_in(browser, base, "asha").request
    while True:
        found = api.get(f"{base}/api/repricings/{reference}")
        lanes = found.json().get("contexts", {}) if found.ok else {}
        if lanes and all(lane["pending"] + lane["retrying"] == 0 for lane in lanes.values()):
            break
        time.sleep(0.1)
    said(
        step=f"{reference}: published and applied",
        published_at=found.json()["published_at"],
        lanes={name: {"applied": lane["applied"], "last_ack": lane["last_ack"]} for name, lane in lanes.items()},
    )


def approve(browser: Browser, base: str, reference: str) -> None:
    """Let an approver decide on a proposal in the browser."""
    page = signed_in(browser, base, "kiran").new_page()
    page.goto(f"{base}/approvals?item={reference}")
    page.wait_for_selector(READY, state="attached")
    page.get_by_test_id("detail-reference").get_by_text(reference).wait_for()
    started = time.perf_counter()
    page.get_by_test_id("approve").click()
    page.get_by_test_id(f"item-{reference}").wait_for(state="detached", timeout=PATIENCE)
    said(step=f"{reference}: approve clicked to gone from the queue", seconds=round(time.perf_counter() - started, 2))


def soft_sibling(browser: Browser, base: str, reference: str) -> str:
    """Return the part of a split that waits for approval."""
    api = signed_in(browser, base, "asha").request
    while True:
        siblings = api.get(f"{base}/api/price-changes/{reference}").json()["siblings"]
        for sibling in siblings:
            if api.get(f"{base}/api/price-changes/{sibling}").json()["status"] == "PENDING_APPROVAL":
                return str(sibling)
        time.sleep(0.1)


def main() -> None:
    """Take both files through."""
    base, folder = sys.argv[1], Path(sys.argv[2])
    with sync_playwright() as playwright:
        browser = launched(playwright)
        page = signed_in(browser, base, "asha").new_page()
        for name, reason in (("grocery_increase.csv", "Supplier costs"), ("grocery_reprice.csv", "Shelf alignment")):
            reference = upload(page, base, folder / name, reason)
            follow(browser, base, reference)
            soft = soft_sibling(browser, base, reference)
            approve(browser, base, soft)
            follow(browser, base, soft)
        browser.close()


if __name__ == "__main__":
    print(json.dumps({"measure": "real input, in a browser"}))
    main()
