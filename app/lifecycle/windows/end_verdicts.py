"""How the end of a price window is judged: with the window, before it opens, on today's facts.

A return goes back to a price that people know, so it is not a change to be measured: what is judged is the price that
will stand. What is hard today refuses the window; what is soft is shown and approved with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.lifecycle.proposing import policy
from app.lifecycle.records import Proposal
from rules.facts import Facts
from rules.finding import Finding, LineVerdict, Severity, Verdict, verdict_of
from rules.ruleset import RuleSet

WHEN = "When the window ends and the earlier price returns: "


def judged(
    session: Session, proposal: Proposal, facts: Sequence[Facts], rules: RuleSet, now: datetime
) -> list[LineVerdict]:
    """Judge a proposal's lines; those of a window together with their return."""
    if proposal.returns:
        return policy.judge_lines([_standing(fact, fact.new) for fact in facts], rules, now)
    verdicts = policy.judge_lines(facts, rules, now)
    return judged_until(session, facts, verdicts, rules, now) if proposal.ends_at else verdicts


def judged_until(
    session: Session, facts: Sequence[Facts], verdicts: Sequence[LineVerdict], rules: RuleSet, now: datetime
) -> list[LineVerdict]:
    """Add to verdicts what the rules say of the earlier prices that return, to families that have returned too."""
    ends = at_the_end(policy.with_more_facts(session, facts, rules, now), rules, now)
    return [_both(line, end) for line, end in zip(verdicts, ends, strict=True)]


def at_the_end(facts: Sequence[Facts], rules: RuleSet, now: datetime) -> list[LineVerdict]:
    """Judge the current prices as those that stand again when a window has ended."""
    return policy.judge_lines([_standing(fact, fact.old) for fact in facts], rules, now)


def _standing(fact: Facts, price: int) -> Facts:
    """Return the facts of a price that simply stands: going back to it is no change to be measured."""
    return replace(fact, old=price, new=price, month_ago=None)


def _both(line: LineVerdict, end: LineVerdict) -> LineVerdict:
    if end.verdict is Verdict.CLEAN:
        return line
    found = {finding.rule: finding for finding in line.findings}
    for finding in end.findings:
        before = found.get(finding.rule)
        found[finding.rule] = _joined(before, finding) if before else replace(finding, message=_told(finding))
    return verdict_of(list(found.values()))


def _joined(before: Finding, end: Finding) -> Finding:
    """Say both breaches of one rule in one finding, so that a line counts once."""
    if before.message == end.message:
        return before
    hard = Severity.HARD in (before.severity, end.severity)
    severity = Severity.HARD if hard else Severity.SOFT
    return replace(before, severity=severity, message=f"{before.message} {_told(end)}")


def _told(finding: Finding) -> str:
    return WHEN + finding.message[:1].lower() + finding.message[1:]
