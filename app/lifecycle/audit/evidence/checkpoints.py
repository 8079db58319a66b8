"""Checkpoints outside the store: the head as it was, in a file and (if one is told) at a web address.

A store that is put back to an older copy as a whole fits together by itself; only what was written elsewhere can tell.
Each line continues the one before it, and the head knows how many there are: neither a line nor the file can go unseen.
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
from app.database import transaction
from app.lifecycle.audit.evidence import head as heads
from app.lifecycle.audit.evidence.findings import Findings, What
from app.lifecycle.audit.evidence.keys import AuditKey
from app.lifecycle.audit.evidence.trail import Row, Walk
from app.lifecycle.records import AuditHead
from app.words.counting import noun, plural
from app.words.instants import written

log = logging.getLogger("baton.audit")

FILE = "audit-checkpoints.jsonl"
WEBHOOK_SECONDS = 5.0
TAIL_BYTES = 16 * 1024
"""So much of the file is enough for its last line."""


class Checkpoint(BaseModel):
    """The head at an instant. Of an `adopted` one everything earlier is no longer compared: somebody started anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    kind: Literal["regular", "adopted"]
    position: int
    seal: str
    key_id: str
    mac: str
    number: int = 0
    """Counts the lines from 1; 0 on lines of before they were counted."""
    before: str = ""
    """The `mac` of the line before."""
    state_position: int = 0
    state_seal: str = ""

    @property
    def said(self) -> tuple[str | int, ...]:
        """Return what the key vouches for."""
        words = "checkpoint", self.at.isoformat(), self.kind, self.position, self.seal
        return (*words, self.number, self.before, self.state_position, self.state_seal) if self.number else words

    @property
    def says(self) -> tuple[int, str, int, str]:
        """Return where the trail, and what is kept of rows, stood."""
        return self.position, self.seal, self.state_position, self.state_seal


def place() -> Path:
    """Return the file of checkpoints (`BATON_AUDIT_CHECKPOINTS`; better on another disk, or another machine's)."""
    given = settings().audit_checkpoints
    return Path(given) if given else settings().data_dir / FILE


def put_outside(*, now: datetime, kind: Literal["regular", "adopted"] = "regular") -> Checkpoint | None:
    """Write the head as it stands to the file, and send it to the webhook; None if nothing moved since the last."""
    with transaction() as session:
        made = _write(session, now, kind)
    if made is not None:
        _send(made)
    return made


def _write(session: Session, now: datetime, kind: Literal["regular", "adopted"]) -> Checkpoint | None:
    """Write a line, then into the head that there is one more: a crash in between leaves a line too many at most."""
    found = heads.take(session)
    if found is None:
        return None
    key, end = heads.own(found), heads.HeadEnd.of(found)
    if not heads.is_ours(key, found):
        log.error("no checkpoint: the head of the audit trail was not written by Baton; `baton audit verify` says more")
        return None
    last = _last()
    if kind == "regular" and last is not None and last.says == end[:4]:
        return None
    number, before = max((end.checkpoints, end.checkpoint), (last.number, last.mac) if last else (0, ""))
    position, seal, state_position, state_seal = end[:4]
    made = Checkpoint(at=now, kind=kind, position=position, seal=seal, key_id=key.id, mac="", number=number + 1,
                      before=before, state_position=state_position, state_seal=state_seal)  # fmt: skip
    made = made.model_copy(update={"mac": key.seal(*made.said)})
    _append(made)
    heads.write(session, end._replace(checkpoints=made.number, checkpoint=made.mac), key)
    return made


@dataclass(slots=True)
class Outside:
    """What was written outside, compared with the entries as they pass by."""

    lines: list[Checkpoint]
    broken: int
    first: int
    """The number that the first line has."""
    _other: list[Checkpoint] = field(default_factory=list)
    _wanted: dict[int, list[Checkpoint]] = field(default_factory=dict)
    _wanted_states: dict[int, list[Checkpoint]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Outside":
        """Read the file; of the lines before the last adoption nothing is asked."""
        lines, broken = _read()
        anew = max((number for number, line in enumerate(lines) if line.kind == "adopted"), default=0)
        outside = cls(lines[anew:], broken, first=lines[anew].number or anew + 1 if anew else 1)
        for line in outside.lines:
            outside._wanted.setdefault(line.position, []).append(line)
            if line.number:
                outside._wanted_states.setdefault(line.state_position, []).append(line)
        return outside

    def pass_by(self, row: Row) -> None:
        """Compare one entry with the checkpoints of its place."""
        for line in self._wanted.get(row.position or 0, ()):
            if line.seal != row.seal:
                self._other.append(line)

    def pass_state(self, position: int, seal: str) -> None:
        """Compare what is kept of rows with the checkpoints of its place."""
        for line in self._wanted_states.get(position, ()):
            if line.state_seal != seal:
                self._other.append(line)

    def compare(self, walk: Walk, state_position: int, findings: Findings) -> None:
        """Name what does not fit once every entry has passed by."""
        if self.broken:
            lines, are = plural(self.broken, "line"), noun(self.broken, "is no checkpoint", "are no checkpoints")
            findings.add(What.CHECKPOINT_FORGED, f"{lines} of {place()} {are}")
        ours: list[Checkpoint] = []
        for line in self.lines:
            if _fits(line, walk.key):
                ours.append(line)
            elif walk.key is not None:
                findings.add(What.CHECKPOINT_FORGED, f"the checkpoint of {_at(line)} was not written with the key")
        for line in self._other:
            if _fits(line, walk.key):
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
        elif furthest is not None and furthest.state_position > state_position:
            findings.add(
                What.PUT_BACK,
                f"{state_position:,} changes of rows are kept, and the checkpoint of {_at(furthest)} knows"
                f" {furthest.state_position:,}: the store was put back to an older state",
            )
        self._compare_lines(walk.head, findings)

    def _compare_lines(self, head: AuditHead | None, findings: Findings) -> None:
        """Name every line that is missing, and those that do not continue the one before."""
        number, mac = self.first - 1, None
        for line in self.lines:
            here = line.number or number + 1
            if here > number + 1:
                findings.add(What.CHECKPOINT_GONE, f"{_lines(number + 1, here - 1)} missing before that of {_at(line)}")
            elif here <= number or (line.number and mac is not None and line.before != mac):
                findings.add(What.CHECKPOINT_FORGED, f"the checkpoint of {_at(line)} does not continue the one before")
            number, mac = here, line.mac
        if head is None or not head.checkpoints:
            return
        if not self.lines:
            findings.add(What.CHECKPOINT_GONE, f"{place()} is empty or gone, and {head.checkpoints:,} were written")
        elif head.checkpoints > number:
            last = f"after that of {_at(self.lines[-1])}: the store knows of {head.checkpoints:,}"
            findings.add(What.CHECKPOINT_GONE, f"{_lines(number + 1, head.checkpoints)} missing {last}")
        elif head.checkpoints == number and mac != head.checkpoint:
            findings.add(
                What.CHECKPOINT_FORGED, f"the checkpoint of {_at(self.lines[-1])} is not the one that the store knows"
            )


def _lines(first: int, last: int) -> str:
    return f"checkpoint {first:,} is" if first == last else f"checkpoints {first:,} to {last:,} are"


def _fits(line: Checkpoint, key: AuditKey | None) -> bool:
    return key is not None and key.fits(line.mac, *line.said)


def _at(line: Checkpoint) -> str:
    return written(line.at)


def _read() -> tuple[list[Checkpoint], int]:
    try:
        return _parsed(place().read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return [], 0


def _parsed(text: str) -> tuple[list[Checkpoint], int]:
    found: list[Checkpoint] = []
    broken = 0
    for line in text.splitlines():
        try:
            found.append(Checkpoint.model_validate_json(line))
        except ValidationError:
            broken += 1
    return found, broken


def _last() -> Checkpoint | None:
    """Return the last line, with its number. Whoever asks holds the head, so the others are not read."""
    try:
        with place().open("rb") as opened:
            opened.seek(max(opened.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
            found, _ = _parsed(opened.read().decode(errors="replace"))
    except FileNotFoundError:
        return None
    if not found or not found[-1].number:  # of before lines were counted, or much that is no checkpoint
        found, _ = _read()
    return found[-1].model_copy(update={"number": found[-1].number or len(found)}) if found else None


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
