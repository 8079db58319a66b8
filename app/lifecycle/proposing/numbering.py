"""The number of a proposal, as in `PC-2476`: one counter for all of them."""

from sqlalchemy import text
from sqlmodel import Session

from app import outbox


def next_number(session: Session) -> int:
    """Return the number of the next proposal; whoever asks next waits until this transaction is over."""
    outbox.take_turn(session)
    return int(session.connection().execute(_NEXT, {"name": "proposal"}).scalar_one())


_NEXT = text(
    "INSERT INTO counter (name, n) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET n = counter.n + 1 RETURNING n"
)
