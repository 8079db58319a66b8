"""The demo shop: believable, the same each time, and made the way real data is made."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlmodel import Session, col, select

from app.database import open_engine, transaction
from app.demo.goods import SIZE, articles
from app.demo.seed import seed
from app.demo.stories import MOVED_SINCE, STORIES
from app.identity.demo import DEMO_PEOPLE
from app.lifecycle.audit import audit_trail
from app.lifecycle.records import Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.outbox.records import OutboxEvent
from app.pricelist.records import Price, PriceHistory, Product
from tests.builders import MONDAY, product, stocked
from tests.stores import migrated


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly seeded SQLite store to copy."""
    file = tmp_path_factory.mktemp("seeded") / "store.db"
    engine = open_engine(migrated(f"sqlite:///{file}"))
    with Session(engine, expire_on_commit=False) as session, session.begin():
        assert seed(session, MONDAY)
    engine.dispose()
    return file


@pytest.fixture
def demo(pricing_store: str, request: pytest.FixtureRequest) -> None:
    """A freshly seeded store."""
    if pricing_store.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("seeded"), str(make_url(pricing_store).database))
        return
    with transaction() as session:
        assert seed(session, MONDAY)


def test_the_shop_is_the_same_each_time_and_looks_like_one() -> None:
    shop = articles()
    assert shop == articles()
    assert len({article.sku for article in shop}) == len({(a.name, a.brand) for a in shop}) == SIZE
    assert SIZE / 4 < sum(article.competitor_price is not None for article in shop) < SIZE / 2.5
    assert all(article.cost is None or article.cost < article.price for article in shop)
    assert 0 < sum(article.cost is None for article in shop) < 30


def test_the_file_of_the_tour_names_every_product_of_the_shop() -> None:
    lines = Path("docs/examples/three-percent.csv").read_text().splitlines()

    assert lines == ["sku,change", *(f"{article.sku},+3 %" for article in articles())]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_every_product_has_a_year_of_prices_that_leads_to_today() -> None:
    with transaction() as session:
        past: dict[str, list[PriceHistory]] = {}
        for row in session.exec(select(PriceHistory).order_by(PriceHistory.sku, PriceHistory.version)):
            past.setdefault(row.sku, []).append(row)
        today = {price.sku: price for price in session.exec(select(Price))}
    assert len(today) == SIZE
    for sku, rows in past.items():
        assert [row.version for row in rows] == list(range(1, len(rows) + 1))
        assert MONDAY - rows[0].at > timedelta(days=360)
        assert sorted(row.at for row in rows) == [row.at for row in rows]
        assert (rows[-1].amount, rows[-1].version) == (today[sku].amount, today[sku].version)


@pytest.mark.usefixtures("demo")
def test_every_listing_is_announced_with_todays_price() -> None:
    with transaction() as session:
        told = Counter(session.exec(select(OutboxEvent.type)))
    assert told["product-listed.v1"] == SIZE  # a cost that was corrected later is nobody else's business
    assert told["price-change-published.v1"] > 150
    assert told["price-change-rolled-back.v1"] == 14


@pytest.mark.usefixtures("demo")
def test_there_are_proposals_in_every_status_a_shop_at_rest_can_have() -> None:
    with transaction() as session:
        found = Counter(Status(status) for status in session.exec(select(Proposal.status)))
    assert set(found) == set(Status) - {Status.ROLLING_BACK, Status.CANARY}  # these go on by themselves
    assert found[Status.PENDING_APPROVAL] >= 10


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_every_story_has_the_verdicts_it_tells_of() -> None:
    with transaction() as session:
        found: dict[str, Counter[str]] = {}
        for proposal in session.exec(select(Proposal).where(col(Proposal.returns).is_(None))):
            counts = {"lines": proposal.lines, "clean": proposal.clean, "soft": proposal.soft, "hard": proposal.hard}
            found.setdefault(proposal.reason, Counter()).update(counts)
    judged = [story for story in STORIES if story.lines <= 200]
    assert {story.reason: story.lines for story in STORIES} == {
        reason: counts["lines"] for reason, counts in found.items()
    }
    assert [(s.clean, s.soft, s.hard) for s in judged] == [
        tuple(found[story.reason][verdict] for verdict in ("clean", "soft", "hard")) for story in judged
    ]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_what_waits_is_due_at_different_times_and_one_is_overdue() -> None:
    with transaction() as session:
        waiting = queries.queue(session)
        due = [item.due_at for item in waiting if item.due_at]
    assert len(due) == len(set(due)) == len(waiting)
    assert sum(at < MONDAY for at in due) == 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_one_waiting_proposal_has_facts_that_moved_and_only_that_one_cannot_be_approved() -> None:
    with transaction() as session:
        shut = {item.reason for item in queries.queue(session) if not _kiran_may_approve(session, item.id)}
    assert shut == {MOVED_SINCE}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_the_audit_trail_of_the_demo_verifies() -> None:
    with transaction() as session:
        assert audit_trail.verify(session).problem == ""


@pytest.mark.usefixtures("demo")
def test_seeding_again_changes_nothing() -> None:
    with transaction() as session:
        assert not seed(session, MONDAY + timedelta(days=1))
        assert len(session.exec(select(Product.sku)).all()) == SIZE
        assert len(session.exec(select(PriceHistory.sku)).all()) > SIZE


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_shop_that_has_products_of_its_own_is_left_alone(pricing_store: str) -> None:
    with transaction() as session:
        stocked(session, product("T1"))
        assert not seed(session, MONDAY)
        assert session.exec(select(Product.sku)).all() == ["T1"]


def _kiran_may_approve(session: Session, proposal_id: str) -> bool:
    kiran = next(person.actor() for person in DEMO_PEOPLE if person.name.startswith("Kiran"))
    return next(
        a.allowed for a in queries.open_actions(session, proposal_id, kiran, MONDAY) if a.action is Action.APPROVE
    )
