"""Proposals over HTTP: submit, import, read, decide, roll back. Every command goes through `app.lifecycle.commands`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from sqlmodel import Session

from app import contexts, database, passport
from app.api import uploads
from app.api.access import Key, KeyUnlessDryRun, Reader, Submitter, Undoer
from app.api.inputs import Cursor, DecisionIn, LineIn, PriceChangeIn, RollBackIn, Words, instant_of, plan_of
from app.api.problems import described
from app.api.readings import ReadingOut, given_in
from app.api.wire import (
    DryRunOut,
    HoldOut,
    ImportOut,
    LineOut,
    PageOut,
    ProposalOut,
    SubmittedOut,
    TakesTwoOut,
    TraceOut,
    WarnedOut,
    WeightOut,
)
from app.canary.waves import WavePlan
from app.clock import utc_now
from app.contracts.holds import Held
from app.identity.actor import Actor
from app.intake import way_in
from app.intake.dry_run import DryRun
from app.intake.dry_run import dry_run as judge_rows
from app.intake.known_products import products
from app.intake.price_file import Read, read_file
from app.intake.weight import Weighed, weigh
from app.lifecycle import commands
from app.lifecycle.errors import BadSubmission
from app.lifecycle.proposing import context_holds, obstacles
from app.lifecycle.proposing.obstacles import PriceSpan
from app.lifecycle.proposing.submission import Mixed, ProposedLine, Submission, listed, refuse_moments
from app.lifecycle.rolling_back import second_person
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import bounds, made_permanent
from app.timekeeping.local_time import Instant
from app.words.counting import part, plural
from app.words.money import NotAPrice, parse_price
from app.words.sku import why_not

router = APIRouter(prefix="/api/price-changes", tags=["price changes"])
Limit = Annotated[int, Query(ge=1, le=1_000)]
Verdict = Literal["CLEAN", "SOFT", "HARD"]
Row = dict[str, str | int | None]
UNSAID = "(no reason yet)"


@router.post("", status_code=201, responses=described(400, 401, 403, 409, 413, 422))
def submit(change: PriceChangeIn, caller: Submitter, key: Key) -> SubmittedOut:
    """Submit a proposal. Up to 200 lines the answer holds the verdict; above that poll until it is not EVALUATING.

    `locked` names the lines whose price a context holds fixed; `warnings` says what the change runs into.
    """
    effective_at, ends_at, plan = instant_of(change.effective_at), instant_of(change.ends_at), plan_of(change.waves)
    lines = _minor_units(change.lines)
    submission = Submission(
        change.reason, lines, effective_at, change.mixed, ends_at=ends_at, waves=plan, salt=change.salt
    )
    summary = way_in.submit(caller, submission, key=key)
    return SubmittedOut.of(summary, **_runs_into(summary))


@router.post("/import", status_code=201, responses=described(400, 401, 403, 413, 422))
def import_file(
    caller: Submitter,
    key: KeyUnlessDryRun,
    response: Response,
    file: Annotated[UploadFile, File(description="CSV or XLSX with a column of SKUs and one of prices or changes")],
    reason: Annotated[str, Form(max_length=2_000)] = "",
    mixed: Annotated[Literal["together", "split"], Form()] = "together",
    effective_at: Annotated[Instant | None, Form()] = None,
    ends_at: Annotated[Instant | None, Form()] = None,
    waves: Annotated[str, Form(max_length=2_000_000, description="a wave plan as JSON")] = "",
    salt: Annotated[str, Form(max_length=100)] = "",
    reading: Annotated[str, Form(max_length=2_000, description="how to read the file, as JSON")] = "",
    dry_run: Annotated[bool, Query(description="only judge; nothing is kept")] = False,
    skip_problems: Annotated[bool, Query(description="leave bad rows out instead of refusing the file")] = False,
) -> ImportOut | DryRunOut:
    """Submit a file. Rows at the current price are left out; a bad row refuses the whole file unless told otherwise.

    A file that could be read in two ways is refused with both; send it again with the `reading` that is meant.
    """
    content, given = uploads.content_of(file, caller), given_in(reading)
    plan = WavePlan.from_json(waves) if waves else None
    asked = Submission(reason, (), effective_at, mixed, "file", ends_at, plan, salt)
    if dry_run:
        response.status_code = 200
        with uploads.turn():
            return _tried(caller, read_file(content, given=given, products=products), asked)
    options = f"|{reason}|{mixed}|{effective_at}|{skip_problems}" + (
        f"|{ends_at}|{waves}|{salt}" if ends_at or plan else ""
    )
    request = sha256(content + (options + reading).encode()).hexdigest()
    with uploads.turn():
        judged = _judged(read_file(content, given=given, products=products), ends_at)
    answer = commands.answer_to(caller, key, request)
    if answer is None:
        if judged.problems and not skip_problems:
            raise _bad_rows(judged)
        answer = way_in.submit(caller, _of(judged, asked), key=key, request=request)
    counts = judged.counts
    return ImportOut.of(answer, **_runs_into(answer), unchanged=counts.unchanged, left_out=counts.problem)


@router.get("", responses=described(401))
def find(
    caller: Reader,
    status: Status | None = None,
    submitter: Words = None,
    sku: Words = None,
    q: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOut[ProposalOut]:
    """List proposals, newest first."""
    with database.reading() as session:
        page = queries.proposals(session, status=status, submitter=submitter, sku=sku, q=q, cursor=cursor, limit=limit)
    return PageOut(items=[ProposalOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.get("/{reference}", responses=described(401, 404))
def read(reference: str, caller: Reader) -> WarnedOut:
    """Read one proposal by id or reference (`PC-12`)."""
    with database.reading() as session:
        summary = queries.summary(session, reference)
        return WarnedOut.of(summary, warnings=_warnings(session, summary))


@router.get("/{reference}/lines", responses=described(401, 404))
def read_lines(
    reference: str, caller: Reader, verdict: Verdict | None = None, cursor: Cursor = None, limit: Limit = 100
) -> PageOut[LineOut]:
    """Read the lines of a proposal with their findings."""
    with database.reading() as session:
        page = queries.lines(session, reference, verdict=verdict, cursor=cursor, limit=limit)
    return PageOut(items=[LineOut.of(line) for line in page.items], next_cursor=page.next_cursor)


@router.get("/{reference}/trace", responses=described(401, 404))
def trace(reference: str, caller: Reader) -> list[TraceOut]:
    """Read the passport: every step from submission to each context's last acknowledgement."""
    with database.reading() as session:
        return [TraceOut.model_validate(entry) for entry in passport.trace(session, reference)]


# Who may decide also depends on the proposal (lent rights, escalation), so the lifecycle says it, not the door.
_DECISION = described(400, 401, 403, 404, 409, 422)


@router.post("/{reference}/approve", responses=_DECISION)
def approve(reference: str, decision: DecisionIn, caller: Reader, key: Key) -> ProposalOut:
    """Approve what was seen; refused if it changed since, or if the caller had a hand in it."""
    return _act(caller, reference, Action.APPROVE, decision, key)


@router.post("/{reference}/reject", responses=_DECISION)
def reject(reference: str, decision: DecisionIn, caller: Reader, key: Key) -> ProposalOut:
    """Reject a proposal with a reason."""
    return _act(caller, reference, Action.REJECT, decision, key)


@router.post("/{reference}/return", responses=_DECISION)
def return_(reference: str, decision: DecisionIn, caller: Reader, key: Key) -> ProposalOut:
    """Return a proposal to its author with a reason."""
    return _act(caller, reference, Action.RETURN, decision, key)


@router.post("/{reference}/withdraw", responses=_DECISION)
def withdraw(reference: str, decision: DecisionIn, caller: Submitter, key: Key) -> ProposalOut:
    """Withdraw one's own proposal before it is published, as it was seen."""
    return _act(caller, reference, Action.WITHDRAW, decision, key)


@router.post("/{reference}/keep", responses=_DECISION)
def keep(reference: str, decision: DecisionIn, caller: Reader, key: Key) -> ProposalOut:
    """Make the prices of a window permanent, with a reason: its return, which this names, is called off.

    They are judged today as a change for good; refused (`facts_moved`) if a fact moved since the return was judged, and
    (`keeps_hard`) if one breaks a hard rule. Of what is hard or soft the return's `warnings` tell beforehand.
    """
    return _act(caller, reference, Action.KEEP, decision, key)


@router.post("/{reference}/re-evaluate", responses=_DECISION)
def re_evaluate(reference: str, caller: Reader, key: Key) -> ProposalOut:
    """Judge a waiting proposal again on the facts as they are now. Binds to nothing: it only reads again."""
    return ProposalOut.of(commands.act(caller, reference, Action.RE_EVALUATE, key=key))


@router.post("/{reference}/roll-back", responses=_DECISION)
def roll_back(reference: str, why: RollBackIn, caller: Undoer, key: Key) -> ProposalOut:
    """Take back what was seen to be out: every context that applied it undoes; newer prices are left alone.

    Refused (`second_person_needed`) if an earlier price breaks a hard rule today, also one that would only show when a
    price window ends, or for whoever supplied a fact of it since its submission: then one asks and another agrees.
    """
    return _act(caller, reference, Action.ROLL_BACK, DecisionIn(**why.model_dump()), key)


@router.get("/{reference}/roll-back", responses=described(401, 404))
def what_comes_back(reference: str, caller: Reader) -> TakesTwoOut:
    """Say whether the caller cannot roll this back alone now, why, and who has asked for it already."""
    with database.reading() as session:
        found = second_person.takes_two(session, reference, caller.id, utc_now())
    if found is None:
        return TakesTwoOut(takes_two=False)
    return TakesTwoOut(
        takes_two=True, why=found.sentence, asked_by=found.asked_by or None, asked_at=found.asked_at,
        reason=found.reason,
    )  # fmt: skip


@router.post("/{reference}/roll-back/ask", responses=_DECISION)
def ask_roll_back(reference: str, why: RollBackIn, caller: Undoer, key: Key) -> ProposalOut:
    """Ask for a roll-back that the caller cannot order alone; nothing comes back before another person agrees."""
    return _act(caller, reference, Action.ASK_ROLL_BACK, DecisionIn(**why.model_dump()), key)


@router.post("/{reference}/roll-back/agree", responses=_DECISION)
def agree_roll_back(reference: str, why: RollBackIn, caller: Undoer, key: Key) -> ProposalOut:
    """Agree to the roll-back that another person asked for; refused if what would come back changed since."""
    return _act(caller, reference, Action.AGREE_ROLL_BACK, DecisionIn(**why.model_dump()), key)


def _act(caller: Actor, reference: str, action: Action, decision: DecisionIn, key: str) -> ProposalOut:
    return ProposalOut.of(
        commands.act(caller, reference, action, comment=decision.comment, seen=decision.content_hash, key=key)
    )


def _minor_units(lines: Sequence[LineIn]) -> tuple[ProposedLine, ...]:
    """Parse every price in its product's currency, or refuse with every row that is no price."""
    with database.reading() as session:
        known = listed(session, [line.sku for line in lines], now=utc_now())
    parsed: list[ProposedLine] = []
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        product = known.get(line.sku)
        if product is None:
            why = why_not(line.sku)
            code = "bad_sku" if why else "unknown_sku"
            rows.append(_row(number, line, code, why or "No product has this SKU."))
            continue
        if line.currency not in (None, product.currency):
            told = f"{line.sku} is priced in {product.currency}, not in {line.currency}; nothing is converted."
            rows.append(_row(number, line, "other_currency", told))
            continue
        try:
            parsed.append(ProposedLine(line.sku, parse_price(line.price, product.currency)))
        except NotAPrice as problem:
            rows.append(_row(number, line, "not_a_price", str(problem)))
    if rows:
        raise BadSubmission(
            f"{part(len(rows), len(lines), 'line')} cannot be accepted; nothing was submitted."
            " Correct them or leave them out.",
            extra={"rows": rows},
        )
    return tuple(parsed)


def _row(number: int, line: LineIn, code: str, reason: str) -> Row:
    return {"row": number, "sku": line.sku, "price": line.price, "code": code, "reason": reason}


def _runs_into(summary: ProposalSummary) -> dict[str, list[object]]:
    """Return what a submission runs into, and what the contexts said of it."""
    with database.reading() as session:
        holds, warnings = context_holds.holds_of(session, summary.id), _warnings(session, summary)
    locked = [HoldOut.of(hold) for hold in holds]
    return {"warnings": [*warnings], "locked": [*locked], "locks_unknown": [*summary.unasked]}


def _warnings(session: Session, summary: ProposalSummary) -> list[str]:
    proposal, now = queries.find(session, summary.id), utc_now()
    may_stay = proposal.returns and proposal.status in bounds.OPEN
    stays = made_permanent.keeping(session, proposal, now) if may_stay else None
    if stays is not None and (stays.hard or stays.soft):
        return [f"Made permanent: {stays.sentence}"]
    return obstacles.of_proposal(session, proposal, now)


def _judged(read: Read, ends_at: datetime | None = None) -> DryRun:
    with database.reading() as session:
        return judge_rows(session, read.rows, utc_now(), ends_at=ends_at)


def _of(judged: DryRun, asked: Submission) -> Submission:
    return replace(asked, lines=tuple(ProposedLine(line.sku, line.new) for line in judged.lines))


def _tried(caller: Actor, read: Read, asked: Submission) -> DryRunOut:
    """Judge a file, and refuse what submitting its good rows would refuse; a dry run needs no reason yet."""
    now = utc_now()
    refuse_moments(asked.effective_at, asked.ends_at, now)
    judged = _judged(read, asked.ends_at)
    if judged.lines:
        commands.rehearse(caller, replace(_of(judged, asked), reason=asked.reason or UNSAID), now=now)
    skus, span = [line.sku for line in judged.lines], PriceSpan(asked.effective_at or now, asked.ends_at)
    held = contexts.held(skus, span.begins)
    with database.reading() as session:
        warnings = obstacles.of_plan(session, skus, span, now)
    return _verdicts(judged, held, _weight(judged, asked.mixed), warnings, read)


def _weight(judged: DryRun, mixed: Mixed) -> WeightOut | None:
    changes = [Weighed(line.sku, line.name, line.verdict, line.old, line.new, line.currency) for line in judged.lines]
    weight = weigh(changes, mixed)
    return None if weight is None else WeightOut.of(weight)


def _verdicts(judged: DryRun, held: Held, weight: WeightOut | None, warnings: list[str], read: Read) -> DryRunOut:
    counts = judged.counts
    return DryRunOut(
        lines=len(judged.lines),
        clean=counts.clean,
        soft=counts.soft,
        hard=counts.hard,
        unchanged=counts.unchanged,
        rows=_problem_rows(judged),
        locked=[HoldOut.of(hold) for line in judged.lines for hold in held.holds.get(line.sku, ())],
        locks_unknown=list(held.unasked),
        without_a_person=weight,
        warnings=warnings,
        reading=ReadingOut.of(read.reading),
    )


def _bad_rows(judged: DryRun) -> BadSubmission:
    return BadSubmission(
        f"{plural(len(judged.problems), 'row')} cannot be accepted; nothing was submitted. Correct them, or"
        " send ?skip_problems=true to leave them out.",
        extra={"rows": _problem_rows(judged)},
    )


def _problem_rows(judged: DryRun) -> list[Row]:
    return [
        {"row": problem.row, "sku": problem.sku, "price": problem.price, "code": problem.code, "reason": problem.reason}
        for problem in judged.problems
    ]
