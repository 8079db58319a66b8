"""Where other packages offer kinds of rules."""

from typing import Final

ENTRY_POINTS: Final = "baton.rules"
