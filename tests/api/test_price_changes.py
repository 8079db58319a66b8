"""Proposals over HTTP: what a machine or a form sends, and what it hears back."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest

from app.clock import utc_now
from app.database import transaction
from app.lifecycle import actions
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.builders import product

CHANGES = "/api/price-changes"


def change(*lines: tuple[str, str], **more: object) -> dict[str, object]:
    return {"reason": "Auction prices", "lines": [{"sku": sku, "price": price} for sku, price in lines], **more}


def proposed(by: Caller, *lines: tuple[str, str]) -> dict[str, object]:
    answer = by.post(CHANGES, change(*lines))
    assert answer.status_code == 201, answer.text
    return answer.json()


def deciding(proposal: dict[str, object], comment: str = "") -> dict[str, object]:
    return {"comment": comment, "content_hash": proposal["content_hash"]}


def seeing(by: Caller, proposal: dict[str, object] | str, comment: str = "", **more: object) -> dict[str, object]:
    """Look at a proposal as it stands, and decide on that."""
    reference = proposal if isinstance(proposal, str) else proposal["id"]
    return {**deciding(by.get(f"{CHANGES}/{reference}").json(), comment), **more}


def test_a_small_change_is_judged_clean_in_the_answer(machine: Caller) -> None:
    proposal = proposed(machine, ("T1", "104.00"))

    assert (proposal["status"], proposal["verdict"], proposal["submitted_by"]) == ("APPROVED", "CLEAN", "Asha N.")
    assert (proposal["lines"], proposal["clean"], proposal["mean_change_bp"]) == (1, 1, 400)


def test_a_big_increase_waits_for_a_person_who_approves_what_they_saw(asha: Caller, kiran: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    assert proposal["status"] == "PENDING_APPROVAL"

    approved = kiran.post(f"{CHANGES}/{proposal['reference']}/approve", deciding(proposal))

    assert approved.json()["status"] == "APPROVED"
    assert approved.json()["decided_by"] == "Kiran S."


def test_a_price_below_the_margin_floor_is_rejected_with_the_price_that_would_pass(asha: Caller) -> None:
    proposal = proposed(asha, ("T1", "71.00"))

    line = asha.get(f"{CHANGES}/{proposal['id']}/lines").json()["items"][0]
    (finding,) = line["findings"]

    assert proposal["status"] == "REJECTED"
    assert (line["old"], line["new"], line["currency"], line["change"]) == ("100.00", "71.00", "INR", "-29.00")
    assert (finding["rule"], finding["severity"]) == ("margin_stays_above_floor", "HARD")
    assert (finding["limit"], finding["passing_price"]) == ("10.00", "77.78")


def test_every_bad_line_is_named_and_nothing_is_submitted(asha: Caller) -> None:
    refused = asha.post(CHANGES, change(("T1", "1e3"), ("T2", "12.345"), ("nope", "1"), ("T3", "99.00")))

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    rows = refused.json()["rows"]
    assert [(row["row"], row["sku"], row["code"]) for row in rows] == [
        (1, "T1", "not_a_price"), (2, "T2", "not_a_price"), (3, "nope", "unknown_sku"),
    ]  # fmt: skip
    assert asha.get(CHANGES).json()["items"] == []


@pytest.mark.parametrize("price", ["", "0", "-1", "NaN", "1e3", "12,34", "１２.３４", " 12.34", "1" * 90, "Infinity"])
def test_what_is_no_price_is_never_accepted(asha: Caller, price: str) -> None:
    refused = asha.post(CHANGES, change(("T1", price)))

    assert refused.status_code == 422
    assert refused.json()["code"] == "bad_submission"


@pytest.mark.parametrize("body", [
    {}, {"reason": "x"}, {"reason": "x", "lines": [{"sku": "T1", "price": 12.34}]}, {"reason": "x", "lines": "T1"},
    {"reason": "x", "lines": [{"sku": "T1", "price": "1", "cost": "0"}]}, change(("T1", "101.00"), status="APPROVED"),
    change(("T1", "101.00"), mixed="whatever"), change(("T1", "101.00"), effective_at="2030-01-01T00:00:00"), [],
])  # fmt: skip
def test_a_malformed_body_is_refused_with_the_place_named(asha: Caller, body: object) -> None:
    refused = asha.post(CHANGES, body)

    assert (refused.status_code, refused.json()["code"]) == (422, "malformed_request")
    assert refused.json()["errors"][0]["at"].startswith("body")


def test_a_command_without_a_key_is_refused(asha: Caller) -> None:
    refused = asha.post(CHANGES, change(("T1", "101.00")), key=None)

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")


def test_the_same_key_gives_the_same_answer_even_after_the_price_was_published(asha: Caller) -> None:
    first = asha.post(CHANGES, change(("T1", "104.00")), key="once").json()
    with transaction() as session:
        actions.publish(session, first["id"], now=utc_now())

    again = asha.post(CHANGES, change(("T1", "104.00")), key="once")

    assert (again.status_code, again.json()) == (201, first)
    assert len(asha.get(CHANGES).json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(asha: Caller) -> None:
    asha.post(CHANGES, change(("T1", "104.00")), key="once")

    refused = asha.post(CHANGES, change(("T1", "105.00")), key="once")

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_a_decision_on_what_was_not_seen_is_refused(asha: Caller, kiran: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))

    refused = kiran.post(f"{CHANGES}/{proposal['id']}/approve", {"comment": "", "content_hash": "stale"})

    assert (refused.status_code, refused.json()["code"]) == (409, "content_changed")
    assert kiran.get(f"{CHANGES}/{proposal['id']}").json()["status"] == "PENDING_APPROVAL"


def test_the_second_decision_hears_who_was_first(asha: Caller, kiran: Caller, noor: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    kiran.post(f"{CHANGES}/{proposal['id']}/reject", deciding(proposal, "Too much"))

    refused = noor.post(f"{CHANGES}/{proposal['id']}/approve", deciding(proposal))

    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    assert (refused.json()["decision"], refused.json()["by"]) == ("reject", "demo-kiran")


@pytest.mark.parametrize("action", ["approve", "reject", "return"])
def test_an_analyst_cannot_decide(asha: Caller, action: str) -> None:
    proposal = proposed(asha, ("T1", "120.00"))

    refused = asha.post(f"{CHANGES}/{proposal['id']}/{action}", deciding(proposal, "mine"))

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_an_approver_cannot_submit(kiran: Caller) -> None:
    assert kiran.post(CHANGES, change(("T1", "104.00"))).status_code == 403


def test_an_author_withdraws_and_an_operator_rolls_back(asha: Caller, omar: Caller) -> None:
    waiting, published = proposed(asha, ("T1", "120.00")), proposed(asha, ("T2", "104.00"))
    with transaction() as session:
        actions.publish(session, str(published["id"]), now=utc_now())

    withdrawn = asha.post(f"{CHANGES}/{waiting['id']}/withdraw", deciding(waiting))
    undone = omar.post(f"{CHANGES}/{published['id']}/roll-back", seeing(omar, published, "Wrong sheet"))

    assert withdrawn.json()["status"] == "WITHDRAWN"
    assert undone.json()["status"] == "ROLLING_BACK"
    assert asha.get("/api/prices/T2").json()["price"] == "100.00"


def test_two_people_roll_back_below_cost_and_one_does_not(asha: Caller, omar: Caller, kiran: Caller) -> None:
    """At a cost of 103.00 every tea sold at the earlier 100.00 would lose 3.00."""
    proposal = proposed(asha, ("T2", "114.00"))
    with transaction() as session:
        actions.publish(session, str(proposal["id"]), now=utc_now())
        import_catalog(session, [product("T2", cost=103_00)], now=utc_now())
    path = f"{CHANGES}/{proposal['id']}/roll-back"

    alone = omar.post(path, seeing(omar, proposal, "Wrong sheet"))
    unasked = kiran.post(f"{path}/agree", seeing(kiran, proposal, "Yes"))
    asked = omar.post(f"{path}/ask", seeing(omar, proposal, "Wrong sheet"))
    told = kiran.get(path).json()
    own = omar.post(f"{path}/agree", seeing(omar, proposal, "Yes"))
    still = asha.get("/api/prices/T2").json()["price"]
    agreed = kiran.post(f"{path}/agree", seeing(kiran, proposal, "Yes"))

    assert (alone.status_code, alone.json()["code"], alone.json()["hard"]) == (409, "second_person_needed", 1)
    assert (unasked.json()["code"], own.json()["code"]) == ("not_asked", "four_eyes")
    assert (asked.json()["status"], still) == ("PUBLISHED", "114.00")
    assert (told["takes_two"], told["asked_by"], told["reason"]) == (True, "Omar T.", "Wrong sheet")
    assert "below cost" in told["why"]
    assert (agreed.json()["status"], asha.get("/api/prices/T2").json()["price"]) == ("ROLLING_BACK", "100.00")


def test_who_supplies_the_cost_by_which_it_is_not_hard_does_not_roll_back_alone(
    asha: Caller, omar: Caller, kiran: Caller
) -> None:
    """At the true cost of 103.00 every tea sold at the earlier 100.00 loses 3.00."""
    proposal = proposed(asha, ("T2", "105.00"))
    with transaction() as session:
        actions.publish(session, str(proposal["id"]), now=utc_now())
        import_catalog(session, [product("T2", cost=103_00)], now=utc_now())
    own = {"amount": "50.00", "currency": "INR", "source": "my own word"}
    supplied = omar.put("/api/facts/cost/T2", json=own)
    path = f"{CHANGES}/{proposal['id']}/roll-back"

    told, alone = omar.get(path).json(), omar.post(path, seeing(omar, proposal, "Wrong sheet"))
    asked = omar.post(f"{path}/ask", seeing(omar, proposal, "Wrong sheet"))
    agreed = kiran.post(f"{path}/agree", seeing(kiran, proposal, "The invoice says 50.00"))

    assert (supplied.status_code, alone.status_code, alone.json()["code"]) == (200, 409, "second_person_needed")
    assert (told["takes_two"], "supplied the cost of T2" in told["why"]) == (True, True)
    assert (asked.json()["status"], agreed.json()["status"]) == ("PUBLISHED", "ROLLING_BACK")


def test_nothing_is_judged_again_that_would_be_the_same_and_the_due_date_stays(asha: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    path = f"{CHANGES}/{proposal['id']}/re-evaluate"

    same = asha.post(path)
    with transaction() as session:
        import_catalog(session, [product("T1", cost=71_00)], now=utc_now())
    judged = asha.post(path)

    assert (same.status_code, same.json()["code"]) == (409, "nothing_moved")
    assert (judged.json()["status"], judged.json()["due_at"]) == ("PENDING_APPROVAL", proposal["due_at"])


def test_proposals_are_paged_and_filtered(asha: Caller) -> None:
    for price in ("101.00", "102.00", "103.00"):
        proposed(asha, ("T1", price))
    proposed(asha, ("T2", "120.00"))

    first = asha.get(CHANGES, params={"limit": 3}).json()
    rest = asha.get(CHANGES, params={"limit": 3, "cursor": first["next_cursor"]}).json()

    assert [item["reference"] for item in first["items"] + rest["items"]] == ["PC-4", "PC-3", "PC-2", "PC-1"]
    assert rest["next_cursor"] is None
    assert len(asha.get(CHANGES, params={"sku": "T2"}).json()["items"]) == 1
    assert len(asha.get(CHANGES, params={"status": "PENDING_APPROVAL"}).json()["items"]) == 1
    assert len(asha.get(CHANGES, params={"submitter": "asha@demo.example"}).json()["items"]) == 4
    assert asha.get(CHANGES, params={"status": "nope"}).status_code == 422
    assert asha.get(CHANGES, params={"limit": 1_001}).status_code == 422


def test_what_is_not_there_is_a_problem_with_a_code(asha: Caller) -> None:
    for path in (
        f"{CHANGES}/PC-99",
        f"{CHANGES}/x'--",
        f"{CHANGES}/PC-1/lines",
        f"{CHANGES}/PC-1/trace",
        "/api/prices/x",
    ):
        missing = asha.get(path)
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_the_passport_tells_every_step_in_order(asha: Caller, kiran: Caller) -> None:
    proposal = proposed(asha, ("T1", "120.00"))
    kiran.post(f"{CHANGES}/{proposal['id']}/approve", deciding(proposal))

    steps = [(entry["lane"], entry["who"], entry["what"]) for entry in asha.get(f"{CHANGES}/PC-1/trace").json()]

    assert steps == [("people", "Asha N.", "submit"), ("lifecycle", "Baton", "hold"), ("people", "Kiran S.", "approve")]


def uploaded(by: Caller, content: bytes, *, key: str = "", dry_run: bool = False, skip: bool = False):  # type: ignore[no-untyped-def]
    query = {"dry_run": dry_run, "skip_problems": skip}
    return by.post(f"{CHANGES}/import", key=None if dry_run else key, params=query, data={"reason": "Auction"},
                   files={"file": ("prices.csv", content)})  # fmt: skip


FILE = b"sku,price\nT1,104.00\nT2,100.00\nT3,150.00\n"
BAD = FILE + b"T1,105.00\nghost,1.00\nT5,12.345\n"


def test_a_dry_run_judges_and_keeps_nothing(asha: Caller) -> None:
    judged = uploaded(asha, BAD, dry_run=True)

    assert judged.status_code == 200
    assert {name: judged.json()[name] for name in ("lines", "clean", "soft", "hard", "unchanged")} == {
        "lines": 2, "clean": 1, "soft": 1, "hard": 0, "unchanged": 1,
    }  # fmt: skip
    assert [(row["row"], row["code"]) for row in judged.json()["rows"]] == [
        (5, "duplicate_sku"), (6, "unknown_sku"), (7, "wrong_decimals"),
    ]  # fmt: skip
    assert asha.get(CHANGES).json()["items"] == []


def test_a_file_becomes_a_proposal_without_its_unchanged_rows(asha: Caller) -> None:
    imported = uploaded(asha, FILE)

    assert imported.status_code == 201
    assert (imported.json()["lines"], imported.json()["unchanged"], imported.json()["soft"]) == (2, 1, 1)


def test_a_workbook_is_read_like_a_text_file(asha: Caller) -> None:
    book, content = openpyxl.Workbook(), BytesIO()
    for row in (("SKU", "New price"), ("T1", 104), ("T2", "101.50")):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(content)

    assert uploaded(asha, content.getvalue()).json()["lines"] == 2


def test_one_bad_row_refuses_the_file_unless_told_to_go_on(asha: Caller) -> None:
    refused = uploaded(asha, BAD)
    went_on = uploaded(asha, BAD, skip=True)

    assert refused.status_code == 422
    assert len(refused.json()["rows"]) == 3
    assert (went_on.status_code, went_on.json()["lines"], went_on.json()["left_out"]) == (201, 2, 3)


def test_an_import_repeated_after_publication_gives_the_same_proposal(asha: Caller) -> None:
    first = uploaded(asha, b"sku,price\nT1,104.00\nT2,105.00\n", key="night").json()
    with transaction() as session:
        actions.publish(session, first["id"], now=utc_now() + timedelta(seconds=1))

    again = uploaded(asha, b"sku,price\nT1,104.00\nT2,105.00\n", key="night")
    other = uploaded(asha, b"sku,price\nT1,109.00\n", key="night")

    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_file_that_cannot_be_read_says_why(asha: Caller) -> None:
    refused = uploaded(asha, b"%PDF-1.7 \x00\x01\x02")

    assert refused.status_code == 422
    assert refused.json()["title"] == "The file cannot be read"


def test_a_draft_holds_what_was_pasted_until_it_is_submitted(asha: Caller) -> None:
    draft = asha.post("/api/drafts", {"text": "T1\t104.00\nghost\t1.00"}, key=None)
    problems = asha.get(f"/api/drafts/{draft.json()['id']}/problems.csv")

    assert draft.status_code == 201
    assert (draft.json()["clean"], draft.json()["problem"]) == (1, 1)
    assert "ghost" in problems.text
    assert "attachment" in problems.headers["content-disposition"]


def test_a_draft_is_its_owners_alone(asha: Caller, machine: Caller, kiran: Caller) -> None:
    draft = asha.post("/api/drafts", {"text": "T1\t104.00"}, key=None).json()

    assert machine.get(f"/api/drafts/{draft['id']}/problems.csv").status_code == 200
    assert kiran.get(f"/api/drafts/{draft['id']}/problems.csv").status_code == 403


def test_a_draft_from_a_file_says_how_many_rows_are_of_each_kind(asha: Caller) -> None:
    draft = asha.post("/api/drafts", key=None, files={"file": ("../../x.csv", BAD)}).json()

    assert (draft["rows"], draft["clean"], draft["soft"], draft["unchanged"], draft["problem"]) == (6, 1, 1, 1, 3)
    assert draft["filename"] == "x.csv"


def test_the_dry_run_weighs_what_would_go_out_without_a_person(asha: Caller) -> None:
    def tried(*lines: str, mixed: str = "together") -> dict[str, object] | None:
        file = "\n".join(["sku,price", *lines]).encode()
        answer = asha.post(f"{CHANGES}/import?dry_run=true", files={"file": ("tea.csv", file)}, data={"mixed": mixed},
                           key=None)  # fmt: skip
        return answer.json()["without_a_person"]

    weight = tried("T1,112.00", "T2,90.00")
    assert weight is not None
    assert (weight["lines"], weight["mean_change"], weight["mean_size"]) == (2, "1.00", "11.00")
    assert (weight["before"], weight["after"], weight["moved"]) == ("200.00", "202.00", "22.00")
    assert weight["large"] == ["10 % or more per line on average"]
    assert [change["sku"] for change in (*weight["up"], *weight["down"])] == ["T1", "T2"]
    assert tried("T1,104.00", "T2,140.00") is None
    assert tried("T1,104.00", "T2,140.00", mixed="split")["lines"] == 1
