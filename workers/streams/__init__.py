"""How to consume: subscription, partitions, leases, position, retry, parking. Knows no context."""

from workers.streams.consumer import Belief, CannotApply, Consumer, Heard, believe
from workers.streams.patience import Patience

__all__ = ["Belief", "CannotApply", "Consumer", "Heard", "Patience", "believe", "run"]


def run(context_name: str) -> None:
    """Serve a context until asked to stop (the process behind `baton worker CONTEXT`)."""
    from workers.streams.running import run as serve  # the web imports contexts, and needs no RQ for it

    serve(context_name)
