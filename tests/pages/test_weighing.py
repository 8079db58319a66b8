"""What a large change weighs and what is locked, in the words of the New proposal page."""

from app.contracts.holds import Held, Hold
from app.intake.weight import Weighed, weigh
from app.pages.new_proposal.weight_view import locks, show
from tests.builders import MONDAY

LOCK = Hold(context="catalog", sku="S2", reason="Spring contract", until=MONDAY)


def test_a_small_change_has_nothing_to_show() -> None:
    assert not show(weigh([Weighed("S1", "Tea", "clean", 100_00, 104_00, "INR")], "together")).large
    assert not show(None).large


def test_a_large_change_says_why_and_shows_its_figures() -> None:
    view = show(weigh([Weighed(f"S{n}", "Tea", "clean", 100_00, 104_00, "INR") for n in range(50)], "together"))
    assert (view.lead, view.why) == ("50 lines go out without a person.", "This is large: 50 lines or more.")
    assert [fact.value for fact in view.facts] == ["+4.0 %", "₹5,000.00 → ₹5,200.00 (+4.0 %)", "₹200.00"]
    assert [(line.change, line.new.units) for line in view.up] == [("+4.0 %", "104")] * 5
    assert view.down == []


def test_a_locked_line_is_named_with_what_follows_from_it() -> None:
    view = locks(Held(holds={"S2": [LOCK]}))
    assert (view.lines, view.lead, view.button) == (1, "1 line is locked.", "Leave out the 1 locked line")
    assert view.say == (
        "S2: Locked in catalog until 23 Nov 2026 09:00 UTC: Spring contract."
        " Until then catalog refuses this line, and the whole change is taken back."
    )
    assert view.unknown == ""


def test_locks_that_are_not_known_are_said_to_be() -> None:
    assert locks(Held(unasked=("catalog",))).unknown.startswith("catalog cannot be asked now.")
