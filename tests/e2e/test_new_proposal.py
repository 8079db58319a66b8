"""A file from a spreadsheet: every bad row with its reason, and nothing half-committed."""

import csv
import re

from playwright.sync_api import expect

COUNTS = {"unchanged": "2", "clean": "3", "soft": "2", "hard": "1", "problem": "4"}


def _file(skus, folder):
    prices = ["210.00", "206.00", "202.00", "260.00", "270.00", "101.00", "200.00", "200.00"]
    rows = [f"{sku},{price}" for sku, price in zip(skus, prices, strict=True)]
    bad = ["NO-SUCH-SKU,10.00", f"{skus[0]},211.00", f"{skus[1]}x,1e3", '=HYPERLINK("x"),5.00']
    file = folder / "week 48.csv"
    file.write_text("\n".join(["SKU,New price", *rows, *bad]) + "\n")
    return file


def test_a_file_is_judged_row_by_row_and_split_into_two_proposals(signed_in, skus, tmp_path):
    asha = signed_in("asha")
    page = asha.open("/proposals/new?mode=file")

    page.get_by_test_id("file").set_input_files(_file(skus(8), tmp_path))
    page.wait_for_url(re.compile("draft="))
    for kind, number in COUNTS.items():
        expect(page.get_by_test_id(f"count-{kind}")).to_have_text(number)
    problems = page.get_by_test_id("problems")
    expect(problems).to_contain_text("No product has this SKU")
    expect(problems).to_contain_text("The SKU already stands in row 2")
    expect(problems.get_by_role("row").nth(1)).to_contain_text("10")

    with page.expect_download() as download:
        page.get_by_test_id("problems-csv").click()
    with open(download.value.path(), newline="") as found:
        rows = list(csv.DictReader(found))
    assert len(rows) == 4
    assert not any(cell.startswith("=") for row in rows for cell in row.values())

    expect(page.get_by_test_id("submit")).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("go-without").click()
    page.get_by_test_id("mixed-split").click()
    expect(page.get_by_test_id("outcome")).to_contain_text("3 clean lines publish at once; 2 soft lines wait")
    reference = asha.submit("Tea: week 48")

    asha.expect_status("Published")
    sibling = page.get_by_role("link", name=re.compile("split with PC-"))
    expect(sibling).to_be_visible()
    sibling.click()
    expect(page).not_to_have_url(re.compile(reference))
    asha.expect_status("Pending approval")


def test_the_draft_survives_a_reload_and_a_passing_price_is_taken(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.check_lines({sku: "100.00"})

    asha.page.reload()
    asha.wait_until_ready()
    expect(asha.page.get_by_test_id("count-hard")).to_have_text("1")
    asha.page.get_by_role("button", name="Use the passing price in row").click()

    expect(asha.page.get_by_test_id("count-hard")).to_have_text("0")
    expect(asha.page.get_by_test_id("draft-rows")).to_contain_text("₹140.00")


def test_nothing_is_submitted_without_a_reason(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    asha.check_lines({sku: "209.00"})

    asha.page.get_by_test_id("submit").click()

    expect(asha.page.get_by_role("alert").filter(has_text="Say in a sentence")).to_be_visible()
    expect(asha.page).to_have_url(re.compile("draft="))


def test_a_file_that_is_no_table_is_refused_in_words(signed_in, tmp_path):
    asha = signed_in("asha")
    page = asha.open("/proposals/new?mode=file")
    file = tmp_path / "notes.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))

    page.get_by_test_id("file").set_input_files(file)

    expect(page.get_by_role("alert").filter(has_text=re.compile(r"\w{3,}"))).to_be_visible()
    asha.complaints = [said for said in asha.complaints if "422" not in said]  # Chromium reports the refusal itself


def _brought(person, content):
    page = person.open("/proposals/new?mode=file")
    file = {"name": "shop.csv", "mimeType": "text/csv", "buffer": content.encode()}
    page.get_by_test_id("file").set_input_files(file)
    return page


def test_a_file_that_could_mean_two_things_is_read_as_a_person_says_and_the_next_one_too(signed_in, skus):
    asha, [sku] = signed_in("asha"), skus(1)
    content = f"Artikel;UVP;Verkaufspreis\n{sku};250,00;209,00\nSumme;250,00;209,00\n"
    page = _brought(asha, content)

    expect(page.get_by_test_id("unsure")).to_contain_text("“UVP”, “Verkaufspreis”")
    page.get_by_role("button", name="Price is “C: Verkaufspreis”").click()
    page.wait_for_url(re.compile("draft="))
    for fact in ("split by semicolon", "decimal comma", "new price from “Verkaufspreis”", "1 total row left out"):
        expect(page.get_by_test_id("as-read")).to_contain_text(fact)
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹209.00")

    page.get_by_test_id("as-read").click()
    page.get_by_test_id("reading-price").select_option("1")
    page.get_by_test_id("read-again").click()
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹250.00")

    page = _brought(asha, content)
    remembered = "remembered from your earlier files with these headings: the price column"
    expect(page.get_by_test_id("as-read")).to_contain_text(remembered)
    asha.complaints = [said for said in asha.complaints if "422" not in said]  # Chromium reports the refusal itself


def test_bad_rows_are_mended_where_they_stand(signed_in, skus):
    asha, (first, second, third) = signed_in("asha"), skus(3)
    page = _brought(asha, f"{third},207.00\nsku,price\n{first.lower()},+4 %\n{second},20x9\n")
    page.wait_for_url(re.compile("draft="))
    expect(page.get_by_test_id("count-problem")).to_have_text("3")
    expect(page.get_by_test_id("problems")).to_contain_text("stands above the headings in row 2")

    page.get_by_role("button", name=f"Take {first}").click()
    expect(page.get_by_test_id("count-clean")).to_have_text("1")
    page.get_by_role("button", name="Check row 1 again").click()
    expect(page.get_by_test_id("count-clean")).to_have_text("2")
    field = page.get_by_label("Price in row 4")
    field.fill("209")
    field.press("Enter")

    expect(page.get_by_test_id("count-clean")).to_have_text("3")
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹207.00")
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹208.00")
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹209.00")


def _downloaded(page):
    with page.expect_download() as download:
        page.get_by_test_id("problems-csv").click()
    return open(download.value.path(), encoding="utf-8-sig", newline="").read()


def test_bad_rows_go_out_and_come_back_as_bad_until_they_are_corrected(signed_in, skus):
    asha, (first, second, third) = signed_in("asha"), skus(3)
    page = _brought(asha, f"sku;price\n{first};209,00\n{second};208.00\n{third.lower()};209,50\n")
    page.wait_for_url(re.compile("draft="))
    expect(page.get_by_test_id("count-problem")).to_have_text("2")
    content = _downloaded(page)
    assert [(row["price"], row["as it came"]) for row in csv.DictReader(content.splitlines())] == [
        ("208.00 ?", "208.00"), ("209.50", "209,50"),
    ]  # fmt: skip

    page = _brought(asha, content)
    page.wait_for_url(re.compile("draft="))
    expect(page.get_by_test_id("count-problem")).to_have_text("2")

    page = _brought(asha, content.replace("208.00 ?", "208.00").replace(third.lower(), third))
    page.wait_for_url(re.compile("draft="))
    expect(page.get_by_test_id("count-clean")).to_have_text("2")
    expect(page.get_by_test_id("draft-rows")).to_contain_text("₹208.00")


def test_an_approver_cannot_submit_and_is_told_so(signed_in):
    kiran = signed_in("kiran")

    page = kiran.open("/proposals/new")

    expect(page.get_by_text("Only analysts submit proposals")).to_be_visible()
