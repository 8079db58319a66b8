"""Argon2id hashes: never more than two at once, and as slow for an unknown person as for a known one."""

from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.identity.errors import PasswordTooWeak

SHORTEST, LONGEST = 12, 128
_AT_ONCE = BoundedSemaphore(2)  # one hash takes 64 MiB; eight logins together must not take half a gigabyte
_FIRST_TRIED = ("password", "qwerty", "letmein", "welcome", "123456", "abcdef", "iloveyou", "admin")


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


def refuse_weak(password: str) -> None:
    """Raise `PasswordTooWeak` for a password that would not last."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"A password has {SHORTEST} to {LONGEST} characters.")
    plain = password.lower()
    if len(set(plain)) < 5 or any(plain.strip("0123456789!.") == word for word in _FIRST_TRIED):
        raise PasswordTooWeak("This password is among the first that are tried. Take another one.")
