"""The one Chromium that tests and harness drive: whichever is there, its headless shell first.

The shell is the same engine without a browser's windows around it; it takes half of the processor's time.
"""

import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--font-render-hinting=none")  # fmt: skip


def launched(playwright: Playwright) -> Browser:
    """Start it; without one on the PATH, Playwright tries its own and says what is missing."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(FLAGS))
