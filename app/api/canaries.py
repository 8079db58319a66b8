"""Waves over HTTP: preview them, demand them, follow them, feed them with measures, steer them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlmodel import Session

from app import database, passport
from app.api.access import Hurrier, Key, Measurer, Reader, Steerer
from app.api.inputs import DecisionIn, PlanIn, SeenHash, Strict, plan_of
from app.api.problems import ProblemRaised, described
from app.api.wire import ProposalOut, by_name
from app.canary import waves as canary
from app.canary.evidence import Amount, Direction, Instant, Measure, MeasureLimit
from app.clock import new_id, utc_now
from app.deliveries.views import Counts
from app.identity.actor import Actor
from app.lifecycle import commands
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import CanaryView, HeldByFreeze, MeasureView, WaveView
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing.submission import listed
from app.lifecycle.publishing import measures
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.passport import WaveOut

router = APIRouter(prefix="/api/price-changes", tags=["canaries"])
_STEERING = described(400, 401, 403, 404, 409, 422)
_MEASURE, _POSTED = TypeAdapter(Measure), TypeAdapter(MeasureView)


class PreviewIn(Strict):
    """Lines by SKU, and a plan; without one, the plan that is suggested for so many lines."""

    skus: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=100_000)]
    waves: PlanIn | None = None
    salt: Annotated[str, Field(max_length=100)] = ""
    soft: Annotated[int, Field(ge=0)] = 0
    largest_change_bp: int = 0


class WavePreviewOut(BaseModel):
    """What a wave would take."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    lines: int
    share_bp: int
    skus: list[str]


class PreviewOut(BaseModel):
    """What each wave would take; submit with the same `salt` and the same SKUs fall into the same waves."""

    salt: str
    plan: canary.WavePlan | None
    waves: list[WavePreviewOut]


class ThresholdIn(Strict):
    """How far the treated SKUs may be from the control, in basis points of the control."""

    direction: Direction
    tolerance_bp: Annotated[int, Field(ge=0, le=10_000)]
    min_sample: Annotated[int, Field(ge=1)] = 1
    required: bool = False


class MeasureIn(Strict):
    """A measure of the treated SKUs against the untouched ones, on how many observations; values as decimal strings."""

    name: Annotated[str, Field(max_length=64, examples=["conversion"])]
    treated: Amount
    control: Amount
    sample: Annotated[int, Field(ge=0)]
    at: Instant | None = None
    threshold: ThresholdIn | None = None


class PlanWavesIn(Strict):
    """The plan to follow instead, or null to go out at once; and what was seen."""

    waves: PlanIn | None
    content_hash: SeenHash


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveStateOut(WaveView):
    """One wave: planned, out, judged."""

    landed_after_ms: int | None
    estimate_ms: int | None
    contexts: dict[str, Counts]


class CanaryOut(BaseModel):
    """A canary: its plan, the last wave that is out (0: none yet), every wave and every measure."""

    plan: canary.WavePlan
    wave: int
    waves: list[WaveStateOut]
    measures: list[MeasureView]


class AppointmentOut(BaseModel):
    """Something that the clock will do: `publishes`, `returns`, `wave`, `reminds`, `escalates` or `expires`.

    At `wave` the guards of the wave before `wave` are judged; this one goes out if they hold, unless the last is out.
    `at` is when it really happens: what a freeze has `held` publishes when that ends (or expires, if its window is over
    by then). A wave is judged on time, and the next one goes out when the freeze that has it `held` ends.
    """

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: str
    reference: str
    reason: str
    wave: int
    lines: int
    held: HeldByFreeze | None


@router.post("/waves/preview", responses=described(401, 422))
def preview(wanted: PreviewIn, caller: Reader, key: Key) -> PreviewOut:
    """Say which SKUs would fall into which wave. Changes nothing."""
    posted = plan_of(wanted.waves)
    plan = posted or canary.suggest(len(wanted.skus), wanted.soft, wanted.largest_change_bp)
    salt = wanted.salt or new_id()
    if plan is None:
        return PreviewOut(salt=salt, plan=None, waves=[])
    with database.reading() as session:
        known = listed(session, wanted.skus, now=utc_now())
    lines = [(sku, known[sku].category, known[sku].brand) for sku in wanted.skus if sku in known]
    previews = [WavePreviewOut.model_validate(wave) for wave in canary.preview(plan, lines, salt=salt)]
    return PreviewOut(salt=salt, plan=plan, waves=previews)


@router.get("/{reference}/waves", responses=described(401, 404))
def read(reference: str, caller: Reader) -> CanaryOut:
    """Read a proposal's waves: how far they got, how their guards were judged, what each context did with each."""
    with database.reading() as session:
        view = schedule.canary_of(session, reference)
        if view is None:
            raise NotFound("This proposal goes out in one piece; it has no waves.")
        out = {wave.number: wave for wave in passport.waves_out(session, queries.find(session, reference).id)}
    return _shown(view, out)


@router.get("/{reference}/appointments", responses=described(401, 404))
def appointments(reference: str, caller: Reader) -> list[AppointmentOut]:
    """Read what the clock will do with a proposal, soonest first."""
    with database.reading() as session:
        return [AppointmentOut.model_validate(found) for found in schedule.appointments_of(session, reference)]


@router.post("/{reference}/measures", status_code=201, responses=_STEERING)
def post_measure(reference: str, posted: MeasureIn, caller: Measurer, key: Key) -> MeasureView:
    """Post a measure of the wave that is out; it is judged when the bake ends. A threshold joins the plan's limits.

    A breach takes everything back. Where it rests on one person's measures alone, and they could not order that alone
    (see `roll-back`), the canary is held instead, and the roll-back asked for in their name; another person agrees.
    Not for whoever had a hand in the proposal, nor for who lent such a person a right or holds one of theirs.
    """
    now = utc_now()
    try:
        measure = _MEASURE.validate_python({**posted.model_dump(exclude={"threshold", "at"}), "at": posted.at or now})
        limit = MeasureLimit(name=posted.name, **dict(posted.threshold)) if posted.threshold else None
    except ValidationError as broken:
        raise ProblemRaised(422, "broken_measure", "The measure is not understood", _said(broken)) from broken

    def kept(session: Session) -> tuple[str, str]:
        proposal = measures.post(session, reference, measure, limit, actor=caller, now=now)
        answer = MeasureView(
            wave=proposal.wave, name=measure.name, treated=str(measure.treated), control=str(measure.control),
            sample=measure.sample, at=measure.at, posted_by=caller.name, source=caller.id, counts=True,
        )  # fmt: skip
        return proposal.id, _POSTED.dump_json(answer).decode()

    body = f"measure|{reference}|{posted.model_dump_json()}"
    return _POSTED.validate_json(commands.once(caller, key, body, kept, now))


@router.post("/{reference}/waves", responses=_STEERING)
def plan_waves(reference: str, wanted: PlanWavesIn, caller: Reader, key: Key) -> ProposalOut:
    """Demand other waves, or none, of a proposal that waits; whoever does so cannot approve it."""
    return ProposalOut.of(
        commands.plan_waves(caller, reference, plan_of(wanted.waves), seen=wanted.content_hash, key=key)
    )


@router.post("/{reference}/pause", responses=_STEERING)
def pause(reference: str, why: DecisionIn, caller: Steerer, key: Key) -> ProposalOut:
    """Hold a canary after the wave that is out."""
    return _act(caller, reference, Action.PAUSE, why, key)


@router.post("/{reference}/continue", responses=_STEERING)
def continue_(reference: str, why: DecisionIn, caller: Steerer, key: Key) -> ProposalOut:
    """Let a held canary go on to its next wave, with a reason.

    Refused (`facts_moved`, with what is found of each line) if that wave no longer stands as it was passed. Nothing is
    changed; Baton judges the wave again at once, and then it can be continued as it is, without what is hard.
    """
    return _act(caller, reference, Action.CONTINUE, why, key)


@router.post("/{reference}/expedite", responses=_STEERING)
def expedite(reference: str, why: DecisionIn, caller: Hurrier, key: Key) -> ProposalOut:
    """Publish at once in an emergency: no waiting for its date, a freeze or waves. Needs a reason."""
    return _act(caller, reference, Action.EXPEDITE, why, key)


def _act(caller: Actor, reference: str, action: Action, why: DecisionIn, key: str) -> ProposalOut:
    return ProposalOut.of(commands.act(caller, reference, action, comment=why.comment, seen=why.content_hash, key=key))


def _shown(view: CanaryView, out: dict[int, WaveOut]) -> CanaryOut:
    return CanaryOut(
        plan=view.plan,
        wave=view.wave,
        waves=[_wave(wave, out.get(wave.number)) for wave in view.waves],
        measures=list(view.measures),
    )


def _wave(wave: WaveView, out: WaveOut | None) -> WaveStateOut:
    return WaveStateOut(
        **by_name(WaveView, wave),
        landed_after_ms=out.landed_after_ms if out else None,
        estimate_ms=out.estimate_ms if out else None,
        contexts=out.contexts if out else {},
    )


def _said(broken: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in broken.errors())
