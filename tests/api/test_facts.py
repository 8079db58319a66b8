"""Costs and competitor prices over HTTP: with source, date and age, and who changed them."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from app.clock import utc_now
from app.database import transaction
from app.lifecycle.proposing import facts
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.builders import product

COST = {"amount": "60.00", "currency": "INR", "source": "supplier price list"}


def ago(days: int) -> str:
    return (utc_now() - timedelta(days=days)).isoformat()


def put(caller: Caller, sku: str = "T1", kind: str = "cost", **changes: object):  # type: ignore[no-untyped-def]
    return caller.put(f"/api/facts/{kind}/{sku}", json=COST | changes)


def send(caller: Caller, content: str, *, source: str = "monday's crawl", **query: str):  # type: ignore[no-untyped-def]
    files = {"file": ("facts.csv", content.encode())}
    return caller.post("/api/facts/import", files=files, data={"source": source}, params=query)


def test_a_cost_is_put_with_its_source_and_date_and_everybody_sees_who_did_it(omar: Caller, asha: Caller):
    assert put(omar, observed_at=ago(0)).status_code == 200

    found = asha.get("/api/facts/T1").json()

    assert (found["currency"], found["cost"]["amount"], found["cost"]["source"]) == (
        "INR", "60.00", "supplier price list"
    )  # fmt: skip
    assert (found["cost"]["age_days"], found["cost"]["age_limit_days"], found["cost"]["measured"]) == (0, 400, True)
    newest = found["changes"][0]
    assert (newest["kind"], newest["before"], newest["after"], newest["by"]) == ("cost", "70.00", "60.00", "Omar T.")


def test_an_old_competitors_price_is_shown_with_its_age_and_not_measured(omar: Caller, asha: Caller):
    assert put(omar, kind="competitor", amount="50.00", observed_at=ago(40)).status_code == 200

    theirs = asha.get("/api/facts/T1").json()["competitor"]
    made = asha.post("/api/price-changes", {"reason": "Tea", "lines": [{"sku": "T1", "price": "104.00"}]})

    assert (theirs["amount"], theirs["age_days"], theirs["measured"]) == ("50.00", 40, False)
    assert made.json()["verdict"] == "CLEAN", "at 50.00 it would be 108 % above the competitor"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sku": "T99"}, "unknown_sku"),
        ({"currency": "JPY", "amount": "6000"}, "other_currency"),
        ({"currency": "XYZ"}, "unknown_currency"),
        ({"amount": "1e3"}, "not_a_price"),
        ({"amount": "0"}, "not_a_price"),
        ({"observed_at": ago(-2)}, "observed_in_the_future"),
        ({"source": " "}, "malformed_request"),
        ({"observed_at": "2026-11-20T09:00:00"}, "malformed_request"),
        ({"observed_at": "0001-01-01T00:00:00+14:00"}, "malformed_request"),
    ],
)
def test_what_cannot_be_a_fact_is_refused_and_changes_nothing(omar: Caller, changes: dict[str, str], code: str):
    refused = put(omar, **changes)

    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert omar.get("/api/facts/T1").json()["cost"]["amount"] == "70.00"


def test_an_analyst_supplies_no_facts(asha: Caller):
    assert put(asha).status_code == 403
    assert send(asha, "sku,cost\nT1,60.00\n").status_code == 403
    assert asha.post("/api/facts", {"facts": [COST | {"sku": "T1", "kind": "cost"}]}).status_code == 403


def test_many_at_once_are_taken_together_or_not_at_all(omar: Caller):
    good = COST | {"sku": "T1", "kind": "cost"}

    refused = omar.post("/api/facts", {"facts": [good, COST | {"sku": "T99", "kind": "cost"}, good]})
    taken = omar.post("/api/facts", {"facts": [good, COST | {"sku": "T2", "kind": "competitor"}]})

    assert [(row["row"], row["code"]) for row in refused.json()["rows"]] == [(3, "duplicate_sku")]
    assert taken.json() == {"changed": 2, "confirmed": 0, "older": 0}


def test_a_file_names_its_bad_rows_and_goes_on_without_them_if_told(omar: Caller):
    content = "sku,cost,competitor_price,currency,observed_at\nT1,60.00,,,\nT2,60,99.00,JPY,\nT99,1.00,,,\nT3,,,,\n" + (
        "T4,60.00,,INR,yesterday\nT5,60.00,,INR,2026-01-20\nT1,61.00,,,\n"
    )

    refused = send(omar, content)
    problems = send(omar, content, dry_run="true", problems="csv")
    done = send(omar, content, skip_problems="true")

    assert [(row["row"], row["code"]) for row in refused.json()["rows"]] == [
        (3, "wrong_decimals"), (4, "unknown_sku"), (5, "bad_observation"), (6, "bad_observation"), (8, "duplicate_sku")
    ]  # fmt: skip
    headings = problems.text.removeprefix("\ufeff").splitlines()[0]
    assert headings == "sku,cost,competitor_price,currency,observed_at,row,code,reason"
    answer = done.json()
    assert (answer["changed"], answer["older"], answer["left_out"]) == (1, 1, 5), "that of January is older than known"


def test_half_a_cost_is_never_taken_for_the_whole(omar: Caller):
    """A cost of 60.50 was taken as 60.00: half a rupee of margin on each piece that is not there."""
    content = "sku,cost,\nT1,60,50\nT2,61.00,\n"

    refused, done = send(omar, content), send(omar, content, skip_problems="true")

    assert [(row["row"], row["code"]) for row in refused.json()["rows"]] == [(2, "bad_row")]
    assert "The cell C2 holds “50” under no heading" in refused.json()["rows"][0]["reason"]
    assert (done.json()["changed"], done.json()["left_out"]) == (1, 1)
    assert omar.get("/api/facts/T1").json()["cost"]["amount"] == "70.00", "what it was before"


def test_a_cost_that_nobody_vouches_for_any_more_is_taken_back(omar: Caller, asha: Caller):
    assert omar.delete("/api/facts/cost/T1?source=supplier%20gone").status_code == 200

    made = asha.post("/api/price-changes", {"reason": "Tea", "lines": [{"sku": "T1", "price": "104.00"}]})

    assert made.json()["verdict"] == "HARD"


def test_whoever_supplied_the_cost_is_refused_to_decide_on_it(omar: Caller, asha: Caller, kiran: Caller):
    from app.identity import people
    from app.identity.roles import Role

    with transaction() as session:
        people.add(session, "omar@demo.example", "", [Role.APPROVER], password=None, now=utc_now())
    put(omar, amount="60.00")
    made = asha.post("/api/price-changes", {"reason": "Tea", "lines": [{"sku": "T1", "price": "120.00"}]}).json()
    seen = {"content_hash": asha.get(f"/api/price-changes/{made['id']}").json()["content_hash"], "comment": ""}

    refused = omar.post(f"/api/price-changes/{made['id']}/approve", seen)

    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    assert "You supplied the cost of T1" in refused.json()["detail"]
    assert kiran.post(f"/api/price-changes/{made['id']}/approve", seen).status_code == 200


def test_a_fact_of_a_sku_with_a_slash_is_put_by_its_address(omar: Caller):
    with transaction() as session:
        import_catalog(session, [product("A/B")], now=utc_now())

    assert put(omar, sku="A%2FB").json()["cost"]["amount"] == "60.00"
    assert put(omar, sku="A/B", amount="61.00").json()["sku"] == "A/B"


@pytest.mark.parametrize("door", ["one", "many", "file"])
def test_a_cost_bears_the_time_at_which_its_turn_came_and_not_the_one_at_which_it_was_sent(
    omar: Caller, monkeypatch: pytest.MonkeyPatch, door: str
):
    """A cost that waited behind a roll-back would say that it was known when 100.00 came back at a loss of 3.00."""
    turns: list[datetime] = []
    real = facts.take_turns

    def waited(session: Session) -> None:
        real(session)
        turns.append(utc_now())

    monkeypatch.setattr(facts, "take_turns", waited)
    if door == "one":
        put(omar, amount="103.00")
    elif door == "many":
        omar.post("/api/facts", {"facts": [{**COST, "amount": "103.00", "sku": "T1", "kind": "cost"}]})
    else:
        send(omar, "sku,cost\nT1,103.00\n")

    newest = omar.get("/api/facts/T1").json()["changes"][0]
    assert newest["after"] == "103.00"
    assert datetime.fromisoformat(newest["at"]) >= turns[0]


def test_what_a_product_is_comes_with_a_catalog_and_is_read_beside_its_facts(omar: Caller, asha: Caller):
    heading = "sku,name,category,subcategory,brand,currency,price,family,tier,pack,content,MAP"
    row = "N1,Assam Gold,Tea,Leaf,Brand,INR,100.00,Assam,2,6,1.5 l,95.00"
    sent = omar.post("/api/catalog/import", files={"file": ("c.csv", f"{heading}\n{row}\n".encode())})

    found = asha.get("/api/facts/N1").json()

    assert sent.status_code == 200
    assert (found["family"], found["family_rank"], found["pack_size"]) == ("Assam", 2, 6)
    assert (found["content"], found["minimum_advertised"]) == ("1.5 l", "95.00")
    nothing = asha.get("/api/facts/T1").json()
    assert (nothing["family"], nothing["content"], nothing["minimum_advertised"]) == ("", "", None)
