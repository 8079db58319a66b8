"""Rule sets over HTTP: read them, draft and change them, have them reviewed, activate them; what a draft would miss."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile

from app.api import uploads
from app.api.access import Key, Reader, RuleOwner
from app.api.inputs import Cursor, instant_of
from app.api.problems import described
from app.api.rule_set_wire import (
    ActionOut,
    ActivateIn,
    AppliesOut,
    CheckOut,
    DifferenceOut,
    DraftIn,
    HandOut,
    HappeningOut,
    HistoryOut,
    RequiredIn,
    RuleDifferenceOut,
    RuleEditIn,
    RuleSetDetailOut,
    RuleSetFindingOut,
    RuleSetOut,
    RuleSetReasonIn,
    RuleSetsOut,
    RulesIn,
    SeenIn,
    ShadowIn,
    SubmitIn,
    VersionIn,
)
from app.clock import utc_now
from app.database import reading as store
from app.intake import rules_file
from app.intake.export import BOM
from app.lifecycle import commands
from app.lifecycle.rulebook import applying, reading
from app.lifecycle.rulebook.status import RuleSetStatus

router = APIRouter(prefix="/api/rule-sets", tags=["rules"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
RuleId = Annotated[str, Path(max_length=64)]
_EDITS = described(400, 401, 403, 404, 409, 422, 429, 503)
_READS = described(401, 403, 404, 422, 429, 503)


@router.get("", response_model=RuleSetsOut, responses=_READS)
def list_sets(
    caller: Reader,
    status: RuleSetStatus | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> RuleSetsOut:
    """List rule sets, newest first."""
    with store() as session:
        page = reading.sets(session, status=status, cursor=cursor, limit=limit)
    return RuleSetsOut(items=[RuleSetOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/active", response_model=RuleSetDetailOut, responses=_READS)
def active_set(caller: Reader) -> RuleSetDetailOut:
    """Return the set that judges now."""
    with store() as session:
        number = reading.active(session).number
    return one_set(caller, number)


@router.get("/{number}", response_model=RuleSetDetailOut, responses=_READS)
def one_set(caller: Reader, number: Number) -> RuleSetDetailOut:
    """Return a rule set with its rows, and what the caller may do with it."""
    with store() as session:
        found = reading.detail(session, number)
        actions = reading.open_actions(session, number, caller, utc_now())
    return RuleSetDetailOut(
        **RuleSetOut.of(found.summary).model_dump(),
        rows=list(found.content.rules),
        hands=[HandOut(name=name, how=how) for name, how in found.hands],
        actions=[ActionOut.of(action) for action in actions],
    )


@router.get("/{number}/export", response_class=Response, responses=_READS)
def export(
    caller: Reader, number: Number, kind: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv"
) -> Response:
    """Return a set as a file that can be imported into a draft again."""
    with store() as session:
        content = reading.detail(session, number).content
    text = BOM + rules_file.as_csv(content) if kind == "csv" else rules_file.as_json(content)
    return Response(
        text,
        media_type="text/csv; charset=utf-8" if kind == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="rule-set-{number}.{kind}"'},
    )


@router.get("/{number}/check", response_model=CheckOut, responses=_READS)
def check(caller: Reader, number: Number) -> CheckOut:
    """Say what a set leaves uncovered, what contradicts itself, which rows never count, what it names in vain."""
    with store() as session:
        found = reading.check(session, number, utc_now())
    findings = [
        RuleSetFindingOut(
            what=one.what,
            rules=list(one.rules),
            products=one.products,
            sentence=one.sentence,
            blocks=one in found.blocking,
        )
        for one in found.findings
    ]
    return CheckOut(content_hash=found.content_hash, fit=not found.blocking, findings=findings)


@router.get("/{number}/difference", response_model=DifferenceOut, responses=_READS)
def difference(
    caller: Reader,
    number: Number,
    before: Annotated[
        int | None, Query(alias="from", ge=1, le=2**31 - 1, description="default: the active set")
    ] = None,
) -> DifferenceOut:
    """Say what differs from one set to this one, row by row."""
    with store() as session:
        start = before or reading.active(session).number
        found = reading.difference(session, start, number)
    rows = [RuleDifferenceOut(rule=one.rule, change=one.change, sentence=one.sentence) for one in found]
    return DifferenceOut(before=start, after=number, rows=rows)


@router.get("/{number}/history", response_model=HistoryOut, responses=_READS)
def history(caller: Reader, number: Number, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> HistoryOut:
    """Say who did what to a set, and why."""
    with store() as session:
        reading.summary(session, number)
        return HistoryOut(items=[HappeningOut.of(one) for one in reading.history(session, number, limit=limit)])


@router.get("/{number}/applies", response_model=AppliesOut, responses=_READS)
def applies(caller: Reader, number: Number, sku: Annotated[str, Query(min_length=1, max_length=200)]) -> AppliesOut:
    """Say which row of a set counts for a SKU, kind by kind, and why that one."""
    with store() as session:
        reading.summary(session, number)
        found = applying.applies_to(session, number, sku, utc_now())
    return AppliesOut.model_validate(found, from_attributes=True)


@router.post("", response_model=RuleSetOut, status_code=201, responses=_EDITS)
def draft(caller: RuleOwner, key: Key, body: DraftIn) -> RuleSetOut:
    """Begin a draft."""
    return RuleSetOut.of(commands.draft_rules(caller, start_from=body.start_from, reason=body.reason, key=key))


@router.post("/{number}/rules", response_model=RuleSetOut, status_code=201, responses=_EDITS)
def add_rule(caller: RuleOwner, key: Key, number: Number, body: RuleEditIn) -> RuleSetOut:
    """Add a row to a draft."""
    return RuleSetOut.of(commands.add_rule(caller, number, body.rule, version=body.version, key=key))


@router.put("/{number}/rules", response_model=RuleSetOut, responses=_EDITS)
def replace_rules(caller: RuleOwner, key: Key, number: Number, body: RulesIn) -> RuleSetOut:
    """Put other rows in place of all; every bad one is named, and then none is taken."""
    done = commands.replace_rules(caller, number, body.rules, body.mandatory, version=body.version, key=key)
    return RuleSetOut.of(done)


@router.post("/{number}/import", response_model=RuleSetOut, responses=_EDITS)
def import_file(
    caller: RuleOwner,
    key: Key,
    number: Number,
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
    file: Annotated[UploadFile, File(description="CSV or XLSX with a row for each rule, or JSON, as exported")],
) -> RuleSetOut:
    """Put the rows of a file in place of all; every bad one is named as the file counts it, and then none is taken."""
    content = uploads.content_of(file, caller)
    with uploads.turn():
        found = rules_file.read(content)
    return RuleSetOut.of(rules_file.carry_out(found, caller, number, version=version, key=key))


@router.patch("/{number}/rules/{rule_id}", response_model=RuleSetOut, responses=_EDITS)
def change_rule(caller: RuleOwner, key: Key, number: Number, rule_id: RuleId, body: RuleEditIn) -> RuleSetOut:
    """Give some fields of a row other values."""
    return RuleSetOut.of(commands.change_rule(caller, number, rule_id, body.rule, version=body.version, key=key))


@router.delete("/{number}/rules/{rule_id}", response_model=RuleSetOut, responses=_EDITS)
def remove_rule(
    caller: RuleOwner,
    key: Key,
    number: Number,
    rule_id: RuleId,
    version: Annotated[int, Query(ge=1, le=2**31 - 1)],
) -> RuleSetOut:
    """Take a row out of a draft."""
    return RuleSetOut.of(commands.remove_rule(caller, number, rule_id, version=version, key=key))


@router.put("/{number}/mandatory", response_model=RuleSetOut, responses=_EDITS)
def require_kinds(caller: RuleOwner, key: Key, number: Number, body: RequiredIn) -> RuleSetOut:
    """Say of which kinds every product needs a rule; a price without one is refused."""
    return RuleSetOut.of(commands.require_kinds(caller, number, body.mandatory, version=body.version, key=key))


@router.put("/{number}/reason", response_model=RuleSetOut, responses=_EDITS)
def explain(caller: RuleOwner, key: Key, number: Number, body: RuleSetReasonIn) -> RuleSetOut:
    """Say why there is to be this set."""
    return RuleSetOut.of(commands.explain_rules(caller, number, body.reason, version=body.version, key=key))


@router.post("/{number}/rebase", response_model=RuleSetOut, responses=_EDITS)
def rebase(caller: RuleOwner, key: Key, number: Number, body: VersionIn) -> RuleSetOut:
    """Bring a draft up to the active set: what changed there comes in, what the draft changes stays."""
    return RuleSetOut.of(commands.rebase_rules(caller, number, version=body.version, key=key))


@router.put("/{number}/shadow", response_model=RuleSetOut, responses=_EDITS)
def shadow(caller: RuleOwner, key: Key, number: Number, body: ShadowIn) -> RuleSetOut:
    """Let a set ride along on live proposals without effect, or no longer."""
    return RuleSetOut.of(commands.shadow_rules(caller, number, body.on, key=key))


@router.post("/{number}/submit", response_model=RuleSetOut, responses=_EDITS)
def submit(caller: RuleOwner, key: Key, number: Number, body: SubmitIn) -> RuleSetOut:
    """Put a draft before another owner."""
    done = commands.submit_rules(caller, number, content_hash=body.content_hash, reason=body.reason, key=key)
    return RuleSetOut.of(done)


@router.post("/{number}/return", response_model=RuleSetOut, responses=_EDITS)
def give_back(caller: RuleOwner, key: Key, number: Number, body: SeenIn) -> RuleSetOut:
    """Make a draft of what is in review, or agreed to and not yet active; says why."""
    done = commands.return_rules(caller, number, content_hash=body.content_hash, comment=body.comment, key=key)
    return RuleSetOut.of(done)


@router.post("/{number}/activate", response_model=RuleSetOut, responses=_EDITS)
def activate(caller: RuleOwner, key: Key, number: Number, body: ActivateIn) -> RuleSetOut:
    """Let a set judge, now or from a moment on. Whoever had a hand in it does not."""
    done = commands.activate_rules(
        caller,
        number,
        content_hash=body.content_hash,
        effective_at=instant_of(body.effective_at),
        comment=body.comment,
        key=key,
    )
    return RuleSetOut.of(done)


@router.post("/{number}/drop", response_model=RuleSetOut, responses=_EDITS)
def drop(caller: RuleOwner, key: Key, number: Number, body: SeenIn) -> RuleSetOut:
    """Give a set up; says why."""
    done = commands.drop_rules(caller, number, content_hash=body.content_hash, comment=body.comment, key=key)
    return RuleSetOut.of(done)
