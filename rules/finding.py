"""What the rules say: findings on one line, and the verdict they add up to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a breach leads to: a person decides (soft), or the line is refused (hard)."""

    SOFT = "SOFT"
    HARD = "HARD"


class RuleOutcome(StrEnum):
    """Why there is a finding: the rule was broken, or could not be applied (which never counts as a pass)."""

    BREACHED = "BREACHED"
    NOT_EVALUATED = "NOT_EVALUATED"


class Verdict(StrEnum):
    """What the rules say of a line, or of a whole proposal."""

    CLEAN = "CLEAN"
    SOFT = "SOFT"
    HARD = "HARD"

    @property
    def rank(self) -> int:
        """Return 0 for clean, 1 for soft, 2 for hard."""
        return _RANK[self]

    @classmethod
    def worst(cls, verdicts: "list[Verdict] | tuple[Verdict, ...]") -> "Verdict":
        """Return the verdict of a whole from those of its parts; nothing at all is clean."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.CLEAN)


_RANK = {Verdict.CLEAN: 0, Verdict.SOFT: 1, Verdict.HARD: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule on one line.

    `rule` is the kind, `rule_id` the row (none if a mandatory kind has no row for this line). `observed_bp`
    is rounded away from the limit, so that a breach never reads as the limit itself. `passing_price` is the
    exact price nearest to the proposed one that this rule would let pass. `origin` is package and version of a kind
    that is not ours.
    """

    rule: str
    rule_id: str | None
    rule_set: int
    severity: Severity
    outcome: RuleOutcome
    observed_bp: int | None
    limit_bp: int | None
    passing_price: int | None
    message: str
    origin: str | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """Return the finding as plain JSON values."""
        return {name: value for name, value in asdict(self).items() if name != "origin" or value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, str | int | None]) -> "Finding":
        """Read a stored finding back. Raises `ValueError` or `KeyError` on anything that is not one."""
        return cls(
            rule=str(stored["rule"]),
            rule_id=None if stored["rule_id"] is None else str(stored["rule_id"]),
            rule_set=int(stored["rule_set"] or 0),
            severity=Severity(str(stored["severity"])),
            outcome=RuleOutcome(str(stored["outcome"])),
            observed_bp=_integer(stored["observed_bp"]),
            limit_bp=_integer(stored["limit_bp"]),
            passing_price=_integer(stored["passing_price"]),
            message=str(stored["message"]),
            origin=None if stored.get("origin") is None else str(stored["origin"]),
        )


def _integer(value: str | int | None) -> int | None:
    return None if value is None else int(value)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The verdict on one line with the findings that made it, the most severe first."""

    verdict: Verdict
    findings: tuple[Finding, ...]


CLEAN_LINE = LineVerdict(Verdict.CLEAN, ())


def verdict_of(findings: list[Finding]) -> LineVerdict:
    """Add findings up to a verdict."""
    if not findings:
        return CLEAN_LINE
    ordered = sorted(findings, key=lambda found: (found.severity is Severity.SOFT, found.rule))
    return LineVerdict(Verdict(ordered[0].severity.value), tuple(ordered))
