"""Lines of a draft whose price is another one by now than the one they were weighed from."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import find
from app.intake.drafts.rows import SUBMITTABLE, Kind, rows_of
from app.intake.records import DraftLine
from app.lifecycle.errors import SeenContentChanged
from app.pricelist.records import Price
from app.words.money import format_price


class PricesMoved(SeenContentChanged):
    """Prices are no longer those from which the change was shown and weighed."""

    title = "Prices moved since they were checked"


def refuse_moved(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind]) -> None:
    """Raise `PricesMoved` if any of these lines was weighed from another price than the one that stands."""
    found = moved(session, draft_id, owner, kinds)
    if found:
        _, sku, old, stands, _, currency = found[0]
        raise PricesMoved(
            f"{len(found):,} of the lines start from another price by now: {sku} from {format_price(stands, currency)}"
            f" instead of {format_price(old, currency)} {currency}. Nothing was submitted. They were judged again: read"
            " what the change weighs now, then submit."
        )


def moved(
    session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE
) -> list[tuple[int, str, int, int, int, str]]:
    """Return `(row, sku, old, price that stands, new, currency)` of lines that were weighed from another price."""
    find(session, draft_id, owner)
    columns = (DraftLine.row, DraftLine.sku, DraftLine.old, Price.amount, DraftLine.new, DraftLine.currency)
    query = select(*map(col, columns)).join(Price, col(Price.sku) == col(DraftLine.sku))
    other = query.where(*rows_of(draft_id, kinds), col(Price.amount) != col(DraftLine.old))
    return [tuple(row) for row in session.execute(other.order_by(col(DraftLine.row)))]
