"""What is edited beside the trail with SQL is named: what was done, which row, and what it should be."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.database import engine, reading, transaction
from app.identity import tokens
from app.identity.actor import SYSTEM, Actor
from app.identity.records import UserRole
from app.identity.roles import Role
from app.intake import catalog
from app.intake.sheet_rows import read_sheet
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.audit_trail import Verification
from app.lifecycle.audit.evidence import adoption, checkpoints
from app.lifecycle.audit.evidence.findings import What
from app.lifecycle.deciding import deadlines, delegations
from app.lifecycle.proposing import facts
from app.lifecycle.proposing.facts import Supplied
from app.lifecycle.publishing import brakes
from app.lifecycle.table.transitions import Action
from app.membership import people
from app.membership.secret import Secret
from app.pricelist.records import Fact
from app.timekeeping.business import BusinessCalendar
from app.words.money import Money
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, NOOR, OMAR, product, proposing, stocked

FEED = Actor("fiona", "Fiona", "fiona@demo.example", frozenset({Role.OWNER}), "person")


@pytest.fixture
def shop(pricing_store: str) -> None:
    """A shop in which everything was done once that somebody could want to change afterwards."""
    with transaction() as session:
        stocked(session, product("T1"), product("T2", competitor=110_00), product("T3"))
        for actor in (ASHA, KIRAN, NOOR):
            session.add(UserRole(user_id=actor.id, role="approver" if actor is not ASHA else "analyst"))
        people.reset_password(session, "kiran", Secret("hash of a good one", shown=""), actor=SYSTEM, now=MONDAY)
    with transaction() as session:
        people.deactivate(session, "omar", actor=SYSTEM, now=MONDAY)
    with transaction() as session:
        tokens.create(session, "asha@demo.example", "till", MONDAY)
        tokens.create(session, "noor@demo.example", "old till", MONDAY)
        tokens.revoke_all_of(session, "noor", MONDAY)
        delegations.delegate(
            session, lender=KIRAN, borrower_id="ravi", starts=MONDAY, ends=MONDAY + 8 * HOUR, now=MONDAY
        )
        deadlines.keep_queue(session, name="Tea", rule="", minutes=240, calendar=BusinessCalendar(zone="Asia/Kolkata"),
                             actor=FEED, now=MONDAY)  # fmt: skip
    published(120_00, MONDAY)
    published(130_00, MONDAY + HOUR)
    with transaction() as session:
        one = Supplied("T1", Fact.COST, Money(80_00, "INR"), "supplier list", MONDAY)
        facts.supply(session, [one], actor=FEED, batch="list of Monday", now=MONDAY + HOUR)
        brakes.stop(session, actor=OMAR, reason="Wrong tax table", now=MONDAY + 2 * HOUR)


def published(price: int, at) -> None:  # type: ignore[no-untyped-def]
    """T2 goes to a price that one person proposes and another approves."""
    with transaction() as session:
        made = actions.submit(session, proposing(("T2", price)), actor=ASHA, now=at)
        actions.decide(session, made.id, Action.APPROVE, actor=KIRAN, comment="Auction", now=at)
    with transaction() as session:
        actions.publish(session, made.id, now=at)


def verified() -> Verification:
    with reading() as session:
        return audit_trail.verify(session)


def spoiled(*statements: str) -> None:
    with engine().begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def said() -> str:
    return "\n".join(f"{finding.what}: {finding.sentence}" for finding in verified().findings)


LAST = "(SELECT max(seq) FROM outbox_event WHERE stream = '{}')"
LIFECYCLE = "px:{lifecycle}:ev"

TAMPERINGS: dict[str, tuple[What, tuple[str, ...], tuple[str, ...]]] = {
    "a role is given": (
        What.ROW_FORGED, ("INSERT INTO user_role (user_id, role) VALUES ('asha', 'owner')",),
        ("the role owner of asha should not be there",)),
    "a role is taken away": (
        What.ROW_GONE, ("DELETE FROM user_role WHERE user_id = 'noor'",), ("the role approver of noor is gone",)),
    "a person is made up": (
        What.ROW_FORGED, ("INSERT INTO user_account (id, email, name, active, created_at)"
                          " VALUES ('eve', 'eve@x.example', 'Eve', true, '2026-11-23 09:00:00')",),
        ("the person eve should not be there",)),
    "a password is set": (
        What.ROW_CHANGED, ("UPDATE user_account SET password_hash = 'mine' WHERE id = 'kiran'",),
        ("the person kiran: password_hash is not the one that was set", "reset-password by Baton")),
    "somebody is let in again": (
        What.ROW_CHANGED, ("UPDATE user_account SET active = true WHERE id = 'omar'",),
        ("the person omar: active is 1 and should be 0", "deactivate-person by Baton")),
    "a token is forged": (
        What.ROW_FORGED, ("INSERT INTO api_token (token_hash, user_id, label, created_at)"
                          " VALUES ('00ff', 'noor', 'mine', '2026-11-23 09:00:00')",),
        ("the token 00ff of noor should not be there",)),
    "a token is no longer revoked": (
        What.ROW_CHANGED, ("UPDATE api_token SET revoked_at = NULL WHERE user_id = 'noor'",),
        ("of noor: revoked_at is nothing and should be 2026-11-23T09:00:00+00:00",)),
    "a token lasts longer": (
        What.ROW_CHANGED, ("UPDATE api_token SET expires_at = '2099-01-01 00:00:00' WHERE user_id = 'asha'",),
        ("of asha: expires_at is 2099-01-01T00:00:00+00:00 and should be 2027-02-21T09:00:00+00:00",)),
    "a token acts as somebody else": (
        What.ROW_CHANGED, ("UPDATE api_token SET user_id = 'kiran' WHERE user_id = 'asha'",),
        ("user_id is kiran and should be asha",)),
    "a session is forged": (
        What.ROW_FORGED, ("INSERT INTO login_session (id_hash, user_id, created_at, seen_at, expires_at) VALUES ('ab',"
                          " 'noor', '2026-11-23 09:00:00', '2026-11-23 09:00:00', '2099-11-23 09:00:00')",),
        ("the session ab of noor should not be there",)),
    "a delegation lasts longer": (
        What.ROW_CHANGED, ("UPDATE delegation SET ends = '2099-01-01 00:00:00'",),
        ("from kiran to ravi: ends is 2099-01-01T00:00:00+00:00 and should be 2026-11-23T17:00:00+00:00",)),
    "a delegation is forged": (
        What.ROW_FORGED, ("INSERT INTO delegation (id, lender, borrower, starts, ends, made_at) VALUES ('d', 'noor',"
                          " 'asha', '2026-11-23 09:00:00', '2099-11-23 09:00:00', '2026-11-23 09:00:00')",),
        ("the delegation d from noor to asha should not be there",)),
    "a hand is taken out of a proposal": (
        What.ROW_GONE, ("DELETE FROM hand WHERE proposal_id = (SELECT id FROM proposal WHERE number = 1)",),
        ("the hand of asha in ", "is gone (it was: how submitted)")),
    "a proposal is ascribed to somebody else": (
        What.ROW_CHANGED, ("UPDATE proposal SET submitted_by = 'ravi' WHERE number = 1",),
        ("PC-1: submitted_by is ravi and should be asha",)),
    "a proposal's margin is prettier": (
        What.ROW_CHANGED, ("UPDATE proposal SET margin_after_bp = 9999 WHERE number = 1",),
        ("PC-1: margin_after_bp is 9999 and should be ",)),
    "a decision is taken on somebody's behalf": (
        What.ROW_CHANGED, ("UPDATE decision SET on_behalf_of = 'noor'",),
        ("on_behalf_of is noor and should be nothing",)),
    "a cost is edited": (
        What.FACTS, ("UPDATE product SET cost = 1 WHERE sku = 'T1'",),
        ("the cost of T1 is 1, and its last change left it at 8,000 INR",)),
    "a change of a fact is ascribed to somebody else": (
        What.FACTS, ("UPDATE fact_change SET by = 'asha', by_name = 'Asha' WHERE batch = 'list of Monday'",),
        ("of the cost of T1 (7,000 → 8,000 INR in minor units, by Asha) is not one of those",)),
    "a change of a fact is edited with the fact": (
        What.FACTS, ("UPDATE fact_change SET after = 1 WHERE batch = 'list of Monday'",
                     "UPDATE product SET cost = 1 WHERE sku = 'T1'"),
        ("of the cost of T1 (7,000 → 1 INR in minor units, by Fiona) is not one of those",)),
    "a change of a fact is deleted with the fact": (
        What.FACTS, ("DELETE FROM fact_change WHERE batch = 'list of Monday'",
                     "UPDATE product SET cost = 7000 WHERE sku = 'T1'"),
        ("the only change of facts of the import list of Monday is gone",)),
    "a product moves to another category": (
        What.PRODUCT, ("UPDATE product SET category = 'Toys' WHERE sku = 'T1'",),
        ("T1 is Product T1, Toys, All, Brand, INR and was announced as Product T1, Tea, All, Brand, INR",)),
    "a queue waits for ever": (
        What.ROW_CHANGED, ("UPDATE approval_queue SET minutes = 99999",),
        ("the approval queue Tea: minutes is 99999 and should be 240",)),
    "the stop of publishing is deleted": (
        What.ROW_GONE, ("DELETE FROM publishing_stop",), ("reason Wrong tax table",)),
    "the stop of publishing is let go": (
        What.ROW_CHANGED, ("UPDATE publishing_stop SET resumed_at = '2026-11-23 11:00:00', resumed_by = 'Omar'",),
        ("resumed_by is Omar and should be nothing",)),
    "a rule set is no longer active": (
        What.ROW_CHANGED, ("UPDATE rule_set SET status = 'RETIRED'",),
        ("rule set 1: status is RETIRED and should be ACTIVE",)),
    "a rule set is put in": (
        What.ROW_FORGED, ("UPDATE rule_set SET status = 'RETIRED'",
                          "INSERT INTO rule_set (number, rules, content_hash, status)"
                          " SELECT 2, rules, content_hash, 'ACTIVE' FROM rule_set"),
        ("rule set 2 should not be there", "rule set 1: status is RETIRED and should be ACTIVE")),
    "the reason of an epoch is edited": (
        What.ROW_CHANGED, ("UPDATE installation_epoch SET why = 'nothing'",),
        ("epoch 1 of the installation: why is nothing and should be ",)),
    "a price in the middle is edited, 120.00 to 1.20": (
        What.HISTORY, ("UPDATE price_history SET amount = 120 WHERE sku = 'T2' AND version = 2",),
        ("version 2 of T2 (published) is 1.20 INR and should be 120.00 INR, as it was announced",)),
    "a price in the middle is edited with its line": (
        What.HISTORY, ("UPDATE price_history SET amount = 120 WHERE sku = 'T2' AND version = 2",
                       "UPDATE line SET new = 120 WHERE published_version = 2"),
        ("version 2 of T2 (published) is 1.20 INR and should be 120.00 INR, as it was announced",)),
    "a price in the middle is dated earlier": (
        What.HISTORY, ("UPDATE price_history SET at = '2020-01-01 00:00:00' WHERE sku = 'T2' AND version = 2",),
        ("(published) is 120.00 INR of 2020-01-01T00:00:00Z by ",
         " and should be 120.00 INR of 2026-11-23T09:00:00Z by ")),
    "a price is called recovered, and dated and ascribed anew": (
        What.HISTORY, ("UPDATE price_history SET cause = 'recovered', at = '2020-01-01 00:00:00', proposal_id = 'x'"
                       " WHERE sku = 'T2' AND version = 3",
                       "UPDATE price SET since = '2020-01-01 00:00:00', proposal_id = 'x' WHERE sku = 'T2'"),
        ("version 3 of T2 (recovered) is 130.00 INR of 2020-01-01T00:00:00Z by x and should be 130.00 INR",)),
    "a price in the middle is deleted": (
        What.HISTORY, ("DELETE FROM price_history WHERE sku = 'T2' AND version = 2",),
        ("version 2 of T2 is gone from its history: it was announced as 120.00 INR",)),
    "a price is put into the history": (
        What.HISTORY, ("INSERT INTO price_history (sku, version, amount, currency, at, cause)"
                       " VALUES ('T2', 9, 1, 'INR', '2026-11-23 09:00:00', 'listed')",),
        ("version 9 of T2 (listed) is 0.01 INR, and nobody announced it",)),
    "the price before is edited in an announcement": (
        What.OUTBOX, ("UPDATE outbox_event SET payload = replace(payload, '\"old\":12000', '\"old\":99900')",),
        ("(price-change-published.v1 of T2, version 3) was changed after it was queued; the history says"
         " 120.00 INR → 130.00 INR",)),
    "the last announcement is deleted with its count": (
        What.ROW_CHANGED, (f"DELETE FROM outbox_event WHERE stream = '{LIFECYCLE}' AND seq = {LAST.format(LIFECYCLE)}",
                           f"UPDATE stream_sequence SET n = n - 1, link = (SELECT link FROM outbox_event WHERE stream ="
                           f" '{LIFECYCLE}' AND seq = {LAST.format(LIFECYCLE)}) WHERE stream = '{LIFECYCLE}'"),
        ("the count of px:{lifecycle}:ev: n is 7 and should be 8",)),
    "the first announcement is deleted and the others counted anew": (
        What.OUTBOX, (f"DELETE FROM outbox_event WHERE stream = '{LIFECYCLE}' AND seq = 1",
                      f"UPDATE outbox_event SET seq = 100 + seq WHERE stream = '{LIFECYCLE}'",
                      f"UPDATE outbox_event SET seq = seq - 101 WHERE stream = '{LIFECYCLE}'",
                      f"UPDATE stream_sequence SET n = n - 1 WHERE stream = '{LIFECYCLE}'"),
        ("announcement 1 of px:{lifecycle}:ev was changed", "n is 7 and should be 8")),
    "a stream is deleted as if nothing had ever been said": (
        What.ROW_GONE, (f"DELETE FROM outbox_event WHERE stream = '{LIFECYCLE}'",
                        f"DELETE FROM stream_sequence WHERE stream = '{LIFECYCLE}'"),
        ("the count of px:{lifecycle}:ev is gone (it was: n 8",)),
    "what is kept of rows is cut off": (
        What.KEPT_CHANGED, ("DELETE FROM audit_state WHERE id = (SELECT max(id) FROM audit_state)",),
        ("the last 1 of ",)),
    "what is kept of rows is edited": (
        What.KEPT_CHANGED, ("UPDATE audit_state SET body = replace(body, 'kiran', 'asha')",),
        ("is not what was sealed in its place",)),
    "what is kept of rows is said to begin later": (
        What.KEPT_CHANGED, ("UPDATE audit_state SET kind = 'found' WHERE position = 4",),
        ("change 4 is not what was sealed in its place",)),
    "nothing is kept of rows any more": (
        What.KEPT_CHANGED, ("DELETE FROM audit_state",), ("kept changes are gone",)),
}  # fmt: skip


def test_what_nobody_touched_is_intact(shop: None) -> None:
    assert (verified().intact, said()) == (True, "")


def test_a_catalog_that_is_imported_into_a_new_installation_is_no_row_beside_the_trail(pricing_store: str) -> None:
    with transaction() as session:
        adoption.begin(session, actor=SYSTEM, now=MONDAY)
    sheet = read_sheet(b"sku,name,category,subcategory,brand,currency,price,cost\nT1,Tea,Tea,Leaf,Brand,INR,100,70\n")

    catalog.carry_out(catalog.tried(sheet, SYSTEM), SYSTEM)

    assert said() == ""


def seen_after(statements: tuple[str, ...]) -> Verification:
    """Verify a store to which somebody did this, and put it back."""
    with engine().connect() as connection, connection.begin() as doing:
        for statement in statements:
            connection.exec_driver_sql(statement)
        found = audit_trail.verify(Session(connection))
        doing.rollback()
    return found


def unnamed(done: str) -> list[str]:
    """What of a tampering is not said."""
    what, statements, sentences = TAMPERINGS[done]
    findings = seen_after(statements).findings
    told = "\n".join(finding.sentence for finding in findings)
    kinds = [] if what in {finding.what for finding in findings} else [what.value]
    return kinds + [f"{sentence!r} is not in {told!r}" for sentence in sentences if sentence not in told]


def test_every_edit_beside_the_trail_is_named(shop: None) -> None:
    assert {done: missing for done in TAMPERINGS if (missing := unnamed(done))} == {}
    assert verified().intact


def test_an_honest_change_does_not_vouch_for_what_somebody_else_put_there(shop: None) -> None:
    spoiled("UPDATE user_account SET email = 'eve@x.example' WHERE id = 'noor'")

    with transaction() as session:
        people.deactivate(session, "noor", actor=SYSTEM, now=MONDAY + HOUR)

    assert "the person noor: email is eve@x.example and should be noor@demo.example" in said()


def test_what_is_undone_with_its_savepoint_is_not_kept(shop: None) -> None:
    with transaction() as session:
        nested = session.begin_nested()
        people.set_roles(session, "noor", [Role.ANALYST], actor=SYSTEM, now=MONDAY)
        nested.rollback()
        people.set_roles(session, "noor", [Role.APPROVER, Role.AUDITOR], actor=SYSTEM, now=MONDAY)

    assert (verified().intact, said()) == (True, "")


def test_a_password_is_not_kept_beside_the_trail(shop: None) -> None:
    with reading() as session:
        bodies = " ".join(session.scalars(text("SELECT body FROM audit_state")))

    assert "hash of a good one" not in bodies
    assert "password_hash" in bodies


def as_before_rows_were_covered() -> None:
    """The store as an installation has it that was sealed, and knew nothing of rows."""
    with reading() as session:
        from app.lifecycle.audit.evidence import head, keys

        found = head.read(session)
        key = keys.at_hand()
    assert found is not None
    assert key is not None
    mac = key.seal("head", found.position, found.seal)
    spoiled("DELETE FROM audit_state", f"UPDATE audit_head SET state_position = 0, state_seal = '', mac = '{mac}'")


def test_an_installation_of_before_verifies_and_says_what_is_not_covered(shop: None) -> None:
    as_before_rows_were_covered()

    before = verified()
    with transaction() as session:
        assert adoption.begin(session, actor=SYSTEM, now=MONDAY) == 0
    after = verified()
    spoiled("UPDATE user_account SET active = true WHERE id = 'omar'", "DELETE FROM delegation")

    assert (before.intact, after.intact, after.problem) == (True, True, "")
    assert "not covered before" in before.notes[0]
    assert "were there before they were covered" in after.notes[0]
    assert "the person omar: active is 1 and should be 0" in said()
    assert "from kiran to ravi is gone" in said()


def test_an_owner_adopts_rows_as_they_are(shop: None) -> None:
    from app.lifecycle.audit.evidence import keys

    spoiled("UPDATE user_account SET active = true WHERE id = 'omar'")
    with transaction() as session:
        adoption.adopt(session, key=keys.made(), actor=FEED, why="Put back on purpose.", now=MONDAY)

    assert verified().intact
    assert any("were there before they were covered" in note for note in verified().notes)


def three_checkpoints() -> list[str]:
    for number in range(3):
        with transaction() as session:
            actions.submit(session, proposing(("T3", 101_00 + number)), actor=ASHA, now=MONDAY + 3 * HOUR)
        assert checkpoints.put_outside(now=MONDAY + timedelta(hours=4 + number)) is not None
    assert verified().intact
    return checkpoints.place().read_text().splitlines()


CHECKPOINTS: dict[str, tuple[tuple[int, ...], str]] = {
    "the first": ((1, 2), "checkpoint 1 is missing before that of 2026-11-23T14:00:00Z"),
    "one in the middle": ((0, 2), "checkpoint 2 is missing before that of 2026-11-23T15:00:00Z"),
    "the last": ((0, 1), "checkpoint 3 is missing after that of 2026-11-23T14:00:00Z: the store knows of 3"),
    "all": ((), "is empty or gone, and 3 were written"),
}


def test_a_checkpoint_that_is_taken_away_is_named(shop: None) -> None:
    lines = three_checkpoints()

    for left, sentence in CHECKPOINTS.values():
        checkpoints.place().write_text("".join(f"{lines[place]}\n" for place in left))

        assert What.CHECKPOINT_GONE in {finding.what for finding in verified().findings}
        assert sentence in said()
        assert not any("No checkpoint" in note for note in verified().notes)


def test_a_checkpoint_after_an_emptied_file_does_not_heal_it(shop: None) -> None:
    three_checkpoints()
    checkpoints.place().unlink()

    with transaction() as session:
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY + 3 * HOUR)
    checkpoints.put_outside(now=MONDAY + timedelta(hours=9))

    assert "checkpoints 1 to 3 are missing before that of 2026-11-23T18:00:00Z" in said()


def test_checkpoints_that_change_places_are_named(shop: None) -> None:
    lines = three_checkpoints()
    checkpoints.place().write_text("\n".join([lines[1], lines[0], lines[2]]) + "\n")

    assert "does not continue the one before" in said()


def test_checkpoints_of_before_they_were_counted_are_counted_on(shop: None) -> None:
    from app.lifecycle.audit.evidence import head, keys

    with reading() as session:
        found, key = head.read(session), keys.at_hand()
    assert found is not None
    assert key is not None
    said_then = {"position": found.position, "seal": found.seal, "key_id": key.id}
    old = checkpoints.Checkpoint(at=MONDAY, kind="regular", mac="", **said_then)
    old = old.model_copy(update={"mac": key.seal(*old.said)})
    written = old.model_dump_json(exclude={"number", "before", "state_position", "state_seal"})
    checkpoints.place().write_text(written + "\n")

    lines = three_checkpoints()
    assert '"number":4' in lines[-1]
    checkpoints.place().write_text("\n".join(lines[1:]) + "\n")

    assert "checkpoint 1 is missing before that of" in said()
