"""A short digest of a row that is kept in a batch, where the row itself would be too much."""

import json
from hashlib import blake2b
from typing import Final

from app.protection.changes import plainly

BYTES: Final = 8


def digest_of(values: tuple[object, ...]) -> str:
    """Return the BLAKE2b (8 bytes, in hex) of a row's columns, whichever store they were read from."""
    return blake2b(json.dumps([plainly(value) for value in values]).encode(), digest_size=BYTES).hexdigest()
