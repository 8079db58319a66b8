"""The pages tell the state of a window's end, never the plan."""

from datetime import timedelta

import pytest

from app.lifecycle.windows.end_state import EndState, EndView
from app.pages.proposal.ending_view import ending
from tests.builders import HOUR, MONDAY

END = MONDAY + timedelta(hours=8)


def end(state: EndState, **more: object) -> EndView:
    return EndView(**{"window": "PC-1", "back": "PC-2", "state": state, "at": END, "lines": 3, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "more", "words", "warns"),
    [
        (EndState.PLANNED, {"back": None}, "once it is out", False),
        (EndState.SET, {}, "PC-2: the earlier prices return", False),
        (EndState.WAITS, {}, "waits for a person; the earlier prices return", True),
        (EndState.LATE, {}, "has not: it waits until publishing goes on", True),
        (EndState.RETURNED, {}, "PC-2: the earlier prices returned", False),
        (EndState.RETURNED, {"left_alone": 1}, "2 of 3 returned", False),
        (EndState.KEPT, {"by": "Kiran S.", "why": "Costs rose"}, "made permanent by Kiran S", False),
        (EndState.CALLED_OFF, {}, "called off", False),
        (EndState.UNDONE, {}, "nothing ends them", True),
    ],
)
def test_each_state_has_its_words(state: EndState, more: dict[str, object], words: str, warns: bool):
    said = ending(end(state, **more), "PC-1", MONDAY)

    assert words in said.says
    assert said.warns is warns
    assert ("the earlier prices return " in said.says) == (state in (EndState.SET, EndState.WAITS))


def test_a_return_leads_to_its_window_and_what_has_no_end_says_nothing():
    assert ending(end(EndState.SET), "PC-2", MONDAY - HOUR).other == "PC-1"
    assert ending(None, "PC-1", MONDAY).says == ""
