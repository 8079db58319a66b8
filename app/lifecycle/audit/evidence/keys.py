"""The audit key: kept outside the pricing store, so that whoever can write there still cannot make a seal."""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from app.config import settings
from app.lifecycle.errors import Refused

FILE = "audit.key"
BYTES = 32
SHORTEST = 32
"""Characters of a key that is given by `BATON_AUDIT_KEY`."""


class AuditKeyWrong(Refused):
    """The key at hand is not the one that the audit trail is sealed with: what cannot be recorded is not done."""

    code, status, title = "audit_key_wrong", 503, "The audit key is another one"


@dataclass(frozen=True, slots=True)
class AuditKey:
    """Makes and checks seals. `id` tells keys apart and gives nothing of them away."""

    secret: bytes = field(repr=False)
    id: str

    @classmethod
    def of(cls, secret: bytes) -> "AuditKey":
        """Return the key of a secret."""
        return cls(secret, sha256(b"baton audit key|" + secret).hexdigest()[:16])

    def seal(self, *parts: str | int) -> str:
        """Return the seal of these words; no other words have it, and nobody without the key can make it."""
        message = "|".join(str(part) for part in parts)
        return hmac.digest(self.secret, message.encode(), "sha256").hex()

    def fits(self, seal: str, *parts: str | int) -> bool:
        """Tell whether a seal is of these words."""
        return hmac.compare_digest(seal.encode(), self.seal(*parts).encode())


def at_hand() -> AuditKey | None:
    """Return the key of this installation, or None if it has none."""
    given = settings().audit_key
    if given:
        if len(given) < SHORTEST:
            raise AuditKeyWrong(f"BATON_AUDIT_KEY is shorter than {SHORTEST} characters; nothing was recorded.")
        return AuditKey.of(given.encode())
    return _in_file(place())


def made() -> AuditKey:
    """Return the key of this installation, making one the first time."""
    key = at_hand()
    if key is not None:
        return key
    _make(place())
    found = at_hand()
    assert found is not None, "just made"
    return found


def place() -> Path:
    """Return where the key lies unless it is given by `BATON_AUDIT_KEY`."""
    return settings().data_dir / FILE


def _in_file(file: Path) -> AuditKey | None:
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(file, changed)


@cache
def _read(file: Path, changed: int) -> AuditKey:
    """Read a key once for as long as its file does not change."""
    return AuditKey.of(file.read_text(encoding="ascii").strip().encode())


def _make(file: Path) -> None:
    """Write a fresh key, whole or not at all, readable by its owner alone; whoever is first wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
        opened.write(secrets.token_hex(BYTES) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
