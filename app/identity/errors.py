"""Refusals of identity, in the words a person reads."""


class SignInRefused(Exception):
    """The sign-in did not happen; `status` and `code` are stable for machines."""

    def __init__(self, code: str, status: int, detail: str, retry_after: int = 0) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class NoSuchAddress(Exception):
    """No user has this e-mail address."""


class PasswordTooWeak(Exception):
    """The password is too short, too long, or among the first that are tried."""
