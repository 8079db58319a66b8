"""What people typed stays: through a restart, a reload, a way elsewhere and back, and in another browser."""

import signal
from datetime import timedelta

import psutil
from playwright.sync_api import Page, expect

from app.clock import utc_now
from tests.e2e.person import DRAFT, Person
from tests.waiting import wait_for


def _kept(page: Page) -> None:
    """Wait until the page says that everything is saved."""
    expect(page.get_by_test_id("kept")).to_contain_text("Saved")
    page.wait_for_function("!document.documentElement.hasAttribute('data-unsaved')")


def _saved_by(page: Page, *typed: str) -> None:
    """Wait until the store has all of this, whichever request brought it."""

    def has_all() -> bool:
        draft = page.evaluate("window.batonDrafting.id")
        answer = page.context.request.get(f"/api/drafts/{draft}/fields?name=reason&name=text&name=typed&name=mends")
        return answer.ok and all(one in answer.text() for one in typed)

    wait_for(has_all, f"the keeping of {typed}")


def _web_of(address: str) -> list[psutil.Process]:
    port = int(address.rpartition(":")[2])
    return [
        psutil.Process(one.pid)
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
    ]


def _kill_the_web(person: Person) -> None:
    for process in _web_of(person.address):
        process.send_signal(signal.SIGKILL)


def _answers(person: Person) -> bool:
    try:
        return person.context.request.get("/healthz").ok
    except Exception:
        return False


def _stands(page: Page) -> dict[str, str]:
    named = ("reason", "paste", "until", "ends-day", "ends-time")
    cells = {f"{what} 1": page.get_by_label(f"{what} 1", exact=True).input_value() for what in ("SKU", "Price")}
    return {name: page.get_by_test_id(name).input_value() for name in named} | cells


def _keep_late(page: Page) -> None:
    """Let nothing that is typed here arrive, until `_keep_now`."""
    page.evaluate("() => { window.sent = fetch; window.fetch = () => Promise.reject(new Error('late')); }")


def _keep_now(page: Page) -> None:
    page.evaluate("() => { window.fetch = window.sent; }")


def test_what_is_typed_while_the_web_is_killed_is_there_afterwards_and_in_another_browser(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    page = asha.open("/proposals/new")
    page.get_by_test_id("reason").press_sequentially("Tea: week")
    page.get_by_test_id("paste").fill(f"{sku} 205.00\nNOPE 1.00\n")
    page.get_by_label("SKU 1", exact=True).fill("E2E-TYPED")
    page.get_by_label("Price 1", exact=True).fill("99")
    page.get_by_test_id("until").select_option("at")
    page.get_by_test_id("ends-day").fill(f"{utc_now() + timedelta(days=30):%Y-%m-%d}")
    page.get_by_test_id("ends-time").fill("10:30")
    _kept(page)
    page.wait_for_url(DRAFT)
    expect(page.get_by_test_id("ends-say")).to_contain_text("10:30")
    page.evaluate("window.neverReloaded = true")
    before = _stands(page)

    page.get_by_test_id("reason").press("End")
    page.keyboard.type(" 49", delay=20)  # no pause yet: the store has not heard of it
    _kill_the_web(asha)
    page.keyboard.type(", by hand", delay=50)
    expect(page.get_by_test_id("off-air")).to_contain_text("stays in this window, and is saved when it does")
    wait_for(lambda: _answers(asha), "a web that answers again")

    expect(page.get_by_test_id("off-air")).to_have_count(0)
    _saved_by(page, "Tea: week 49, by hand", "E2E-TYPED", "NOPE 1.00")
    stands = before | {"reason": "Tea: week 49, by hand"}
    assert _stands(page) == stands
    assert page.evaluate("window.neverReloaded")
    other = signed_in("asha")
    other.open(page.url.removeprefix(asha.address))
    expect(other.page.get_by_test_id("reason")).to_have_value("Tea: week 49, by hand")
    expect(other.page.get_by_label("Price 1", exact=True)).to_have_value("99")
    assert _stands(other.page) == stands
    asha.complaints = [said for said in asha.complaints if "REFUSED" not in said and "WebSocket" not in said]


def test_going_elsewhere_and_a_reload_lose_nothing_and_the_draft_is_listed_for_its_author_alone(signed_in, skus):
    asha, ravi, [sku] = signed_in("asha"), signed_in("ravi"), skus(1)
    page = asha.open("/proposals/new")
    page.get_by_test_id("paste").fill(f"{sku} 20x\n")
    page.get_by_test_id("reason").press_sequentially("Tea: on the way")

    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/prices*")
    asha.open("/proposals/new")
    line = page.get_by_test_id("drafts").get_by_role("row").filter(has_text="Tea: on the way")
    expect(line).to_contain_text("1 line, not checked yet")
    line.get_by_role("link").click()
    expect(page.get_by_test_id("paste")).to_have_value(f"{sku} 20x\n")

    page.get_by_test_id("check").click()
    page.get_by_label("Price in row 1").fill("205.00")
    _saved_by(page, "205.00")
    page.reload()
    asha.wait_until_ready()
    expect(page.get_by_label("Price in row 1")).to_have_value("205.00")
    expect(page.get_by_test_id("reason")).to_have_value("Tea: on the way")

    ravi.open(page.url.removeprefix(asha.address))
    expect(ravi.page.get_by_test_id("lost")).to_be_visible()
    expect(ravi.page.get_by_test_id("reason")).to_have_value("")
    assert ravi.page.get_by_text("Tea: on the way").count() == 0

    asha.open("/proposals/new")
    page.get_by_role("button", name="Discard Tea: on the way").click()
    expect(line).to_have_count(0)
    page.get_by_test_id("take-back").click()
    expect(line).to_contain_text("1 line")


def test_of_two_windows_on_one_draft_neither_overwrites_the_other_unseen(signed_in):
    one, two = signed_in("asha"), signed_in("asha")
    one.open("/proposals/new").get_by_test_id("reason").fill("Tea")
    one.page.wait_for_url(DRAFT)
    two.open(one.page.url.removeprefix(one.address))
    expect(two.page.get_by_test_id("reason")).to_have_value("Tea")
    _keep_late(one.page)

    one.page.get_by_test_id("reason").fill("Tea: auction")
    two.page.get_by_test_id("reason").fill("Tea: harvest")
    _saved_by(two.page, "Tea: harvest")
    _keep_now(one.page)

    clash = one.page.get_by_test_id("draft-clash")
    expect(clash).to_contain_text("The reason was changed in another window, too. There it says: Tea: harvest")
    expect(one.page.get_by_test_id("reason")).to_have_value("Tea: auction")
    clash.get_by_role("button", name="Take that").click()
    expect(clash).to_be_hidden()
    expect(one.page.get_by_test_id("reason")).to_have_value("Tea: harvest")
