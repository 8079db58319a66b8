"""What a person sees of an action is declared once, completely, and as the table has it."""

import pytest
import reflex as rx

from app.components.decision import KEPT, deed_button, deed_dialog, keys_of
from app.components.views import ActionView
from app.lifecycle.table.deeds import DEEDS, Binds, Deed
from app.lifecycle.table.transitions import PERSONAL, TRANSITIONS, WAYS_BACK, Action

OPEN, SHUT = ActionView(action="reject", allowed=True), ActionView(action="reject", why="You wrote this")


def test_every_action_of_a_person_is_declared_and_nothing_else():
    assert set(DEEDS) == set(PERSONAL)


def test_no_two_actions_share_a_key_or_a_dialog():
    keys = [deed.key for deed in DEEDS.values() if deed.key]
    dialogs = [deed.dialog.name for deed in DEEDS.values() if deed.dialog]

    assert len(keys) == len(set(keys))
    assert len(dialogs) == len(set(dialogs))


@pytest.mark.parametrize("deed", DEEDS.values(), ids=lambda deed: deed.action.value)
def test_a_reason_is_asked_for_exactly_where_the_table_wants_one(deed: Deed):
    assert deed.needs_reason == any(row.needs_comment for row in TRANSITIONS if row.action is deed.action)


def test_who_lets_prices_out_is_bound_to_what_they_read_and_a_brake_to_what_is_there():
    brakes = {deed.action for deed in DEEDS.values() if deed.binds is Binds.STANDING}

    assert brakes == {Action.PAUSE, *WAYS_BACK}


def test_a_button_has_what_is_declared_and_says_where_its_reason_is_typed():
    shown = str(deed_button(Action.REJECT, rx.Var.create(OPEN), on_click=rx.noop(), comment="comment"))

    for told in ("Reject", "btn danger", '"data-hotkey":"r"', "#comment", "#i-x"):
        assert told in shown


def test_a_place_may_say_more_and_have_no_key():
    shown = str(deed_button(Action.APPROVE, rx.Var.create(SHUT), on_click=rx.noop(), label="Approve 2 lines", key=""))

    assert "Approve 2 lines" in shown
    assert "data-hotkey" not in shown


def test_a_dialog_keeps_what_it_was_opened_on_and_asks_for_a_reason():
    reference = rx.Var("reference").to(str)
    shown = str(deed_dialog(Action.ROLL_BACK, reference=reference, on_submit=rx.noop()))
    waves = str(deed_dialog(Action.PLAN_WAVES, reference=reference, on_submit=rx.noop()))

    assert all(f'name:"{kept}"' in shown for kept in ("action", *KEPT, "reason"))
    assert 'name:"reason"' not in waves
    assert "confirm-demand" in waves


def test_the_keys_of_a_page_are_those_of_its_buttons():
    assert keys_of(Action.APPROVE, Action.RE_EVALUATE) == [("A", "approve"), ("E", "re-evaluate")]
