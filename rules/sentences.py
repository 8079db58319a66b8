"""What is wrong with data, in words."""

from pydantic import ValidationError


def sentences(error: ValidationError) -> str:
    """Say every fault with its place: `limit_bp: Input should be less than 10000`."""
    parts = ((".".join(map(str, found["loc"])), found["msg"]) for found in error.errors())
    said = (f"{where}: {what}" if where else what for where, what in parts)
    return "; ".join(said).replace("Value error, ", "")
