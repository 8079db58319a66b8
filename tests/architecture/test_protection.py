"""Every table of the pricing store is covered by verification, or left out with a reason; nobody writes past that."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from sqlmodel import SQLModel

from app.migrations.tables import load
from app.protection.tables import COMPARED, KEPT, LEFT, NO_TABLES

ROOT = Path(__file__).parents[2]
WRITING = {"insert", "update", "delete"}
SAYS_SO_ITSELF = {
    ("app/identity/sessions.py", "delete", "login_session"),  # a session that is gone harms nobody
    ("app/identity/sessions.py", "update", "login_session"),  # when it was last seen, which is not kept
    ("app/lifecycle/table/moves.py", "update", "proposal"),  # its status, which is compared with the trail
    ("app/outbox/__init__.py", "text", "stream_sequence"),  # notes the change by hand
}


def tables() -> dict[str, str]:
    """Names of tables by the classes of their rows."""
    load()
    return {row.class_.__name__: str(row.local_table.name) for row in SQLModel._sa_registry.mappers}


def uncovered(names: set[str]) -> set[str]:
    return names - ((KEPT.keys() - NO_TABLES) | COMPARED.keys() | LEFT.keys())


def past_the_session(source: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Statements that write kept rows without an object of the session, so that nobody takes down what they do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            about = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
            given = {names.get(name, "") for arg in about for name in _dotted(arg)}
            if called in WRITING:
                yield from ((called, table) for table in given & KEPT.keys())
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.replace('"', " ").split()
            pairs = set(pairwise(words))
            for table in KEPT:
                if pairs & {("INTO", table), ("UPDATE", table), ("FROM", table)} and words[0] in (
                    "INSERT",
                    "UPDATE",
                    "DELETE",
                ):
                    yield "text", table


def _dotted(node: ast.expr) -> list[str]:
    """The names in `records.UserRole` and `UserRole.__table__`."""
    if isinstance(node, ast.Name):
        return [node.id]
    return [*_dotted(node.value), node.attr] if isinstance(node, ast.Attribute) else []


def test_every_table_is_covered_or_left_out_with_a_reason() -> None:
    assert uncovered(set(tables().values())) == set()
    assert all(reason for reason in (*COMPARED.values(), *LEFT.values()))
    assert not (KEPT.keys() & COMPARED.keys() | KEPT.keys() & LEFT.keys() | COMPARED.keys() & LEFT.keys())


def test_a_table_that_nobody_thought_of_is_found() -> None:
    assert uncovered({"user_role", "bribe"}) == {"bribe"}


def test_kept_rows_are_written_through_the_session_alone() -> None:
    files = [*ROOT.glob("app/**/*.py"), *ROOT.glob("workers/**/*.py")]
    found = {
        (str(file.relative_to(ROOT)), called, table)
        for file in files
        if "migrations" not in file.parts
        for called, table in past_the_session(file.read_text(), tables())
    }
    assert found == SAYS_SO_ITSELF


def test_a_planted_statement_is_found() -> None:
    names = {"UserRole": "user_role"}
    for updating in ("update(UserRole)", "update(records.UserRole)", "UserRole.__table__.update()"):
        assert list(past_the_session(f"session.execute({updating}.values(role='owner'))", names)) == [
            ("update", "user_role")
        ]
    assert list(past_the_session("bulk.insert(connection, UserRole, columns, rows)", names)) == [
        ("insert", "user_role")
    ]
    assert list(past_the_session("text('DELETE FROM user_role WHERE true')", names)) == [("text", "user_role")]
    assert list(past_the_session("select(UserRole)", names)) == []


def test_the_page_on_evidence_lists_every_table_that_is_left_out() -> None:
    page = (ROOT / "docs" / "evidence.md").read_text()
    assert [name for name, why in LEFT.items() if f"| `{name}` | {why} |" not in page] == []
