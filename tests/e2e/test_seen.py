"""What a person decides is what stood on their screen: on a stalled line, in bulk, and when another was faster."""

import re
from uuid import uuid4

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.person import Person

PLAN = {"waves": [{"share_bp": 5_000, "bake_seconds": 600}, {"share_bp": 10_000, "bake_seconds": 600}]}


class Line:
    """A page's websocket that can be held: what the browser sends waits until it is let go."""

    def __init__(self, page: Page) -> None:
        self._held: list[tuple[WebSocketRoute, str | bytes]] = []
        self._stalled = False
        page.route_web_socket(re.compile("_event"), self._open)

    def hold(self) -> None:
        self._stalled = True

    def let_go(self) -> None:
        self._stalled = False
        for server, message in self._held:
            server.send(message)
        self._held.clear()

    def _open(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: self._pass_on(server, message))
        server.on_message(socket.send)

    def _pass_on(self, server: WebSocketRoute, message: str | bytes) -> None:
        if self._stalled:
            self._held.append((server, message))
        else:
            server.send(message)


def call(person: Person, path: str, body: object) -> dict[str, str]:
    headers = {"Origin": person.address, "Idempotency-Key": uuid4().hex}
    answer = person.context.request.post(f"/api/price-changes{path}", data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def waiting(asha: Person, about: str, *skus: str) -> list[dict[str, str]]:
    """One proposal per SKU that a person must decide, the first due first."""
    return [call(asha, "", {"reason": f"{about} {n}", "lines": [{"sku": sku, "price": "250.00"}]})
            for n, sku in enumerate(skus, start=1)]  # fmt: skip


def status(person: Person, proposal: dict[str, str]) -> str:
    return person.context.request.get(f"/api/price-changes/{proposal['reference']}").json()["status"]


def plans_waves(noor: Person, proposal: dict[str, str]) -> None:
    call(noor, f"/{proposal['reference']}/waves", {"waves": PLAN, "content_hash": proposal["content_hash"]})


def test_j_and_a_on_a_stalled_line_decide_nothing_that_was_just_left(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    first, second = waiting(asha, "Stalled", *skus(2))
    line, page = Line(kiran.page), kiran.page
    kiran.open("/approvals?q=Stalled")
    reference = page.get_by_test_id("detail-reference")
    page.keyboard.press("j")
    expect(reference).to_have_text(first["reference"])

    line.hold()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_test_id("pane-says")).to_contain_text(f"Nothing was done: {second['reference']} is still being")
    expect(page.get_by_test_id("detail")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_test_id("stalled")).to_be_visible(timeout=2_000)
    line.let_go()

    expect(reference).to_have_text(second["reference"])
    expect(page.get_by_test_id("stalled")).to_be_hidden()
    expect(page.get_by_test_id("pane-says")).to_contain_text("was still being opened. Press again now.")
    page.keyboard.press("a")
    expect(page.get_by_test_id("said")).to_contain_text(f"{second['reference']} approved")
    assert status(asha, first) == "PENDING_APPROVAL", "250.00 instead of 200.00 went out that nobody decided on"


def test_a_stalled_line_is_said_to_whoever_only_looks(signed_in, skus):
    asha, kiran = signed_in("asha"), signed_in("kiran")
    waiting(asha, "Looked at", *skus(1))
    line, page = Line(kiran.page), kiran.page
    kiran.open("/approvals?q=Looked")

    line.hold()
    expect(page.get_by_test_id("stalled")).to_be_visible(timeout=2_000)
    line.let_go()
    expect(page.get_by_test_id("stalled")).to_be_hidden()


def test_a_bulk_approval_says_what_it_will_do_and_binds_each_row_to_what_was_ticked(signed_in, skus):
    asha, kiran, noor = signed_in("asha"), signed_in("kiran"), signed_in("noor")
    same, changed = waiting(asha, "Bulk", *skus(2))
    page = kiran.open("/approvals?q=Bulk")
    for number, proposal in enumerate((same, changed), start=1):
        page.get_by_label(f"Select {proposal['reference']}").click()
        expect(page.get_by_test_id("approve-selected")).to_contain_text(f"Approve {number}")

    plans_waves(noor, changed)
    expect(page.get_by_text("changed since you selected it")).to_be_visible()
    page.keyboard.press("Shift+A")
    plan = page.get_by_test_id("bulk-plan")
    expect(plan).to_contain_text("Approve 1 proposal?")
    expect(plan).to_contain_text("1 of 2 will be refused")
    expect(plan).to_contain_text("₹200.00 → ₹250.00 (+25.0 %)")
    expect(plan).to_contain_text(f"+25.0 % in {same['reference']}")
    assert status(asha, same) == "PENDING_APPROVAL"
    expect(page.get_by_test_id("confirm-bulk")).to_be_focused()
    page.keyboard.press("Enter")

    results = page.get_by_test_id("bulk-results")
    expect(results).to_contain_text("Approved")
    expect(results).to_contain_text("it now goes out in waves: up to 50 %")
    assert status(asha, changed) == "PENDING_APPROVAL"
    assert status(asha, same) != "PENDING_APPROVAL"


def test_what_changed_between_look_and_click_is_said_and_must_be_read_first(signed_in, skus):
    asha, kiran, noor = signed_in("asha"), signed_in("kiran"), signed_in("noor")
    [proposal] = waiting(asha, "Meanwhile", *skus(1))
    page = kiran.open(f"/proposals/{proposal['reference']}")
    plans_waves(noor, proposal)
    expect(page.get_by_test_id("canary-lead")).to_contain_text("Goes out in")

    page.get_by_test_id("act-approve").click()
    expect(page.get_by_test_id("refused")).to_contain_text("it now goes out in waves: up to 50 %")
    assert status(asha, proposal) == "PENDING_APPROVAL", "approved at once what the click had not shown"
    expect(page.get_by_test_id("changed")).to_contain_text("It now goes out in waves")
    page.get_by_test_id("accept").click()
    expect(page.get_by_test_id("changed")).to_have_count(0)
    page.get_by_test_id("act-approve").click()

    expect(page.get_by_test_id("status")).not_to_have_text("Pending approval")


def test_no_proposal_is_shown_under_the_address_of_another(signed_in, skus):
    first, second = waiting(signed_in("asha"), "One after the other", *skus(2))
    kiran = signed_in("kiran")
    line, page = Line(kiran.page), kiran.page
    kiran.open(f"/proposals/{first['reference']}")
    expect(page.get_by_test_id("act-approve")).to_be_visible()
    page.get_by_label("Up").get_by_role("link", name="Proposals").click()
    to_second = page.get_by_test_id(f"proposal-{second['reference']}").get_by_role("link")
    expect(to_second).to_be_visible()
    line.hold()
    to_second.click()
    page.wait_for_url(f"**/proposals/{second['reference']}")

    expect(page.get_by_role("status", name="Loading")).to_be_visible()
    expect(page.get_by_test_id("status")).to_have_count(0)
    expect(page.get_by_test_id("act-approve")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first["reference"])
    line.let_go()
    expect(page.get_by_role("heading", name="One after the other 2")).to_be_visible()

    line.hold()
    page.go_back()
    page.go_back()
    page.wait_for_url(f"**/proposals/{first['reference']}")
    expect(page.get_by_role("heading", name="One after the other 2")).to_have_count(0)
    line.let_go()
    expect(page.get_by_role("heading", name="One after the other 1")).to_be_visible()
