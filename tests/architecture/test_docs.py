"""What is written about the code is true of the code: layout, commands, settings, files, modules, numbers."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from app import contexts, database, writer_queue
from app.config import Settings
from app.contracts.streams import PARTITIONS
from app.demo import goods
from app.intake import price_file, sheet_cells, workbook
from app.lifecycle.publishing import effects
from app.states import live
from workers.__main__ import cli
from workers.loop import LEASE_MS
from workers.orchestration import checkpointing, scheduler
from workers.streams.store_claim import CLAIM_MS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
SOURCES = [file for top in ("app", "rules", "workers", "tests") for file in sorted((ROOT / top).rglob("*.py"))
           if "versions" not in file.parts and file != Path(__file__)]  # fmt: skip
WRITTEN = (*PAGES, *SOURCES)


def section(heading: str) -> str:
    """What stands in the README under a heading."""
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(table: str) -> list[str]:
    """The first cell of each row of a table, its head and its rule apart."""
    return [line.split("|")[1] for line in table.splitlines() if line.startswith("|")][2:]


def laid_out() -> dict[str, set[str]]:
    """Per top-level folder the packages and files that the README's layout names in it."""
    found: dict[str, set[str]] = {}
    for line in section("How it is built").split("```")[1].splitlines():
        if begins := re.match(r"(\w+)/", line):
            top = begins[1]
            found[top] = set()
            line = line[begins.end():]  # fmt: skip
        if line.strip():
            found[top] |= {name.rstrip("/") for name in re.findall(r"\b[a-z_0-9]+(?:/|\.(?:py|md|json))", line)}
    return found


@pytest.mark.parametrize("top", laid_out())
def test_the_layout_names_nothing_that_is_not_there(top: str) -> None:
    assert [name for name in laid_out()[top] if not (ROOT / top / name).exists()] == []


@pytest.mark.parametrize("top", ["app", "rules", "workers"])
def test_the_layout_names_every_package(top: str) -> None:
    packages = {file.parent.name for file in (ROOT / top).glob("*/__init__.py")}
    assert packages - laid_out()[top] == set()


def commands() -> Iterator[str]:
    """Every command that a person may type."""
    for name, command in typer.main.get_group(cli).commands.items():
        if not command.hidden:
            yield from [f"{name} {each}" for each in getattr(command, "commands", {})] or [name]


def named_commands() -> list[str]:
    """The commands in the README's table, without what is to be filled in."""
    cells = " ".join(first_cells(section("Commands")))
    return [" ".join(word for word in found.split() if word.islower()) for found in re.findall("`([^`]+)`", cells)]


def test_the_table_of_commands_is_the_command_line() -> None:
    assert sorted(named_commands()) == sorted(commands())


def test_no_page_and_no_sentence_of_ours_names_a_command_that_is_not_there() -> None:
    alone, groups = {name for name in commands() if " " not in name}, {name.split()[0] for name in commands()}
    known = {*commands(), *groups}
    texts = [(page.name, page.read_text()) for page in WRITTEN]
    named = {(page, found) for page, text in texts for found in re.findall(r"`baton ([a-z]+(?: [a-z]+)?)", text)}
    assert [found for found in named if found[1] not in known and found[1].split()[0] not in alone] == []


def test_the_table_of_settings_is_what_a_process_can_be_told() -> None:
    known = {f"BATON_{name.upper()}" for name in Settings.model_fields} | {"BATON_<CONTEXT>_DATABASE_URL"}
    assert {cell.strip(" `") for cell in first_cells(section("Settings"))} == known


@pytest.mark.parametrize("name", ["cost_age_days", "competitor_age_days", "data_dir", "host", "port"])
def test_a_default_in_the_table_is_the_one_that_counts(name: str) -> None:
    (row,) = [line for line in section("Settings").splitlines() if line.startswith(f"| `BATON_{name.upper()}`")]
    assert row.split("|")[3].strip(" `") == str(Settings.model_fields[name].default)


def test_every_context_has_a_service_beyond_one_machine() -> None:
    services = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"worker (\w+)", services)) == set(contexts.names())


@cache
def prose(file: Path) -> str:
    """A page as it is; of source its docstrings, and the strings that stand under what they explain."""
    if file.suffix == ".md":
        return file.read_text()
    return "\n".join(node.value.value for node in ast.walk(ast.parse(file.read_text()))
                     if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                     and isinstance(node.value.value, str))  # fmt: skip


def files_nowhere(text: str, folder: Path = ROOT) -> list[str]:
    """Files that are named and are neither there from the root of the project nor beside the page."""
    named = re.findall(r"`(\w[\w./-]*/[\w.-]+\.(?:py|md|json|ini|toml|yaml|csv|css))`", text)
    return [name for name in named if not (ROOT / name).exists() and not (folder / name).exists()]


def links_nowhere(text: str, folder: Path = ROOT) -> list[str]:
    """Links within the project that lead nowhere."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [link for link in links if "://" not in link and not (folder / link).exists()]


def modules_nowhere(text: str) -> list[str]:
    """Dotted names that are neither a module of ours nor anything that one speaks of."""
    return [name for name in re.findall(r"`((?:app|rules|workers)(?:\.\w+)+)[`(]", text) if not _stands(name)]


def _stands(dotted: str) -> bool:
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if module.exists():
            rest = parts[length:]
            return not rest or bool(re.search(rf"\b{rest[0]}\b", module.read_text()))
    return False


def decisions_not_taken(text: str) -> list[int]:
    """Decisions that are quoted by their number and are not there."""
    taken = {int(page.name[:4]) for page in DECISIONS}
    quoted = re.findall(r"(?:\bdecisions? \[?|\bdecisions/|\]\((?:decisions/)?)(\d+)", text)
    return [int(number) for number in quoted if int(number) not in taken]


def test_every_file_that_is_named_is_there() -> None:
    assert {page.name: found for page in WRITTEN if (found := files_nowhere(prose(page), page.parent))} == {}


def test_every_link_leads_somewhere() -> None:
    assert {page.name: found for page in PAGES if (found := links_nowhere(prose(page), page.parent))} == {}


def test_every_module_that_is_named_is_there() -> None:
    assert {page.name: found for page in WRITTEN if (found := modules_nowhere(prose(page)))} == {}


def test_every_decision_that_is_quoted_was_taken() -> None:
    assert {page.name: found for page in WRITTEN if (found := decisions_not_taken(prose(page)))} == {}


def test_what_is_nowhere_is_found() -> None:
    assert files_nowhere("see `app/nowhere.py` and `app/config.py`") == ["app/nowhere.py"]
    assert links_nowhere("[see](docs/nowhere.md) [and](docs/evidence.md)") == ["docs/nowhere.md"]
    assert modules_nowhere("`app.nowhere.at_all`, `app.config.nobody_says_this`, `app.config.settings`") == [
        "app.nowhere.at_all", "app.config.nobody_says_this"]  # fmt: skip
    assert decisions_not_taken("decision 9999, decisions [9](a.md), [9998](decisions/9998-no.md)") == [9999, 9998]


def test_a_decision_bears_the_number_of_its_file() -> None:
    assert [page.name for page in DECISIONS if not page.read_text().startswith(f"# {int(page.name[:4])}. ")] == []
    assert len({page.name[:4] for page in DECISIONS}) == len(DECISIONS)


NUMBERS = [
    ("README.md", f"{PARTITIONS} partition streams"),
    ("README.md", f"steps** of {effects.LINES_PER_STEP:,} lines"),
    ("README.md", f"longer than {database.HELD_MS} ms"),
    ("README.md", f"up to {price_file.MAX_ROWS:,} rows"),
    ("README.md", f"demo shop with {goods.SIZE:,} products"),
    ("README.md", f"and {CLAIM_MS // 1000} seconds longer"),
    ("README.md", f"every {'ten' if checkpointing.EVERY_SECONDS == 600 else '...'} minutes"),
    ("app/lifecycle/publishing/effects.py", f"who may keep it {database.HELD_MS} ms"),
    ("app/intake/drafts/draft.py", f"who may keep it {database.HELD_MS} ms"),
    ("docs/decisions/0002-positions-live-in-the-sink.md", f"is waited for ({LEASE_MS // 1000} s)"),
    ("docs/decisions/0002-positions-live-in-the-sink.md", f"{PARTITIONS} partitions are the most workers"),
    ("docs/decisions/0003-open-pages-follow-the-database.md", f"up to {live.TICK * 1000:.0f} ms late"),
    ("docs/decisions/0004-files-are-read-by-a-process-of-their-own.md", f"({workbook.MAX_UNPACKED >> 20} MB at most)"),
    ("docs/decisions/0004-files-are-read-by-a-process-of-their-own.md", f"{sheet_cells.SECONDS} s of processor time"),
    ("docs/decisions/0008-the-clock-is-a-thread-beside-the-jobs.md", f"never longer than {scheduler.LONGEST} s"),
    ("docs/decisions/0014-large-effects-go-in-steps.md", f"steps of {effects.LINES_PER_STEP:,} lines"),
    ("docs/decisions/0014-large-effects-go-in-steps.md", f"bound of {database.HELD_MS} ms"),
    ("docs/decisions/0027-writers-wait-in-a-queue.md", f"every {writer_queue.LOOK_SECONDS * 1000:.0f} ms"),
]


@pytest.mark.parametrize(("page", "said"), NUMBERS, ids=lambda value: value[:60])
def test_a_number_is_the_one_in_the_code(page: str, said: str) -> None:
    assert said in " ".join((ROOT / page).read_text().split())


def committing() -> set[str]:
    """The files of the app that open transactions of their own, on whatever store."""
    opens = r"\.commit\(|\.begin\(\)"
    return {str(file.relative_to(ROOT / "app")) for file in (ROOT / "app").rglob("*.py")
            if "migrations" not in file.parts and re.search(opens, file.read_text())}  # fmt: skip


def test_the_app_commits_the_pricing_store_in_one_place() -> None:
    """As `app/database.py` says of itself; the others write in the contexts' own stores."""
    assert {file for file in committing() if not file.startswith("contexts/")} == {"database.py"}


def test_the_environment_is_read_in_one_place_of_the_app() -> None:
    """As `app/config.py` says of itself."""
    found = {str(file.relative_to(ROOT / "app")) for file in (ROOT / "app").rglob("*.py")
             if re.search(r"os\.environ|getenv", file.read_text())}  # fmt: skip
    assert found == {"config.py"}
