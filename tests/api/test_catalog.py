"""The catalog over HTTP: every bad row is named, any SKU can be asked for, and a currency stays what it is."""

from urllib.parse import quote

import pytest

from tests.api.conftest import Caller

HEADER = "sku,name,category,subcategory,brand,currency,cost,price,competitor_price"
ODD = ["A/B", "50% off", "A?b=1", "A#1", "..a", "v1.2", "Ä-1", "A&B=C+D", 'Tube 3"', "x" * 64, "A/lock"]


def row(sku: str, *, currency: str = "INR", price: str = "100.00", cost: str = "70.00", name: str = "Tea") -> str:
    quoted = sku.replace('"', '""')
    return f'"{quoted}",{name},Tea,Leaf,Brand,{currency},{cost},{price},'


def send(caller: Caller, *rows: str, **query: str):  # type: ignore[no-untyped-def]
    content = "\n".join((HEADER, *rows)).encode()
    return caller.post("/api/catalog/import", files={"file": ("catalog.csv", content)}, params=query)


def price_of(caller: Caller, sku: str):  # type: ignore[no-untyped-def]
    return caller.get(f"/api/prices/{quote(sku, safe='')}")


def test_a_dry_run_says_what_would_happen_and_changes_nothing(omar: Caller):
    answer = send(omar, row("N1"), row("T1", price="120.00"), dry_run="true")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"listed": 1, "known": 1, "other_prices": 1, "rows": [], "notes": []}
    assert price_of(omar, "N1").status_code == 404


def test_every_bad_row_is_named_as_the_spreadsheet_counts_it(omar: Caller):
    refused = send(
        omar,
        row("N1"), row("N1"), row("N2", price="1e3"), row("N3", cost="x"), row("N4", currency="XYZ"), row("N\x015"),
        row("T1", currency="JPY", price="10000", cost=""), row("N6", name=""), row("N7") + ",more", row(" "),
    )  # fmt: skip

    assert refused.status_code == 422
    assert [(bad["row"], bad["code"]) for bad in refused.json()["rows"]] == [
        (3, "duplicate_sku"), (4, "not_a_price"), (5, "not_a_price"), (6, "unknown_currency"), (7, "bad_sku"),
        (8, "currency_changed"), (9, "missing_text"), (10, "bad_row"), (11, "missing_sku"),
    ]  # fmt: skip
    assert price_of(omar, "N1").status_code == 404, "nothing is listed in part by itself"


def test_one_goes_on_without_the_bad_rows_and_downloads_them(omar: Caller):
    rows = (row("N1"), row("N2", price="1e3"))

    problems = send(omar, *rows, dry_run="true", problems="csv")
    done = send(omar, *rows, skip_problems="true")

    assert problems.text.removeprefix("\ufeff").splitlines() == [
        f"{HEADER},row,code,reason",
        'N2,Tea,Tea,Leaf,Brand,INR,70.00,1e3,,3,not_a_price,"“1e3” is not a price. Write the number out, like 12.34."',
    ]
    assert (done.json()["listed"], done.json()["left_out"]) == (1, 1)


@pytest.mark.parametrize(("sign", "ends"), [(",", "1,200"), (";", "1;200")])
def test_half_a_first_price_is_never_listed(omar: Caller, sign: str, ends: str):
    """No rule judges a first price: 1,200.00 was listed as 1.00, and nothing was said."""
    heading = HEADER.removesuffix(",competitor_price") + ","
    rows = (heading, "N1,Tea,Tea,Leaf,Brand,INR,70.00,", "N2,Tea,Tea,Leaf,Brand,INR,70.00,100.00,")
    content = "\n".join(rows).replace(",", sign).replace(f"70.00{sign}\n", f"70.00{sign}{ends}\n").encode()

    answer = omar.post(
        "/api/catalog/import", files={"file": ("catalog.csv", content)}, params={"skip_problems": "true"}
    )

    assert (answer.json()["listed"], answer.json()["left_out"]) == (1, 1), answer.text
    assert (price_of(omar, "N1").status_code, price_of(omar, "N2").json()["price"]) == (404, "100.00")


def test_100_rupees_are_never_told_as_10000_yen(omar: Caller):
    """Before, the answer was 10000 JPY at version 1: 100 rupees a piece became some 5,700."""
    refused = send(omar, row("T1", currency="JPY", price="10000", cost=""))

    assert refused.json()["rows"] == [
        {
            "row": 2, "sku": "T1", "code": "currency_changed",
            "reason": "T1 is priced in INR, and a SKU keeps its currency for life: JPY would make its price another"
            " one. List it under a SKU of its own.",
        }
    ]  # fmt: skip
    assert {key: price_of(omar, "T1").json()[key] for key in ("price", "currency", "version")} == {
        "price": "100.00", "currency": "INR", "version": 1
    }  # fmt: skip


@pytest.mark.parametrize("sku", ODD)
def test_any_sku_is_listed_proposed_published_and_read(omar: Caller, asha: Caller, sku: str):
    assert send(omar, row(sku)).status_code == 200

    made = asha.post("/api/price-changes", {"reason": "Odd", "lines": [{"sku": sku, "price": "104.00"}]})
    found = price_of(asha, sku)
    facts = asha.get(f"/api/facts/{quote(sku, safe='')}")

    assert made.status_code == 201, made.text
    assert (found.status_code, found.json()["sku"]) == (200, sku)
    assert (facts.status_code, facts.json()["cost"]["amount"]) == (200, "70.00")
    assert [item["id"] for item in asha.get("/api/price-changes", params={"sku": sku}).json()["items"]] == [
        made.json()["id"]
    ]


def test_a_blank_behind_a_sku_does_not_make_another_product(omar: Caller, asha: Caller):
    """Before, `N1 ` was listed for good and could never be repriced."""
    assert send(omar, row("N1 ")).json()["listed"] == 1

    made = asha.post("/api/price-changes", {"reason": "Blank", "lines": [{"sku": " N1", "price": "104.00"}]})

    assert made.status_code == 201, made.text
    assert price_of(omar, "N1").status_code == 200


@pytest.mark.parametrize("path", ["/api/prices/", "/api/facts/"])
def test_what_no_store_can_look_for_is_simply_not_there(asha: Caller, path: str):
    assert asha.get(f"{path}%00").status_code == 404
    assert asha.get("/api/price-changes?sku=%00").json()["items"] == []


def test_a_price_in_another_currency_than_the_product_is_refused_with_its_line(asha: Caller):
    line = {"sku": "T1", "price": "104.00", "currency": "EUR"}

    refused = asha.post("/api/price-changes", {"reason": "Euro", "lines": [line]})

    assert [(bad["row"], bad["code"]) for bad in refused.json()["rows"]] == [(1, "other_currency")]


def test_listing_products_is_not_an_analysts_to_do(asha: Caller):
    assert send(asha, row("N1")).status_code == 403


def test_a_repeated_import_has_the_same_answer(omar: Caller):
    content = {"file": ("c.csv", "\n".join((HEADER, row("N1"))).encode())}
    first, again = (omar.post("/api/catalog/import", files=content, key="once") for _ in range(2))

    assert first.json() == again.json()
    assert first.json()["listed"] == 1


def test_an_old_encoding_is_refused_with_the_place(omar: Caller):
    old = f"{HEADER}\nN1,Tä,".encode("latin-1")
    refused = omar.post("/api/catalog/import", files={"file": ("c.csv", old)})

    assert (refused.status_code, refused.json()["code"]) == (422, "not_utf8")
