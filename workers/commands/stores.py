"""What is said when a store cannot be had, whatever the command."""


def why_no_store(error: Exception) -> str | None:
    """Say in the store's own words why it could not be had, and what to do; None if something else broke."""
    from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

    from app.installation import NoInstallation
    from app.store_file import StoreRefused

    if isinstance(error, NoInstallation | StoreRefused):
        return str(error)
    if not isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        return None
    why = str(error.orig).strip().splitlines()[0].rstrip(".")
    if any(words in why for words in _UNKNOWN) or getattr(error.orig, "sqlstate", None) in _UNDEFINED:
        return (
            f"The store is empty or of another version: {why}. Nothing was done; run `baton migrate` (`baton up` does"
            " it by itself), then this again."
        )
    return None if isinstance(error, ProgrammingError) else _away(why)


def _away(why: str) -> str:
    return f"The store does not answer: {why}. Nothing was half done; run the command again."


_UNKNOWN = ("no such table", "no such column", "has no column")
_UNDEFINED = ("42P01", "42703")
"""PostgreSQL's words for the same."""
