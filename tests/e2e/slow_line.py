"""The line between a window and the server, made slow or held: words on the websocket wait, and keep their order."""

from playwright.sync_api import Page

from tests.e2e.person import Person

_SLOW = """(delay) => {
    const Fast = window.WebSocket;
    window.WebSocket = class extends Fast {
        send(word) { setTimeout(() => super.send(word), delay); }
        set onmessage(hear) { super.onmessage = (event) => setTimeout(() => hear(event), delay); }
        get onmessage() { return super.onmessage; }
    };
}"""
_STAYING = """() => {
    const Open = window.WebSocket;
    const line = (window.line = { held: false, waiting: [] });
    line.go = () => { line.held = false; line.waiting.splice(0).forEach((hear) => hear()); };
    window.WebSocket = class extends Open {
        set onmessage(hear) {
            super.onmessage = (event) => (line.held ? line.waiting.push(() => hear(event)) : hear(event));
        }
        get onmessage() { return super.onmessage; }
    };
}"""


def slow_down(person: Person, *, milliseconds: int) -> None:
    """Let every word wait so long, from the next page on; an answer comes after twice that."""
    person.window_is_as_it_was = False
    person.page.add_init_script(f"({_SLOW})({milliseconds})")


def make_holdable(person: Person) -> None:
    """Let the line be held from the next page on, by `hold` and `release`."""
    person.window_is_as_it_was = False
    person.page.add_init_script(f"({_STAYING})()")


def hold(page: Page) -> None:
    """From now on the window hears nothing; what it says still arrives."""
    page.evaluate("line.held = true")


def release(page: Page) -> None:
    """Let the window hear what was said meanwhile, and go on."""
    page.evaluate("line.go()")
