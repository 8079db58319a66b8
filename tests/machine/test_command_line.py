"""What an administrator types, against a real store."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlmodel import col, select
from typer.testing import CliRunner

from app import config, database
from app.clock import utc_now
from app.database import reading, transaction
from app.identity import sessions, tokens
from app.identity.roles import Role
from app.lifecycle.records import AuditEntry, StoredRuleSet
from app.pricelist import queries as pricelist
from rules.ruleset import SEED_RULE_SET, RuleSet
from tests.builders import ASHA, proposing
from workers.__main__ import cli

PASSWORD = "the tea is hot today"
CATALOG = """\
sku,name,category,subcategory,brand,currency,cost,price,competitor_price
T1,Assam Tea,Tea,Black,Brand,INR,70.00,100.00,
T2,Green Tea,Tea,Green,Brand,INR,70.00,100.00,99.00
T3,Broken,Tea,Green,Brand,INR,70.00,1e3,
"""


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("BATON_SUPERVISOR", raising=False)
    before = dict(os.environ)
    _forget()
    assert baton("migrate").exit_code == 0
    yield
    database.engine().dispose()
    os.environ.clear()
    os.environ.update(before)
    _forget()


def _forget() -> None:
    config.settings.cache_clear()
    database.engine.cache_clear()


def baton(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, list(words), input=typed)


def add(email: str, *roles: str) -> Result:
    options = [option for role in roles for option in ("--role", role)]
    return baton("user", "add", email, *options, "--name", "Asha N.", "--password-stdin", typed=PASSWORD + "\n")


def test_an_added_person_can_sign_in_with_their_roles() -> None:
    added = add("Asha@Shop.example", "analyst", "owner")

    assert added.output == "asha@shop.example: analyst, owner.\n"
    assert sessions.sign_in("asha@shop.example", PASSWORD, "127.0.0.1").actor.roles == {Role.ANALYST, Role.OWNER}


@pytest.mark.parametrize("typed", ["short\n", "\n", "password1234\n"])
def test_a_weak_password_adds_nobody(typed: str) -> None:
    refused = baton("user", "add", "a@b.example", "--role", "analyst", "--password-stdin", typed=typed)

    assert refused.exit_code == 1
    assert baton("token", "create", "a@b.example").exit_code == 1


def test_an_unknown_role_is_refused_with_the_ones_there_are() -> None:
    refused = add("a@b.example", "king")

    assert refused.exit_code == 1
    assert "analyst, approver, operator, owner, auditor" in refused.output


def test_a_token_is_shown_once_and_works_until_revoked() -> None:
    add("asha@shop.example", "analyst")

    token = baton("token", "create", "asha@shop.example").output.strip()
    assert tokens.actor_for_bearer(f"Bearer {token}")

    assert "1 tokens revoked" in baton("token", "revoke", "asha@shop.example").output
    assert tokens.actor_for_bearer(f"Bearer {token}") is None


def test_a_catalog_with_a_bad_row_lists_nothing_names_the_row_and_goes_on_without_it_if_told(tmp_path: Path) -> None:
    file, problems = tmp_path / "catalog.csv", tmp_path / "problems.csv"
    file.write_text(CATALOG)

    tried = baton("catalog", "import", str(file), "--dry-run")
    refused = baton("catalog", "import", str(file), "--problems", str(problems))
    with reading() as session:
        listed = pricelist.count_products(session)
    first, again = (baton("catalog", "import", str(file), "--without-bad-rows") for _ in range(2))

    assert "2 to list, 0 known, 1 cannot be taken. Nothing was changed." in tried.output
    assert (tried.exit_code, refused.exit_code, listed) == (1, 1, 0)
    assert "row 4: T3: “1e3” is not a price" in refused.output
    assert "2 products listed, 0 renewed, 0 unchanged, 1 rows left out; 3 costs" in first.output
    assert "0 products listed, 0 renewed" in again.output
    assert problems.read_text("utf-8-sig").splitlines()[1].startswith("T3,Broken,Tea,Green,Brand,INR,70.00,1e3,,4,")


def test_the_problem_rows_corrected_and_imported_again_are_listed(tmp_path: Path) -> None:
    file, problems = tmp_path / "catalog.csv", tmp_path / "problems.csv"
    file.write_text(CATALOG.replace("Broken", "=Broken"))
    baton("catalog", "import", str(file), "--without-bad-rows", "--problems", str(problems))

    problems.write_text(problems.read_text("utf-8-sig").replace("1e3", "100.00"), encoding="utf-8-sig")
    again = baton("catalog", "import", str(problems))

    assert "1 products listed" in again.output
    with reading() as session:
        found = pricelist.price_of(session, "T3")
    assert found is not None
    assert found.name == "=Broken", "the mark that keeps a spreadsheet from running it is taken off again"


def test_whoever_changes_a_cost_stands_in_the_audit_with_it(tmp_path: Path) -> None:
    add("ruth@shop.example", "owner")
    add("asha@shop.example", "analyst")
    (tmp_path / "catalog.csv").write_text(CATALOG)
    (tmp_path / "costs.csv").write_text("sku,cost\nT1,50.00\nT9,1.00\n")
    baton("catalog", "import", str(tmp_path / "catalog.csv"), "--without-bad-rows")
    costs = ("facts", "import", str(tmp_path / "costs.csv"), "--source", "supplier", "--without-bad-rows")

    stranger = baton(*costs, "--as", "asha@shop.example")
    done = baton(*costs, "--as", "ruth@shop.example")

    assert stranger.exit_code == 1
    assert "may not supply costs" in stranger.output
    assert "1 facts changed, 0 confirmed, 0 older than known and left alone, 1 rows left out." in done.output
    assert "row 3: T9: No product has this SKU." in done.output
    with reading() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert "T1: cost 70.00 → 50.00 INR by supplier" in entry.detail
    shown = baton("facts", "show", "T1").output
    assert "cost              50.00 INR, observed 0 days ago" in shown
    assert "cost → 50.00 by Asha N., from supplier" in shown, "`add` names everybody Asha N."


def test_a_file_that_is_no_catalog_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("sku,price\n")

    refused = baton("catalog", "import", str(tmp_path / "x.csv"))

    assert refused.exit_code == 1
    assert "name, category" in refused.output


def test_the_audit_verifies_until_somebody_touches_it(tmp_path: Path) -> None:
    from app.lifecycle import commands

    (tmp_path / "catalog.csv").write_text(CATALOG)
    baton("catalog", "import", str(tmp_path / "catalog.csv"), "--without-bad-rows")
    commands.submit(ASHA, proposing(("T1", 120_00)), key="k", now=utc_now())
    intact = baton("audit", "verify")
    with transaction() as session:
        entry = session.exec(select(AuditEntry)).first()
        assert entry is not None
        entry.actor_name = "Somebody else"
        session.add(entry)

    broken = baton("audit", "verify")

    assert (intact.exit_code, intact.output) == (0, "Intact: 3 entries in 2 chains.\n")
    assert broken.exit_code == 1
    assert "BROKEN at entry 1" in broken.output


def test_a_fresh_store_has_rules_and_no_people() -> None:
    from app.identity.records import User
    from app.lifecycle.policy import active_rule_set

    with reading() as session:
        assert active_rule_set(session).number == 1
        assert session.exec(select(User)).all() == []


def test_contexts_are_listed_whether_or_not_they_were_ever_heard_of() -> None:
    listed = baton("contexts").output.splitlines()

    assert [line.split()[0] for line in listed] == ["analytics", "catalog", "search"]
    assert all("never heard of" in line for line in listed)


def test_an_unknown_context_is_refused_with_the_ones_there_are() -> None:
    refused = baton("worker", "nope")

    assert refused.exit_code == 1
    assert "catalog" in refused.output


def test_an_old_installation_is_told_of_the_new_kind_and_adopts_it_with_two_owners() -> None:
    old = RuleSet(number=1, rules=SEED_RULE_SET.rules[:3])
    with transaction() as session:
        stored = session.get_one(StoredRuleSet, 1)
        stored.rules, stored.content_hash = old.to_json(), old.content_hash
        session.add(stored)
    add("leela@shop.example", "owner")
    add("maya@shop.example", "owner")

    assert "Adopt it with `baton rules adopt --as OWNER`" in baton("migrate").output
    drafted = baton("rules", "adopt", "--as", "leela@shop.example")
    alone = baton("rules", "activate", "2", "--as", "leela@shop.example")
    assert (drafted.exit_code, alone.exit_code) == (0, 1)
    assert "Rule set 2 is a draft" in drafted.output
    assert "Ask another owner" in alone.output

    activated = baton("rules", "activate", "2", "--as", "maya@shop.example")
    assert activated.output == "Rule set 2 is active: every proposal is judged by it from now on.\n"
    assert "Adopt" not in baton("migrate").output
    assert baton("rules", "adopt", "--as", "nobody@shop.example").exit_code == 1
