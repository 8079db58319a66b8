"""Checkpoints outside the store: the head as it was, in a file and (if one is told) at a web address.

A store that is put back to an older copy as a whole fits together by itself; only what was written elsewhere can tell.
"""

import json
import logging
import os
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlmodel import Session

from app.config import settings
from app.lifecycle.evidence import head as heads
from app.lifecycle.evidence.keys import AuditKey
from app.lifecycle.evidence.trail import Findings, Row, Walk, What
from app.words.instants import written

log = logging.getLogger("baton.audit")

FILE = "audit-checkpoints.jsonl"
WEBHOOK_SECONDS = 5.0


class Checkpoint(BaseModel):
    """The head at an instant. Of an `adopted` one everything earlier is no longer compared: somebody started anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    kind: Literal["regular", "adopted"]
    position: int
    seal: str
    key_id: str
    mac: str

    @property
    def said(self) -> tuple[str | int, ...]:
        """Return what the key vouches for."""
        return "checkpoint", self.at.isoformat(), self.kind, self.position, self.seal


def place() -> Path:
    """Return the file of checkpoints (`BATON_AUDIT_CHECKPOINTS`; better on another disk, or another machine's)."""
    given = settings().audit_checkpoints
    return Path(given) if given else settings().data_dir / FILE


def write(session: Session, *, now: datetime, kind: Literal["regular", "adopted"] = "regular") -> Checkpoint | None:
    """Write the head as it stands to the file, and send it to the webhook; None if nothing moved since the last."""
    found = heads.read(session)
    if found is None:
        return None
    last = _last()
    if kind == "regular" and last is not None and (last.position, last.seal) == (found.position, found.seal):
        return None
    key = heads.own(found)
    made = Checkpoint(at=now, kind=kind, position=found.position, seal=found.seal, key_id=key.id, mac="")
    made = made.model_copy(update={"mac": key.seal(*made.said)})
    _append(made)
    _send(made)
    return made


@dataclass(slots=True)
class Outside:
    """What was written outside, compared with the entries as they pass by."""

    lines: list[Checkpoint]
    broken: int
    _wanted: dict[int, list[Checkpoint]] = field(default_factory=dict)
    _other: list[Checkpoint] = field(default_factory=list)

    @classmethod
    def read(cls) -> "Outside":
        """Read the file; of the lines before the last adoption nothing is asked."""
        lines, broken = _read()
        anew = max((number for number, line in enumerate(lines) if line.kind == "adopted"), default=0)
        outside = cls(lines[anew:], broken)
        for line in outside.lines:
            outside._wanted.setdefault(line.position, []).append(line)
        return outside

    def pass_by(self, row: Row) -> None:
        """Compare one entry with the checkpoints of its place."""
        for line in self._wanted.get(row.position or 0, ()):
            if line.seal != row.seal:
                self._other.append(line)

    def compare(self, walk: Walk, findings: Findings) -> None:
        """Name what does not fit once every entry has passed by."""
        if self.broken:
            findings.add(What.CHECKPOINT_FORGED, f"{self.broken:,} lines of {place()} are no checkpoints")
        ours = [line for line in self.lines if _fits(line, walk.key)]
        for line in self.lines:
            if walk.key is not None and line not in ours:
                findings.add(What.CHECKPOINT_FORGED, f"the checkpoint of {_at(line)} was not written with the key")
        for line in self._other:
            if line in ours:
                findings.add(
                    What.OTHER_THAN_OUTSIDE, f"entry {line.position:,} is not the one of the checkpoint of {_at(line)}"
                )
        furthest = max(ours, key=lambda line: line.position, default=None)
        if furthest is not None and furthest.position > walk.end_position:
            findings.add(
                What.PUT_BACK,
                f"the trail ends with entry {walk.end_position:,}, and the checkpoint of {_at(furthest)} knows"
                f" {furthest.position:,}: the store was put back to an older state, or the end was cut off",
            )


def _fits(line: Checkpoint, key: AuditKey | None) -> bool:
    return key is not None and key.fits(line.mac, *line.said)


def _at(line: Checkpoint) -> str:
    return written(line.at)


def _read() -> tuple[list[Checkpoint], int]:
    try:
        written = place().read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return [], 0
    found: list[Checkpoint] = []
    broken = 0
    for line in written:
        try:
            found.append(Checkpoint.model_validate_json(line))
        except ValidationError:
            broken += 1
    return found, broken


def _last() -> Checkpoint | None:
    lines, _ = _read()
    return lines[-1] if lines else None


def _append(made: Checkpoint) -> None:
    file = place()
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as opened:
        opened.write(made.model_dump_json() + "\n")
        opened.flush()
        os.fsync(opened.fileno())


def _send(made: Checkpoint) -> None:
    """Send a checkpoint on; an address that does not answer is reported, and the next one tells it all the same."""
    address = settings().audit_webhook
    if not address:
        return
    if not address.startswith(("http://", "https://")):
        log.error("BATON_AUDIT_WEBHOOK is no web address; the checkpoint is in the file alone")
        return
    body = json.dumps(made.model_dump(mode="json")).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
            return
    except (OSError, ValueError) as error:
        log.error("the checkpoint at %d did not reach the webhook: %s", made.position, error)
