"""The lock of one product's price in catalog: what it says, and the form for it."""

import reflex as rx

from app.components import button, field, icon, refused
from app.components.dialogs import given_back
from app.components.stays import stays
from app.pages.prices.state import PricesState as State


def lock() -> rx.Component:
    """Say that the price is locked, or offer to lock it to those who may."""
    return rx.cond(State.detail.lock_say != "", _locked(), rx.cond(State.may_lock, _lock_form()))


def _locked() -> rx.Component:
    return rx.el.div(
        icon("lock"),
        rx.el.p(
            rx.el.b(State.detail.lock_lead, class_name="b"),
            " ",
            State.detail.lock_say,
            " A change to this price would be refused and rolled back.",
            class_name="grow",
        ),
        refused(State.refusal),
        rx.cond(
            State.may_lock,
            button(
                "Unlock",
                kind="sm",
                on_click=State.unlock(State.detail.sku, State.detail.lock_mark, State.key),
                data_testid="unlock",
            ),
        ),
        class_name="call warn pr-locked",
        role="status",
        data_testid="locked",
    )


def _lock_form() -> rx.Component:
    return rx.el.details(
        rx.el.summary(icon("lock", "s"), "Lock this price in catalog", class_name="btn sm", data_testid="lock-open"),
        rx.el.form(
            given_back(sku=State.detail.sku, seen=State.detail.lock_mark, key=State.key),
            field(
                "reason",
                label="Reason",
                id="lock-reason",
                custom_attrs=stays("lock/" + State.detail.sku),
                max_length=500,
                required=True,
                auto_complete="off",
                placeholder="Contract, promotion",
            ),
            field(
                "until",
                label="Until the end of",
                id="lock-until",
                type="date",
                required=True,
                default_value=State.lock_until,
            ),
            rx.el.button("Lock", type="submit", class_name="btn", data_testid="lock"),
            refused(State.refusal),
            rx.cond(
                State.lock_bad != "",
                rx.el.span(State.lock_bad, class_name="bad wide", role="alert"),
            ),
            on_submit=State.lock,
            class_name="pr-lockform",
        ),
        class_name="pr-lockd",
        key=State.detail.sku,
    )
