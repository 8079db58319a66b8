"""How to consume: subscription, partitions, leases, position, retry, parking. Knows no context."""

from workers.streams.consumer import Belief, CannotApply, Consumer, Heard, believe
from workers.streams.retries import Retries

__all__ = ["Belief", "CannotApply", "Consumer", "Heard", "Retries", "believe"]
