"""What the contexts did with each wave of a canary: the tracker's deliveries laid over the lifecycle's waves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.canary.evidence import ContextCounts, Evidence, Measure
from app.deliveries import queries as deliveries
from app.deliveries.views import Counts, Tally
from app.lifecycle.publishing import waves

STARTS_MS = 1_000
LINES_PER_SECOND = 2_000
"""What a wave is estimated to need: a second to set out, then as many lines a second as every context keeps up with."""


@dataclass(frozen=True, slots=True)
class WaveOut:
    """A wave that has gone out. `lines` are the SKUs that really did; `contexts` holds the silent ones too."""

    number: int
    lines: int
    published_at: datetime
    contexts: dict[str, Counts]
    landed_after_ms: int | None
    estimate_ms: int


def waves_out(session: Session, proposal_id: str) -> tuple[WaveOut, ...]:
    """Return every wave that has gone out, with what each context did with exactly its SKUs."""
    return tuple(
        _counted(session, proposal_id, wave.number, wave.published_at)
        for wave in waves.of(session, proposal_id)
        if wave.published_at
    )


def evidence_of(session: Session, proposal_id: str, number: int) -> Evidence | None:
    """Return everything that is known of one wave, to be judged; None if it has not gone out."""
    for wave in waves.of(session, proposal_id):
        if wave.number == number and wave.published_at:
            out = _counted(session, proposal_id, number, wave.published_at)
            return _evidence(out, waves.measures_of(session, proposal_id, number))
    return None


def estimated_ms(lines: int) -> int:
    """Estimate how long a wave of so many lines takes to land everywhere."""
    return STARTS_MS + lines * 1_000 // LINES_PER_SECOND


def _counted(session: Session, proposal_id: str, number: int, published_at: datetime) -> WaveOut:
    skus = waves.skus_of(session, proposal_id, number)
    tallies = deliveries.tally(session, proposal_id, skus)
    return WaveOut(
        number,
        len(skus),
        published_at,
        {name: tally.counts for name, tally in tallies.items()},
        _landed_after(tallies, published_at),
        estimated_ms(len(skus)),
    )


def _landed_after(tallies: dict[str, Tally], published_at: datetime) -> int | None:
    """Return when the last answer came, once every context is done with every line."""
    last = [tally.last for tally in tallies.values() if not tally.counts.pending and not tally.counts.retrying]
    told = [at for at in last if at is not None]
    if not told or len(told) < len(tallies):
        return None
    return max(int((max(told) - published_at).total_seconds() * 1_000), 0)


def _evidence(out: WaveOut, measures: Sequence[Measure]) -> Evidence:
    """A delivery that was reverted while its wave is out is a context's own wish to go back."""
    return Evidence(
        lines=out.lines,
        published_at=out.published_at,
        contexts={
            name: ContextCounts(
                applied=counts.applied,
                ignored=counts.ignored,
                parked=counts.parked,
                retrying=counts.retrying,
                pending=counts.pending,
            )
            for name, counts in out.contexts.items()
        },
        rollback_requests=sum(counts.reverted for counts in out.contexts.values()),
        landed_after_ms=out.landed_after_ms,
        estimate_ms=out.estimate_ms,
        measures=tuple(measures),
    )
