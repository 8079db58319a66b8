"""What stands in the audit trail besides proposals, and how little of it strangers can fill."""

import pytest
from sqlmodel import col, select

from app.clock import utc_now
from app.database import reading
from app.lifecycle.audit import audit_trail, sign_ins
from app.lifecycle.records import AuditEntry
from tests.api.conftest import Caller


def told(action: str) -> list[AuditEntry]:
    with reading() as session:
        return list(session.exec(select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.id))))


@pytest.fixture(autouse=True)
def nobody_was_turned_away() -> None:
    sign_ins._turned_away._untold = 0


def test_who_is_let_in_stands_in_the_trail_with_their_address(asha: Caller) -> None:
    (entry,) = told("sign-in")

    assert (entry.actor, entry.actor_name) == ("demo-asha", "Asha N.")
    assert "127.0.0.1" in entry.detail


def test_who_is_not_let_in_stands_there_too_without_their_password(stranger: Caller) -> None:
    stranger.client.post("/api/session", json={"email": "kiran@demo.example", "password": "hunter2 hunter2"})

    (entry,) = told("sign-in-refused")
    assert "kiran@demo.example" in entry.detail
    assert "hunter2" not in entry.detail


def test_a_flood_of_refused_sign_ins_is_counted_and_not_written_down(stranger: Caller) -> None:
    for number in range(30):
        sign_ins.turned_away(f"somebody{number}@shop.example", "192.0.2.7", "wrong_credentials", utc_now())
    sign_ins.attempts._limiter.cache_clear()
    sign_ins.turned_away("last@shop.example", "192.0.2.7", "wrong_credentials", utc_now())

    refused = told("sign-in-refused")
    assert len(refused) == 21
    assert "10 more were not written down" in refused[-1].detail
    with reading() as session:
        assert audit_trail.verify(session).intact


def test_a_strangers_name_breaks_no_line(stranger: Caller) -> None:
    stranger.client.post("/api/session", json={"email": "a@b.c\n2026-01-01 forged", "password": "x" * 20})

    (entry,) = told("sign-in-refused")
    assert "\\n" not in entry.detail
    assert "\n" not in entry.detail
