"""What the page reads and keeps of a draft besides its lines: what was chosen, the moments, the waves, and the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app import routes
from app.clock import new_id
from app.components import format as shown
from app.components import wave_plan
from app.components.views import View
from app.components.wave_plan import Goes, LimitsView, MeasureRow, StepView
from app.database import committed, reading
from app.identity.actor import Actor
from app.intake import drafts
from app.intake.drafts import DraftChangedElsewhere, Glance, Kept, Kind, Typed
from app.lifecycle.submission import Mixed
from app.pages.new_proposal import showing

OURS = ("choices", "timing", "waves")
"""The fields that the page's state holds; the browser holds the others (see `assets/drafting.js`)."""
CALLED = {"choices": "what is left out or split", "timing": "the moments", "waves": "the waves"}
STEP = 1000


class _AsTyped(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ChoicesAsMade(_AsTyped):
    """What was chosen: how lines come, whether they are being brought anew, and what of them goes."""

    mode: Literal["type", "file"] = "type"
    anew: bool = False
    mixed: Mixed = "together"
    without: bool = False


class TimingAsTyped(_AsTyped):
    """Two moments in one zone, as they were typed."""

    when: Literal["decided", "at"] = "decided"
    until: Literal["good", "at"] = "good"
    zone: str = ""
    day: str = ""
    time: str = ""
    fold: str = ""
    end_day: str = ""
    end_time: str = ""
    end_fold: str = ""


class WavesAsTyped(_AsTyped):
    """A wave plan as it was typed."""

    goes: Goes = "one"
    steps: list[StepView] = list(wave_plan.FIRST_STEPS)
    limits: LimitsView = LimitsView()
    measures: list[MeasureRow] = []


AsTyped = TypeVar("AsTyped", bound=_AsTyped)


@dataclass(frozen=True)
class Opened:
    """A draft as the page opens it."""

    read: bool
    versions: dict[str, int]
    fields: dict[str, str]
    submitted_as: str
    discarded: bool
    left: int
    edition: int

    def field(self, name: str, kind: type[AsTyped]) -> AsTyped:
        """Return what stands in a field; what nobody understands any more is as if it had never been typed."""
        try:
            return kind.model_validate_json(self.fields.get(name) or "{}")
        except ValidationError:
            return kind()


class DraftLineView(View):
    """One of a person's drafts in their list."""

    id: str = ""
    title: str = ""
    lines: str = ""
    unchecked: bool = False
    when: str = ""
    href: str = ""


def opened(draft_id: str, owner: Actor) -> Opened:
    """Open a draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        fields = drafts.stand(session, draft_id, owner, OURS)
        found = Opened(
            read=draft.edition > 0,
            versions=drafts.versions(session, draft_id, owner),
            fields={name: field.value for name, field in fields.items()},
            submitted_as=draft.submitted_as or "",
            discarded=draft.discarded_at is not None,
            left=draft.problem,
            edition=draft.edition,
        )
    split = found.field("choices", ChoicesAsMade).mixed == "split" and draft.clean + draft.soft > 0
    return Opened(**{**vars(found), "left": found.left + (draft.hard if split else 0)})


def kept(draft_id: str, owner: Actor, fields: Mapping[str, str], over: Mapping[str, int], now: datetime) -> Kept:
    """Keep fields that the page's state holds. Raises what `drafts.keep` raises."""
    typed = {name: Typed(value, over.get(name, 0)) for name, value in fields.items()}
    return committed(lambda session: drafts.keep(session, draft_id, owner, typed, now))


def refuse_changed(draft_id: str, owner: Actor, seen: Mapping[str, int], reason: str, reason_seen: int) -> None:
    """Raise `DraftChangedElsewhere` if other things stand in the fields of a draft than its page shows."""
    with reading() as session:
        now = drafts.versions(session, draft_id, owner)
        said = drafts.stand(session, draft_id, owner, ("reason",)).get("reason")
    others = [CALLED[name] for name in OURS if now.get(name, 0) > seen.get(name, 0)]
    if said is not None and said.version > reason_seen and said.value.strip() != reason:
        others.append("the reason")
    if others:
        raise DraftChangedElsewhere(
            f"{' and '.join(others).capitalize()} changed there. Nothing was submitted; look, then submit."
        )


def mine(owner: Actor, now: datetime, *, but: str = "") -> list[DraftLineView]:
    """Return a person's open drafts, the last changed first, without the one that is open."""
    with reading() as session:
        found = drafts.glances(session, owner)
    return [_glance(one, now) for one in found if one.id != but]


def _glance(one: Glance, now: datetime) -> DraftLineView:
    return DraftLineView(
        id=one.id,
        title=one.reason.strip() or "No reason yet",
        lines=shown.plural(one.lines, "line"),
        unchecked=not one.read,
        when=shown.when(one.changed_at, now),
        href=routes.with_query(routes.NEW_PROPOSAL, draft=one.id),
    )


def discard(draft_id: str, owner: Actor, now: datetime) -> None:
    """Put a draft away. Raises `NotFound`, `DraftSubmitted` or `DraftDiscarded`."""
    committed(lambda session: drafts.discard(session, draft_id, owner, now))


def take_back(draft_id: str, owner: Actor, now: datetime) -> None:
    """Open a draft again that was discarded. Raises `NotFound` or `TooManyDrafts`."""
    committed(lambda session: drafts.take_back(session, draft_id, owner, now))


def edit_lines(draft_id: str, owner: Actor, now: datetime) -> None:
    """Let the lines of a draft stand as text, to be edited: as they were typed, or as they were mended since."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        stands = drafts.stand(session, draft_id, owner, ("text", "typed"))
        if not draft.mended and any(field.value.strip() not in ("", "[]") for field in stands.values()):
            return
        text = _text(draft_id, owner, ("problem", "hard", "soft", "clean", "unchanged"))
    over = {name: field.version for name, field in stands.items()}
    kept(draft_id, owner, {"text": text, "typed": ""}, over, now)


def with_what_was_left(draft_id: str, owner: Actor, now: datetime) -> str:
    """Begin a draft with the lines that a submitted one left behind, and return its id. Raises `NotFound`."""
    with reading() as session:
        stands = drafts.stand(session, draft_id, owner, ("reason", "choices"))
    split = opened(draft_id, owner).field("choices", ChoicesAsMade).mixed == "split"
    text = _text(draft_id, owner, ("problem", "hard") if split else ("problem",))
    anew = new_id()
    reason = stands["reason"].value if "reason" in stands else ""
    kept(anew, owner, {"text": text, "reason": reason}, {}, now)
    return anew


def _text(draft_id: str, owner: Actor, kinds: Sequence[Kind]) -> str:
    with reading() as session:
        page = drafts.page(session, draft_id, owner, limit=STEP)
        rows = list(page.items)
        while page.next_cursor:
            page = drafts.page(session, draft_id, owner, cursor=page.next_cursor, limit=STEP)
            rows += page.items
    return showing.as_text([row for row in rows if row.kind in kinds])
