"""`--data` decides alone where an installation lives; nothing that was told for another folder counts."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import workers.__main__ as command_line
from workers.machine import frontend, installation, supervision, valkey
from workers.machine.installation import Options

THEIRS = "unix:///theirs/redis/valkey.sock"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The default folder, on which a Baton runs."""
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "running.env").write_text(f"BATON_DATA_DIR={folder}\nBATON_PORT=3000\nBATON_REDIS_URL={THEIRS}\n")
    for name in [name for name in os.environ if name.startswith("BATON_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    before = dict(os.environ)
    with (folder / "baton.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Options, str | None]]:
    """What `up` would start, and with which Redis."""
    seen: list[tuple[Options, str | None]] = []
    monkeypatch.setattr(installation, "up", lambda wanted, _: seen.append((wanted, os.environ.get("BATON_REDIS_URL"))))
    return seen


def up(*words: str) -> str:
    done = CliRunner().invoke(command_line.cli, ["up", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_another_folder_does_not_take_over_the_redis_of_the_one_that_runs(
    running: Path, started: list[tuple[Options, str | None]], tmp_path: Path
) -> None:
    up("--data", str(tmp_path / "other"))
    assert started == [(Options(3000, tmp_path / "other", demo=True), None)]


def test_nor_what_a_shell_was_told_for_another_folder(
    running: Path, started: list[tuple[Options, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_DATA_DIR", str(running))
    monkeypatch.setenv("BATON_REDIS_URL", THEIRS)
    monkeypatch.setenv("BATON_CATALOG_DATABASE_URL", "sqlite:////theirs/catalog.db")

    said = up("--data", str(tmp_path / "other"))

    assert started[0][1] is None
    assert "BATON_CATALOG_DATABASE_URL" not in os.environ
    assert "BATON_CATALOG_DATABASE_URL, BATON_REDIS_URL in the environment belong to another data directory" in said


def test_a_redis_named_for_this_folder_counts(
    running: Path, started: list[tuple[Options, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_REDIS_URL", "redis://shared:6379/0")
    up("--data", str(tmp_path / "other"))
    assert started[0][1] == "redis://shared:6379/0"


def test_another_ones_supervisor_in_the_environment_is_no_reason_not_to_start(
    running: Path, started: list[tuple[Options, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `set -a; . var/running.env`, of a version that wrote it there. It said "The supervisor is gone."."""
    monkeypatch.setenv("BATON_SUPERVISOR", "1")
    up("--data", str(tmp_path / "other"))
    assert started == [(Options(3000, tmp_path / "other", demo=True), None)]


def test_what_processes_were_told_is_kept_without_who_supervises_them(tmp_path: Path) -> None:
    supervision._remember(tmp_path, {"BATON_DATA_DIR": str(tmp_path), "BATON_SUPERVISOR": "1"})
    assert "BATON_SUPERVISOR" not in (tmp_path / "running.env").read_text()


def test_a_private_redis_of_a_run_of_before_is_started_again_and_not_waited_for(
    running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = valkey.prepare(running)
    monkeypatch.setenv("BATON_REDIS_URL", first.url)

    programs, url = installation._redis(running, lambda _: None)

    assert [program.name for program in programs] == ["valkey"]
    assert url != first.url, "it has a password of its own each time"


def test_a_copied_folder_remembers_nothing_of_the_one_it_was_copied_from(running: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "running.env").write_text((running / "running.env").read_text())
    with (copy / "baton.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert supervision.remembered(running)["BATON_REDIS_URL"] == THEIRS
        assert supervision.remembered(copy) == {}
