"""Tells the person at the terminal where Baton is, once it answers."""

import os
import urllib.error
import urllib.request
from pathlib import Path

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

PATIENCE_SECONDS = 90
_ASKING = Retrying(
    retry=retry_if_result(lambda answers: not answers),
    wait=wait_fixed(0.1),
    stop=stop_after_delay(PATIENCE_SECONDS),
    retry_error_callback=lambda _: False,
)


def announce(port: int) -> None:
    """Wait until the web answers, then print its address; after a long while say where to look instead."""
    address = f"http://localhost:{port}"
    if not _ASKING(_answers, f"{address}/healthz"):  # with an alarm on as well: the pages say what to do
        logs = Path(os.environ.get("BATON_DATA_DIR", "var")) / "log"
        print(f"The web does not answer on {address} yet. Its log is {logs / 'web.log'}.", flush=True)
        return
    demo = os.environ.get("BATON_DEMO") == "true"
    how = "sign in with one click" if demo else "sign in with an account made by `baton user add`"
    print(f"\n  Baton is at {address}  ({how}; Ctrl-C stops everything)\n", flush=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
