"""What becomes of rows before anything is submitted: every bad row named, every other one judged, nothing lost."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from app.database import transaction
from app.intake import draft_lines, drafts
from app.intake.drafts import draft as draft_itself
from app.intake.dry_run import DryRun, dry_run
from app.intake.export import csv_text
from app.intake.price_file import read_file, read_typed
from app.intake.records import Draft, DraftLine
from app.intake.rows import RawRow, valued
from app.lifecycle import commands
from app.lifecycle.errors import NotFound
from tests.builders import ASHA, HOUR, MONDAY, RAVI, open_shop, product

MIXED = """sku,new_price
T1,104.00
T2,120.00
T3,75.00
T4,100.00
NOPE,10.00
T1,105.00
T5,12.345
T6,1e3
"""


@pytest.fixture
def shop(pricing_store: str) -> None:
    """Six teas at 100.00 that cost 70.00, and one whose SKU has a blank and a quotation mark."""
    open_shop(*(product(f"T{n}") for n in range(1, 7)), product('A "b" c'))


def tried(text: str) -> DryRun:
    with transaction() as session:
        return dry_run(session, read_typed(text, []).rows, MONDAY)


def draft_of(text: str) -> Draft:
    read = read_file(text.encode())
    return draft_lines.keep(
        ASHA, "C:\\prices\\week 49.csv", read.rows, MONDAY, size_bytes=len(text), reading_was=read.reading
    )


@pytest.mark.usefixtures("shop")
def test_every_row_is_a_problem_unchanged_or_judged() -> None:
    found = tried(MIXED)
    assert (found.counts.rows, found.counts.problem, found.counts.unchanged) == (8, 4, 1)
    assert [(line.row, line.sku, line.verdict, line.passing_price) for line in found.lines] == [
        (2, "T1", "clean", None),
        (3, "T2", "soft", 115_00),
        (4, "T3", "hard", 77_78),
    ]
    assert [(p.row, p.code, p.reason) for p in found.problems] == [
        (6, "unknown_sku", "No product has this SKU."),
        (7, "duplicate_sku", "The SKU already stands in row 2."),
        (8, "wrong_decimals", "INR has 2 decimals, but “12.345” has 3. Round it yourself."),
        (9, "not_a_price", "“1e3” is not a price. Write the number out, like 12.34."),
    ]


NO_SKUS = (
    ("", "missing_sku", "The SKU is missing."),
    ("t1", "unknown_sku", "No product has this SKU. Is T1 meant?"),
    ("'T 1", "unknown_sku", "No product has this SKU. Is T1 meant?"),
    ("T\u200b1", "bad_sku", "The SKU holds an invisible character (U+200B) in place 2; type it anew."),
    ("T1\x00", "bad_sku", "The SKU holds an invisible character (U+0000) in place 3; type it anew."),
    ("\ud800", "bad_sku", "The SKU holds an invisible character (U+D800) in place 1; type it anew."),
    ("=T1", "bad_sku", "The SKU is a formula; put its result there."),
    ("T" * 5000, "bad_sku", "The SKU is 5,000 characters long; at most 64 are possible."),
    ("'; DROP TABLE product; --", "unknown_sku", "No product has this SKU."),
)


@pytest.mark.usefixtures("shop")
def test_a_sku_that_is_none_is_explained_and_can_be_kept() -> None:
    rows = [RawRow(number, sku, "1.00", value="1.00") for number, (sku, _, _) in enumerate(NO_SKUS, start=2)]
    draft = draft_lines.keep(ASHA, "x", rows, MONDAY)
    with transaction() as session:
        kept = drafts.page(session, draft.id, ASHA, kind="problem").items
    assert [(row.code, row.reason) for row in kept] == [(code, said) for _, code, said in NO_SKUS]


@pytest.mark.usefixtures("shop")
def test_blanks_and_quotes_inside_a_sku_are_nothing_special() -> None:
    assert [line.sku for line in tried('sku,price\n"A ""b"" c",101.00').lines] == ['A "b" c']


@pytest.mark.usefixtures("shop")
def test_a_draft_keeps_every_row_and_pages_through_them() -> None:
    draft = draft_of(MIXED)
    with transaction() as session:
        assert (draft.filename, draft.rows, draft.problem, draft.hard) == ("week 49.csv", 8, 4, 1)
        first = drafts.page(session, draft.id, ASHA, limit=5)
        rest = drafts.page(session, draft.id, ASHA, cursor=first.next_cursor, limit=5)
        assert [row.row for row in (*first.items, *rest.items)] == list(range(2, 10))
        assert rest.next_cursor is None
        (hard,) = drafts.page(session, draft.id, ASHA, kind="hard").items
        assert (hard.old, hard.new, hard.change_bp, hard.raw_price) == (100_00, 75_00, -2500, "75.00")
        assert hard.findings[0].message == "Margin 6.6 % is under the 10.0 % floor; ₹77.78 or more would pass."


@pytest.mark.usefixtures("shop")
def test_taking_the_passing_price_judges_again_and_the_counts_follow() -> None:
    draft = draft_of(MIXED)
    assert draft_lines.use_passing_prices(draft.id, ASHA, MONDAY) == 1
    assert draft_lines.use_passing_prices(draft.id, ASHA, MONDAY, rows=[3]) == 1
    with transaction() as session:
        again = drafts.find(session, draft.id, ASHA)
        assert (again.clean, again.soft, again.hard, again.rows) == (3, 0, 0, 8)


@pytest.mark.usefixtures("shop")
def test_what_is_submitted_is_what_was_judged_without_problems_and_unchanged_rows() -> None:
    draft = draft_of(MIXED)
    with transaction() as session:
        offered = drafts.submission(session, draft.id, ASHA, reason="Week 49", kinds=("clean", "soft"))
    proposal = commands.submit(ASHA, offered, key="once", now=MONDAY)
    assert (proposal.lines, proposal.clean, proposal.soft, proposal.verdict) == (2, 1, 1, "SOFT")


@pytest.mark.usefixtures("shop")
def test_nobody_else_sees_a_draft() -> None:
    draft = draft_of(MIXED)
    with transaction() as session:
        for look in (drafts.find, drafts.page, drafts.problems_csv):
            with pytest.raises(NotFound):
                look(session, draft.id, RAVI)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("rows_per_step", [1, 3, 1000])
def test_a_draft_is_forgotten_30_days_after_its_last_change(
    rows_per_step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_itself, "ROWS_PER_STEP", rows_per_step)
    draft_of(MIXED)
    kept = draft_lines.keep(ASHA, "", [RawRow(1, "T1", "101.00", value="101.00")], MONDAY + 24 * 30 * HOUR + HOUR)
    with transaction() as session:
        assert [(draft.id, draft.filename) for draft in session.exec(select(Draft))] == [(kept.id, "pasted lines")]
        assert len(session.exec(select(DraftLine)).all()) == 1


@pytest.mark.usefixtures("shop")
def test_exported_rows_read_back_and_run_no_formula() -> None:
    draft = draft_of('sku,price\n"=cmd|calc!A1",1.00\n@SUM(A1),-1\nT3,75.00\n')
    with transaction() as session:
        problems = drafts.problems_csv(session, draft.id, ASHA)
    assert [(row.sku, row.price) for row in read_file(problems.encode()).rows] == [
        ("=cmd|calc!A1", "1.00"), ("@SUM(A1)", "-1"),
    ]  # fmt: skip
    assert "'-1" in problems


@given(st.lists(st.lists(st.one_of(st.text(max_size=12), st.integers(), st.none()), min_size=2, max_size=2)))
@example([[None, "\x1e="], [None, "\x1e-"]])
def test_no_exported_cell_can_start_a_formula(rows: list[list[str | int | None]]) -> None:
    import csv
    import io

    # not str.splitlines: it breaks lines at signs (U+001E, U+2028) that end no line of a CSV file
    for row in csv.reader(io.StringIO(csv_text(("a", "b"), rows), newline="")):
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or cell[1:].isdigit()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["T1", "T2", "", "NOPE"]) | st.text(max_size=8),
            st.sampled_from(["1.00", "100.00", "120.00", "x"]) | st.text(max_size=8),
        ),
        max_size=30,
    )
)
def test_whatever_is_typed_the_counts_add_up(shop: None, rows: list[tuple[str, str]]) -> None:
    raw = [
        RawRow(number, sku, price, value=valued(price, ".", change=False)[0])
        for number, (sku, price) in enumerate(rows, start=1)
    ]
    draft = draft_lines.keep(ASHA, "x", raw, MONDAY)
    with transaction() as session:
        stored = session.exec(select(DraftLine.kind).where(DraftLine.draft_id == draft.id)).all()
    assert len(rows) == len(stored) == draft.problem + draft.unchanged + draft.clean + draft.soft + draft.hard
    assert Counter(stored)["problem"] == draft.problem


@pytest.mark.usefixtures("shop")
def test_lines_that_are_left_out_are_gone_and_the_counts_follow() -> None:
    draft = draft_of(MIXED)
    with transaction() as session:
        changes = drafts.changes(session, draft.id, ASHA, ("clean", "soft"))
        assert [(change.sku, change.verdict, change.bp) for change in changes] == [
            ("T1", "clean", 400), ("T2", "soft", 2000),
        ]  # fmt: skip
    assert draft_lines.leave_out(draft.id, ASHA, ["T1", "NOPE", "T5"], MONDAY) == 1
    with transaction() as session:
        again = drafts.find(session, draft.id, ASHA)
        assert (again.clean, again.soft, again.hard, again.problem, again.unchanged, again.rows) == (0, 1, 1, 4, 1, 7)
        with pytest.raises(NotFound):
            drafts.leave_out(session, draft.id, RAVI, ["T2"], MONDAY)
