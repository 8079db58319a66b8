"""What a decision binds to: everything of a proposal that a person sees before they decide on it."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import TypeAlias

from app.lifecycle.records import CanaryWave, Effect, Proposal

Seen: TypeAlias = Mapping[str, str | int | None]
_CONTENT, _PART = 40, 14
"""How many digits of the seen-hash stand for the lines and facts, and for each of the others; 128 at most in all."""


class SeenPart(StrEnum):
    """A part of what is seen, in the order in which the seen-hash holds them."""

    LINES = "lines and facts"
    VERDICT = "verdict"
    RULES = "rule set"
    WAVES = "wave plan"
    DATES = "dates"
    OUT = "what is out"
    STATUS = "status"


_FACTS = ("sku", "old", "new", "currency", "cost", "competitor", "month_ago")


def content_hash(lines: Iterable[Seen], *, after: str = "") -> str:
    """Return the SHA-256 (hex) of what an approver sees: each SKU with its prices and facts, in line order.

    Where only some lines were judged again, `after` is the hash of the whole before that. What more was read of a line
    (see `proposing.more_facts`) counts where anything was.
    """
    digest = sha256(after.encode())
    for line in lines:
        digest.update(repr(tuple(line[name] for name in _FACTS)).encode())
        digest.update(str(line.get("more_facts") or "").encode())
    return digest.hexdigest()


def prices_hash(lines: Iterable[Seen]) -> str:
    """Return one value for a set of proposed prices, in whatever order they come.

    It is a sum, so that a proposal that was divided has the prices of its parts together.
    """
    words = (f"{line['sku']}|{line['new']}|{line['currency']}" for line in lines)
    total = sum(int.from_bytes(sha256(word.encode()).digest(), "big") for word in words)
    return f"{total % (1 << 256):064x}"


def seen_hash(proposal: Proposal, judged: CanaryWave | None = None, doing: Effect | None = None) -> str:
    """Return the one value that stands for what a person sees of a proposal.

    `judged` is its last weighed wave, `doing` what is under way with it (not how far: that moves all the time).

    It begins with the content hash, and each further part has digits of its own, so that two of them tell what differs.
    What only the clock moves (level, due date) and the count of moves are no part of it.
    """
    p = proposal
    parts: tuple[object, ...] = (
        [p.verdict, p.clean, p.soft, p.hard, p.worst_rule, p.worst_bp],
        p.rule_set,
        p.wave_plan,
        [_instant(p.effective_at), _instant(p.ends_at)],
        [p.wave, _instant(p.published_at), *([judged.number, judged.outcome, judged.readings] if judged else [])],
        [p.status, p.lines, *([doing.kind, doing.wave] if doing else [])],
    )
    return p.content_hash[:_CONTENT] + "".join(_digits(part) for part in parts)


def differing(seen: str, now: str) -> tuple[SeenPart, ...]:
    """Return the parts in which two seen-hashes differ; none can be named if one of them is no seen-hash."""
    if len(seen) != len(now):
        return ()
    before, after = _split(seen), _split(now)
    return tuple(part for part, old, new in zip(SeenPart, before, after, strict=True) if old != new)


def _split(seen: str) -> list[str]:
    ends = [0, *range(_CONTENT, _CONTENT + _PART * len(SeenPart), _PART)]
    return [seen[start:end] for start, end in pairwise(ends)]


def _digits(part: object) -> str:
    return sha256(json.dumps(part).encode()).hexdigest()[:_PART]


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
