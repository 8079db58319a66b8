"""What submitting a draft will do is said before it is done, and it is what happens."""

from datetime import UTC, datetime

from app.intake.draft_commands import kinds_to_submit
from app.intake.records import Draft
from app.pages.new_proposal.view import first_kind, outcome

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def draft(*, clean: int = 0, soft: int = 0, hard: int = 0, problem: int = 0, unchanged: int = 0) -> Draft:
    rows = clean + soft + hard + problem + unchanged
    return Draft(id="d", owner_id="u", filename="week.csv", size_bytes=10, rule_set=1, rows=rows, problem=problem,
                 unchanged=unchanged, clean=clean, soft=soft, hard=hard, created_at=NOW)  # fmt: skip


def test_clean_lines_publish_without_a_person():
    said = outcome(draft(clean=3), "together")

    assert (said.tone, said.lines) == ("ok", 3)
    assert "without a person" in said.foot


def test_one_hard_line_refuses_all_together():
    said = outcome(draft(clean=14464, soft=54, hard=711), "together")

    assert said.tone == "bad"
    assert said.lead == "Together, this is refused:"
    assert said.lines == 15229


def test_split_leaves_the_hard_lines_in_the_draft():
    row = draft(clean=14464, soft=54, hard=711)

    said = outcome(row, "split")

    assert said.lines == 14518
    assert "711 hard lines stay behind" in said.rest
    assert said.foot_lead == "Submits two proposals."
    assert kinds_to_submit(row, "split") == ("clean", "soft")


def test_a_single_verdict_leaves_nothing_to_split():
    row = draft(hard=2)

    assert outcome(row, "split").lead == "This is refused:"
    assert kinds_to_submit(row, "split") == ("clean", "soft", "hard")


def test_soft_lines_wait_for_somebody_else():
    said = outcome(draft(clean=4, soft=1), "together")

    assert said.tone == "warn"
    assert "1 line is over a soft limit, so all 5 wait together" in said.rest


def test_a_locked_line_is_not_promised_to_go_out_in_green():
    said = outcome(draft(clean=5), "together", locked=1)

    assert said.tone == "warn"
    assert said.rest == "every line stays inside every limit. But 1 line is locked, so a context takes the change back."
    assert said.foot.endswith("But 1 line is locked, so a context takes the change back.")


def test_nothing_changes_so_nothing_is_submitted():
    assert outcome(draft(unchanged=9), "together").lines == 0


def test_what_needs_attention_is_shown_first():
    assert first_kind(draft(clean=1, soft=1, problem=1)) == "problem"
    assert first_kind(draft(clean=1, hard=1)) == "hard"
    assert first_kind(draft(unchanged=1)) == "unchanged"
