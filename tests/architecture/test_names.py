"""A class is found by its name: no two public ones share it."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def sources() -> dict[str, str]:
    files = [file for top in ("app", "rules", "workers") for file in (ROOT / top).rglob("*.py")]
    return {str(file.relative_to(ROOT)): file.read_text() for file in files if "migrations" not in file.parts}


def shared(written: Mapping[str, str]) -> dict[str, list[str]]:
    """Names of public classes that stand in several files, with the files."""
    places = defaultdict(list)
    for file, source in written.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(file)
    return {name: files for name, files in places.items() if len(files) > 1}


def test_no_two_public_classes_have_one_name() -> None:
    assert shared(sources()) == {}


@pytest.mark.parametrize(
    ("second", "found"), [("class Price: ...", {"Price": ["a.py", "b.py"]}), ("class _Price: ...", {})]
)
def test_a_shared_name_is_found(second: str, found: dict[str, list[str]]) -> None:
    assert shared({"a.py": "class Price: ...", "b.py": second}) == found
