"""The catalog comes in as a file: tried first if asked, every bad row named, and listed in steps."""

from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, TypeAdapter

from app.api import uploads
from app.api.access import KeyUnlessDryRun, ProductLister
from app.api.file_imports import RowOut, answered, csv_of, kept, rows_of
from app.api.problems import described
from app.intake import catalog
from app.intake.catalog import CatalogImported
from app.intake.sheet_rows import read_sheet

router = APIRouter(prefix="/api/catalog", tags=["catalog"])
MAX_BYTES = 200_000_000
_IMPORTED = TypeAdapter(CatalogImported)


class CatalogTriedOut(BaseModel):
    """What a catalog file would do: how many products are new and known, and every row that cannot be taken.

    `other_prices` counts known products whose row names another price: they keep theirs until a proposal changes it.
    `notes` are sentences on what was read unseen and what was not read: hidden rows and columns, other sheets.
    """

    listed: int
    known: int
    other_prices: int
    rows: list[RowOut]
    notes: list[str]


@router.post(
    "/import",
    response_model=CatalogImported | CatalogTriedOut,
    responses=described(400, 401, 403, 413, 422, 429, 503),
)
def import_file(
    caller: ProductLister,
    key: KeyUnlessDryRun,
    file: Annotated[UploadFile, File(description="CSV or XLSX with a heading: sku, name, category, …")],
    dry_run: Annotated[bool, Query(description="only say what would happen")] = False,
    skip_problems: Annotated[bool, Query(description="go on without the rows that cannot be taken")] = False,
    problems: Annotated[Literal["json", "csv"], Query(description="how a dry run lists bad rows")] = "json",
) -> CatalogImported | CatalogTriedOut | Response:
    """List new products and renew known ones, which keep their price and their currency.

    A bad row refuses the whole file, naming each, unless told otherwise.
    """
    content = uploads.content_of(file, caller, most=MAX_BYTES)
    request = sha256(content + f"|catalog|{skip_problems}".encode()).hexdigest()
    before = None if dry_run else answered(caller, key, request)
    if before is not None:
        return _IMPORTED.validate_json(before)
    with uploads.turn():
        found = catalog.tried(read_sheet(content), caller)
    if dry_run and problems == "csv":
        return csv_of(found.columns, found.bad)
    if dry_run:
        return CatalogTriedOut(
            listed=found.listed,
            known=found.known,
            other_prices=found.other_prices,
            rows=rows_of(found.bad),
            notes=list(found.notes),
        )
    done = catalog.carry_out(found, caller, without_bad_rows=skip_problems)
    answer = _IMPORTED.dump_json(done).decode()
    return _IMPORTED.validate_json(kept(caller, key, request, done.import_id, answer))
