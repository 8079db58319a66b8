"""Kinds that read a month's history, attributes or the whole family are judged end to end, and never on old facts."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from app.database import reading, transaction
from app.intake.dry_run import judge_again
from app.lifecycle import actions
from app.lifecycle.deciding.content import content_hash
from app.lifecycle.errors import Refused
from app.lifecycle.proposing import evaluation, policy, verdicts
from app.lifecycle.proposing.submission import Mixed, listed
from app.lifecycle.publishing import comparison, effects
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.records import Line, Proposal
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.pricelist.attributes import Stated
from app.pricelist.catalog_import import CatalogRow, import_catalog
from app.pricelist.records import Price, PriceHistory
from app.words.content import parse_content
from rules.finding import Finding, Severity
from rules.rule import Parameter, Rule
from rules.ruleset import SEED_RULE_SET, RuleSet
from rules.scope import Scope
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, acts, open_shop, product, proposing

DAY = timedelta(days=1)


def tea(
    sku: str, price: int, *, rank: int | None = None, content: str = "", pack: int = 1, minimum: int | None = None,
    family: str = "Assam",
) -> CatalogRow:  # fmt: skip
    stated = Stated(family, rank, pack, parse_content(content) if content else None, minimum)
    row = product(sku, price=price, cost=price // 2)
    return CatalogRow(row.sku, row.name, row.category, row.subcategory, row.brand, "INR", row.cost, price, None, stated)


LADDER = (tea("GOOD", 100_00, rank=1), tea("BETTER", 110_00, rank=2), tea("BEST", 120_00, rank=3))
PACKS = (tea("SMALL", 100_00, content="250 g"), tea("LARGE", 180_00, content="500 g"))


def judged_by(kind: str, severity: Severity = Severity.SOFT, scope: Scope | None = None, **limit: Parameter) -> None:
    """Let one more rule judge, beside those of the seed."""
    rule = Rule(
        id=kind, kind=kind, severity=severity, scope=scope or Scope(), parameters=limit, owner="Leela", rationale="So."
    )
    rules = RuleSet(number=2, rules=(*SEED_RULE_SET.rules, rule), mandatory=SEED_RULE_SET.mandatory)
    with transaction() as session:
        session.get_one(StoredRuleSet, 1).status = RuleSetStatus.RETIRED
        session.add(
            StoredRuleSet(
                number=2,
                rules=rules.to_json(),
                status=RuleSetStatus.ACTIVE,
                content_hash=rules.content_hash,
                activated_at=MONDAY,
            )
        )


@pytest.fixture
def shop(pricing_store: str) -> None:
    open_shop(*LADDER, tea("T1", 100_00, family="", minimum=95_00), *(tea(row.sku, row.price, content=size,
              family="Darjeeling") for row, size in zip(PACKS, ("250 g", "500 g"), strict=True)))  # fmt: skip


def submitted(*lines: tuple[str, int], at: datetime = MONDAY, mixed: Mixed = "together", later: bool = False) -> str:
    with transaction() as session:
        wish = proposing(*lines, mixed=mixed, effective_at=at + DAY if later else None)
        return actions.submit(session, wish, actor=ASHA, now=at).id


def published(proposal_id: str, at: datetime = MONDAY) -> str:
    with transaction() as session:
        return actions.publish(session, proposal_id, now=at).status


def line_of(proposal_id: str, sku: str) -> Line:
    with reading() as session:
        return session.exec(select(Line).where(Line.proposal_id == proposal_id, Line.sku == sku)).one()


def findings(proposal_id: str, sku: str) -> list[Finding]:
    return policy.stored_findings(line_of(proposal_id, sku).findings)


def broken(proposal_id: str, sku: str) -> list[str]:
    return [finding.rule for finding in findings(proposal_id, sku)]


def status_of(proposal_id: str) -> str:
    with reading() as session:
        return session.get_one(Proposal, proposal_id).status


def price_of(sku: str) -> int:
    with reading() as session:
        return session.get_one(Price, sku).amount


def more_of(proposal_id: str, sku: str) -> dict[str, object]:
    return json.loads(line_of(proposal_id, sku).more_facts or "{}")


def put(sku: str, *prices: tuple[int, datetime]) -> None:
    """Let prices stand that nobody needs to judge here."""
    with transaction() as session:
        for amount, at in prices:
            price = session.get_one(Price, sku)
            price.amount, price.version, price.since = amount, price.version + 1, at
            session.add(price)
            session.add(
                PriceHistory(sku=sku, version=price.version, amount=amount, currency="INR", at=at, cause="published")
            )


@pytest.mark.usefixtures("shop")
def test_a_set_that_reads_nothing_more_keeps_nothing_more() -> None:
    proposal = submitted(("GOOD", 101_00))

    assert line_of(proposal, "GOOD").more_facts is None


@pytest.mark.usefixtures("shop")
def test_a_ladder_is_judged_with_the_whole_family() -> None:
    judged_by("price_ladder")

    proposal = submitted(("GOOD", 112_00))

    assert (status_of(proposal), broken(proposal, "GOOD")) == (Status.PENDING_APPROVAL, ["price_ladder"])
    assert more_of(proposal, "GOOD") == {
        "rank": 1, "family": [["BEST", 120_00, 3, 1, None, "INR"], ["BETTER", 110_00, 2, 1, None, "INR"]]
    }  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_members_of_one_proposal_are_judged_at_the_prices_that_they_would_have() -> None:
    judged_by("price_ladder")

    fine = submitted(("GOOD", 112_00), ("BETTER", 115_00))
    worse = submitted(("BETTER", 111_00), ("BEST", 110_50))

    assert (broken(fine, "GOOD"), broken(fine, "BETTER")) == ([], [])
    assert (broken(worse, "BETTER"), broken(worse, "BEST")) == (["price_ladder"], ["price_ladder"])


@pytest.mark.usefixtures("shop")
def test_another_members_price_that_moves_before_publication_brings_the_price_back_to_a_person() -> None:
    judged_by("price_ladder")
    rise = submitted(("GOOD", 109_00), later=True)
    assert status_of(rise) == Status.APPROVED

    put("BETTER", (105_00, MONDAY + HOUR))

    assert published(rise, MONDAY + DAY) == Status.PENDING_APPROVAL
    assert price_of("GOOD") == 100_00, "good would have cost 4.00 more than better"
    assert broken(rise, "GOOD") == ["price_ladder"]


@pytest.mark.usefixtures("shop")
def test_the_background_finds_what_waits_when_another_member_moves() -> None:
    judged_by("price_ladder")
    rise = submitted(("GOOD", 109_00), later=True)
    with reading() as session:
        assert queries.overtaken_by_facts(session, MONDAY) == []

    put("BETTER", (105_00, MONDAY + HOUR))

    with reading() as session:
        assert queries.overtaken_by_facts(session, MONDAY + HOUR) == [rise]
    with transaction() as session:
        verdicts.judge_again(session, rise, now=MONDAY + HOUR)
    assert (status_of(rise), broken(rise, "GOOD")) == (Status.PENDING_APPROVAL, ["price_ladder"])


@pytest.mark.usefixtures("shop")
def test_a_member_that_moves_harmlessly_lets_the_price_out_with_what_was_read_then() -> None:
    judged_by("price_ladder")
    rise = submitted(("GOOD", 109_00), later=True)

    put("BETTER", (118_00, MONDAY + HOUR))

    assert published(rise, MONDAY + DAY) == Status.PUBLISHED
    assert "11800" in str(more_of(rise, "GOOD"))


@pytest.mark.usefixtures("shop")
def test_nobody_approves_what_a_moved_member_made_another_thing() -> None:
    judged_by("price_ladder")
    rise = submitted(("GOOD", 112_00))
    put("BETTER", (90_00, MONDAY + HOUR))

    with pytest.raises(Refused, match="1 fact has moved") as refused:
        acts(KIRAN, rise, Action.APPROVE, comment="Good", key="a", now=MONDAY + HOUR)

    assert "price of BETTER in the family ₹110.00 → ₹90.00" in str(refused.value.extra)
    acts(KIRAN, rise, Action.RE_EVALUATE, key="b", now=MONDAY + HOUR)
    acts(KIRAN, rise, Action.APPROVE, comment="Seen", key="c", now=MONDAY + HOUR)
    assert status_of(rise) in (Status.APPROVED, Status.PUBLISHED)


@pytest.mark.usefixtures("shop")
def test_what_is_seen_counts_the_family() -> None:
    line = {"sku": "T", "old": 1, "new": 2, "currency": "INR", "cost": 1, "competitor": None, "month_ago": 1}

    assert content_hash([line]) == content_hash([{**line, "more_facts": None}])
    assert content_hash([line]) != content_hash([{**line, "more_facts": '{"rank": 1}'}])


@pytest.mark.usefixtures("shop")
def test_a_part_of_a_split_does_not_go_out_on_the_price_of_another_part_that_was_refused() -> None:
    judged_by("price_ladder")
    first = submitted(("GOOD", 112_00), ("BETTER", 54_00), mixed="split")  # below its cost: refused
    with reading() as session:
        parts = session.exec(select(Proposal).where(col(Proposal.number) >= 1)).all()
        holding = {session.exec(select(Line.sku).where(Line.proposal_id == p.id)).first(): p.id for p in parts}
    assert first in holding.values()

    good = holding["GOOD"]
    assert status_of(holding["BETTER"]) == Status.REJECTED
    if status_of(good) == Status.APPROVED:
        published(good)
    assert (status_of(good), price_of("GOOD")) == (Status.PENDING_APPROVAL, 100_00)


@pytest.mark.usefixtures("shop")
def test_a_pack_is_not_dearer_for_what_it_holds_than_a_smaller_one() -> None:
    judged_by("pack_price")

    dearer = submitted(("LARGE", 201_00))
    together = submitted(("LARGE", 201_00), ("SMALL", 101_00))

    assert broken(dearer, "LARGE") == ["pack_price"]
    assert findings(dearer, "LARGE")[0].passing_price == 200_00
    assert broken(together, "LARGE") == []


@pytest.mark.usefixtures("shop")
def test_a_price_that_changes_too_often_waits_and_a_month_later_does_not() -> None:
    judged_by("change_frequency", most=2)
    put("T1", (101_00, MONDAY + HOUR), (102_00, MONDAY + 2 * HOUR))

    third = submitted(("T1", 103_00), at=MONDAY + 3 * HOUR)
    later = submitted(("T1", 103_00), at=MONDAY + 31 * DAY)

    assert (broken(third, "T1"), more_of(third, "T1")) == (["change_frequency"], {"changes_month": 2})
    assert broken(later, "T1") == []


@pytest.mark.usefixtures("shop")
def test_below_the_advertised_minimum_is_refused_and_a_minimum_that_rose_stops_what_was_approved() -> None:
    judged_by("minimum_advertised_price", Severity.HARD)

    below = submitted(("T1", 94_99))
    fine = submitted(("T1", 96_00), later=True)
    assert (status_of(below), broken(below, "T1")) == (Status.REJECTED, ["minimum_advertised_price"])
    assert status_of(fine) == Status.APPROVED

    with transaction() as session:
        import_catalog(session, [tea("T1", 100_00, family="", minimum=97_00)], now=MONDAY + HOUR)

    assert published(fine, MONDAY + DAY) == Status.REJECTED
    assert price_of("T1") == 100_00, "sold 1.00 under what the brand allows to advertise"


@pytest.mark.usefixtures("shop")
def test_a_reduction_is_reckoned_from_the_lowest_price_of_thirty_days() -> None:
    judged_by("reduction_from_lowest", Severity.HARD)
    put("T1", (97_00, MONDAY + DAY), (110_00, MONDAY + 2 * DAY))

    none = submitted(("T1", 99_00), at=MONDAY + 3 * DAY)
    true = submitted(("T1", 96_50), at=MONDAY + 3 * DAY)

    assert (status_of(none), broken(none, "T1")) == (Status.REJECTED, ["reduction_from_lowest"])
    assert more_of(none, "T1") == {"lowest_month": 97_00}
    assert broken(true, "T1") == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("past", "at", "lowest"),
    [
        ((), 0, 100_00),
        (((90_00, 1),), 2, 100_00),  # a reduction that goes on is reckoned from before its first step
        (((90_00, 1), (80_00, 20)), 40, 100_00),
        (((90_00, 1), (80_00, 40)), 41, 90_00),  # the first step was a reduction of its own
        (((90_00, 1), (120_00, 3)), 20, 90_00),
        (((90_00, 1), (120_00, 3)), 34, 120_00),
        (((90_00, 1), (120_00, 3)), 32, 90_00),  # 90.00 stood until within the 30 days
        (((90_00, 1),), 45, 90_00),
    ],
)
def test_the_lowest_price_is_of_the_month_before_the_reduction_began(
    past: tuple[tuple[int, int], ...], at: int, lowest: int
) -> None:
    judged_by("reduction_from_lowest")
    put("T1", *((amount, MONDAY + day * DAY) for amount, day in past))

    proposal = submitted(("T1", 50_01), at=MONDAY + at * DAY)

    assert more_of(proposal, "T1") == {"lowest_month": lowest}


@pytest.mark.usefixtures("shop")
def test_a_product_that_moved_to_another_sub_category_is_judged_again_where_scopes_name_them() -> None:
    judged_by("increase_stays_below_limit", Severity.HARD, Scope(sub_category="Loose"), limit_bp=100)
    rise = submitted(("T1", 105_00), later=True)
    assert (status_of(rise), more_of(rise, "T1")) == (Status.APPROVED, {"sub_category": "All"})

    row = product("T1")
    moved = CatalogRow(row.sku, row.name, row.category, "Loose", row.brand, "INR", 50_00, 100_00, None)
    with transaction() as session:
        import_catalog(session, [moved], now=MONDAY + HOUR)

    assert published(rise, MONDAY + DAY) == Status.REJECTED


@pytest.mark.usefixtures("shop")
def test_a_large_proposal_reads_families_across_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "LINES_PER_STEP", 1)
    judged_by("price_ladder")
    rise = submitted(("GOOD", 112_00), ("BETTER", 115_00), ("BEST", 125_00))
    with reading() as session:
        proposal = session.get_one(Proposal, rise)
        rules = policy.active_rule_set(session)
        spans = [comparison.compare(session, proposal, now=MONDAY, span=Span(0, n, n + 1)) for n in (0, 1, 2)]
        found = evaluation.prepared(session, proposal, rules, MONDAY)

    assert [span.compared for span in spans] == [1, 1, 1]
    assert [broken(rise, sku) for sku in ("GOOD", "BETTER", "BEST")] == [[], [], []]
    assert [len(line.found.more.family) for line in found.lines] == [2, 2, 2]


@pytest.mark.usefixtures("shop")
def test_a_dry_run_judges_members_at_the_prices_that_they_would_have() -> None:
    judged_by("price_ladder")
    with reading() as session:
        alone = judge_again(session, [(1, "GOOD", 112_00)], MONDAY)
        together = judge_again(session, [(1, "GOOD", 112_00), (2, "BETTER", 115_00)], MONDAY)

    assert [line.verdict for line in alone] == ["soft"]
    assert [line.verdict for line in together] == ["clean", "clean"]


@pytest.mark.usefixtures("shop")
def test_what_a_roll_back_brings_back_is_judged_in_the_family_that_it_would_stand_in() -> None:
    judged_by("price_ladder", Severity.HARD)
    best = submitted(("BEST", 130_00))
    published(best)
    better = submitted(("BETTER", 125_00), at=MONDAY + HOUR)
    published(better, MONDAY + HOUR)

    with reading() as session:
        found = restored_prices.restoring(session, session.get_one(Proposal, best), MONDAY + HOUR)
        other = restored_prices.restoring(session, session.get_one(Proposal, better), MONDAY + HOUR)

    assert (price_of("BEST"), price_of("BETTER")) == (130_00, 125_00)
    assert (found.hard, other.hard) == (1, 0)
    assert "ranks below it" in found.sentence


@pytest.mark.usefixtures("shop")
def test_a_window_whose_end_would_break_the_ladder_is_judged_in_the_family_of_the_end() -> None:
    judged_by("price_ladder")
    put("GOOD", (112_00, MONDAY + HOUR))  # dearer than better until the window opens
    wish = replace(proposing(("GOOD", 105_00), ("BETTER", 107_00)), effective_at=MONDAY + DAY, ends_at=MONDAY + 3 * DAY)
    with transaction() as session:
        window = actions.submit(session, wish, actor=ASHA, now=MONDAY + 2 * HOUR).id

    (found,) = findings(window, "GOOD")
    assert found.rule == "price_ladder"
    assert found.message.startswith("When the window ends")


@pytest.mark.usefixtures("shop")
def test_a_family_looks_up_no_more_queries_for_more_lines() -> None:
    judged_by("price_ladder")
    asked: list[str] = []
    with reading() as session:
        rules = policy.active_rule_set(session)
        event.listen(session.get_bind().engine, "before_cursor_execute", lambda *more: asked.append(more[2]))
        counts = []
        for skus in (["GOOD"], ["GOOD", "BETTER", "BEST", "SMALL", "LARGE", "T1"]):
            known = listed(session, skus, now=MONDAY)
            asked.clear()
            policy.with_more(session, known, rules, MONDAY)
            counts.append(len(asked))

    assert counts[0] == counts[1] > 0
