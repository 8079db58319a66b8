"""What contexts say when they are asked beforehand: which SKUs' prices they hold fixed, and would refuse to change."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict


class Hold(BaseModel):
    """A context will refuse any other price of a SKU until an instant."""

    model_config = ConfigDict(frozen=True)

    context: str
    sku: str
    reason: str
    until: datetime

    def sentence(self) -> str:
        """Say it, with what follows from it."""
        until = self.until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return (
            f"Locked in {self.context} until {until}: {self.reason}."
            f" Until then {self.context} refuses this line, and the whole change is taken back."
        )


class Held(BaseModel):
    """The answers of every context that offers the look-up; `unasked` are those that could not be asked."""

    model_config = ConfigDict(frozen=True)

    holds: Mapping[str, Sequence[Hold]] = {}
    unasked: tuple[str, ...] = ()
