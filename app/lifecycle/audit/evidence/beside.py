"""What stands beside the audit trail, compared with it: decisions, statuses, lines, prices, history and outbox."""

import json
from datetime import datetime
from itertools import groupby
from typing import Final, TypeAlias

from sqlalchemy import Table, func, text
from sqlmodel import Session, col, select

from app.lifecycle.audit.evidence.findings import Findings, What
from app.lifecycle.audit.evidence.legible import as_it_stands
from app.lifecycle.audit.evidence.trail import Row
from app.lifecycle.deciding.content import prices_hash
from app.lifecycle.records import Decision, Line, Proposal
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.table.transitions import Action
from rules.ruleset import BrokenRuleSet, RuleSet

DECIDED: Final = frozenset({Action.APPROVE, Action.REJECT, Action.RETURN, Action.KEEP})
ALONE: Final = frozenset({Action.KEEP})
"""Said on two passports, decided on one."""
_DECISION: Table = Decision.__table__  # type: ignore[attr-defined]
_OF_DECISIONS: Final = ("proposal_id", "action", "by", "at", "comment", "rule_set", "content_hash")
Moment: TypeAlias = tuple[str, str, str, datetime]
Detail: TypeAlias = dict[str, str | int | None]


class Told:
    """What the trail says of proposals and decisions, gathered while it is read."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.prices: dict[str, str] = {}
        self.decisions: dict[Moment, Detail] = {}

    def hear(self, row: Row) -> None:
        """Take one entry in; the last move of a proposal says where it stands."""
        if '"from":' not in row.detail:
            return
        try:
            detail: Detail = json.loads(row.detail)
        except ValueError:
            return  # that it was changed is found by its hash
        self.status[row.chain] = str(detail.get("to"))
        if detail.get("prices"):
            self.prices[row.chain] = str(detail["prices"])
        if row.action in DECIDED:
            self.decisions[(row.chain, row.action, row.actor, row.at)] = detail


def compare(session: Session, told: Told, findings: Findings) -> None:
    """Name everything beside the trail that is not as the trail, or its own neighbour, says."""
    names = _proposals(session, told, findings)
    _decisions(session, told, names, findings)
    _lines(session, told, names, findings)
    for what, query, sentence in _NEIGHBOURS:
        for found, version in session.execute(text(query)):
            findings.add(what, sentence.format(found=found, version=version))
    _rule_sets(session, findings)


def _proposals(session: Session, told: Told, findings: Findings) -> dict[str, str]:
    """Compare every proposal's status; return what proposals are called."""
    names: dict[str, str] = {}
    columns = (col(Proposal.id), col(Proposal.number), col(Proposal.status))
    for proposal_id, number, status in session.execute(select(*columns)).yield_per(5_000):
        name = names[proposal_id] = f"PC-{number}"
        said = told.status.get(proposal_id)
        if said is None:
            findings.add(What.STATUS, f"{name} is {status}, and the trail knows nothing of it")
        elif said != status:
            findings.add(What.STATUS, f"{name} is {status}, and the trail says {said}")
    for chain in told.status.keys() - names.keys():
        findings.add(What.STATUS, f"the trail knows proposal {chain}, and it is gone")
    return names


def _decisions(session: Session, told: Told, names: dict[str, str], findings: Findings) -> None:
    missing = dict(told.decisions)
    columns = (_DECISION.c[name] for name in _OF_DECISIONS)
    for row in session.execute(select(*map(as_it_stands, columns)).execution_options(yield_per=2_000)):
        detail = missing.pop((row.proposal_id, row.action, row.by, row.at), None)
        name = names.get(row.proposal_id, row.proposal_id)
        if detail is None:
            findings.add(What.DECISION, f"the trail knows of no '{row.action}' of {name} by {row.by} at {row.at}")
            continue
        said = (detail.get("comment"), detail.get("rule_set"), detail.get("seen", row.content_hash))
        if said != (row.comment, row.rule_set, row.content_hash):
            findings.add(What.DECISION, f"the '{row.action}' of {name} by {row.by} reads otherwise in the trail")
    for chain, action, actor, at in missing:
        if action not in ALONE:
            name = names.get(chain, chain)
            findings.add(What.DECISION, f"the trail knows the '{action}' of {name} by {actor} at {at}, and it is gone")


def _lines(session: Session, told: Told, names: dict[str, str], findings: Findings) -> None:
    """Add up the proposed prices of every submission again; those of a divided one stand in all its parts."""
    first = func.coalesce(col(Proposal.sibling_of), col(Proposal.id)).label("first")
    columns = (first, col(Line.sku), col(Line.new), col(Line.currency))
    query = select(*columns).join(Proposal, col(Proposal.id) == col(Line.proposal_id)).order_by(first)
    unseen = dict(told.prices)
    found = session.execute(query).yield_per(10_000)
    for proposal_id, lines in groupby(found, key=lambda line: str(line.first)):
        said = unseen.pop(proposal_id, None)
        prices = said and prices_hash({"sku": line.sku, "new": line.new, "currency": line.currency} for line in lines)
        if prices != said:
            findings.add(What.CONTENT, f"the lines of {names.get(proposal_id, proposal_id)} are not those submitted")
    for proposal_id in unseen.keys() & names.keys():
        findings.add(What.CONTENT, f"the lines of {names[proposal_id]} are gone")


def _rule_sets(session: Session, findings: Findings) -> None:
    columns = (col(StoredRuleSet.number), col(StoredRuleSet.rules), col(StoredRuleSet.content_hash))
    for number, rules, content_hash in session.execute(select(*columns)):
        try:
            says = RuleSet.from_json(rules)
            fits = (says.number, says.content_hash) == (number, content_hash)
        except BrokenRuleSet:
            fits = False
        if not fits:
            findings.add(What.RULES, f"rule set {number} does not have the content that it is named by")


_NEIGHBOURS = (
    (
        What.PRICE,
        "SELECT p.sku, p.version FROM price p"
        " LEFT JOIN price_history h ON h.sku = p.sku AND h.version = p.version"
        " WHERE h.sku IS NULL OR h.amount <> p.amount OR h.currency <> p.currency OR h.at <> p.since"
        " OR h.proposal_id IS DISTINCT FROM p.proposal_id ORDER BY p.sku",
        "the price of {found} is not the one of its version {version}",
    ),
    (
        What.HISTORY,
        "SELECT h.sku, h.version FROM price_history h LEFT JOIN price p ON p.sku = h.sku"
        " WHERE p.sku IS NULL OR h.version > p.version ORDER BY h.sku",
        "version {version} of {found} is beyond its price of now",
    ),
    (
        What.HISTORY,
        "SELECT h.sku, h.version FROM price_history h"
        " LEFT JOIN line l ON l.proposal_id = h.proposal_id AND l.sku = h.sku"
        " WHERE h.cause = 'published' AND h.proposal_id IS NOT NULL"
        " AND (l.sku IS NULL OR l.new <> h.amount OR l.currency <> h.currency OR l.published_version IS NULL"
        " OR (l.published_version <> h.version AND NOT EXISTS (SELECT 1 FROM price_history again"
        " WHERE again.sku = h.sku AND again.version = l.published_version AND again.cause = 'recovered'"
        " AND again.proposal_id = h.proposal_id))) ORDER BY h.sku",
        "version {version} of {found} is not what its proposal published",
    ),
)
