"""The number of a proposal, as in `PC-2476`: one counter for all of them."""

from sqlmodel import Session

from app.lifecycle.records import Counter


def next_number(session: Session) -> int:
    """Return the number of the next proposal; whoever asks next waits until this transaction is over."""
    counter = session.get(Counter, "proposal", with_for_update=True) or Counter(name="proposal", n=0)
    counter.n += 1
    session.add(counter)
    session.flush()
    return counter.n
