"""Every member of every enum that a screen shows has one word, icon and tone, and nothing else has."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from app.canary.evidence import Outcome
from app.components import states, vocabulary
from app.components.feedback import CALLOUTS
from app.contracts import events
from app.deliveries.records import ContextState, DeliveryState, Progress, Stage
from app.identity.roles import DOES, Role
from app.intake.drafts import Kind as DraftKind
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.clock.schedule import Due
from app.lifecycle.publishing.effects import EffectKind as Effect
from app.lifecycle.rulebook import sentences as of_rule_sets
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction
from app.lifecycle.table import sentences
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.windows.end_state import EndState
from app.pricelist.records import Cause
from rules.finding import Severity, Verdict

COMPONENTS = Path(vocabulary.__file__).parent
ICONS = set(re.findall(r'id="i-([a-z0-9]+)"', (COMPONENTS / "icons.svg").read_text(encoding="utf-8")))
TONES = {"ok", "live", "warn", "bad", "undo", "idle", "sec", ""}
NAMED: list[tuple[str, Iterable[str], Mapping[str, object]]] = [
    ("status", Status, vocabulary.STATUSES),
    ("verdict", Verdict, vocabulary.VERDICTS),
    ("delivery", DeliveryState, vocabulary.DELIVERIES),
    ("context", ContextState, vocabulary.CONTEXTS),
    ("progress", Progress, vocabulary.PROGRESS),
    ("appointment", Due, vocabulary.APPOINTMENTS),
    ("effect", Effect, vocabulary.UNDER_WAY),
    ("guard", Outcome, vocabulary.GUARDS),
    ("guard so far", Outcome, vocabulary.GUARDS_SO_FAR),
    ("end", EndState, vocabulary.ENDS),
    ("rule set", RuleSetStatus, vocabulary.RULE_SETS),
    ("row of a draft", get_args(DraftKind), vocabulary.DRAFT_ROWS),
    ("role", Role, vocabulary.ROLES),
    ("what a role does", Role, DOES),
    ("cause of a price", Cause, vocabulary.CAUSES),
    ("person", states.PersonState, vocabulary.PEOPLE),
    ("wave", states.WaveState, vocabulary.WAVES),
    ("what waits", states.WaitState, vocabulary.WAITS),
    ("freeze", states.FreezeState, vocabulary.FREEZES),
    ("bulk decision", states.BulkState, vocabulary.BULK),
    ("belief", states.BeliefState, vocabulary.BELIEFS),
    ("fact", states.FactState, vocabulary.FACTS),
    ("published by", states.PublishedBy, vocabulary.PUBLISHED_BY),
    ("mark in the chart", ({*Cause} - {Cause.PUBLISHED}) | {*states.PublishedBy}, vocabulary.PRICE_MARKS),
    ("verb", (*Action, *Verb), vocabulary.VERBS),
    ("status in a sentence", Status, sentences.STANDS),
    ("effect in a sentence", Effect, sentences.UNDER_WAY),
    ("action to do", Action, sentences.TO_DO),
    ("rule set in a sentence", RuleSetStatus, of_rule_sets.STANDS),
    ("done to a rule set", RuleSetAction, of_rule_sets.TO_DO),
    ("action done", (*Action, Verb.MEASURE, Verb.ENDED), sentences.DID),
]
EVERY = [(name, value) for name, value in vars(vocabulary).items() if name.isupper() and isinstance(value, dict)]
TABLES = [table for _, table in EVERY]


def differences(members: Iterable[str], table: Mapping[str, object]) -> tuple[set[str], set[str]]:
    """Return the members without an entry, and the entries without a member."""
    names = {str(member) for member in members}
    return names - set(table), set(table) - names


@pytest.mark.parametrize(("members", "table"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED])
def test_each_member_has_an_entry_and_each_entry_a_member(members: Iterable[str], table: Mapping[str, object]) -> None:
    assert differences(members, table) == (set(), set())


def test_a_member_that_is_forgotten_and_an_entry_from_nowhere_are_seen() -> None:
    class Planted(StrEnum):
        HELD = "HELD"
        FORGOTTEN = "FORGOTTEN"

    assert differences(Planted, {"HELD": ("Held", "pause", "warn"), "GONE": ("Gone", "x", "bad")}) == (
        {"FORGOTTEN"},
        {"GONE"},
    )


def test_no_table_is_left_out() -> None:
    walked = [id(table) for _, _, table in NAMED]

    assert [name for name, table in EVERY if id(table) not in walked] == ["EVENTS"]


def test_what_shares_the_words_of_another_enum_is_part_of_it() -> None:
    assert {*Severity} <= {*Verdict}
    assert {*Stage} <= {*Status}


def test_the_events_of_the_trace_are_those_of_the_published_language() -> None:
    assert all(hasattr(events, name) for name in vocabulary.EVENTS)


def test_each_look_has_a_word_an_icon_that_is_drawn_and_a_tone() -> None:
    looks = [look for table in TABLES for look in table.values() if not isinstance(look, str)]

    assert len(looks) > 100
    for word, *_, icon, tone in looks:
        assert word
        assert icon in ICONS, icon
        assert tone in TONES, tone
    assert set(CALLOUTS.values()) <= ICONS


def test_statuses_are_told_apart_by_word_and_icon_alone() -> None:
    assert len({look[:2] for look in vocabulary.STATUSES.values()}) == len(Status)


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [(ContextState.UNREACHABLE, "Redis does not answer", "bad"), (ContextState.WORKING, "Working", "live")],
)
def test_a_context_that_redis_hides_is_an_alarm_and_one_that_works_moves(state: str, word: str, tone: str) -> None:
    look = vocabulary.context(state)

    assert (look.word, look.tone) == (word, tone)
    assert look.icon != "dash"  # what a Redis outage was shown as


def test_a_name_of_another_release_is_shown_as_what_it_is_and_catches_the_eye() -> None:
    look = vocabulary.context("dreaming")

    assert (look.word, look.icon, look.tone) == ("dreaming", "info", "warn")
    assert vocabulary.verb("paint-blue").did == "paint blue"


def test_no_page_has_a_look_of_its_own() -> None:
    """A word, icon and tone that belong together stand in the vocabulary alone."""
    app = COMPONENTS.parent
    own = {
        str(path.relative_to(app)): found
        for folder in ("pages", "states", "components", "api", "lifecycle")
        for path in sorted((app / folder).rglob("*.py"))
        if path.name != "vocabulary.py" and (found := looks_in(path.read_text(encoding="utf-8")))
    }

    assert not own


OWN = re.compile(r'StatusView\(\s*word=|\(\s*f?"[^"\n]+",\s*"(\w+)",\s*"(ok|live|warn|bad|undo|idle)"\s*\)')


def looks_in(source: str) -> list[str]:
    """Return the looks that are made in a source by hand."""
    return [found[0] for found in OWN.finditer(source) if found[1] is None or found[1] in ICONS]


@pytest.mark.parametrize(
    "planted", ['X = StatusView(word="Held", icon="pause", tone="warn")', '"HELD": ("Held", "pause", "warn"),']
)
def test_a_look_made_by_hand_is_seen(planted: str) -> None:
    assert looks_in(planted)
