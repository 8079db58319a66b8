"""Files that come in over HTTP: how often, how large, and what is in them."""

from fastapi import UploadFile

from app.api.problems import ProblemRaised
from app.identity import attempts
from app.identity.actor import Actor
from app.intake.reading import MAX_BYTES
from app.intake.unreadable import UnreadableFile


def content_of(file: UploadFile, caller: Actor, *, most: int = MAX_BYTES) -> bytes:
    """Return an uploaded file's content, or refuse it by size or because the caller sends too many."""
    refuse_flood(caller)
    content = file.file.read(most + 1)
    if len(content) > most:
        raise UnreadableFile.too_large(file.size or len(content), most)
    return content


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
