"""Bulk means bulk here: however few lines a test has, they go through the vectorised half."""

import pytest

from rules import engine, suspicion


@pytest.fixture(autouse=True)
def no_batch_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FEW", 0)
    monkeypatch.setattr(suspicion, "FEW_OF_A_ROW", 0)
