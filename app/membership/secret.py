"""A password made ready before the store is taken: checking and hashing it take longer than that may be held."""

from dataclasses import dataclass

from app.identity import passwords
from app.identity.errors import PasswordTooWeak
from app.membership.errors import WeakPassword


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a password; `shown` is the password itself if it was made here, for one use."""

    password_hash: str
    shown: str = ""


def chosen(password: str, *about: str, instead_of: str | None = None) -> Secret:
    """Make ready what a person typed, or refuse it; `about` is what is known of them, `instead_of` what it replaces."""
    try:
        passwords.refuse_weak(password, *about)
    except PasswordTooWeak as weak:
        raise WeakPassword(str(weak)) from None
    if password == instead_of:
        raise WeakPassword("This is the password that you have. Choose another one.")
    return Secret(passwords.hashed(password))


def for_one_use() -> Secret:
    """Make a fresh password for one use."""
    shown = passwords.one_time()
    return Secret(passwords.hashed(shown), shown)
