"""Drafts for the New proposal page: a file or a pasted text, judged and kept on the server until it is submitted."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app import database
from app.api import uploads
from app.api.access import Submitter
from app.api.problems import ProblemRaised, described
from app.api.readings import GivenIn, ReadingOut, given_in
from app.api.wire import by_name
from app.clock import utc_now
from app.identity.actor import Actor
from app.intake import draft_lines, drafts, layouts
from app.intake.dry_run import RowCounts
from app.intake.export import BOM
from app.intake.given import Given
from app.intake.known_products import products
from app.intake.price_file import MAX_BYTES, Read, Remembered, read_file, read_typed
from app.intake.unreadable import UnreadableFile
from app.words.typed import plain

_IS_ID = re.compile(r"[0-9a-f-]{8,64}")
router = APIRouter(prefix="/api/drafts", tags=["drafts"])
PASTED = "pasted"
_Typed = Annotated[str, Field(max_length=400)]
_Id = Annotated[str, Field(pattern=r"^[0-9a-f-]{8,64}$")]
_Field = Literal["reason", "text", "typed", "mends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOut(RowCounts):
    """A draft: how many rows it has of each kind. Its rows are read on the page, its problems as CSV."""

    id: str
    filename: str
    reading: ReadingOut


class PastedIn(BaseModel):
    """Lines pasted from a spreadsheet, and rows typed cell by cell: SKU and price."""

    model_config = ConfigDict(extra="forbid")

    draft: _Id | Literal[""] = ""
    text: Annotated[str, Field(max_length=12_000_000)] = ""
    typed: Annotated[list[tuple[_Typed, _Typed]], Field(max_length=1_000)] = []
    reading: GivenIn = GivenIn()


def _schema_of_pasted() -> dict[str, object]:
    """Return what a pasted text looks like, whole in itself: nothing in the published description refers elsewhere."""
    schema = PastedIn.model_json_schema()
    defined = schema.pop("$defs")
    return schema | {"properties": schema["properties"] | {"reading": defined["GivenIn"]}}


_PASTED = TypeAdapter(PastedIn)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "reading": {"type": "string", "description": "how to read it, as JSON"},
                        "draft": {"type": "string", "description": "the draft whose lines these become"},
                    },
                }
            },
            "application/json": {"schema": _schema_of_pasted()},
        },
    }
}


@router.post("", status_code=201, responses=described(401, 403, 413, 422, 429), openapi_extra=_BODY)
async def create(request: Request, caller: Submitter) -> DraftOut:
    """Judge a file (multipart `file`) or a pasted text (`{"text": ...}`) and keep it as the lines of a draft.

    Without `draft` that is a new one; the lines of a draft that has some are replaced in one moment.
    A file that could be read in two ways is refused with both; send it again with the `reading` that is meant. What
    was chosen for its columns is remembered for the caller's next file with the same headings.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise ProblemRaised(422, "file_missing", "File missing", "Send the file in the field `file`.")
            given = given_in(str(form.get("reading") or ""))
            return await run_in_threadpool(_from_file, file, given, caller, str(form.get("draft") or "")[:65])
    return await run_in_threadpool(_from_text, await _pasted(request), caller)


class TypedIn(BaseModel):
    """What was typed into a field, and the version of the field over which it was typed (0: nothing stood there)."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[str, Field(max_length=12_000_000)]
    over: Annotated[int, Field(ge=0, le=2_000_000_000)] = 0


class FieldsIn(BaseModel):
    """What was typed into some fields of a draft. Its id is the caller's to choose: any fresh UUID begins one."""

    model_config = ConfigDict(extra="forbid")

    draft: _Id
    fields: dict[_Field, TypedIn]


class FieldOut(BaseModel):
    """What stands in a field."""

    model_config = ConfigDict(from_attributes=True)

    value: str
    version: int


class KeptOut(BaseModel):
    """The versions of the fields that were kept. One in `clashes` was not: there stands what another window typed.

    Nothing is kept of a draft that was submitted meanwhile: it `became` that proposal.
    """

    draft: str
    versions: dict[str, int] = {}
    clashes: dict[str, FieldOut] = {}
    at: datetime
    became: str = ""


@router.put("/fields", responses=described(401, 403, 404, 409, 413, 422))
def keep_fields(body: FieldsIn, caller: Submitter) -> KeptOut:
    """Keep what is being typed, field by field; another window's field is never overwritten unseen."""
    now = utc_now()
    typed = {str(name): drafts.Typed(field.value, field.over) for name, field in body.fields.items()}
    try:
        kept = database.committed(lambda session: drafts.keep(session, body.draft, caller, typed, now))
    except drafts.DraftSubmitted as ended:
        return KeptOut(draft=body.draft, at=now, became=ended.reference)
    clashes = {name: FieldOut.model_validate(stands) for name, stands in kept.clashes.items()}
    return KeptOut(draft=body.draft, versions=kept.versions, clashes=clashes, at=now)


@router.get("/{draft_id}/fields", responses=described(401, 403, 404))
def fields(draft_id: str, caller: Submitter, name: Annotated[list[_Field], Query()]) -> dict[str, FieldOut]:
    """Return what stands in some fields of a draft."""
    with database.reading() as session:
        found = drafts.stand(session, draft_id, caller, [str(one) for one in name])
    return {name: FieldOut.model_validate(stands) for name, stands in found.items()}


@router.get("/{draft_id}/problems.csv", responses=described(401, 403, 404))
def problems(draft_id: str, caller: Submitter) -> Response:
    """Download every bad row with its reason, as CSV that a spreadsheet opens without running anything."""
    with database.reading() as session:
        content = BOM + drafts.problems_csv(session, draft_id, caller)
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="problems.csv"'},
    )


async def _pasted(request: Request) -> bytes:
    """Return a pasted text as it was sent, or refuse it as soon as it is larger than a file may be."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise UnreadableFile.too_large(len(body), MAX_BYTES)
    return bytes(body)


def _from_file(file: UploadFile, given: Given, caller: Actor, draft_id: str) -> DraftOut:
    if draft_id and not _IS_ID.fullmatch(draft_id):
        raise ProblemRaised(422, "malformed_request", "The request is not understood", "`draft` is no id of a draft.")
    content = uploads.content_of(file, caller)  # type: ignore[arg-type]
    with uploads.turn():
        read = read_file(content, given=given, remembered=_remembered(caller), products=products)
        name = plain((file.filename or "file")[-200:]) or "file"
        return _kept(caller, name, read, given, len(content), draft_id)


def _remembered(caller: Actor) -> Remembered:
    def recall(layout: str) -> Given | None:
        with database.reading() as session:
            return layouts.recall(session, caller, layout)

    return recall


def _from_text(body: bytes, caller: Actor) -> DraftOut:
    uploads.refuse_flood(caller)
    try:
        pasted = _PASTED.validate_json(body)
    except ValidationError as broken:
        raise ProblemRaised(
            422,
            "malformed_request",
            "The request is not understood",
            'Send a file as multipart/form-data, or {"text": "SKU price ..."} as JSON.',
        ) from broken
    given = pasted.reading.given()
    with uploads.turn():
        read = read_typed(pasted.text, pasted.typed, given=given, remembered=_remembered(caller), products=products)
        return _kept(caller, PASTED, read, given, len(body), pasted.draft)


def _kept(caller: Actor, filename: str, read: Read, given: Given, size: int, draft_id: str) -> DraftOut:
    now = utc_now()
    draft = draft_lines.keep(
        caller, filename, read.rows, now, size_bytes=size, reading_was=read.reading, draft_id=draft_id
    )
    with database.transaction() as session:
        layouts.remember(session, caller, read.reading, given, now)
    counts, reading = by_name(RowCounts, draft), ReadingOut.of(read.reading)
    return DraftOut(**counts, id=draft.id, filename=draft.filename, reading=reading)
