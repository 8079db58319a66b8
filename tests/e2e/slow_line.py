"""A slow line between a window and the server: every word on the websocket takes its time, both ways, in order."""

from playwright.sync_api import Page

_SLOW = """(delay) => {
    const Fast = window.WebSocket;
    window.WebSocket = class extends Fast {
        send(word) { setTimeout(() => super.send(word), delay); }
        set onmessage(hear) { super.onmessage = (event) => setTimeout(() => hear(event), delay); }
        get onmessage() { return super.onmessage; }
    };
}"""


def slow_down(page: Page, *, milliseconds: int) -> None:
    """Let every word wait so long, from the next page on; an answer comes after twice that."""
    page.add_init_script(f"({_SLOW})({milliseconds})")
