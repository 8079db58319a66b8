"""A change of price as every table shows it: where a finding measured the very same change, with that one's number."""

from collections.abc import Iterable
from typing import Protocol

from app.words.percent import as_found, percent
from rules.registry import kind_words


class FindingWords(Protocol):
    """What is read of a finding here."""

    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def outcome(self) -> str: ...  # noqa: D102
    @property
    def observed_bp(self) -> int | None: ...  # noqa: D102
    @property
    def limit_bp(self) -> int | None: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def message(self) -> str: ...  # noqa: D102


class Proposed(Protocol):
    """What is read of a proposal here."""

    @property
    def largest_change_bp(self) -> int | None: ...  # noqa: D102
    @property
    def worst_rule(self) -> str | None: ...  # noqa: D102
    @property
    def worst_bp(self) -> int | None: ...  # noqa: D102


def directed(rule: str, basis_points: int) -> int:
    """Give a fall, which is observed as a positive number, its minus."""
    words = kind_words(rule)
    return -basis_points if words.judges_change and words.breaks_low else basis_points


def steep(findings: Iterable[FindingWords]) -> FindingWords | None:
    """Return the first finding that judges the change itself."""
    return next(
        (found for found in findings if kind_words(found.rule).judges_change and found.observed_bp is not None), None
    )


def line_change(basis_points: int, findings: Iterable[FindingWords]) -> str:
    """Show a line's change from its current price (`+28.4 %`), with the number of the finding beside it."""
    found = steep(findings)
    if found is None or found.observed_bp is None or found.limit_bp is None:
        return percent(basis_points, signed=True)
    observed, limit = directed(found.rule, found.observed_bp), directed(found.rule, found.limit_bp)
    return as_found(basis_points, observed, limit, signed=True)


def furthest(rule: str, basis_points: int) -> str:
    """Show the value furthest beyond a rule's limit, rounded away from the limit."""
    value, falls = directed(rule, basis_points), kind_words(rule).is_level
    return percent(value, signed=not falls, toward="down" if falls or value < 0 else "up")


def largest_change(proposal: Proposed) -> str:
    """Show the largest change of a proposal; if that is what breaks a rule furthest, with its number there."""
    largest, rule, worst = proposal.largest_change_bp, proposal.worst_rule or "", proposal.worst_bp
    if largest is None or worst is None or not kind_words(rule).judges_change:
        return percent(largest, signed=True)
    return furthest(rule, worst) if abs(directed(rule, worst) - largest) <= 1 else percent(largest, signed=True)
