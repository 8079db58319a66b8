"""A catalog of any size: tried, listed in steps that leave the store to others, and exact when it is killed."""

from functools import partial

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.database import reading, transaction
from app.identity.actor import SYSTEM
from app.intake import catalog, pace
from app.intake.problems import RowsRefused
from app.intake.sheet_rows import Sheet, SheetRow, read_sheet
from app.intake.unreadable import UnreadableFile
from app.lifecycle.proposing import facts
from app.lifecycle.records import AuditEntry
from app.outbox.records import OutboxEvent
from app.pricelist import catalog_import, queries
from app.pricelist.catalog_import import import_catalog
from app.pricelist.records import FactChange
from tests.builders import MONDAY, person, product
from tests.meeting import at_once, failures

HEADER = "sku,name,category,subcategory,brand,currency,cost,price,competitor_price"


def sheet(*rows: str) -> Sheet:
    return read_sheet("\n".join((HEADER, *rows)).encode())


def many(count: int) -> Sheet:
    return sheet(*(f"S{n},Tea {n},Tea,Leaf,Brand,INR,70.00,100.00," for n in range(count)))


def imported(found: catalog.Tried) -> catalog.CatalogImported:
    return catalog.carry_out(found, SYSTEM, now=MONDAY)


def counted() -> tuple[int, int, int]:
    with reading() as session:
        events = session.scalar(select(func.count()).select_from(OutboxEvent)) or 0
        changes = session.scalar(select(func.count()).select_from(FactChange)) or 0
        return queries.count_products(session), events, changes


@pytest.fixture(autouse=True)
def store(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST", 20)
    monkeypatch.setattr(pace, "MOST", 20)
    monkeypatch.setattr(pace, "FEWEST", 20)


def test_an_import_that_was_killed_is_finished_by_the_same_file(monkeypatch: pytest.MonkeyPatch):
    steps = 0
    whole = facts.import_catalog

    def dies(*args: object, **options: object) -> object:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise KeyboardInterrupt
        return whole(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(facts, "import_catalog", dies)
    with pytest.raises(KeyboardInterrupt):
        imported(catalog.tried(many(50), SYSTEM))
    assert counted() == (40, 40, 40)
    monkeypatch.setattr(facts, "import_catalog", whole)

    done = imported(catalog.tried(many(50), SYSTEM))

    assert (done.listed, done.unchanged) == (10, 40)
    assert counted() == (50, 50, 50), "every product is announced once, and every cost has one author"


def test_every_step_stands_in_the_audit_with_the_digest_of_its_facts():
    imported(catalog.tried(many(50), SYSTEM))

    with reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [entry.action for entry in entries] == ["import-catalog"] * 3
    assert all('"digest"' in entry.detail for entry in entries)


def test_rows_of_whatever_reads_files_are_taken_with_their_own_numbers():
    cells = dict(zip(HEADER.split(","), ["S1", "Tea", "Tea", "Leaf", "Brand", "INR", "70.00", "1e3", ""], strict=True))

    found = catalog.tried(Sheet(HEADER.split(","), iter([SheetRow(7, cells)])), SYSTEM)

    assert [(bad.row, bad.code) for bad in found.bad] == [(7, "not_a_price")]
    with pytest.raises(RowsRefused, match="1 of 1 row cannot be taken; nothing was changed"):
        imported(found)


@pytest.mark.parametrize(("sku", "name", "code"), [
    ("S" * 201, "Tea", "bad_sku"), ("S\0", "Tea", "bad_sku"), ("S1", "T" * 10_001, "text_too_long"),
    ("S1", "T\0ea", "bad_text"),
])  # fmt: skip
def test_what_no_event_could_carry_is_a_row_that_cannot_be_taken(sku: str, name: str, code: str):
    found = catalog.tried(sheet(f"{sku},{name},Tea,Leaf,Brand,INR,,100.00,", "S2,Tea,Tea,,,INR,,100.00,"), SYSTEM)

    assert ([bad.code for bad in found.bad], [row.sku for row in found.rows]) == ([code], ["S2"])


def test_two_imports_of_one_catalog_at_once_list_every_product_once(monkeypatch: pytest.MonkeyPatch):
    found = [catalog.tried(sheet(f"S1,Tea,Tea,Leaf,Brand,INR,70.00,{price},"), SYSTEM) for price in (100, 120)]

    outcomes = at_once(monkeypatch, *(partial(imported, one) for one in found), at=((catalog_import, "known"),))

    assert failures(outcomes) == []
    assert sorted((done.listed, done.unchanged) for done in outcomes) == [(0, 1), (1, 0)]
    assert counted() == (1, 1, 1)


def test_a_row_break_inside_quotes_counts_as_one_row():
    found = catalog.tried(sheet('S1,"Tea,\nblack",Tea,Leaf,Brand,INR,70.00,100.00,', "", "S2,T,T,,,INR,,0,"), SYSTEM)

    assert [row.name for row in found.rows] == ["Tea, black"]
    assert [bad.row for bad in found.bad] == [4]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"sku,name\nA,Tea\n", "columns_missing"),
        (b"sku,SKU,name\nA,A,Tea\n", "columns_doubled"),
        (f'{HEADER}\n"A,Tea\n'.encode(), "broken_quotes"),
        (b"", "columns_missing"),
    ],
)
def test_a_file_that_is_no_catalog_is_refused_as_a_whole(content: bytes, code: str):
    with pytest.raises(UnreadableFile) as refused:
        catalog.tried(read_sheet(content), SYSTEM)

    assert refused.value.code == code


def test_the_facts_of_an_open_proposal_are_not_its_authors_to_import(monkeypatch: pytest.MonkeyPatch):
    from app.identity.roles import Role
    from app.lifecycle import actions
    from tests.builders import proposing, stocked

    author = person("Author", Role.OPERATOR, Role.ANALYST)
    with transaction() as session:
        stocked(session, product("S1"), product("S2"))
        actions.submit(session, proposing(("S1", 120_00)), actor=author, now=MONDAY)
    rows = [f"{sku},Product {sku},Tea,All,Brand,INR,{cost},100.00," for sku, cost in (("S1", "60.00"), ("S2", "60.00"))]

    found = catalog.tried(sheet(*rows), author)

    assert [(bad.row, bad.code) for bad in found.bad] == [(2, "four_eyes")]
    assert catalog.tried(sheet(rows[0].replace("60.00", "70.00")), author).bad == []


def test_a_known_price_in_the_file_is_counted_and_left_alone():
    with transaction() as session:
        import_catalog(session, [product("S1")], now=MONDAY)

    done = imported(catalog.tried(sheet("S1,Tea,Tea,Leaf,Brand,INR,70.00,120.00,"), SYSTEM))

    assert done.other_prices == 1
    with reading() as session:
        found = queries.price_of(session, "S1")
    assert found is not None
    assert found.price == 100_00
