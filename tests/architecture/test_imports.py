"""The import contracts hold, each of them was seen to break on a planted violation, and nothing steps round them."""

import ast
import configparser
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
    ("app/lifecycle/views/queries.py", "import rules.engine", "The rule engine is asked by"),
    ("app/contexts/stored_prices.py", "import workers.choreography.catalog", "Nothing in the app imports workers"),
    ("workers/choreography/search/__init__.py", "import workers.choreography.catalog", "A context never imports"),
    ("workers/choreography/search/__init__.py", "import app.pricelist", "A context knows streams and contracts"),
    ("workers/choreography/catalog/records.py", "import app.contexts", "A context knows streams and contracts"),
    ("workers/streams/sink.py", "import workers.relay", "Commands rest on processes"),
    ("workers/relay.py", "import workers.choreography.catalog", "Commands rest on processes"),
    ("workers/loop.py", "import workers.streams.entries", "Commands rest on processes"),
    ("app/contracts/events.py", "import app.config", "The published language imports nothing"),
    ("app/canary/waves.py", "import app.lifecycle.records", "Screens rest on the lifecycle"),
    ("app/canary/wave_guards.py", "import sqlmodel", "Waves, guards and time arithmetic take values"),
    ("app/timekeeping/business.py", "import app.database", "Waves, guards and time arithmetic take values"),
    ("app/timekeeping/freeze.py", "import app.canary.waves", "Screens rest on the lifecycle"),
    ("app/lifecycle/actions.py", "import redis", "know neither Reflex nor Redis"),
    ("workers/orchestration/projecting.py", "import app.lifecycle.actions", "The projection observes"),
    ("app/components/controls.py", "import app.states.session", "A component takes values"),
    ("app/pages/overview/state.py", "import app.pages.calendar.state", "No page imports a page"),
    ("app/states/live.py", "import app.shell", "Screens rest on the lifecycle"),
    ("app/pages/audit/state.py", "import app.database", "Of a page only its reader opens a session"),
    ("app/states/page.py", "import app.database", "Of a page only its reader opens a session"),
]
IN_NO_LAYER = [("app/stray", "Screens rest on the lifecycle"), ("workers/stray", "Commands rest on processes")]


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
    for package, _ in IN_NO_LAYER:
        (copy / package).mkdir()
        (copy / package / "__init__.py").touch()
    code, said = checked(copy)
    assert code != 0
    return said


@pytest.mark.parametrize(("planted_in", "statement", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(said: str, planted_in: str, statement: str, contract: str) -> None:
    importing = planted_in.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    assert f"{importing} -> {statement.removeprefix('import ')} (l." in found_against(contract, said), said


@pytest.mark.parametrize(("package", "contract"), IN_NO_LAYER)
def test_a_package_in_no_layer_is_noticed(said: str, package: str, contract: str) -> None:
    assert package.replace("/", ".") in found_against(contract, said), said


def found_against(contract: str, said: str) -> str:
    """The part of what is said that lists the imports against one contract."""
    _, _, listed = said.partition("Broken contracts")
    heads = [line for line in listed.splitlines() if contract in line]
    assert len(heads) == 1, said
    _, _, after = listed.partition(heads[0])
    return re.split(r"\n(?=[^\n]+\n-{3,}\n)", after.partition("---\n")[2])[0]


def test_every_contract_has_its_planted_violation() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    names = [section["name"] for section in contracts.values() if "name" in section]
    assert [name for name in names if not any(said in name for *_, said in PLANTED)] == []


def by_name(source: str) -> list[str]:
    """What source imports at run time by a name that no contract sees, but from its own package."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if ast.unparse(call.func).rpartition(".")[2] in BY_NAME
            and "{__name__}." not in ast.unparse(call)]  # fmt: skip


BY_NAME = {"import_module", "__import__", "find_spec", "run_module", "resolve_name"}


def sources(package: str) -> dict[str, str]:
    return {str(file.relative_to(ROOT)): file.read_text() for file in (ROOT / package).rglob("*.py")
            if "versions" not in file.parts}  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_imported_by_name_but_from_the_own_package(package: str) -> None:
    assert {file: found for file, source in sources(package).items() if (found := by_name(source))} == {}


def test_an_import_by_name_is_found() -> None:
    assert by_name("importlib.import_module('workers.choreography')")
    assert by_name("find_spec(f'{FOLDER}.{name}')")
    assert not by_name("import_module(f'{__name__}.{name}')")


def named(source: str) -> list[str]:
    """Strings in source, other than docstrings, that begin with the name of workers' package."""
    tree = ast.parse(source)
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            and node.value.startswith("workers.") and id(node) not in texts]  # fmt: skip


def test_nothing_in_the_app_names_a_module_of_the_workers_in_a_string() -> None:
    assert {file: found for file, source in sources("app").items() if (found := named(source))} == {}


def test_a_name_in_a_string_is_found() -> None:
    assert named("QUEUE = 'workers.orchestration.jobs'")
    assert not named('"""workers.relay carries it."""')
