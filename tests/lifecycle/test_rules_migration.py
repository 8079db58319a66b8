"""An installation with rule sets of before goes on with them: what was drafted from which, and when one retired."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import open_engine
from app.migrations import HERE
from rules.ruleset import SEED_RULE_SET

SETS = (
    (1, "RETIRED", None, "2026-09-01 09:00:00", None, None),
    (2, "ACTIVE", "Maya", "2026-10-01 09:00:00", "leela", "2026-09-20 09:00:00"),
    (3, "DRAFT", None, None, "leela", "2026-09-25 09:00:00"),
    (4, "DRAFT", None, None, "leela", "2026-11-01 09:00:00"),
)
PUT = (
    "INSERT INTO rule_set (number, rules, content_hash, status, activated_by, activated_at, drafted_by, drafted_at)"
    " VALUES (:n, :rules, 'x', :status, :by, :at, :drafter, :drafted)"
)


def test_sets_of_before_know_what_they_were_drafted_from_and_when_they_retired(store_url: str):
    store, config = open_engine(store_url), Config()
    config.set_main_option("script_location", str(HERE))
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0017")
        for n, status, by, at, drafter, drafted in SETS:
            values = {"n": n, "status": status, "by": by, "at": at, "drafter": drafter, "drafted": drafted}
            connection.execute(text(PUT), {**values, "rules": SEED_RULE_SET.to_json()})
        command.upgrade(config, "0018")
        known = connection.execute(
            text("SELECT number, based_on, version, reason, retired_at IS NULL FROM rule_set ORDER BY number")
        ).all()
        retired = connection.execute(text("SELECT retired_at FROM rule_set WHERE number = 1")).scalar_one()
        connection.execute(text("UPDATE rule_set SET status = 'IN_REVIEW' WHERE number = 3"))
        connection.execute(text("UPDATE rule_set SET status = 'DROPPED' WHERE number = 4"))
        command.downgrade(config, "0017")
        back = connection.execute(text("SELECT number, status FROM rule_set ORDER BY number")).all()
    store.dispose()

    assert [(n, based_on) for n, based_on, *_ in known] == [(1, None), (2, 1), (3, 1), (4, 2)]
    assert {(version, reason) for _, _, version, reason, _ in known} == {(1, "")}
    assert [bool(none) for *_, none in known] == [False, True, True, True]
    assert str(retired).startswith("2026-10-01 09:00:00")
    assert [tuple(row) for row in back] == [(1, "RETIRED"), (2, "ACTIVE"), (3, "DRAFT"), (4, "RETIRED")]
