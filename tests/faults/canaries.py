"""Canaries for the fault tests: proposing one, following it, and asking the independent checker about it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app import database
from app.canary.evidence import GuardLimits
from app.canary.waves import Wave, WavePlan
from app.clock import new_id, utc_now
from app.identity.actor import SYSTEM, Actor
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.proposing.submission import ProposedLine, Submission
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from tests.builders import acts

CHECKER = Path(__file__).parents[1] / "harness" / "check_canary.py"
STEERER = Actor("omar", "Omar", "omar@demo.example", frozenset({Role.OPERATOR}), "person")


def plan(shares: Sequence[int], bake_seconds: int, limits: GuardLimits | None = None) -> WavePlan:
    waves = tuple(Wave(share_bp=share, bake_seconds=bake_seconds) for share in shares)
    return WavePlan(waves=waves, guards=limits or GuardLimits(landing_floor_ms=60_000))


def propose(skus: Sequence[str], price: int, waves: WavePlan) -> tuple[str, str]:
    """Propose a canary that the rules pass; the orchestrating process lets it out. Returns its id and reference."""
    lines = tuple(ProposedLine(sku, price) for sku in skus)
    with database.transaction() as session:
        made = actions.submit(session, Submission("canary", lines, waves=waves), actor=SYSTEM, now=utc_now())
        actions.evaluate(session, made.id, now=utc_now())
        return made.id, f"PC-{made.number}"


def standing(proposal: str) -> tuple[str, int]:
    """Return a proposal's status and the wave that is out."""
    with database.reading() as session:
        found = queries.summary(session, proposal)
        return found.status, found.wave


def continue_if_held(proposal: str) -> bool:
    """Do what a person would who sees that a wave had merely not landed yet when it was judged."""
    if standing(proposal)[0] != Status.HELD:
        return False
    acts(STEERER, proposal, Action.CONTINUE, comment="It has landed since", key=new_id())
    return True


def checked(folder: Path, reference: str, must_be: str, *options: str) -> dict[str, object]:
    """Ask the checker, which knows nothing of the product but its stores."""
    command = [sys.executable, "-I", str(CHECKER), str(folder), reference, must_be, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))
