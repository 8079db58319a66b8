"""A kind of another package in a draft: its own word on parameters counts, and nobody holds the store meanwhile."""

import inspect
from pathlib import Path

import pytest

from app.lifecycle import commands
from app.lifecycle.rulebook import foreign
from app.lifecycle.rulebook.refusals import RulesRefused
from tests.lifecycle.rulebook import LEELA, content, drafted, key
from tests.rules.test_foreign_kinds import MOODY, forgotten, offer

__all__ = ["forgotten"]
ROW = {"id": "mood", "kind": "moody", "severity": "SOFT", "parameters": {"limit": 3}}


@pytest.mark.usefixtures("tea", "forgotten")
def test_a_row_of_a_foreign_kind_is_asked_about_before_the_store_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    offer(tmp_path / "moody", monkeypatch, "moody", MOODY, "moody = moody:Moody")
    monkeypatch.setattr(foreign, "_told", {})
    made, asked_while_held = drafted(), []
    ask = foreign._ask

    def watched(kind: str, parameters: str) -> str:
        asked_while_held.append("_carried_out" in [frame.function for frame in inspect.stack()])
        return ask(kind, parameters)

    monkeypatch.setattr(foreign, "_ask", watched)

    commands.add_rule(LEELA, made.number, ROW, version=1, key=key())
    with pytest.raises(RulesRefused, match="limit"):
        commands.change_rule(LEELA, made.number, "mood", {"parameters": {"limit": "many"}}, version=2, key=key())

    assert content(made.number).rules[-1].parameters == {"limit": 3}
    assert asked_while_held == [False, False]
