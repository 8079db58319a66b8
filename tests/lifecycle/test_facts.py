"""Costs and competitor prices are evidence: how long they count, who supplied them, and what that person may not do."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.database import reading, transaction
from app.identity.actor import SYSTEM, Actor
from app.identity.records import User, UserRole
from app.identity.roles import Permission, Role
from app.lifecycle import actions, commands
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import FourEyes, NotAllowed
from app.lifecycle.proposing import facts
from app.lifecycle.proposing.facts import FactsRefused, Supplied, SupplyOutcome
from app.lifecycle.records import AuditEntry
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.pricelist import queries as pricelist
from app.pricelist.records import Fact
from app.words.money import Money
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, acts, person, product, proposing, stocked

FEED = person("Feed", Role.MEASURER)
BUYER = person("Buyer", Role.OPERATOR, Role.APPROVER)
AUTHOR = person("Author", Role.OPERATOR, Role.ANALYST)
DAY = timedelta(days=1)
RISE = 120_00
"""20 % over the current price, so that a person decides; at a cost of 70.00 the margin is wide, at 110.00 too thin."""


@pytest.fixture(autouse=True)
def shop(pricing_store: str) -> None:
    with transaction() as session:
        stocked(session, product("T1", competitor=100_00), product("T2"))
        for actor in (FEED, BUYER, AUTHOR):
            session.merge(User(id=actor.id, email=actor.email, name=actor.name, created_at=MONDAY))
        for actor in (KIRAN, NOOR, BUYER):
            session.merge(UserRole(user_id=actor.id, role="approver"))


def supply(
    actor: Actor, amount: int | None, *, sku: str = "T1", kind: Fact = Fact.COST, currency: str = "INR", at=MONDAY,
    seen=None,
) -> SupplyOutcome:  # type: ignore[no-untyped-def]  # fmt: skip
    money = None if amount is None else Money(amount, currency)
    with transaction() as session:
        one = Supplied(sku, kind, money, "supplier list", seen or at)
        (outcome,) = facts.supply(session, [one], actor=actor, now=at, batch="b")
    return outcome


def submit(*lines: tuple[str, int], by: Actor = ASHA, at=MONDAY, key: str = "s"):  # type: ignore[no-untyped-def]
    return commands.submit(by, proposing(*lines), key=key, now=at)


def found(proposal):  # type: ignore[no-untyped-def]
    with reading() as session:
        return queries.summary(session, proposal.id)


def findings(proposal) -> list[str]:  # type: ignore[no-untyped-def]
    with reading() as session:
        lines = queries.lines(session, proposal.id).items
    return [finding.message for line in lines for finding in line.findings]


def test_operators_owners_and_feeds_supply_facts_and_nobody_else():
    holders = {role for role in Role if person("X", role).may(Permission.SUPPLY_FACTS)}

    assert holders == {Role.OPERATOR, Role.OWNER, Role.MEASURER}
    with pytest.raises(NotAllowed, match="Asha may not supply"):
        supply(ASHA, 1_00)


def test_a_cost_of_401_days_ago_is_not_measured_and_the_finding_says_so():
    late = MONDAY + 401 * DAY
    made = submit(("T1", 101_00), at=late)

    assert found(made).status is Status.REJECTED
    assert findings(made) == [
        "The cost on file was observed too long ago to count, so the margin cannot be judged; supply it anew."
    ]
    supply(FEED, 70_00, at=late)
    assert found(submit(("T1", 101_00), at=late, key="again")).status is Status.APPROVED


def test_a_competitors_price_counts_for_30_days():
    with reading() as session:
        product_of = pricelist.price_of(session, "T1")
    assert product_of is not None
    assert product_of.fact(Fact.COMPETITOR, MONDAY + 30 * DAY).measured
    old = product_of.fact(Fact.COMPETITOR, MONDAY + 31 * DAY)
    assert (old.measured, old.too_old, old.amount) == (False, True, 100_00)

    assert found(submit(("T1", 112_00), at=MONDAY + 30 * DAY)).status is Status.PENDING_APPROVAL
    assert found(submit(("T1", 112_00), at=MONDAY + 31 * DAY, key="later")).status is Status.APPROVED


def test_a_limit_is_configuration(monkeypatch: pytest.MonkeyPatch):
    from app import config

    monkeypatch.setenv("BATON_COMPETITOR_AGE_DAYS", "0")
    config.settings.cache_clear()

    assert found(submit(("T1", 112_00), at=MONDAY + 300 * DAY)).status is Status.PENDING_APPROVAL


def test_a_cost_that_grows_too_old_before_its_price_goes_out_holds_it_back():
    """Judged with a day to spare, dated two days ahead: 4.00 a piece would go out on a cost that nobody knows."""
    soon = MONDAY + 399 * DAY
    made = commands.submit(ASHA, proposing(("T1", 104_00), effective_at=soon + 2 * DAY), key="s", now=soon)
    assert found(made).status is Status.APPROVED

    with transaction() as session:
        actions.publish(session, made.id, now=soon + 2 * DAY)

    with reading() as session:
        price = pricelist.price_of(session, "T1")
    assert price is not None
    assert (price.price, found(made).status) == (100_00, Status.REJECTED)


def test_whoever_supplied_a_cost_does_not_decide_on_what_it_decides():
    """The true cost is 110.00: under the floor at 120.00. Told as 70.01, they could wave it through themselves."""
    supply(BUYER, 70_01)
    made = submit(("T1", RISE), ("T2", 101_00))

    with pytest.raises(FourEyes, match=r"You supplied the cost of T1, and nobody decides on evidence of their own"):
        acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + HOUR)
    acts(KIRAN, made.id, Action.APPROVE, key="b", now=MONDAY + HOUR)

    assert found(made).status is Status.APPROVED


def test_what_somebody_else_supplied_since_frees_them_again():
    supply(BUYER, 70_01)
    supply(FEED, 70_02, at=MONDAY + HOUR)
    made = submit(("T1", RISE), at=MONDAY + 2 * HOUR)

    acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + 3 * HOUR)

    assert found(made).status is Status.APPROVED


def test_a_change_since_submission_bars_even_when_another_came_after_it():
    made = submit(("T1", RISE))
    supply(BUYER, 70_01, at=MONDAY + HOUR)
    supply(FEED, 70_02, at=MONDAY + 2 * HOUR)
    acts(ASHA, made.id, Action.RE_EVALUATE, key="r", now=MONDAY + 2 * HOUR)

    with pytest.raises(FourEyes, match="You supplied the cost of T1"):
        acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + 3 * HOUR)


def test_other_skus_and_confirmations_bar_nobody():
    assert supply(BUYER, 60_00, sku="T2") is SupplyOutcome.CHANGED
    assert supply(BUYER, 70_00) is SupplyOutcome.CONFIRMED
    made = submit(("T1", RISE))

    acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + HOUR)

    assert found(made).status is Status.APPROVED


def test_no_rule_alone_passes_what_was_judged_on_its_authors_own_cost():
    """At the true cost of 98.00 the margin is 5.8 %, refused. Told as 70.01 by the author it was clean and out."""
    supply(AUTHOR, 70_01)

    made = submit(("T1", 104_00), by=AUTHOR)

    assert found(made).status is Status.PENDING_APPROVAL
    with reading() as session:
        told = session.exec(select(AuditEntry).where(AuditEntry.chain == made.id)).all()
    assert any("Author has a hand in this proposal and supplied the cost of T1" in entry.detail for entry in told)


@pytest.mark.parametrize("who", ["author", "approver"])
def test_nobody_changes_a_fact_under_an_open_proposal_that_they_have_a_part_in(who: str):
    made = commands.submit(AUTHOR, proposing(("T1", RISE), effective_at=MONDAY + DAY), key="s", now=MONDAY)
    acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + HOUR)
    actor = AUTHOR if who == "author" else BUYER

    with pytest.raises(FactsRefused, match=r"You have a part in PC-\d+, which is open") as refused:
        supply(actor, 60_00, at=MONDAY + HOUR)

    assert refused.value.code == "four_eyes"
    supply(actor, 60_00, sku="T2", at=MONDAY + HOUR)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sku": "T9"}, "unknown_sku"),
        ({"currency": "JPY"}, "other_currency"),
        ({"seen": MONDAY + HOUR}, "observed_in_the_future"),
    ],
)
def test_what_says_nothing_of_the_product_is_refused(changes: dict[str, object], code: str):
    with pytest.raises(FactsRefused) as refused:
        supply(FEED, 60_00, **changes)  # type: ignore[arg-type]

    assert refused.value.code == code
    with reading() as session:
        assert [change.after for change in facts.history(session, "T1")] == [100_00, 70_00]


def test_an_older_observation_stays_out():
    assert supply(FEED, 60_00, at=MONDAY + DAY, seen=MONDAY - DAY) is SupplyOutcome.OLDER

    with reading() as session:
        found_now = pricelist.price_of(session, "T1")
    assert found_now is not None
    assert found_now.cost == 70_00


def test_a_fact_can_be_taken_back_and_is_then_not_known():
    supply(FEED, None, at=MONDAY + DAY)

    with reading() as session:
        product_now = pricelist.price_of(session, "T1")
    assert product_now is not None
    assert product_now.fact(Fact.COST, MONDAY + DAY).amount is None


def test_every_change_stands_in_the_audit_with_its_digest():
    supply(BUYER, 60_00, at=MONDAY + DAY)

    with reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.chain == "facts").order_by(col(AuditEntry.id))).one()
        assert audit_trail.verify(session).first_bad is None
    assert (entry.actor, entry.action) == ("buyer", "supply-facts")
    assert "T1: cost 70.00 → 60.00 INR by supplier list on 24 Nov 2026" in entry.detail


def test_an_import_tells_the_audit_and_leaves_facts_alone_that_are_not_the_importers():
    commands.submit(AUTHOR, proposing(("T1", RISE)), key="s", now=MONDAY)

    with transaction() as session:
        done = facts.import_catalog(
            session, [product("T1", cost=50_00), product("T2", cost=50_00)], actor=AUTHOR, now=MONDAY, batch="b"
        )

    assert [change.sku for change in done.facts] == ["T2"]


def test_the_system_is_nobody_with_an_interest():
    supply(SYSTEM, 70_01)
    made = submit(("T1", 104_00))

    assert found(made).status is Status.APPROVED


def test_where_everybody_else_supplied_the_facts_the_refusal_says_that_a_second_person_is_needed():
    for sku, actor in (("T1", KIRAN), ("T2", NOOR)):
        supply(person(actor.name, Role.OPERATOR), 70_01, sku=sku)
    supply(BUYER, 99_00, kind=Fact.COMPETITOR)
    made = submit(("T1", RISE), ("T2", RISE))

    with pytest.raises(FourEyes, match="Nobody else here may"):
        acts(BUYER, made.id, Action.APPROVE, key="a", now=MONDAY + HOUR)
