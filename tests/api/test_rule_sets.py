"""Rule sets over HTTP: read, drafted, reviewed, activated by a second owner, and refused in the same words."""

import csv
import io
from datetime import timedelta

import pytest
from fastapi import FastAPI

from app.clock import utc_now
from app.database import transaction
from app.identity import people
from app.identity.roles import Role
from tests.api.conftest import Caller, _signed_in

SETS = "/api/rule-sets"
TEA = {
    "id": "tea-rises", "kind": "increase_stays_below_limit", "severity": "SOFT", "parameters": {"limit_bp": 3000},
    "scope": {"category": "Tea"}, "rationale": "Auction prices swing.",
}  # fmt: skip


@pytest.fixture
def leela(api: FastAPI) -> Caller:
    return _signed_in(api, "leela")


@pytest.fixture
def maya(api: FastAPI) -> Caller:
    """A second owner."""
    with transaction() as session:
        people.add(session, "ruth@demo.example", "Ruth B.", [Role.OWNER], password=None, now=utc_now())
    return _signed_in(api, "ruth")


def drafted(by: Caller) -> dict[str, object]:
    answer = by.post(SETS, {"reason": "Tea swings"})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def edit(by: Caller, number: object, rule: dict[str, object], version: int):  # type: ignore[no-untyped-def]
    return by.post(f"{SETS}/{number}/rules", {"version": version, "rule": rule})


def with_tea(by: Caller) -> dict[str, object]:
    answer = edit(by, drafted(by)["number"], TEA, 1)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def seen(by: Caller, number: object = 2) -> dict[str, object]:
    return {"content_hash": by.get(f"{SETS}/{number}").json()["content_hash"]}


def test_a_set_goes_from_draft_to_active_by_two_owners(leela: Caller, maya: Caller, asha: Caller):
    made = with_tea(leela)
    assert (made["status"], made["version"], made["rules"], made["based_on"]) == ("DRAFT", 2, 5, 1)
    assert leela.post(f"{SETS}/2/submit", seen(leela)).json()["status"] == "IN_REVIEW"

    told = asha.get(f"{SETS}/2/difference").json()
    assert [row["sentence"][:23] for row in told["rows"]] == ["Rule tea-rises was adde"]
    own = leela.post(f"{SETS}/2/activate", seen(leela))
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    done = maya.post(f"{SETS}/2/activate", {**seen(maya), "comment": "Agreed"})

    assert (done.status_code, done.json()["status"], done.json()["activated_by"]) == (200, "ACTIVE", "Ruth B.")
    assert asha.get(f"{SETS}/active").json()["number"] == 2
    page = asha.get(SETS, params={"limit": 1}).json()
    assert ([row["number"] for row in page["items"]], page["next_cursor"]) == ([2], "2")
    assert asha.get(SETS, params={"cursor": "2"}).json()["items"][0]["status"] == "RETIRED"
    history = asha.get(f"{SETS}/2/history").json()["items"]
    assert [(row["verb"], row["by"], row["said"]) for row in history[:2]] == [
        ("activate-rules", "Ruth B.", "Agreed"), ("submit-rules", "Leela M.", "Tea swings"),
    ]  # fmt: skip
    judged = asha.post("/api/price-changes", {"reason": "x", "lines": [{"sku": "T1", "price": "120.00"}]}).json()
    assert (judged["status"], judged["rule_set"]) == ("APPROVED", 2)


def test_a_set_is_activated_for_a_moment(leela: Caller, maya: Caller):
    with_tea(leela)
    leela.post(f"{SETS}/2/submit", seen(leela))
    six = (utc_now() + timedelta(hours=2)).isoformat()

    waits = maya.post(f"{SETS}/2/activate", {**seen(maya), "effective_at": six}).json()
    late = maya.post(f"{SETS}/2/activate", {**seen(maya), "effective_at": "2020-01-01T00:00:00Z"})

    assert (waits["status"], waits["activated_at"]) == ("SCHEDULED", None)
    assert late.status_code == 409, "it waits for its moment already"
    assert maya.post(f"{SETS}/2/return", {**seen(maya), "comment": "Not yet"}).json()["status"] == "DRAFT"


def test_rows_are_changed_and_removed_and_the_second_of_two_owners_learns_the_difference(leela: Caller, maya: Caller):
    with_tea(leela)
    changed = leela.client.patch(f"{SETS}/2/rules/tea-rises", headers={"Idempotency-Key": "a"},
                                 json={"version": 2, "rule": {"parameters": {"limit_bp": 2000}}})  # fmt: skip
    assert (changed.status_code, changed.json()["version"]) == (200, 3)

    late = maya.client.delete(f"{SETS}/2/rules/tea-rises", headers={"Idempotency-Key": "b"}, params={"version": 2})

    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "draft_moved", 3)
    assert late.json()["difference"][0]["sentence"] == "Rule tea-rises: limit from 30.0 % to 20.0 %."
    gone = maya.client.delete(f"{SETS}/2/rules/tea-rises", headers={"Idempotency-Key": "c"}, params={"version": 3})
    assert gone.json()["rules"] == 4


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({**TEA, "parameters": {"limit_bp": "30 %"}}, 422, "bad_rules"),
        ({**TEA, "scope": {"category": "Teee"}}, 422, "bad_rules"),
        ({**TEA, "scope": {}}, 422, "rules_overlap"),
        ({"kind": ["a"]}, 422, "bad_rules"),
        ({"scope": {"skus": [["deep"]]}}, 422, "bad_rules"),
        ({**TEA, "parameters": {"limit_bp": 10**30}}, 422, "bad_rules"),
    ],
)
def test_a_bad_row_is_a_problem_with_its_cell(leela: Caller, rule: dict[str, object], status: int, code: str):
    drafted(leela)

    answer = edit(leela, 2, rule, 1)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert leela.get(f"{SETS}/2").json()["version"] == 1


def test_a_file_comes_in_and_goes_out_and_bad_rows_are_listed(leela: Caller, asha: Caller):
    drafted(leela)
    exported = asha.get(f"{SETS}/1/export")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert [row["limit_bp"] for row in rows] == ["1000", "1500", "1000", "3000"]
    assert 'filename="rule-set-1.csv"' in exported.headers["content-disposition"]

    other = exported.content.replace(b",1500", b",1800")
    done = leela.post(f"{SETS}/2/import", data={"version": "1"}, files={"file": ("rules.csv", other)})
    assert (done.status_code, done.json()["version"]) == (200, 2)
    bad = leela.post(f"{SETS}/2/import", data={"version": "2"},
                     files={"file": ("rules.csv", other.replace(b",1800", b",18 %"))})  # fmt: skip
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_rules")
    assert [(row["row"], row["field"]) for row in bad.json()["rows"]] == [(3, "parameters.limit_bp")]
    whole = asha.get(f"{SETS}/2/export", params={"format": "json"}).json()
    assert [rule["parameters"]["limit_bp"] for rule in whole["rules"]] == [1000, 1800, 1000, 3000]


def test_ten_thousand_rows_are_refused(leela: Caller):
    drafted(leela)

    body = {"version": 1, "rules": [{**TEA, "id": f"r{n}"} for n in range(10_000)]}

    answer = leela.client.put(f"{SETS}/2/rules", headers={"Idempotency-Key": "a"}, json=body)

    assert (answer.status_code, answer.json()["code"], answer.json()["most"]) == (422, "too_many_rules", 2000)


def test_what_a_draft_would_miss_is_told_and_keeps_it_from_review(leela: Caller, asha: Caller):
    drafted(leela)
    body = {"version": 1, "rule": {"scope": {"brand": "Brand", "sub_category": "All", "skus": ["T1"]}}}
    leela.client.patch(f"{SETS}/2/rules/margin-floor", headers={"Idempotency-Key": "a"}, json=body)

    found = asha.get(f"{SETS}/2/check").json()
    refused = leela.post(f"{SETS}/2/submit", seen(leela))

    assert (found["fit"], found["findings"][0]["what"], found["findings"][0]["products"]) == (False, "gap", 4)
    assert (refused.status_code, refused.json()["code"]) == (409, "rule_set_unfit")
    assert refused.json()["findings"][0]["sentence"] == found["findings"][0]["sentence"]
    actions = {row["action"]: row for row in leela.get(f"{SETS}/2").json()["actions"]}
    assert not actions["submit"]["allowed"]
    assert "covers 4 products" in actions["submit"]["why_not"]


def test_which_row_counts_for_a_sku_is_told(leela: Caller, asha: Caller):
    with_tea(leela)

    found = asha.get(f"{SETS}/2/applies", params={"sku": "T1"}).json()
    rises = next(one for one in found["kinds"] if one["kind"] == TEA["kind"])

    assert (found["name"], rises["row"]["id"]) == ("Assam Tea", "tea-rises")
    assert "increase-limit (all products) say less" in rises["why"]
    assert asha.get(f"{SETS}/2/applies", params={"sku": "NOPE"}).status_code == 404
    assert asha.get(f"{SETS}/9/applies", params={"sku": "T1"}).status_code == 404


def test_required_kinds_the_reason_and_the_shadow_are_set_and_a_draft_is_dropped(leela: Caller):
    with_tea(leela)

    def put(what: str, body: dict[str, object], key: str) -> dict[str, object]:
        answer = leela.client.put(f"{SETS}/2/{what}", headers={"Idempotency-Key": key}, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    assert put("mandatory", {"version": 2, "mandatory": ["margin_stays_above_floor"]}, "a")["version"] == 3
    assert put("reason", {"version": 3, "reason": "Otherwise"}, "b")["reason"] == "Otherwise"
    assert put("shadow", {"on": True}, "c")["shadow"] is True
    assert leela.post(f"{SETS}/2/rebase", {"version": 4}).json()["code"] == "nothing_to_rebase"
    assert leela.post(f"{SETS}/2/drop", {**seen(leela), "comment": ""}).json()["code"] == "comment_missing"
    assert leela.post(f"{SETS}/2/drop", {**seen(leela), "comment": "No"}).json()["status"] == "DROPPED"


def test_only_owners_change_rules_and_a_stranger_reads_none(leela: Caller, kiran: Caller, stranger: Caller):
    with_tea(leela)
    calls = [
        ("POST", "", {"reason": "x"}),
        ("POST", "/2/rules", {"version": 2, "rule": TEA}),
        ("PATCH", "/2/rules/tea-rises", {"version": 2, "rule": {}}),
        ("DELETE", "/2/rules/tea-rises?version=2", None),
        ("PUT", "/2/rules", {"version": 2, "rules": []}),
        ("PUT", "/2/mandatory", {"version": 2, "mandatory": []}),
        ("PUT", "/2/reason", {"version": 2, "reason": "x"}),
        ("PUT", "/2/shadow", {"on": True}),
        *(("POST", f"/2/{verb}", {**seen(kiran), "comment": "x"}) for verb in ("return", "activate", "drop")),
        ("POST", "/2/submit", seen(kiran)),
        ("POST", "/2/rebase", {"version": 2}),
    ]
    for method, path, body in calls:
        answer = kiran.client.request(method, f"{SETS}{path}", json=body, headers={"Idempotency-Key": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), path
        keyless = leela.client.request(method, f"{SETS}{path}", json=body)
        assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing"), path
    for path in ("", "/2", "/active", "/2/export", "/2/check", "/2/difference", "/2/history", "/2/applies?sku=T1"):
        assert stranger.get(f"{SETS}{path}").status_code == 401, path
    assert leela.get(f"{SETS}/2").json()["version"] == 2


def test_numbers_from_nowhere_are_no_accident(leela: Caller):
    for path in ("/9", "/9/check", "/9/history", "/9/export", "/9/difference", "/1/difference?from=9"):
        assert leela.get(f"{SETS}{path}").status_code == 404, path
    for path in (f"/{10**30}", "/0", "/x", "/1/difference?from=99999999999999999999"):
        assert leela.get(f"{SETS}{path}").status_code == 422, path
