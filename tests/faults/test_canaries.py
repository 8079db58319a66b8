"""Canaries on real processes: a breach takes back exactly what went out; killing the conductor loses no wave."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.faults.canaries import checked
from tests.faults.installation import Installation
from tests.faults.stories import breach_in_wave_two, kill_during_waves, running

SKUS = [f"G{n:04d}" for n in range(400)]
OTHERS = [f"H{n:04d}" for n in range(100)]
_price = count(100_10, 10)


@pytest.fixture(scope="module")
def baton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("canaries")) as installation:
        installation.stock([*SKUS, *OTHERS])
        yield installation


@pytest.fixture(scope="module")
def breached(baton: Installation) -> tuple[Installation, str]:
    return baton, str(breach_in_wave_two(baton, SKUS, next(_price))["reference"])


def test_a_breach_in_wave_two_leaves_exactly_waves_one_and_two_back(breached: tuple[Installation, str]) -> None:
    baton, reference = breached
    found = checked(
        baton.folder, reference, "rolled-back", "--waves", "1,2", "--before", str(baton.folder / "before.json")
    )

    assert (found["faults"], found["waves_out"], found["status"]) == ([], [1, 2], "ROLLED_BACK")
    assert 0 < int(str(found["skus_out"])) < len(SKUS)
    assert found["contexts"] == ["catalog", "search"]


@pytest.mark.parametrize(
    ("store", "statement"),
    [
        ("catalog", "UPDATE belief SET price = price + 1 WHERE sku = '{out}'"),
        ("search", "UPDATE belief SET price = price + 1, version = 9 WHERE sku = '{rest}'"),
        ("catalog", "UPDATE belief SET price = 1 WHERE sku = 'H0001'"),
        ("pricing", "UPDATE price SET amount = amount + 1 WHERE sku = '{rest}'"),
        ("pricing", "UPDATE price SET amount = amount + 1 WHERE sku = 'H0002'"),
        ("pricing", "UPDATE canary_wave SET published_at = '2026-01-01' WHERE number = 3"),
        ("pricing", "DELETE FROM outbox_event WHERE type = 'price-change-rolled-back.v1' AND seq % 7 = 0"),
    ],
)
def test_the_checker_finds_what_is_planted(
    breached: tuple[Installation, str], tmp_path: Path, store: str, statement: str
) -> None:
    baton, reference = breached
    for database in baton.folder.glob("*.db"):
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(tmp_path / database.name)) as copy:
            source.backup(copy)
    options = ("--waves", "1,2", "--before", str(baton.folder / "before.json"))
    sound = checked(tmp_path, reference, "rolled-back", *options)
    with closing(sqlite3.connect(tmp_path / "pricing.db")) as pricing:
        lines = "SELECT sku FROM line JOIN proposal ON id = proposal_id WHERE 'PC-' || number = ? AND line.wave = ?"
        (out,), (rest,) = (pricing.execute(lines, (reference, wave)).fetchone() for wave in (2, 3))
    with closing(sqlite3.connect(tmp_path / f"{store}.db")) as spoilt:
        spoilt.execute(statement.format(out=out, rest=rest))
        spoilt.commit()

    assert sound["faults"] == []
    assert checked(tmp_path, reference, "rolled-back", *options)["faults"] != []


def test_a_killed_conductor_publishes_no_wave_twice_and_loses_none(baton: Installation) -> None:
    toll = kill_during_waves(baton, _price, SKUS, kills=6, at_once=2)

    assert (toll.faults, toll.kills, toll.waves) == ([], 6, 10 * toll.canaries)
