"""The dry run is the submission's code: over the whole corpus both refuse the same files and the same rows."""

from pathlib import Path

import pytest

from app.api import uploads
from app.clock import utc_now
from app.database import transaction
from app.pricelist.catalog_import import import_catalog
from tests.api.conftest import Caller
from tests.builders import product

IMPORT = "/api/price-changes/import"
CORPUS = Path(__file__).parents[1] / "intake" / "corpus"
FILES = sorted(file for file in CORPUS.iterdir() if file.suffix in (".csv", ".tsv"))
"""Workbooks are read by the same step, and each takes a process of its own to read."""


def refused(answer) -> object:  # type: ignore[no-untyped-def]
    told = answer.json()
    if told.get("rows") or answer.status_code in (200, 201):
        return [(row["row"], row["code"], row["reason"]) for row in told.get("rows", ())]
    return told["code"], told["detail"]


def test_the_dry_run_and_the_submission_refuse_the_same(asha: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "refuse_flood", lambda caller: None)
    with transaction() as session:
        import_catalog(session, [product(sku) for sku in ("BB-1", "BB-2", "BB-3", "Total", "7")], now=utc_now())
    unlike = {}
    for file in FILES:
        sent = {"files": {"file": (file.name, file.read_bytes())}, "data": {"reason": "Auction"}}
        tried = asha.post(f"{IMPORT}?dry_run=true", key=None, **sent)
        submitted = asha.post(IMPORT, key=file.name, **sent)
        if refused(tried) != refused(submitted):
            unlike[file.name] = (refused(tried), refused(submitted))
    assert unlike == {}
