"""The import contracts hold, and each of them was seen to break on a planted violation."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
PACKAGES = ("app", "rules", "workers")

PLANTED = [
    ("app/lifecycle/actions.py", "import app.pages", "Screens rest on the lifecycle"),
    ("app/database.py", "import app.identity.people", "Screens rest on the lifecycle"),
    ("rules/engine.py", "import sqlmodel", "Rules import nothing of ours"),
    ("rules/facts.py", "import app.clock", "Rules import nothing of ours"),
    ("app/words/money.py", "import rules.facts", "Words import nothing of ours"),
    ("app/words/money.py", "import app.clock", "Screens rest on the lifecycle"),
    ("app/lifecycle/queries.py", "import rules.engine", "The rule engine is asked by"),
    ("app/contexts/reading.py", "import workers.choreography.catalog", "Nothing in the app imports workers"),
    ("workers/choreography/search/__init__.py", "import workers.choreography.catalog", "A context never imports"),
    ("workers/choreography/search/__init__.py", "import app.pricelist", "A context knows streams and contracts"),
    ("app/contracts/events.py", "import app.config", "The published language imports nothing"),
    ("app/canary/waves.py", "import app.lifecycle.records", "Screens rest on the lifecycle"),
    ("app/canary/guards.py", "import sqlmodel", "Waves, guards and time arithmetic take values"),
    ("app/timekeeping/business.py", "import app.database", "Waves, guards and time arithmetic take values"),
    ("app/timekeeping/freeze.py", "import app.canary.waves", "Screens rest on the lifecycle"),
    ("app/lifecycle/actions.py", "import redis", "know neither Reflex nor Redis"),
    ("app/components/controls.py", "import app.states.session", "A component takes values"),
]


def checked(root: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--config", ".importlinter", *options],
        cwd=root, env=os.environ | {"PYTHONPATH": str(root), "NO_COLOR": "1", "COLUMNS": "200"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", root)
    return root


def test_every_contract_is_kept() -> None:
    code, said = checked(ROOT, "--no-cache")

    assert code == 0, said


@pytest.fixture(scope="module")
def said(copy: Path) -> str:
    """What is said of a copy with everything planted: each contract with the imports that break it."""
    for planted_in, statement, _ in PLANTED:
        module = copy / planted_in
        module.write_text(f"{statement}\n{module.read_text()}")
    code, said = checked(copy)
    assert code != 0
    return said


@pytest.mark.parametrize(("planted_in", "statement", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(said: str, planted_in: str, statement: str, contract: str) -> None:
    importing = planted_in.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    assert f"{importing} -> {statement.removeprefix('import ')} (l." in found_against(contract, said), said


def found_against(contract: str, said: str) -> str:
    """The part of what is said that lists the imports against one contract."""
    _, _, listed = said.partition("Broken contracts")
    heads = [line for line in listed.splitlines() if contract in line]
    assert len(heads) == 1, said
    _, _, after = listed.partition(heads[0])
    return re.split(r"\n(?=[^\n]+\n-{3,}\n)", after.partition("---\n")[2])[0]
