"""What an approval binds to."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TypeAlias

Seen: TypeAlias = Mapping[str, str | int | None]


def content_hash(lines: Iterable[Seen], *, after: str = "") -> str:
    """Return the SHA-256 (hex) of what an approver sees: each SKU with its prices and facts, in line order.

    Where only some lines were judged again, `after` is the hash of the whole before that.
    """
    digest = sha256(after.encode())
    for line in lines:
        digest.update(
            repr((line["sku"], line["old"], line["new"], line["currency"], line["cost"], line["competitor"])).encode()
        )
    return digest.hexdigest()
