"""What an approval binds to."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TypeAlias

Seen: TypeAlias = Mapping[str, str | int | None]


def content_hash(lines: Iterable[Seen]) -> str:
    """Return the SHA-256 (hex) of what an approver sees: each SKU with its prices and facts, in line order."""
    digest = sha256()
    for line in lines:
        digest.update(
            repr((line["sku"], line["old"], line["new"], line["currency"], line["cost"], line["competitor"])).encode()
        )
    return digest.hexdigest()
