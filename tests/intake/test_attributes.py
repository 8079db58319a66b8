"""Family, rank, pack, content and advertised minimum come with the catalog, checked row by row."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.database import reading, transaction
from app.identity.actor import SYSTEM
from app.identity.roles import Role
from app.intake import catalog
from app.intake.catalog import CatalogImported
from app.intake.sheet_rows import read_sheet
from app.intake.unreadable import UnreadableFile
from app.lifecycle import actions
from app.outbox.records import OutboxEvent
from app.pricelist.attributes import Attributes
from app.pricelist.catalog_import import known
from tests.builders import ASHA, MONDAY, open_shop, person, product, proposing

HEADER = "sku,name,category,subcategory,brand,currency,cost,price"


@pytest.fixture(autouse=True)
def _store(pricing_store: str) -> None:
    pass


def tried(more: str, *rows: str) -> catalog.Tried:
    lines = (f"{sku},Tea,Tea,Leaf,Brand,INR,70.00,100.00,{said}" for sku, said in (row.split(":") for row in rows))
    return catalog.tried(read_sheet("\n".join((f"{HEADER},{more}", *lines)).encode()), SYSTEM)


def imported(more: str, *rows: str) -> CatalogImported:
    return catalog.carry_out(tried(more, *rows), SYSTEM, now=MONDAY)


def on_file(sku: str = "T1") -> Attributes:
    with reading() as session:
        return known(session, [sku])[sku].attributes


def problems(more: str, *rows: str) -> list[tuple[int, str]]:
    return [(bad.row, bad.code) for bad in tried(more, *rows).bad]


def test_what_a_product_is_comes_in_by_the_names_that_people_give_the_columns() -> None:
    imported("Family,Tier,Pack,Net content,MAP", "T1:Assam,2,6,1.5 l,95.00", "T2:,,,,")

    assert on_file() == Attributes("Assam", 2, 6, 1_500_000, "µl", 95_00)
    assert on_file("T2") == Attributes()


def test_an_empty_cell_says_nothing_and_a_dash_takes_away() -> None:
    imported("family,rank,pack,content,map", "T1:Assam,2,6,500 g,95.00")

    again = imported("family,rank,pack,content,map", "T1:,,,,")
    assert (again.renewed, again.unchanged, on_file().family) == (0, 1, "Assam")

    less = imported("family,rank,pack,content,map", "T1:-,,none,-,-")
    assert (less.renewed, less.unchanged, on_file()) == (1, 0, Attributes())


def test_a_catalog_without_the_columns_leaves_them_as_they_are() -> None:
    imported("family,content", "T1:Assam,500 g")

    imported("competitor_price", "T1:98.00")

    assert on_file() == Attributes("Assam", content=500_000, content_unit="mg")


def test_bad_cells_are_named_row_by_row_and_nothing_is_listed() -> None:
    found = problems(
        "family,rank,pack,content,map",
        "T1:,3,,,", "T2:Assam,0,,,", "T3:Assam,1.5,,,", "T4:,,many,,", "T5:,,,half a kilo,", "T6:,,,,free", "T7:-,2,,,",
    )  # fmt: skip

    assert found == [
        (2, "rank_without_family"), (3, "bad_rank"), (4, "bad_rank"), (5, "bad_pack"), (6, "bad_content"),
        (7, "not_a_price"), (8, "rank_without_family"),
    ]  # fmt: skip
    assert on_file_at_all() == {}


def on_file_at_all() -> dict[str, object]:
    with reading() as session:
        return dict(known(session, [f"T{n}" for n in range(10)]))


def test_a_rank_goes_with_a_family_that_is_on_file() -> None:
    imported("family", "T1:Assam")

    assert problems("rank", "T1:2", "T2:1") == [(3, "rank_without_family")]


def test_a_family_of_a_hundred_takes_no_more_whatever_is_on_file_of_it() -> None:
    imported("family", *(f"S{n}:Assam" for n in range(60)))

    rows = [*(f"N{n}:Assam" for n in range(41)), "S1:Assam"]

    assert problems("family", *rows) == [(42, "family_full")]


def test_two_columns_that_say_the_same_refuse_the_file() -> None:
    with pytest.raises(UnreadableFile, match="“rank” and “tier” say the same"):
        tried("rank,tier", "T1:1,1")


def test_a_minimum_with_a_decimal_comma_is_read_as_the_prices_are() -> None:
    text = f"{HEADER},map\n".replace(",", ";") + "T1;Tea;Tea;Leaf;Brand;INR;70,00;100,00;95,50\n"
    catalog.carry_out(catalog.tried(read_sheet(text.encode()), SYSTEM), SYSTEM, now=MONDAY)

    assert on_file().minimum_advertised == 95_50


def test_no_context_hears_what_a_product_is() -> None:
    imported("family,map", "T1:Secret Family,95.00")
    imported("family,map", "T1:Other Secret,96.00")

    with reading() as session:
        told = list(session.scalars(select(col(OutboxEvent.payload))))
    assert len(told) == 1
    assert not any(word in told[0] for word in ("Secret", "family", "minimum"))


def test_nobody_says_what_a_product_is_on_which_their_own_open_proposal_is_judged() -> None:
    open_shop(product("T1"))
    with transaction() as session:
        actions.submit(session, proposing(("T1", 130_00)), actor=ASHA, now=MONDAY)
    asha = person("Asha", Role.ANALYST, Role.OPERATOR)
    text = f"{HEADER},map\nT1,Product T1,Tea,All,Brand,INR,70.00,100.00,1.00\n"

    found = catalog.tried(read_sheet(text.encode()), asha)

    assert [bad.code for bad in found.bad] == ["four_eyes"]
