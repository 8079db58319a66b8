"""Replays of rule sets over HTTP: ask what a set would have done to past proposals, follow it, read and download it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, computed_field

from app.api.access import Key, Reader, RuleOwner
from app.api.inputs import Cursor, Moment, Strict, instant_of
from app.api.problems import described
from app.database import reading as store
from app.intake import replay_file
from app.intake.export import BOM
from app.lifecycle import commands
from app.lifecycle.errors import NotFound
from app.lifecycle.rulebook import reading, replay_views
from app.lifecycle.rulebook.reckoned import Reckoned, TurnedLine
from app.lifecycle.rulebook.replay_views import ReplaySummary, TurnedOnly
from app.lifecycle.rulebook.replays import ReplayState
from rules.finding import Verdict

router = APIRouter(prefix="/api/rule-sets/{number}/replays", tags=["rules"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
ReplayId = Annotated[str, Path(max_length=64)]
_EDITS = described(400, 401, 403, 404, 409, 422, 429, 503)
_READS = described(401, 403, 404, 422, 429, 503)


class ReplayIn(Strict):
    """What was submitted from `since` on and before `until` (default: now) is judged again, from its recorded facts."""

    since: Moment
    until: Moment | None = None


class ReplayOut(BaseModel):
    """How far a replay is; `result` once it is done. `outdated`: the set says something else by now."""

    id: str
    rule_set: int
    content_hash: str
    since: datetime
    until: datetime
    state: ReplayState
    asked_by: str
    asked_at: datetime
    begun_at: datetime | None
    finished_at: datetime | None
    total: int
    done: int
    percent: int
    stopping: bool
    outdated: bool
    note: str
    result: Reckoned | None = None

    @classmethod
    def of(cls, found: ReplaySummary, result: Reckoned | None = None) -> "ReplayOut":
        """Return a replay as an answer shows it."""
        return cls.model_validate(found, from_attributes=True).model_copy(update={"result": result})


class ReplaysOut(BaseModel):
    """The replays that are kept of a set, newest first."""

    items: list[ReplayOut]


class TurnedLinesOut(BaseModel):
    """Lines that would get another verdict, in the order of their proposals."""

    items: list[TurnedLine]
    next_cursor: str | None


class SpreadOut(BaseModel):
    """How past lines lie about the limit of one row: values observed, with so many lines each."""

    rule: str
    kind: str
    limit: int
    level: bool
    unmeasured: int
    points: list[tuple[int, int]]

    @computed_field
    def lines(self) -> int:
        """How many lines were measured."""
        return sum(lines for _, lines in self.points)


class SpreadsOut(BaseModel):
    """The distributions of a replay."""

    items: list[SpreadOut]


@router.post("", response_model=ReplayOut, status_code=202, responses=_EDITS)
def ask(caller: RuleOwner, key: Key, number: Number, body: ReplayIn) -> ReplayOut:
    """Ask what a set would have done to the proposals of a period; a process of its own finds out."""
    since, until = instant_of(body.since), instant_of(body.until)
    assert since is not None
    return ReplayOut.of(commands.replay_rules(caller, number, since=since, until=until, key=key))


@router.get("", response_model=ReplaysOut, responses=_READS)
def list_replays(caller: Reader, number: Number) -> ReplaysOut:
    """List the replays that are kept of a set, newest first."""
    with store() as session:
        reading.summary(session, number)
        return ReplaysOut(items=[ReplayOut.of(one) for one in replay_views.of_rule_set(session, number)])


@router.get("/{replay_id}", response_model=ReplayOut, responses=_READS)
def one_replay(caller: Reader, number: Number, replay_id: ReplayId) -> ReplayOut:
    """Say how far a replay is, and what it found once it is done."""
    with store() as session:
        found = _of(replay_views.summary(session, replay_id), number)
        return ReplayOut.of(found, replay_views.result(session, replay_id))


@router.post("/{replay_id}/cancel", response_model=ReplayOut, responses=_EDITS)
def cancel(caller: RuleOwner, key: Key, number: Number, replay_id: ReplayId) -> ReplayOut:
    """Ask a replay to stop; it does after the portion of lines that it has in hand."""
    with store() as session:
        _of(replay_views.summary(session, replay_id), number)
    return ReplayOut.of(commands.cancel_replay(caller, replay_id, key=key))


@router.get("/{replay_id}/lines", response_model=TurnedLinesOut, responses=_READS)
def turned_lines(
    caller: Reader,
    number: Number,
    replay_id: ReplayId,
    category: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    was: Verdict | None = None,
    now: Verdict | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> TurnedLinesOut:
    """List the lines that would get another verdict."""
    only = TurnedOnly(category, kind, was, now)
    with store() as session:
        _of(replay_views.summary(session, replay_id), number)
        page = replay_views.lines(session, replay_id, only, cursor=cursor, limit=limit)
    return TurnedLinesOut(items=page.items, next_cursor=page.next_cursor)


@router.get("/{replay_id}/spreads", response_model=SpreadsOut, responses=_READS)
def spreads(caller: Reader, number: Number, replay_id: ReplayId) -> SpreadsOut:
    """Say how the lines lie about the limit of each row, so that another limit can be counted."""
    with store() as session:
        _of(replay_views.summary(session, replay_id), number)
        found = replay_views.spreads(session, replay_id)
    return SpreadsOut(items=[SpreadOut.model_validate(one, from_attributes=True) for one in found])


@router.get("/{replay_id}/export", response_class=Response, responses=_READS)
def export(caller: Reader, number: Number, replay_id: ReplayId) -> Response:
    """Return the lines that would get another verdict as CSV."""
    with store() as session:
        _of(replay_views.summary(session, replay_id), number)
        text = replay_file.as_csv(session, replay_id)
    name = f"rule-set-{number}-replay.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(BOM + text, media_type="text/csv; charset=utf-8", headers=headers)


def _of(found: ReplaySummary, number: int) -> ReplaySummary:
    if found.rule_set != number:
        raise NotFound(f"Rule set {number} has no such replay.")
    return found
