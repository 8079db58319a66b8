"""Tells the person at the terminal where Baton is, once it answers."""

import os
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE_SECONDS = 90


def announce(port: int) -> None:
    """Wait until the web answers, then print its address; after a long while say where to look instead."""
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answers(f"{address}/readyz"):
        if time.monotonic() > deadline:
            logs = Path(os.environ.get("BATON_DATA_DIR", "var")) / "log"
            print(f"The web does not answer on {address} yet. Its log is {logs / 'web.log'}.", flush=True)
            return
        time.sleep(0.1)
    demo = os.environ.get("BATON_DEMO") == "true"
    how = "sign in with one click" if demo else "sign in with an account made by `baton user add`"
    print(f"\n  Baton is at {address}  ({how}; Ctrl-C stops everything)\n", flush=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
