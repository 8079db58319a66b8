"""Page, API and command line say the same of the audit trail."""

from sqlalchemy import text
from typer.testing import CliRunner

from app.clock import utc_now
from app.database import transaction
from app.identity import tokens
from app.pages.audit.read import verified
from tests.api.conftest import Caller, api, ruth, store, teas
from workers.__main__ import cli

__all__ = ["api", "ruth", "store", "teas"]


def test_a_price_edited_beside_the_trail_is_named_alike_wherever_one_looks(ruth: Caller) -> None:
    with transaction() as session:
        session.execute(text("UPDATE price SET amount = 1 WHERE sku = 'T1'"))

    page, said = verified(utc_now()), ruth.get("/api/audit/verify").json()
    typed = CliRunner().invoke(cli, ["audit", "verify"])

    sentence = "the price of T1 is not the one of its version 1"
    assert (page.intact, said["intact"], typed.exit_code) == (False, False, 1)
    assert sentence in page.words
    assert said["findings"] == [{"what": "a price is not the one of its history", "sentence": sentence, "entry": None}]
    assert sentence in typed.output
    assert page.notes == said["notes"] != []


def test_a_trail_that_fits_says_so_alike(ruth: Caller) -> None:
    with transaction() as session:
        tokens.create(session, "ruth@demo.example", "nothing to see", utc_now())

    assert (verified(utc_now()).intact, ruth.get("/api/audit/verify").json()["intact"]) == (True, True)
