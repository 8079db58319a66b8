"""Products come in on the page Prices: tried first, bad rows named, and any SKU can be opened by its address."""

from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import expect

HEAD = "sku,name,category,subcategory,brand,currency,cost,price,competitor_price"
ODD = "Shelf/3 #1 50%+"


def test_a_catalog_is_tried_listed_without_its_bad_row_and_its_odd_sku_is_opened(signed_in, tmp_path: Path):
    omar = signed_in("omar")
    file = tmp_path / "catalog.csv"
    file.write_text(f"{HEAD}\n{ODD},Odd Tea,Tea,Leaf,Brand,INR,70.00,100.00,\nBAD,Tea,Tea,Leaf,Brand,INR,70.00,1e3,\n")
    page = omar.open("/prices")
    page.get_by_test_id("import-catalog-open").click()
    form, said = page.locator("[data-import=catalog]"), page.get_by_test_id("import-catalog-said")
    page.set_input_files("#import-catalog-file", file)

    form.get_by_test_id("import-try").click()
    expect(said).to_contain_text("1 listed, 0 known, 0 other prices; 1 rows cannot be taken. Nothing was changed.")
    expect(page.get_by_test_id("import-catalog-rows")).to_contain_text("row 3, BAD: “1e3” is not a price.")
    form.get_by_label("Go on without the rows that cannot be taken").check()
    form.get_by_test_id("import-import").click()
    expect(said).to_contain_text("1 listed")
    omar.open(f"/prices?{urlencode({'sku': ODD})}")

    expect(page.get_by_test_id("fact-cost")).to_contain_text("70.00")
    expect(page.get_by_test_id("fact-cost")).to_contain_text("0 days old from catalog")
    expect(page.get_by_test_id("fact-competitor")).to_contain_text("not measured")
    expect(page.get_by_test_id("facts")).to_contain_text("Omar T.")
    expect(page.get_by_test_id("detail")).to_contain_text(ODD)


def test_an_analyst_is_offered_no_import(signed_in):
    asha = signed_in("asha")

    page = asha.open("/prices")

    expect(page.get_by_test_id("prices")).to_be_visible()
    expect(page.get_by_test_id("import-catalog-open")).to_have_count(0)
