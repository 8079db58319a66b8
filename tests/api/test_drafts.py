"""What is typed, over HTTP: kept field by field, its author's alone, and ended by the proposal that it becomes."""

from dataclasses import replace

import pytest

from app.clock import utc_now
from app.database import transaction
from app.intake import drafts
from tests.api.conftest import Caller, signed_in
from tests.builders import ASHA

ID = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
FIELDS = "/api/drafts/fields"


@pytest.fixture
def ravi(api) -> Caller:
    return signed_in(api, "ravi")


def kept(by: Caller, over: int = 0, **fields: str):  # type: ignore[no-untyped-def]
    typed = {name: {"value": value, "over": over} for name, value in fields.items()}
    return by.put(FIELDS, json={"draft": ID, "fields": typed})


def stands(by: Caller) -> object:
    return by.get(f"/api/drafts/{ID}/fields?name=reason&name=text").json()


def test_what_is_typed_is_kept_and_becomes_the_lines_of_the_same_draft(asha: Caller) -> None:
    assert kept(asha, reason="Tea", text="T1 104.00").json()["versions"] == {"reason": 1, "text": 1}
    checked = asha.post("/api/drafts", {"text": "T1 104.00", "draft": ID}, key=None)
    assert (checked.status_code, checked.json()["id"], checked.json()["clean"]) == (201, ID, 1)
    again = asha.post(
        "/api/drafts", key=None, files={"file": ("x.csv", b"sku,price\nT1,1\nT2,1\n")}, data={"draft": ID}
    )
    assert (again.json()["id"], again.json()["rows"]) == (ID, 2)
    assert stands(asha) == {"reason": {"value": "Tea", "version": 1}, "text": {"value": "T1 104.00", "version": 1}}


def test_another_window_is_told_what_stands_there(asha: Caller) -> None:
    kept(asha, reason="Tea")
    late = kept(asha, reason="Coffee").json()
    assert (late["versions"], late["clashes"]) == ({}, {"reason": {"value": "Tea", "version": 1}})


def test_nobody_else_reads_types_into_or_replaces_a_draft(asha: Caller, ravi: Caller, kiran: Caller) -> None:
    kept(asha, reason="Tea")
    file = {"file": ("x.csv", b"sku,price\nT1,104\n")}
    tried = (
        kept(ravi, 1, reason="Mine"),
        ravi.get(f"/api/drafts/{ID}/fields?name=reason"),
        ravi.get(f"/api/drafts/{ID}/problems.csv"),
        ravi.post("/api/drafts", {"text": "T1 104", "draft": ID}, key=None),
        ravi.post("/api/drafts", key=None, files=file, data={"draft": ID}),
    )
    assert [answer.status_code for answer in tried] == [404] * 5
    approver = (kept(kiran, 1, reason="Mine"), kiran.get(f"/api/drafts/{ID}/fields?name=reason"))
    assert [answer.status_code for answer in approver] == [403] * 2
    assert stands(asha) == {"reason": {"value": "Tea", "version": 1}}


def test_what_is_typed_after_the_submission_is_told_what_the_draft_became(asha: Caller) -> None:
    kept(asha, reason="Tea")
    with transaction() as session:
        drafts.end(session, ID, replace(ASHA, id="demo-asha"), "PC-7", utc_now())
    late = kept(asha, 1, reason="Tea, too late").json()
    assert (late["became"], late["versions"]) == ("PC-7", {})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"draft": "../x", "fields": {}}, "malformed_request"),
        ({"draft": ID, "fields": {"waves": {"value": "{}"}}}, "malformed_request"),
        ({"draft": ID, "fields": {"reason": {"value": "x", "over": -1}}}, "malformed_request"),
        ({"draft": ID, "fields": {"text": {"value": "x" * 4_000_001}}}, "too_long_to_keep"),
    ],
)
def test_what_is_no_field_or_too_long_is_refused(asha: Caller, body: dict[str, object], code: str) -> None:
    assert asha.put(FIELDS, json=body).json()["code"] == code
