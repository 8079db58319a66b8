"""Takes the pictures in docs/screenshots of a running demo: `python -m tests.harness.screenshots http://localhost:3000`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import launched
from tests.harness.browser_timing import READY, signed_in

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
PAGES = {
    "overview": ("kiran", "/"),
    "approvals": ("kiran", "/approvals"),
    "proposals": ("asha", "/proposals"),
    "new-proposal": ("asha", "/proposals/new"),
    "propagation": ("omar", "/propagation"),
    "calendar": ("omar", "/calendar"),
    "prices": ("omar", "/prices?q=basmati"),
    "rules": ("leela", "/rules"),
    "audit": ("ruth", "/audit"),
    "people": ("leela", "/people?person=demo-kiran"),
    "account": ("leela", "/account"),
}
OPENED = {"approvals": ("[data-testid=open-first]", "[data-testid=detail-reference]")}
"""What a person presses where nothing is open on arrival, and what opens; the narrow picture shows the list."""
WIDTHS = {"": 1440, "-390": 390}


def take(browser: Browser, base: str, who: str, path: str, name: str) -> None:
    """Take one page in light and dark, and narrow."""
    for scheme in ("light", "dark"):
        for suffix, width in WIDTHS.items():
            if suffix and scheme == "dark":
                continue
            context = signed_in(browser, base, who)
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": 900 if not suffix else 844})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(base + path)
            page.wait_for_selector(READY, state="attached")
            page.wait_for_function("!document.querySelector('[data-loading=true], .skeleton')")
            if not suffix and name in OPENED:
                button, opened = OPENED[name]
                page.click(button)
                page.wait_for_selector(opened)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}-{scheme}{suffix}.png")
            context.close()


def main() -> None:
    """Take every page; `passport=PC-1 canary=PC-2` adds those proposals under these names."""
    base = sys.argv[1]
    pages = dict(PAGES)
    for asked in sys.argv[2:]:
        name, _, reference = asked.partition("=")
        pages[name] = ("kiran", f"/proposals/{reference}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"{base}/sign-in")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"sign-in-{scheme}.png")
        for name, (who, path) in pages.items():
            take(browser, base, who, path, name)
        browser.close()


if __name__ == "__main__":
    main()
