"""Every page: no console error, nothing wider than the window, no field cut, tables that say what they are, keys."""

import re

import pytest
from playwright.sync_api import expect

PAGES = {
    "/": "Overview", "/approvals": "Approvals", "/proposals": "Proposals", "/proposals/new": "New proposal",
    "/propagation": "Propagation", "/calendar": "Calendar", "/prices": "Prices", "/rules": "Rules", "/audit": "Audit",
    "/people": "People", "/account": "Your account",
}  # fmt: skip

CUT = """() => [...document.querySelectorAll('input, select, textarea, button')].filter(field => {
    const box = field.getBoundingClientRect(), style = getComputedStyle(field), pen = document.createElement('canvas')
    if (!box.width || box.right < 0 || /checkbox|radio|file/.test(field.type)) return false
    const ink = pen.getContext('2d')
    ink.font = style.font
    const words = [field.placeholder, field.selectedOptions?.[0]?.text].map(word => word || '')
    const text = /INPUT|SELECT/.test(field.tagName) ? Math.max(...words.map(word => ink.measureText(word).width)) : 0
    const space = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    return box.right > innerWidth + 1 || text > space + 1
}).map(field => `${field.tagName} ${field.getAttribute('aria-label') || field.textContent}`)"""
"""The fields that reach beyond the window's edge, or are too narrow for the words that stand in them."""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(360, False), (1440, True), (2560, False)])
def test_a_page_fits_its_window(signed_in, path, width, dark):
    who = "asha" if path == "/proposals/new" else "leela"
    page = signed_in(who, width=width, dark=dark).open(path)

    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    captions = page.evaluate("[...document.querySelectorAll('table')].filter(t => !t.caption?.textContent).length")
    assert captions == 0
    scopes = "[...document.querySelectorAll('th')].filter(th => th.textContent && !th.scope).length"
    assert page.evaluate(scopes) == 0


def test_a_proposal_fits_a_telephone(signed_in, skus):
    asha, [sku] = signed_in("asha", width=390), skus(1)
    asha.propose("Tea: on the road", {sku: "201.00"})

    asha.expect_status("Published")
    assert asha.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_unknown_proposal_is_said_to_be_unknown(signed_in):
    page = signed_in("asha").open("/proposals/PC-999999")

    expect(page.get_by_text("There is no such proposal")).to_be_visible()


def test_every_filter_of_the_prices_is_in_the_address(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    page = asha.open("/prices")

    page.get_by_test_id("find-price").fill(f"{sku}")
    page.get_by_label("Price min").fill("150")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url(re.compile(rf"q={sku}.*min=150"))
    expect(page.get_by_test_id(f"price-{sku}")).to_be_visible()
    page.reload()
    asha.wait_until_ready()

    expect(page.get_by_test_id("find-price")).to_have_value(sku)
    expect(page.get_by_test_id(f"price-{sku}")).to_be_visible()
    expect(page.get_by_test_id("source")).to_contain_text("found by the context search")


def test_the_score_reads_as_a_list_by_a_key(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.propose("Tea: read aloud", {sku: "205.00"})
    asha.expect_status("Published")

    asha.page.keyboard.press("t")

    expect(asha.page.get_by_test_id("trace")).to_contain_text("Seam")
    assert "view=list" in asha.page.url


def test_the_keys_go_places(signed_in):
    page = signed_in("kiran").open("/")

    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile("/propagation"))
    expect(page.get_by_test_id("board")).to_be_visible()
    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


@pytest.mark.parametrize(("path", "what"), [("/rules", "[data-testid=rules]"), ("/calendar", ".ca-seg")])
def test_nothing_of_a_table_or_a_filter_lies_beyond_the_edge_of_a_telephone(signed_in, path, what):
    page = signed_in("leela", width=390).open(path)

    expect(page.locator(what)).to_be_visible()
    assert page.locator(what).evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_name_written_from_right_to_left_is_cut_at_its_end_and_not_at_its_beginning(signed_in):
    leela, name = signed_in("leela", width=390), "أرز بسمتي فاخر طويل الحبة خمسة كيلو"
    rows = f"sku,name,category,subcategory,brand,currency,price\nE2E-RTL,{name},Tea,Tea,Gulf Mills,INR,200.00\n"
    file = {"name": "names.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    headers = {"Origin": leela.address, "Idempotency-Key": "names"}
    assert leela.context.request.post("/api/catalog/import", multipart={"file": file}, headers=headers).ok

    page = leela.open("/prices?q=E2E-RTL")
    cell = page.get_by_title(name)
    expect(cell).to_be_visible()
    seen = cell.evaluate("""cell => {
        const words = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode(), first = document.createRange()
        first.setStart(words, 0)
        first.setEnd(words, 1)
        const sign = first.getBoundingClientRect(), box = cell.getBoundingClientRect()
        return sign.left >= box.left && sign.right <= box.right && cell.scrollWidth > cell.clientWidth
    }""")
    assert seen, "the first letter of a name is beyond the edge"
