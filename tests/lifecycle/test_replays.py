"""A replay is asked for, carried out by a process of its own, followed, cancelled, and begun again when that dies."""

import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.database import Pulses, committed, engine, reading, transaction
from app.intake import replay_file
from app.lifecycle import commands
from app.lifecycle.errors import KeyReused, NotAllowed, NotFound
from app.lifecycle.records import Line, Proposal
from app.lifecycle.rule_records import RuleReplay
from app.lifecycle.rulebook import recorded, replay_views, replays
from app.lifecycle.rulebook.refusals import NoSuchPeriod, ReplayOver, ReplayUnderWay
from app.lifecycle.rulebook.replay_views import ReplaySummary, Spread, TurnedOnly
from app.lifecycle.rulebook.replays import ReplayState
from app.pricelist.records import Price
from rules.finding import Verdict
from tests.builders import ASHA, HOUR, MONDAY, open_shop, product, proposing
from tests.lifecycle.rulebook import LEELA, RISES, key, with_tea
from workers.loop import process_name
from workers.orchestration import replays as carrying_out
from workers.orchestration.replays import ReplayTurns

LATER = MONDAY + HOUR


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    """Two teas and a coffee, of which the teas rose by 8 %, and a draft by which tea may rise by 5 %."""
    open_shop(product("T1"), product("T2"), product("C1", category="Coffee"))
    commands.submit(ASHA, proposing(("T1", 108_00), ("T2", 108_00), ("C1", 109_00)), key=key(), now=MONDAY)
    with_tea(parameters={"limit_bp": 500})


def asked(number: int = 2, now: datetime = LATER) -> ReplaySummary:
    return commands.replay_rules(LEELA, number, since=MONDAY - HOUR, key=key(), now=now)


def state(replay: ReplaySummary) -> ReplaySummary:
    with reading() as session:
        return replay_views.summary(session, replay.id)


def test_a_replay_is_carried_out_and_its_lines_can_be_drilled_to_and_downloaded():
    replay = asked()
    assert (replay.state, replay.percent, replay.asked_by) == (ReplayState.ASKED, 0, "Leela")

    carrying_out.carry_out(replay.id)

    done = state(replay)
    assert (done.state, done.done, done.total, done.percent) == (ReplayState.DONE, 3, 3, 100)
    with reading() as session:
        found = replay_views.result(session, replay.id)
        turned = replay_views.lines(session, replay.id, TurnedOnly(kind=RISES, was=Verdict.CLEAN), limit=1)
        rest = replay_views.lines(session, replay.id, cursor=turned.next_cursor, limit=1)
        none = replay_views.lines(session, replay.id, TurnedOnly(category="Coffee"))
        text = replay_file.as_csv(session, replay.id)
    assert found is not None
    assert (found.lines, found.turned, found.kept) == (3, 2, 2)
    assert [line.sku for line in (*turned.items, *rest.items)] == ["T1", "T2"]
    assert (rest.next_cursor, none.items) == (None, [])
    assert text.splitlines()[1] == f"PC-{found.largest[0].proposal},1,T1,Tea,800,CLEAN,SOFT,{RISES}"


def test_nothing_is_moved_or_published_by_a_replay():
    def everything() -> list[object]:
        with reading() as session:
            rows = [row for table in (Proposal, Line, Price) for row in session.scalars(select(table))]
            return [row.model_dump() for row in rows]

    before = everything()
    carrying_out.carry_out(asked().id)
    assert everything() == before


def test_a_limit_can_be_dragged_over_the_distribution():
    replay = asked()
    carrying_out.carry_out(replay.id)
    with reading() as session:
        tea = next(one for one in replay_views.spreads(session, replay.id) if one.rule == "tea-rises")
    assert (tea.kind, tea.limit, tea.points, tea.lines) == (RISES, 500, ((800, 2),), 2)
    assert [tea.beyond(limit) for limit in (0, 799, 800)] == [2, 2, 0]
    assert sum(lines for _, _, lines in tea.bars()) == 2


def test_bars_of_a_distribution_hold_every_line_and_reach_to_the_limit():
    lying = Spread("r", "k", -900, True, 0, tuple((value, 1) for value in range(-500, 700, 7)))
    bars = lying.bars(60)
    assert len(bars) <= 60
    assert sum(lines for _, _, lines in bars) == lying.lines
    assert (bars[0][0], bars[0][2]) == (-900, 0)
    assert Spread("r", "k", 5, False, 3, ()).bars() == ()


def test_a_set_that_changed_since_makes_its_replay_outdated():
    replay = asked()
    carrying_out.carry_out(replay.id)
    assert not state(replay).outdated
    commands.explain_rules(LEELA, 2, "x", version=2, key=key(), now=LATER)
    assert not state(replay).outdated, "only what it says counts"
    commands.remove_rule(LEELA, 2, "tea-rises", version=3, key=key(), now=LATER)
    assert state(replay).outdated


def test_one_is_asked_for_once_per_key_by_owners_and_over_a_past_period():
    same = key()
    first = commands.replay_rules(LEELA, 2, since=MONDAY, key=same, now=LATER)
    again = commands.replay_rules(LEELA, 2, since=MONDAY, key=same, now=LATER + HOUR)
    assert first.id == again.id
    with pytest.raises(KeyReused):
        commands.replay_rules(LEELA, 1, since=MONDAY, key=same, now=LATER)
    with pytest.raises(ReplayUnderWay, match="being replayed already"):
        asked()
    with pytest.raises(NotAllowed):
        commands.replay_rules(ASHA, 2, since=MONDAY, key=key(), now=LATER)
    with pytest.raises(NotFound):
        asked(99)
    for since, until in ((MONDAY, MONDAY), (LATER, MONDAY), (LATER + HOUR, LATER + 2 * HOUR)):
        with pytest.raises(NoSuchPeriod):
            commands.replay_rules(LEELA, 1, since=since, until=until, key=key(), now=LATER)


def test_what_nobody_has_in_hand_is_cancelled_at_once():
    replay = asked()
    commands.cancel_replay(LEELA, replay.id, key=key(), now=LATER)
    assert state(replay).state is ReplayState.CANCELLED
    carrying_out.carry_out(replay.id)
    assert state(replay).state is ReplayState.CANCELLED
    with pytest.raises(ReplayOver):
        commands.cancel_replay(LEELA, replay.id, key=key(), now=LATER)
    with pytest.raises(NotAllowed):
        commands.cancel_replay(ASHA, asked().id, key=key(), now=LATER)


def test_what_runs_is_cancelled_between_two_portions_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded, "LINES_AT_ONCE", 1)
    replay, read = asked(), recorded.portions

    def cancelled_meanwhile(*args):  # type: ignore[no-untyped-def]
        for place, portion in enumerate(read(*args)):
            if place == 1:
                commands.cancel_replay(LEELA, replay.id, key=key(), now=LATER)
                assert state(replay).stopping
                assert state(replay).percent == 33
            yield portion

    monkeypatch.setattr(recorded, "portions", cancelled_meanwhile)
    carrying_out.carry_out(replay.id)

    ended = state(replay)
    assert (ended.state, ended.stopping, ended.done) == (ReplayState.CANCELLED, False, 1)
    with reading() as session:
        assert replay_views.lines(session, replay.id).items == []
        assert replay_views.result(session, replay.id) is None


def gone() -> str:
    """The name of a process of this host that is no more."""
    role, host, _, rest = process_name("replay").rsplit(".", 3)
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return f"{role}.{host}.{child.pid}.{rest}"


def taken(replay: ReplaySummary, owner: str, now: datetime = LATER) -> None:
    committed(lambda session: replays.begin(session, replay.id, owner=owner, total=3, now=now))


def test_one_whose_process_died_is_begun_again_and_given_up_after_the_third_time():
    replay = asked()
    for _ in range(3):
        taken(replay, gone())
        assert state(replay).state is ReplayState.RUNNING
        carrying_out.next_replay(LATER)
    given_up = state(replay)
    assert (given_up.state, given_up.note) == (ReplayState.FAILED, "It broke off 3 times.")


def test_one_that_broke_off_finds_the_same_as_if_it_had_not():
    replay = asked()
    taken(replay, gone())
    assert carrying_out.next_replay(LATER) == replay.id
    carrying_out.carry_out(replay.id)
    with reading() as session:
        assert [line.sku for line in replay_views.lines(session, replay.id).items] == ["T1", "T2"]


def test_one_that_runs_is_left_alone_until_nobody_was_heard_of_for_long():
    replay = asked()
    taken(replay, process_name("replay"))
    assert carrying_out.next_replay(LATER) is None
    assert carrying_out.next_replay(LATER + replays.SILENT + timedelta(seconds=1)) == replay.id


def test_who_lost_a_replay_to_another_process_writes_nothing_more():
    replay = asked()
    taken(replay, gone())
    carrying_out.next_replay(LATER)
    taken(replay, "another")
    with transaction() as session:
        assert not replays.go_on(session, replay.id, owner="first", done=3, kept=0, lines=[], now=LATER)


def test_a_replay_that_fails_says_so(monkeypatch: pytest.MonkeyPatch):
    replay = asked()
    monkeypatch.setattr(carrying_out, "Reckoning", lambda *_: 1 / 0)
    carrying_out.carry_out(replay.id)
    failed = state(replay)
    assert (failed.state, failed.note) == (
        ReplayState.FAILED,
        "It failed with ZeroDivisionError; the log has the rest.",
    )


def test_one_that_is_interrupted_at_the_terminal_waits_again_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    replay = asked()
    monkeypatch.setattr(carrying_out, "Reckoning", interrupted)
    with pytest.raises(KeyboardInterrupt):
        carrying_out.carry_out(replay.id)
    assert state(replay).state is ReplayState.ASKED
    commands.cancel_replay(LEELA, replay.id, key=key(), now=LATER)
    assert state(replay).state is ReplayState.CANCELLED


def test_the_last_replays_of_a_set_are_kept():
    for hours in range(7):
        replay = asked(now=LATER + hours * HOUR)
        carrying_out.carry_out(replay.id)
    with reading() as session:
        kept = replay_views.of_rule_set(session, 2)
    assert len(kept) == 5
    assert kept[0].id == replay.id


def test_processes_are_started_one_after_the_other():
    started: list[str] = []

    def start(replay_id: str) -> subprocess.Popen[bytes]:
        started.append(replay_id)
        carrying_out.carry_out(replay_id)
        return subprocess.Popen([sys.executable, "-c", ""])

    first, second = asked(), asked(1, now=LATER + HOUR)
    pulses = Pulses(engine())
    turns = ReplayTurns(pulses, start)
    turns.take()
    assert started == [first.id]
    assert turns._child is not None
    turns._child.wait()
    turns.take()
    assert started == [first.id, second.id]
    turns.end()
    pulses.close()


def test_a_process_of_its_own_carries_one_out_at_low_priority(pricing_store: str):
    from workers.machine.replay_process import start

    replay = asked()
    child = start(replay.id)
    assert child.wait(timeout=60) == 0
    assert state(replay).state is ReplayState.DONE
    with reading() as session:
        assert session.get_one(RuleReplay, replay.id).attempts == 1
