"""Argon2id hashes: never more than two at once, and as slow for an unknown person as for a known one."""

import re
import secrets
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.identity.errors import PasswordTooWeak

SHORTEST, LONGEST = 12, 128
_AT_ONCE = BoundedSemaphore(2)  # one hash takes 64 MiB; eight logins together must not take half a gigabyte
_GOOD_SCORE = 3  # zxcvbn's "safely unguessable": more than 10^8 tries
_RATED = 72  # as much as zxcvbn looks at
_WORD = 4
_WORDS = re.compile(r"[^a-z0-9]+", re.IGNORECASE)
_READ_OUT = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0 and 1: they are taken for each other


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def hashed(password: str) -> str:
    """Return the Argon2id hash of `password`."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(password: str, known_hash: str | None) -> bool:
    """Tell whether `password` is the one behind `known_hash`; without a hash, take as long and say no."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        right = _hasher().verify(password, known_hash or _nobodys_hash())
    return right and known_hash is not None


def refuse_weak(password: str, *about: str) -> None:
    """Raise `PasswordTooWeak` for a password that would not last; `about` is what is known of its owner."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"A password has {SHORTEST} to {LONGEST} characters.")
    if any(_is_made_of(password, known) for known in about):
        raise PasswordTooWeak("This password is made of your own address or name, which is tried first. Take another.")
    if _guessed_soon(password, about):
        raise PasswordTooWeak(
            "This password is among those that are tried first: a common one, or a pattern of words, keys or dates. "
            "Three or four words that have nothing to do with each other make a good one."
        )


def one_time() -> str:
    """Return a fresh password for one use, in groups that can be read out."""
    drawn = "".join(secrets.choice(_READ_OUT) for _ in range(16))
    return "-".join(drawn[start : start + 4] for start in range(0, len(drawn), 4))


def _is_made_of(password: str, known: str) -> bool:
    """Tell whether little is left of a password without its owner's address, or the person's part of it, or name."""
    plain = _letters(password)
    for part in (known, known.partition("@")[0]):
        word = _letters(part)
        if len(word) >= _WORD and word in plain and len(plain.replace(word, "")) < SHORTEST - _WORD:
            return True
    return False


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _guessed_soon(password: str, about: tuple[str, ...]) -> bool:
    from zxcvbn import zxcvbn  # its lists of words take time and memory that most processes never need

    words = {word for known in about for word in (known, *_WORDS.split(known)) if len(word) > 2}
    rated = zxcvbn(password[:_RATED], user_inputs=[*words, "baton"])
    return int(rated["score"]) < _GOOD_SCORE
