"""Files that come in over HTTP: how often, how large, and what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from fastapi import UploadFile

from app.api.problems import ProblemRaised
from app.identity import attempts
from app.identity.actor import Actor
from app.intake.price_file import MAX_BYTES
from app.intake.unreadable import UnreadableFile

READERS: Final = 3
PATIENCE_SECONDS: Final = 20
_readers = BoundedSemaphore(READERS)


def content_of(file: UploadFile, caller: Actor, *, most: int = MAX_BYTES) -> bytes:
    """Return an uploaded file's content, or refuse it by size or because the caller sends too many."""
    refuse_flood(caller)
    content = file.file.read(most + 1)
    if len(content) > most:
        raise UnreadableFile.too_large(file.size or len(content), most)
    return content


@contextmanager
def turn() -> Iterator[None]:
    """Read and judge a file while at most `READERS` are read: each may take a processor and much memory."""
    if not _readers.acquire(timeout=PATIENCE_SECONDS):
        raise ProblemRaised(
            503,
            "readers_busy",
            "Other files are being read",
            "Nothing was kept. Send the file again in a while.",
            headers={"Retry-After": str(PATIENCE_SECONDS)},
        )
    try:
        yield
    finally:
        _readers.release()


def refuse_flood(caller: Actor) -> None:
    """Refuse more files in a minute than a person or a sensible machine sends."""
    if not attempts.allowed(attempts.IMPORTS, "import", caller.id):
        wait = attempts.seconds_left(attempts.IMPORTS, "import", caller.id)
        raise ProblemRaised(
            429,
            "too_many_imports",
            "Too many files",
            f"Send the next file in {wait} s.",
            headers={"Retry-After": str(wait)},
        )
