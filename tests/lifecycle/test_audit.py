"""The audit trail tells on whoever edits it, or what stands beside it, and names what they did."""

from collections.abc import Callable
from datetime import timedelta
from time import process_time

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from app import config
from app.database import engine, reading, transaction
from app.identity.actor import SYSTEM
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.audit_trail import Verification
from app.lifecycle.audit.evidence import adoption, checkpoints, head, keys
from app.lifecycle.audit.evidence.findings import What
from app.lifecycle.audit.evidence.hashing import GENESIS, hash_of
from app.lifecycle.audit.evidence.keys import AuditKey, AuditKeyWrong
from app.lifecycle.records import AuditEntry, AuditHead
from app.lifecycle.table.transitions import Action
from tests.builders import ASHA, KIRAN, MONDAY, NOOR, product, proposing, stocked


@pytest.fixture(autouse=True)
def key_in_its_file(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the key lies where it does unless somebody keeps it elsewhere."""
    monkeypatch.delenv("BATON_AUDIT_KEY")
    config.settings.cache_clear()


@pytest.fixture
def decided(tea: None) -> None:
    """One change that a person rejected, one that they approved and that went out: 7 entries in 2 chains."""
    with transaction() as session:
        dear = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
        actions.decide(session, dear.id, Action.REJECT, actor=KIRAN, comment="Too dear", now=MONDAY)
    with transaction() as session:
        soft = actions.submit(session, proposing(("T2", 120_00)), actor=ASHA, now=MONDAY)
        actions.decide(session, soft.id, Action.APPROVE, actor=KIRAN, comment="Auction", now=MONDAY)
    with transaction() as session:
        actions.publish(session, soft.id, now=MONDAY)


def verified() -> Verification:
    with reading() as session:
        return audit_trail.verify(session)


def found() -> list[What]:
    return list(dict.fromkeys(finding.what for finding in verified().findings))


def spoiled(*statements: str) -> None:
    """Somebody who can write to the store, and has no key, runs these."""
    with engine().begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_what_nobody_touched_is_intact(decided: None) -> None:
    outcome = verified()

    assert (outcome.intact, outcome.first_bad, outcome.problem) == (True, None, "")
    assert (outcome.entries, outcome.chains) == (7, 2)


def test_a_postgresql_that_cannot_say_what_is_json_is_sealed_and_verified_too(
    tea: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before release 16 it cannot."""
    monkeypatch.setattr(engine().dialect, "server_version_info", (15, 8))
    with transaction() as session:
        made = actions.submit(session, proposing(("T1", 101_00)), actor=ASHA, now=MONDAY)
        actions.publish(session, made.id, now=MONDAY)

    assert verified().intact


def rewritten(edit: Callable[[AuditEntry], None]) -> None:
    """Somebody edits the first entry of the last chain and recomputes every hash after it, as the code does it."""
    with Session(engine()) as session, session.begin():
        chain = session.scalars(select(AuditEntry.chain).order_by(col(AuditEntry.id).desc())).first()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.chain == chain).order_by(col(AuditEntry.seq)))
        before = GENESIS
        for entry in entries:
            if entry.seq == 1:
                edit(entry)
            entry.prev_hash = before
            before = entry.hash = hash_of(entry)


def forged(action: str, **more: object) -> None:
    """Somebody appends an entry with a right hash to the first chain."""
    with Session(engine()) as session, session.begin():
        last = session.scalars(select(AuditEntry).order_by(col(AuditEntry.id))).all()[2]
        entry = AuditEntry(
            chain=last.chain, seq=last.seq + 1, at=MONDAY, actor=NOOR.id, actor_name=NOOR.name, action=action,
            detail=last.detail, prev_hash=last.hash, hash="", **more,
        )  # fmt: skip
        entry.hash = hash_of(entry)
        session.add(entry)


def named(entry: AuditEntry) -> None:
    entry.actor_name = "Noor"


TAMPERINGS: dict[str, tuple[What, Callable[[], None]]] = {
    "the last entry is deleted": (
        What.CUT, lambda: spoiled("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")),
    "a whole chain is deleted": (
        What.MISSING, lambda: spoiled(
            "DELETE FROM audit_entry WHERE chain = (SELECT chain FROM audit_entry ORDER BY id LIMIT 1)")),
    "every entry is deleted": (What.EMPTIED, lambda: spoiled("DELETE FROM audit_entry")),
    "every entry is deleted, and the head": (
        What.STATUS, lambda: spoiled("DELETE FROM audit_entry", "DELETE FROM audit_head")),
    "the head is deleted": (What.HEAD_GONE, lambda: spoiled("DELETE FROM audit_head")),
    "the end is cut off, and the head told so": (
        What.HEAD_FORGED, lambda: spoiled(
            "DELETE FROM audit_entry WHERE position = 7",
            "UPDATE audit_head SET position = 6, seal = (SELECT seal FROM audit_entry WHERE position = 6)")),
    "an entry is edited": (
        What.CHANGED, lambda: spoiled("UPDATE audit_entry SET actor_name = 'Noor' WHERE position = 3")),
    "an entry's time is edited": (
        What.CHANGED, lambda: spoiled("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE position = 3")),
    "an entry in the middle is deleted": (
        What.MISSING, lambda: spoiled("DELETE FROM audit_entry WHERE position = 2")),
    "a chain is rewritten with recomputed hashes": (What.REWRITTEN, lambda: rewritten(named)),
    "two entries change places": (
        What.REWRITTEN, lambda: spoiled(
            "UPDATE audit_entry SET position = 100 WHERE position = 3",
            "UPDATE audit_entry SET position = 3 WHERE position = 4",
            "UPDATE audit_entry SET position = 4 WHERE position = 100")),
    "a forged approval is appended": (What.UNSEALED, lambda: forged("approve")),
    "a forged approval is appended, and the head told so": (
        What.REWRITTEN, lambda: (forged("approve", position=8, seal="0" * 64),
                                 spoiled("UPDATE audit_head SET position = 8"))[0]),
    "a decision's reason is edited": (
        What.DECISION, lambda: spoiled("UPDATE decision SET comment = 'Fine' WHERE action = 'reject'")),
    "a decision is ascribed to somebody else": (
        What.DECISION, lambda: spoiled("UPDATE decision SET by = 'noor' WHERE action = 'approve'")),
    "what a decision was bound to is edited": (
        What.DECISION, lambda: spoiled("UPDATE decision SET content_hash = 'x' WHERE action = 'approve'")),
    "a decision is deleted": (What.DECISION, lambda: spoiled("DELETE FROM decision WHERE action = 'reject'")),
    "a rejected proposal is called approved": (
        What.STATUS, lambda: spoiled("UPDATE proposal SET status = 'APPROVED' WHERE status = 'REJECTED'")),
    "a proposal is deleted": (What.STATUS, lambda: spoiled("DELETE FROM proposal WHERE status = 'REJECTED'")),
    "a proposed price is edited": (What.CONTENT, lambda: spoiled("UPDATE line SET new = 1 WHERE sku = 'T1'")),
    "a price is edited, 120.00 to 1.20": (
        What.PRICE, lambda: spoiled("UPDATE price SET amount = 120 WHERE sku = 'T2'")),
    "a price and its history are edited, 120.00 to 1.20": (
        What.HISTORY, lambda: spoiled(
            "UPDATE price SET amount = 120 WHERE sku = 'T2'",
            "UPDATE price_history SET amount = 120 WHERE sku = 'T2' AND version = 2")),
    "a price is edited wherever it stands, but in the trail": (
        What.CONTENT, lambda: spoiled(
            "UPDATE price SET amount = 120 WHERE sku = 'T2'",
            "UPDATE price_history SET amount = 120 WHERE sku = 'T2' AND version = 2",
            "UPDATE line SET new = 120 WHERE sku = 'T2'",
            "UPDATE outbox_event SET payload = replace(payload, '12000', '120')"
            " WHERE type = 'price-change-published.v1'")),
    "a first price is edited with its history": (
        What.HISTORY, lambda: spoiled(
            "UPDATE price SET amount = 1 WHERE sku = 'T1'",
            "UPDATE price_history SET amount = 1 WHERE sku = 'T1' AND version = 1")),
    "an announcement is deleted": (
        What.OUTBOX, lambda: spoiled("DELETE FROM outbox_event WHERE type = 'price-change-published.v1'")),
    "the limits of a rule set are edited": (
        What.RULES, lambda: spoiled("UPDATE rule_set SET rules = replace(rules, '1500', '9500')")),
}  # fmt: skip


@pytest.mark.parametrize("done", TAMPERINGS)
def test_every_tampering_is_named(decided: None, done: str) -> None:
    what, tamper = TAMPERINGS[done]

    tamper()

    assert what in found()
    assert verified().problem


def told_outside() -> None:
    assert checkpoints.put_outside(now=MONDAY) is not None


def test_a_store_that_is_put_back_as_a_whole_is_told_by_what_was_written_outside(decided: None) -> None:
    told_outside()

    spoiled(
        "DELETE FROM audit_entry", "DELETE FROM audit_head", "DELETE FROM decision", "DELETE FROM line",
        "DELETE FROM proposal",
    )  # fmt: skip

    assert What.PUT_BACK in found()


def test_a_trail_that_grew_again_after_it_was_put_back_is_told_too(decided: None) -> None:
    told_outside()
    spoiled(*(f"DELETE FROM {name}" for name in ("audit_entry", "audit_head", "decision", "line", "proposal")))

    with transaction() as session:
        for _ in range(4):
            actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)

    assert What.OTHER_THAN_OUTSIDE in found()


def test_an_outside_checkpoint_that_was_edited_is_told(decided: None) -> None:
    told_outside()
    checkpoints.place().write_text(checkpoints.place().read_text().replace('"position":7', '"position":3'))

    assert What.CHECKPOINT_FORGED in found()


def test_a_checkpoint_is_written_once_for_what_it_says(decided: None) -> None:
    told_outside()

    assert checkpoints.put_outside(now=MONDAY) is None
    assert verified().intact


def test_who_has_the_store_alone_has_no_key(decided: None) -> None:
    with reading() as session:
        row = session.get(AuditHead, head.NAME)
        assert row is not None
        stored = " ".join(str(value) for value in session.execute(text("SELECT * FROM audit_head")).one())

    assert keys.place().stat().st_mode & 0o777 == 0o600
    assert keys.place().read_text().strip() not in stored
    assert AuditKey.of(b"a guess").id != row.key_id


def test_another_key_refuses_every_command_and_changes_nothing(decided: None) -> None:
    keys.place().write_text("f" * 64 + "\n")

    with pytest.raises(AuditKeyWrong), transaction() as session:
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)

    assert What.NO_KEY in found()
    with reading() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 7


def test_a_key_from_the_environment_goes_before_the_file(pricing_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_AUDIT_KEY", "kept by whoever runs this, 32 characters at least")
    config.settings.cache_clear()

    with transaction() as session:
        stocked(session, product("T3"))
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)

    assert not keys.place().exists()
    assert verified().intact


@pytest.mark.parametrize("done", [
    "the end is cut off, and the head told so", "the head is deleted", "the last entry is deleted",
])  # fmt: skip
def test_going_on_honestly_never_heals_what_was_done(decided: None, done: str) -> None:
    TAMPERINGS[done][1]()

    with transaction() as session:
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)

    assert not verified().intact


def as_before_there_were_seals() -> None:
    spoiled("DELETE FROM audit_head", "DELETE FROM audit_state", "UPDATE audit_entry SET seal = '', position = NULL")


def test_an_installation_of_before_is_adopted_and_says_what_nobody_vouches_for(decided: None) -> None:
    as_before_there_were_seals()

    with transaction() as session:
        assert adoption.begin(session, actor=SYSTEM, now=MONDAY) == 7
    with transaction() as session:
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)
        assert adoption.begin(session, actor=SYSTEM, now=MONDAY) == 0

    outcome = verified()
    assert (outcome.intact, outcome.entries) == (True, 10)
    assert "first 7 entries" in outcome.notes[0]
    assert "nobody vouches" in outcome.notes[0]


def test_what_was_adopted_is_held_fast_from_then_on(decided: None) -> None:
    as_before_there_were_seals()
    with transaction() as session:
        adoption.begin(session, actor=SYSTEM, now=MONDAY)

    rewritten(named)

    assert What.ADOPTED_CHANGED in found()


def test_an_adopted_trail_whose_seals_are_wiped_is_told_by_what_was_written_outside(decided: None) -> None:
    told_outside()
    as_before_there_were_seals()
    rewritten(named)

    with transaction() as session:
        adoption.begin(session, actor=SYSTEM, now=MONDAY)

    assert What.OTHER_THAN_OUTSIDE in found()


def test_a_lost_key_has_a_way_out_that_says_so(decided: None) -> None:
    told_outside()
    keys.place().write_text("f" * 64 + "\n")

    with transaction() as session:
        adoption.adopt(session, key=keys.made(), actor=NOOR, why="The disk with the key is gone.", now=MONDAY)
    checkpoints.put_outside(now=MONDAY + timedelta(hours=1), kind="adopted")

    outcome = verified()
    assert outcome.intact, outcome.findings
    assert "nobody vouches" in outcome.notes[0]


def test_what_is_undone_with_its_savepoint_takes_no_place(tea: None) -> None:
    with transaction() as session:
        nested = session.begin_nested()
        actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)
        nested.rollback()
        with session.begin_nested():
            actions.submit(session, proposing(("T1", 101_00)), actor=ASHA, now=MONDAY)

    outcome = verified()
    assert (outcome.intact, outcome.entries) == (True, 2)


def test_a_thousand_entries_are_verified_at_once(tea: None) -> None:
    with transaction() as session:
        for number in range(1_000):
            audit_trail.record(session, chain=f"many:{number % 100}", actor=SYSTEM, action="note", now=MONDAY,
                         detail={"comment": f"number {number}"})  # fmt: skip

    asked: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda _, __, statement, *___: asked.append(statement))
    began = process_time()  # what others do on the machine meanwhile is no cost of it
    outcome = verified()
    took = process_time() - began

    assert (outcome.intact, outcome.entries, outcome.chains) == (True, 1_000, 100)
    assert len(asked) < 100, "the store is asked about many entries at a time"
    assert took < 2  # decision 19 has the measurement of 100,000


def test_one_change_does_not_wait_for_another_that_is_not_committed_yet(tea: None, pricing_store: str) -> None:
    """SQLite has one writer anyway; on PostgreSQL the head is taken as late as can be."""
    if not pricing_store.startswith("postgresql"):
        return
    with transaction() as slow:
        actions.submit(slow, proposing(("T1", 101_00)), actor=ASHA, now=MONDAY)
        with transaction() as quick:
            quick.execute(text("SET LOCAL lock_timeout = '10s'"))
            audit_trail.record(
                quick, chain="rules", actor=SYSTEM, action="draft-rules", detail={"comment": ""}, now=MONDAY
            )

    outcome = verified()
    assert (outcome.intact, outcome.entries) == (True, 3)
