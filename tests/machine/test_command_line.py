"""What an administrator types, against a real store."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner

from app import database
from app.clock import utc_now
from app.contracts.installation import INSTALLATION, Epoch, Installation
from app.contracts.streams import REGISTRY, ContextRegistration
from app.database import reading, transaction
from app.deliveries import projection
from app.deliveries.projection import Observation
from app.identity import sessions, tokens
from app.identity.roles import DOES, Role
from app.lifecycle import actions
from app.lifecycle.publishing import brakes
from app.lifecycle.records import AuditEntry
from app.lifecycle.rule_records import StoredRuleSet
from app.outbox.records import KeptEntry
from app.pricelist import queries as pricelist
from rules.ruleset import SEED_RULE_SET, RuleSet
from tests.builders import ASHA, HOUR, MONDAY, OMAR, proposing
from tests.redis_server import RedisServer
from tests.stores import forget
from workers.__main__ import cli, main
from workers.ownership import RedisOwnership
from workers.streams.leases import PartitionLeases

PASSWORD = "the tea is hot today"
CATALOG = """\
sku,name,category,subcategory,brand,currency,cost,price,competitor_price
T1,Assam Tea,Tea,Black,Brand,INR,70.00,100.00,
T2,Green Tea,Tea,Green,Brand,INR,70.00,100.00,99.00
T3,Broken,Tea,Green,Brand,INR,70.00,1e3,
"""


@contextmanager
def speaking_of(data: Path) -> Iterator[None]:
    """Let the command line find everything in a folder; whatever it sets in the environment is forgotten afterwards."""
    before = dict(os.environ)
    os.environ["BATON_DATA_DIR"] = str(data)
    os.environ.pop("BATON_SUPERVISOR", None)
    forget()
    yield
    database.engine().dispose()
    os.environ.clear()
    os.environ.update(before)
    forget()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `baton migrate` makes of an empty folder, to copy."""
    data = tmp_path_factory.mktemp("migrated")
    with speaking_of(data):
        assert baton("migrate").exit_code == 0
    return data


@pytest.fixture(autouse=True)
def installation(migrated: Path, tmp_path: Path) -> Iterator[None]:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    with speaking_of(tmp_path):
        yield


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


@pytest.mark.parametrize("command", ["add", "roles"])
def test_the_help_says_of_every_role_what_it_does(command: str) -> None:
    told = " ".join(baton("user", command, "--help").output.replace("│", " ").split())

    assert [role for role, does in DOES.items() if f"{role.value}: {does}" not in told] == []


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


def test_a_known_person_keeps_their_password_when_they_are_added_again() -> None:
    add("asha@shop.example", "analyst")

    again = baton(
        "user", "add", "Asha@shop.example", "--role", "approver", "--password-stdin", typed="kettle ferry 9\n"
    )

    assert (again.exit_code, "was known: analyst, approver" in again.output) == (0, True)
    assert sessions.sign_in("asha@shop.example", PASSWORD, "127.0.0.1").actor.roles == {Role.ANALYST, Role.APPROVER}


def test_people_are_listed_changed_shut_out_and_let_in_again() -> None:
    add("leela@shop.example", "owner")
    add("asha@shop.example", "analyst", "approver")
    token = baton("token", "create", "asha@shop.example", "--label", "import", "--days", "7").output.strip()

    assert baton("user", "roles", "asha@shop.example", "--role", "auditor").exit_code == 0
    listed = baton("user", "list").output
    assert "auditor" in listed
    assert "approver" not in listed
    assert "shut out" in baton("user", "deactivate", "asha@shop.example").output
    assert tokens.actor_for_bearer(f"Bearer {token}") is None
    assert "deactivated" in baton("user", "list").output
    assert "shut out already" in baton("user", "deactivate", "asha@shop.example").output
    again = baton("user", "reactivate", "asha@shop.example").output
    assert "Password for one use" in again
    assert baton("user", "password", "asha@shop.example", "--password-stdin", typed="kettle ferry 9\n").exit_code == 0

    assert sessions.sign_in("asha@shop.example", "kettle ferry 9", "127.0.0.1").actor.roles == {Role.AUDITOR}
    with reading() as session:
        kept = [(row.chain, row.action) for row in session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]
        who = set(session.exec(select(AuditEntry.actor)))
    assert kept == [
        ("people", "add-person"), ("people", "add-person"), ("tokens", "create-token"), ("people", "set-roles"),
        ("people", "deactivate-person"), ("people", "reactivate-person"), ("people", "reset-password"),
    ]  # fmt: skip
    assert who == {"command-line"}


@pytest.mark.parametrize("words", [
    ("user", "roles", "leela@shop.example", "--role", "analyst"), ("user", "deactivate", "leela@shop.example"),
])  # fmt: skip
def test_the_last_owner_is_not_taken_away(words: tuple[str, ...]) -> None:
    add("leela@shop.example", "owner")

    refused = baton(*words)

    assert (refused.exit_code, "the last owner" in refused.output) == (1, True)
    assert sessions.sign_in("leela@shop.example", PASSWORD, "127.0.0.1").actor.roles == {Role.OWNER}


@pytest.mark.parametrize("words", [
    ("user", "roles", "x@shop.example", "--role", "analyst"), ("user", "deactivate", "x@shop.example"),
    ("user", "reactivate", "x@shop.example"), ("user", "password", "x@shop.example", "--one-time"),
    ("token", "create", "x@shop.example"), ("token", "revoke", "x@shop.example"), ("token", "revoke", "0123456789ab"),
])  # fmt: skip
def test_an_unknown_person_or_token_is_refused(words: tuple[str, ...]) -> None:
    refused = baton(*words)

    assert (refused.exit_code, bool(refused.output)) == (1, True)


def test_a_token_is_listed_by_an_id_that_revokes_it_and_no_other() -> None:
    add("asha@shop.example", "analyst")
    first, second = (baton("token", "create", "asha@shop.example", "--label", label).output.strip() for label in "ab")
    ids = {line.split()[-1]: line.split()[0] for line in baton("token", "list").output.splitlines()}

    assert baton("token", "revoke", ids["a"]).exit_code == 0

    assert tokens.actor_for_bearer(f"Bearer {first}") is None
    assert tokens.actor_for_bearer(f"Bearer {second}")
    assert baton("token", "revoke", ids["a"]).exit_code == 1
    assert [line.split()[0] for line in baton("token", "list").output.splitlines()] == [ids["b"]]


@pytest.mark.parametrize("told", [
    {"BATON_HOST": "0.0.0.0"}, {"BATON_ORIGIN": "https://prices.example"}, {"BATON_TRUSTED_PROXIES": "10.0.0.1"},
])  # fmt: skip
def test_a_demo_that_others_could_reach_does_not_start(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BATON_DEMO", "true")

    for command in (("up", "--demo"), ("web",)):
        refused = baton(*command)
        assert (refused.exit_code, "this machine alone" in refused.output) == (1, True), refused.output


def test_a_proxy_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_TRUSTED_PROXIES", "everybody")

    refused = baton("web")

    assert (refused.exit_code, "BATON_TRUSTED_PROXIES cannot be read" in refused.output) == (1, True)


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
    assert "2 products listed, 0 renewed, 0 unchanged, 1 row left out; 3 costs" in first.output
    assert "0 products listed, 0 renewed" in again.output
    assert problems.read_text("utf-8-sig").splitlines()[1].startswith("T3,Broken,Tea,Green,Brand,INR,70.00,1e3,,4,")


def test_the_problem_rows_corrected_and_imported_again_are_listed(tmp_path: Path) -> None:
    file, problems = tmp_path / "catalog.csv", tmp_path / "problems.csv"
    file.write_text(CATALOG.replace("Broken", "=Broken"))
    baton("catalog", "import", str(file), "--without-bad-rows", "--problems", str(problems))

    problems.write_text(problems.read_text("utf-8-sig").replace("1e3", "100.00"), encoding="utf-8-sig")
    again = baton("catalog", "import", str(problems))

    assert "1 product listed" in again.output
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
    assert "1 fact changed, 0 confirmed, 0 older than known and left alone, 1 row left out." in done.output
    assert "row 3: T9: No product has this SKU." in done.output
    with reading() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert "T1: cost 70.00 → 50.00 INR by supplier" in entry.detail
    shown = baton("facts", "show", "T1").output
    assert "cost              50.00 INR, observed 0 days ago" in shown
    assert "cost → 50.00 by Asha N., from supplier" in shown, "`add` names everybody Asha N."


def test_the_calendar_lists_what_a_freeze_holds_at_its_end_and_says_which_freeze(tmp_path: Path) -> None:
    (tmp_path / "catalog.csv").write_text(CATALOG)
    baton("catalog", "import", str(tmp_path / "catalog.csv"), "--without-bad-rows")
    now = utc_now()
    planned, until = now + 2 * HOUR, now + 5 * HOUR
    with transaction() as session:
        actions.submit(session, proposing(("T1", 101_00), effective_at=planned), actor=ASHA, now=now)
        brakes.freeze(session, starts=now + HOUR, ends=until, actor=OMAR, reason="Stocktake", now=now)

    [_, listed] = baton("calendar").output.splitlines()
    assert listed.startswith(f"publishes {until:%d %b %H:%M:%S}  PC-1  ")
    assert listed.endswith(f"(planned {planned:%d %b %H:%M}, held until {until:%d %b %H:%M} by the freeze: Stocktake)")


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

    assert intact.exit_code == 0
    assert "Intact: 3 entries in 2 chains." in intact.output
    assert broken.exit_code == 1
    assert "BROKEN" in broken.output


def test_a_fresh_store_has_rules_and_no_people() -> None:
    from app.identity.records import User
    from app.lifecycle.proposing.policy import active_rule_set

    with reading() as session:
        assert active_rule_set(session).number == 1
        assert session.exec(select(User)).all() == []


def test_contexts_are_listed_whether_or_not_they_were_ever_heard_of() -> None:
    listed = baton("contexts").output.splitlines()

    assert [line.split()[0] for line in listed] == ["analytics", "catalog", "search"]
    assert all("never heard of" in line for line in listed)


def test_what_a_store_says_of_contexts_is_not_taken_for_how_they_are_now() -> None:
    """A store that was put back says "caught-up" of the time when it was copied."""
    copied = Observation("catalog", "re-prices", "caught-up", 1, 0, "[]", 0, "[]")
    with transaction() as session:
        projection.observe_contexts(session, [copied], now=MONDAY)

    said = baton("contexts").output

    assert "Redis does not answer" in said
    assert "catalog      unknown    last seen 23 Nov 2026 09:00 UTC, noted last: caught-up, 0 behind" in said


def test_contexts_are_listed_as_they_are_in_redis_at_this_moment(valkey: RedisServer) -> None:
    RedisOwnership(database.engine(), valkey.url).connect().ping()
    copied = Observation("catalog", "re-prices", "caught-up", 1, 0, "[]", 0, "[]")
    with transaction() as session:
        projection.observe_contexts(session, [copied], now=MONDAY)
    shown = ContextRegistration(name="search", does="re-indexes", hears=(), at=utc_now(), workers=1, positions={})
    valkey.client().hset(REGISTRY, "search", shown.model_dump_json())
    PartitionLeases(valkey.client(), "search", "one").renew()

    listed = {line.split()[0]: line.split()[1] for line in baton("contexts").output.splitlines()}

    assert listed == {"analytics": "never", "catalog": "silent", "search": "caught-up"}


@pytest.mark.parametrize("words", [
    "contexts", "user list", "relay", "web", "orchestrate", "track", "audit verify", "installation show",
    "token create a@b.example", "context kept", "calendar", "installation restored --yes",
])  # fmt: skip
@pytest.mark.parametrize("there", [True, False])
def test_without_a_pricing_store_a_command_says_what_makes_one_and_makes_none(
    words: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "another"
    if there:
        data.mkdir()
    monkeypatch.setenv("BATON_DATA_DIR", str(data))
    monkeypatch.setattr("sys.argv", ["baton", *words.split()])
    database.engine().dispose()
    forget()

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr().err
    assert (ended.value.code, f"There is no pricing store at {data}/pricing.db" in told) == (1, True), told
    assert "`baton migrate`" in told
    assert not list(data.rglob("*"))


def test_migrate_makes_the_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path / "new"))
    forget()
    assert baton("migrate").exit_code == 0
    assert baton("user", "list").exit_code == 0


@pytest.mark.parametrize("broken", ["DROP TABLE pulse", "ALTER TABLE pulse RENAME COLUMN n TO m"])
def test_a_store_of_another_version_is_told_to_be_migrated_and_not_to_be_tried_again(
    broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add("asha@shop.example", "analyst")
    with database.engine().begin() as connection:
        connection.execute(text(broken))
    monkeypatch.setattr("sys.argv", ["baton", "user", "deactivate", "asha@shop.example"])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr().err
    assert (ended.value.code, "Nothing was done; run `baton migrate`" in told) == (1, True), told


@pytest.mark.parametrize("process", ["relay", "orchestrate", "track"])
def test_a_process_typed_beside_another_installations_redis_ends_and_does_not_wait_to_take_it(
    valkey: RedisServer, process: str
) -> None:
    """It waited: whoever emptied Redis, which harms nobody, gave it to this one, and the right relay was refused."""
    theirs = Installation(id="another-installation", epochs=(Epoch(number=1, id="e"),))
    valkey.client().set(INSTALLATION, theirs.model_dump_json())

    refused = baton(process)

    assert (refused.exit_code, "Redis belongs to installation another-" in refused.output) == (1, True)
    assert valkey.client().keys() == [INSTALLATION.encode()]


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
    assert "Rule set 2 is drafted; nothing is judged by it yet." in drafted.output
    assert "Ask another owner" in alone.output

    activated = baton("rules", "activate", "2", "--as", "maya@shop.example")
    assert activated.output.endswith("Rule set 2 is active: every proposal is judged by it from now on.\n")
    assert "Rule decrease-limit was added" in activated.output
    assert "Adopt" not in baton("migrate").output
    assert baton("rules", "adopt", "--as", "nobody@shop.example").exit_code == 1


def test_a_limit_is_changed_reviewed_and_activated_at_the_terminal(tmp_path: Path) -> None:
    add("leela@shop.example", "owner")
    add("maya@shop.example", "owner")
    file = tmp_path / "rules.csv"

    def owner(*words: str, by: str = "leela") -> Result:
        return baton("rules", *words, "--as", f"{by}@shop.example")

    assert "Rule set 2 is a draft with 4 rules" in owner("draft", "--because", "Tea swings").output
    assert owner("set", "2", "increase-limit", "limit_bp=1800", "rationale=Tea").exit_code == 0
    wrong = owner("set", "2", "increase-limit", "limit_bp=18 %")
    assert (wrong.exit_code, "limit_bp (“18 %”)" in wrong.output) == (1, True)
    assert owner("set", "2", "floor-2", "kind=margin_stays_above_floor", "severity=HARD", "limit_bp=1").exit_code == 1
    assert "limit from 15.0 % to 18.0 %" in baton("rules", "diff", "1", "2").output
    assert baton("rules", "export", "2", "--into", str(file)).exit_code == 0
    file.write_text(file.read_text(encoding="utf-8-sig").replace(",1800", ",1900"))
    assert "version 3" in owner("import", "2", str(file)).output
    file.write_text(file.read_text().replace(",1900", ",lots"))
    bad = owner("import", "2", str(file))
    assert (bad.exit_code, "row 3: limit_bp (“lots”)" in bad.output) == (1, True)
    assert baton("rules", "check", "2").exit_code == 0
    replayed = owner("replay", "2", "--since", "2026-01-01T00:00Z", "--into", str(tmp_path / "turned.csv"))
    assert "0 would get another verdict, in 0 proposals." in replayed.output
    assert (tmp_path / "turned.csv").read_text(encoding="utf-8-sig").startswith("proposal,line,sku")
    read = baton("rules", "show", "2").output.split("content hash ")[1].split()[0]

    assert owner("submit", "2").exit_code == 0
    assert owner("return", "2", "--because", "Look again", by="maya").exit_code == 0
    assert owner("set", "2", "competitor-band", "--remove").exit_code == 0
    assert owner("submit", "2").exit_code == 0
    other = owner("activate", "2", "--seen", read, by="maya")
    assert (other.exit_code, "Rule competitor-band was removed" in other.output) == (1, True)
    done = owner("activate", "2", "--at", "2027-01-01T09:00+05:30", by="maya")
    assert "Rule set 2 takes effect at 2027-01-01T03:30:00Z." in done.output
    assert owner("drop", "2", "--because", "Not now").exit_code == 0
    assert [line.split()[:2] for line in baton("rules", "list").output.splitlines()] == [
        ["2", "DROPPED"], ["1", "ACTIVE"],
    ]  # fmt: skip


def test_a_context_that_is_gone_is_retired_by_an_operator_and_named_as_such() -> None:
    add("asha@shop.example", "analyst")
    add("omar@shop.example", "operator")
    silent = Observation("till", "rings", "silent", 0, 0, "[]", 0, "[]")
    with transaction() as session:
        projection.observe_contexts(session, [silent], now=utc_now())
    because = ("--reason", "Sold")

    assert baton("context", "retire", "till", "--as", "asha@shop.example", *because).exit_code == 1
    assert baton("context", "retire", "tail", "--as", "omar@shop.example", *because).exit_code == 1
    assert baton("context", "retire", "till", "--as", "omar@shop.example", *because).exit_code == 0
    assert "by Asha N.: Sold" in baton("contexts").output
    assert baton("context", "readmit", "till", "--as", "omar@shop.example", *because).exit_code == 0
    assert "silent" in baton("contexts").output


def test_entries_that_were_kept_are_listed_until_somebody_has_seen_them() -> None:
    add("omar@shop.example", "operator")
    with transaction() as session:
        session.add(KeptEntry(stream="px:{p07}:ev", entry="15-0", why="foreign", cause="Not ours", payload="x",
                              at=utc_now()))  # fmt: skip

    assert "px:{p07}:ev" in baton("context", "kept").output
    assert baton("context", "kept", "--seen-by", "omar@shop.example").exit_code == 0
    assert baton("context", "kept").output == "0 entries are kept.\n"
    with reading() as session:
        assert "see-kept" in session.exec(select(AuditEntry.action)).all()


def test_the_command_line_stands_in_the_audit_trail_and_verifies_it(tmp_path: Path) -> None:
    file = tmp_path / "catalog.csv"
    file.write_text(CATALOG)
    add("asha@shop.example", "owner")
    baton("token", "create", "asha@shop.example")
    baton("token", "revoke", "asha@shop.example")
    baton("catalog", "import", str(file), "--without-bad-rows")

    with reading() as session:
        told = [(entry.action, entry.actor) for entry in session.exec(select(AuditEntry))]
    assert told == [(action, "command-line") for action in (
        "add-person", "create-token", "revoke-token", "import-catalog")]  # fmt: skip
    assert "Intact: 4 entries" in baton("audit", "verify").output


def test_verification_names_a_price_that_was_edited_and_the_cut_end_of_the_trail(tmp_path: Path) -> None:
    file = tmp_path / "catalog.csv"
    file.write_text(CATALOG)
    baton("catalog", "import", str(file), "--without-bad-rows")
    assert "Entry 1 in" in baton("audit", "checkpoint").output

    with transaction() as session:
        session.execute(text("UPDATE price SET amount = 1 WHERE sku = 'T1'"))
        session.execute(text("DELETE FROM audit_entry"))
        session.execute(text("DELETE FROM audit_head"))

    verified = baton("audit", "verify")
    assert verified.exit_code == 1
    assert "the price of T1 is not the one of its version 1" in verified.output
    assert "put back to an older state" in verified.output


def test_a_lost_audit_key_is_said_and_an_owner_starts_anew_with_a_reason() -> None:
    add("leela@shop.example", "owner")
    os.environ["BATON_AUDIT_KEY"] = "another one than before, by a mistake of somebody"
    forget()

    assert "BATON_AUDIT_KEY" in baton("token", "create", "leela@shop.example").output
    adopted = baton("audit", "adopt", "--as", "leela@shop.example", "--why", "The disk broke.")

    assert adopted.exit_code == 0, adopted.output
    assert "Nothing vouches" in adopted.output
    assert "Intact: 2 entries" in baton("audit", "verify").output


def test_a_command_that_cannot_get_the_store_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "catalog.csv").write_text(CATALOG)
    monkeypatch.setattr(database, "SQLITE_BUSY_MS", 1)
    monkeypatch.setattr("sys.argv", ["baton", "catalog", "import", str(tmp_path / "catalog.csv"), "--without-bad-rows"])
    forget()
    keeps_it = database.open_engine(f"sqlite:///{tmp_path}/pricing.db")

    with keeps_it.connect() as somebody:
        somebody.begin()
        with pytest.raises(SystemExit) as ended:
            main()
    keeps_it.dispose()

    told = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 1
    assert told == "The store does not answer: database is locked. Nothing was half done; run the command again."
