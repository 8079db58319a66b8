"""Drafts for the New proposal page: a file or a pasted text, judged and kept on the server until it is submitted."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app import database
from app.api import uploads
from app.api.access import Submitter
from app.api.problems import ProblemRaised, described
from app.api.readings import GivenIn, ReadingOut, given_in
from app.clock import utc_now
from app.identity.actor import Actor
from app.intake import drafts, keeping, remembering
from app.intake.given import Given
from app.intake.reading import MAX_BYTES, Read, Remembered, read_file, read_typed
from app.intake.unreadable import UnreadableFile
from app.wording import plain

router = APIRouter(prefix="/api/drafts", tags=["drafts"])
PASTED = "pasted"
_Typed = Annotated[str, Field(max_length=400)]


class DraftOut(BaseModel):
    """A draft: how many rows it has of each kind. Its rows are read on the page, its problems as CSV."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    filename: str
    rows: int
    problem: int
    unchanged: int
    clean: int
    soft: int
    hard: int
    reading: ReadingOut


class PastedIn(BaseModel):
    """Lines pasted from a spreadsheet, and rows typed cell by cell: SKU and price."""

    model_config = ConfigDict(extra="forbid")

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
                    },
                }
            },
            "application/json": {"schema": _schema_of_pasted()},
        },
    }
}


@router.post("", status_code=201, responses=described(401, 403, 413, 422, 429), openapi_extra=_BODY)
async def create(request: Request, caller: Submitter) -> DraftOut:
    """Judge a file (multipart `file`) or a pasted text (`{"text": ...}`) and keep it as a draft.

    A file that could be read in two ways is refused with both; send it again with the `reading` that is meant. What
    was chosen for its columns is remembered for the caller's next file with the same headings.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise ProblemRaised(422, "file_missing", "File missing", "Send the file in the field `file`.")
            given = given_in(str(form.get("reading") or ""))
            return await run_in_threadpool(_from_file, file, given, caller)
    return await run_in_threadpool(_from_text, await _pasted(request), caller)


@router.get("/{draft_id}/problems.csv", responses=described(401, 403, 404))
def problems(draft_id: str, caller: Submitter) -> Response:
    """Download every bad row with its reason, as CSV that a spreadsheet opens without running anything."""
    with database.reading() as session:
        content = drafts.problems_csv(session, draft_id, caller)
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


def _from_file(file: UploadFile, given: Given, caller: Actor) -> DraftOut:
    content = uploads.content_of(file, caller)  # type: ignore[arg-type]
    with uploads.turn():
        read = read_file(content, given=given, remembered=_remembered(caller))
        return _kept(caller, plain((file.filename or "file")[-200:]) or "file", read, given, len(content))


def _remembered(caller: Actor) -> Remembered:
    def recall(layout: str) -> Given | None:
        with database.reading() as session:
            return remembering.recall(session, caller, layout)

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
        read = read_typed(pasted.text, pasted.typed, given=given, remembered=_remembered(caller))
        return _kept(caller, PASTED, read, given, len(body))


def _kept(caller: Actor, filename: str, read: Read, given: Given, size: int) -> DraftOut:
    now = utc_now()
    draft = keeping.keep(caller, filename, read.rows, now, size_bytes=size, reading_was=read.reading)
    with database.transaction() as session:
        remembering.remember(session, caller, read.reading, given, now)
    counts = {name: getattr(draft, name) for name in DraftOut.model_fields if name != "reading"}
    return DraftOut(**counts, reading=ReadingOut.of(read.reading))
