"""Reading proposals. Nothing here writes."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.lifecycle.deciding import four_eyes, seen_content
from app.lifecycle.deciding.content import seen_hash
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import context_holds, policy, stale_facts
from app.lifecycle.proposing.stale_facts import MovedFact
from app.lifecycle.publishing import effects, waves
from app.lifecycle.publishing.comparison import has_moved
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.records import Decision, Effect, Line, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import PERSONAL, Action, Guard
from app.lifecycle.views.values import FindingView, LineView, OpenAction, Page, ProposalSummary, UnderWay
from app.pricelist.records import Price, Product
from app.words.percent import WHOLE_BP, change_bp
from app.words.sku import storable
from rules.finding import Finding

MAX_PAGE = 1000


def find(session: Session, reference: str) -> Proposal:
    """Return a proposal by its id or by its number in words (`PC-2476`). Raises `NotFound`."""
    number = reference[3:] if reference[:3].upper() == "PC-" else ""
    wanted = (
        col(Proposal.number) == int(number)
        if number.isascii() and number.isdecimal() and len(number) < 10
        else col(Proposal.id) == reference
    )
    proposal = session.scalars(select(Proposal).where(wanted)).first()
    if proposal is None:
        raise NotFound(f"There is no proposal {reference[:40]!r}.")
    return proposal


def summary(session: Session, reference: str) -> ProposalSummary:
    """Return one proposal at a glance. Raises `NotFound`."""
    return _summaries(session, [find(session, reference)])[0]


def proposals(
    session: Session,
    *,
    status: Status | None = None,
    submitter: str | None = None,
    sku: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ProposalSummary]:
    """Return proposals, newest first. `submitter` is a user id or email; `q` finds a number, reason or submitter."""
    query = select(Proposal).order_by(col(Proposal.number).desc())
    if status:
        query = query.where(col(Proposal.status) == status)
    if submitter:
        people = select(col(User.id)).where(or_(col(User.id) == submitter, col(User.email) == submitter))
        query = query.where(col(Proposal.submitted_by).in_(people))
    if sku:
        named = col(Line.sku) == sku if storable(sku) else false()
        query = query.where(col(Proposal.id).in_(select(col(Line.proposal_id)).where(named)))
    if q and q.strip():
        query = query.where(_matches(q.strip()))
    if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 10:
        query = query.where(col(Proposal.number) < int(cursor))
    size = max(1, min(limit, MAX_PAGE))
    rows = session.scalars(query.limit(size + 1)).all()
    return Page(_summaries(session, rows[:size]), str(rows[size - 1].number) if len(rows) > size else None)


def status_counts(session: Session) -> dict[Status, int]:
    """Return how many proposals stand in each status (absent: none)."""
    rows = session.execute(select(col(Proposal.status), func.count()).group_by(col(Proposal.status)))
    return {Status(status): count for status, count in rows}


def queue(
    session: Session, *, rule: str | None = None, submitter: str | None = None, q: str | None = None, limit: int = 200
) -> list[ProposalSummary]:
    """Return what waits for approval, soonest due first."""
    query = select(Proposal).where(col(Proposal.status) == Status.PENDING_APPROVAL)
    if rule:
        query = query.where(col(Proposal.worst_rule) == rule)
    if submitter:
        query = query.where(col(Proposal.submitted_by) == submitter)
    if q and q.strip():
        query = query.where(_matches(q.strip()))
    return _summaries(
        session, session.scalars(query.order_by(col(Proposal.due_at), col(Proposal.number)).limit(limit)).all()
    )


def decided(session: Session, *, by: str | None = None, limit: int = 50) -> list[ProposalSummary]:
    """Return the proposals that people decided last, newest first."""
    query = (
        select(Proposal).join(Decision, col(Decision.proposal_id) == col(Proposal.id)).order_by(col(Decision.at).desc())
    )
    if by:
        query = query.where(col(Decision.by) == by)
    once = {row.id: row for row in session.scalars(query.limit(limit))}
    return _summaries(session, list(once.values()))


def lines(
    session: Session, reference: str, *, verdict: str | None = None, cursor: str | None = None, limit: int = 100
) -> Page[LineView]:
    """Return lines in order, optionally only those with one verdict."""
    size = max(1, min(limit, MAX_PAGE))
    query = _lines_of(find(session, reference).id).order_by(col(Line.line)).limit(size + 1)
    if verdict:
        query = query.where(col(Line.verdict) == verdict)
    if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 10:
        query = query.where(col(Line.line) > int(cursor))
    rows = [_line_view(line, name) for line, name in session.execute(query)]
    return Page(rows[:size], str(rows[size - 1].line) if len(rows) > size else None)


def largest_breaches(session: Session, reference: str, *, limit: int = 100) -> list[LineView]:
    """Return the lines that break a rule, hard before soft, largest change first."""
    proposal = find(session, reference)
    size = func.abs(col(Line.new) - col(Line.old)) * WHOLE_BP * 100 // col(Line.old)
    largest = session.scalars(  # the narrow rows are sorted first; findings are wide
        select(col(Line.line))
        .where(col(Line.proposal_id) == proposal.id, col(Line.verdict) != "CLEAN")
        .order_by(col(Line.verdict), size.desc(), col(Line.line))
        .limit(limit)
    ).all()
    rows = session.execute(_lines_of(proposal.id).where(col(Line.line).in_(largest)))
    found = {line.line: _line_view(line, name) for line, name in rows}
    return [found[number] for number in largest]


def findings_by_rule(session: Session, reference: str) -> list[policy.Breaches]:
    """Return what each rule found across a proposal, hard first."""
    proposal = find(session, reference)
    stored = session.scalars(
        select(col(Line.findings)).where(col(Line.proposal_id) == proposal.id, col(Line.findings).is_not(None))
    )
    found = [Finding.from_json(finding) for findings in stored for finding in json.loads(findings or "[]")]
    return policy.breaches(found, proposal.lines)


def open_actions(session: Session, reference: str, actor: Actor, now: datetime) -> list[OpenAction]:
    """Return every personal action that the status knows, allowed or shut with the reason in words."""
    proposal = find(session, reference)
    offered = [action for action in PERSONAL if _offered(proposal, action)]
    return [_open(Case(session, proposal, action, actor, now)) for action in offered]


def moved_facts(session: Session, reference: str, now: datetime) -> list[MovedFact]:
    """Return the facts that moved since the verdict, for a proposal that waits for approval."""
    proposal = find(session, reference)
    waits = proposal.status == Status.PENDING_APPROVAL
    return stale_facts.moved_facts(session, proposal, now) if waits else []


def overtaken_by_facts(session: Session, now: datetime) -> Sequence[str]:
    """Return the ids of what waits (for a person, or for its time) and was judged on other facts or rules than today's.

    Prices that return were approved with the window that they end; nobody judges them again.
    """
    waits = (
        col(Proposal.status).in_((Status.PENDING_APPROVAL, Status.APPROVED, Status.HELD)),
        col(Proposal.returns).is_(None),
    )
    moved = (
        select(col(Line.proposal_id))
        .join(Proposal, col(Proposal.id) == col(Line.proposal_id))
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(*waits, has_moved(now), col(Line.published_version).is_(None))
        .distinct()
    )
    rules = policy.active_rule_set(session)
    by_other_rules = func.coalesce(col(Proposal.stands_under), col(Proposal.rule_set)) != rules.number
    passed = max((edge for edge in policy.edges(rules) if edge <= now), default=None)
    if passed is not None:  # a row began or ended, so the same set says something else since
        by_other_rules |= func.coalesce(col(Proposal.stands_at), col(Proposal.submitted_at)) < passed
    overruled = select(col(Proposal.id)).where(*waits, by_other_rules)
    found = {*session.scalars(moved), *session.scalars(overruled)}
    return sorted(found | set(stale_facts.read_otherwise(session, select(col(Proposal.id)).where(*waits), found, now)))


def rules_moved(session: Session, reference: str) -> int | None:
    """Return the active rule set if a proposal that waits for approval was judged by another one, else None."""
    proposal = find(session, reference)
    return stale_facts.rules_moved(session, proposal) if proposal.status == Status.PENDING_APPROVAL else None


def changes(session: Session, reference: str, seen: str) -> list[str]:
    """Say what of a proposal is not as it was seen (nothing if all of it is)."""
    return list(seen_content.changes(session, find(session, reference), seen).values())


def others_may(session: Session, reference: str, action: Action, actor: Actor, now: datetime) -> bool:
    """Tell whether anybody but this person may take an action, should they have had a hand in the proposal."""
    return four_eyes.others_may(Case(session, find(session, reference), action, actor, now))


def reference_of(number: int) -> str:
    """Return a proposal's number in words."""
    return f"PC-{number}"


def _offered(proposal: Proposal, action: Action) -> bool:
    transition = moves.legal(proposal, action)
    if transition is None or transition.by is None:
        return False
    of_returns = Guard.A_RETURN in transition.guards or Guard.RETURNS_BY_HAND in transition.guards
    return proposal.returns is not None or not of_returns


def _open(case: Case) -> OpenAction:
    refused = moves.why_not(case)
    return OpenAction(case.action, refused is None, refused.detail if refused else "")


def _matches(q: str) -> ColumnElement[bool]:
    like = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    people = select(col(User.id)).where(col(User.name).ilike(like, escape="\\"))
    either: list[ColumnElement[bool]] = [
        col(Proposal.reason).ilike(like, escape="\\"),
        col(Proposal.submitted_by).in_(people),
    ]
    digits = q[3:] if q[:3].upper() == "PC-" else q
    if digits.isascii() and digits.isdecimal() and len(digits) < 10:
        either.append(col(Proposal.number) == int(digits))
    return or_(*either)


def _lines_of(proposal_id: str) -> Select[Line, str]:
    return (
        select(Line, col(Product.name))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal_id)
    )


def _line_view(line: Line, name: str) -> LineView:
    findings = tuple(
        FindingView(**{key: finding[key] for key in FindingView.__slots__})
        for finding in json.loads(line.findings or "[]")
    )
    return LineView(
        line=line.line,
        sku=line.sku,
        name=name,
        brand=line.brand,
        old=line.old,
        new=line.new,
        currency=line.currency,
        change_bp=change_bp(line.old, line.new),
        cost=line.cost,
        competitor=line.competitor,
        verdict=line.verdict,
        findings=findings,
        holds=context_holds.read(line.held),
    )


def _summaries(session: Session, rows: Sequence[Proposal]) -> list[ProposalSummary]:
    ids = [row.id for row in rows]
    decisions = {
        d.proposal_id: d
        for d in session.scalars(select(Decision).where(col(Decision.proposal_id).in_(ids)).order_by(col(Decision.at)))
    }
    lenders = {d.on_behalf_of for d in decisions.values() if d.on_behalf_of}
    names = _names(session, {row.submitted_by for row in rows} | {d.by for d in decisions.values()} | lenders)
    families = _families(session, rows)
    ended = _numbers(session, {row.returns for row in rows if row.returns})
    under_way = effects.all_under_way(session, ids)
    weighed = waves.last_judged(session, [row.id for row in rows if row.waves])
    return [
        _summary(
            row,
            decisions.get(row.id),
            names,
            families.get(row.sibling_of or row.id, []),
            ended.get(row.returns or ""),
            under_way.get(row.id),
            seen_hash(row, weighed.get(row.id), under_way.get(row.id)),
        )
        for row in rows
    ]


def _numbers(session: Session, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = session.execute(select(col(Proposal.id), col(Proposal.number)).where(col(Proposal.id).in_(ids)))
    return {proposal_id: reference_of(number) for proposal_id, number in rows}


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    rows = session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(ids)))
    return dict(iter(rows))


def _families(session: Session, rows: Sequence[Proposal]) -> dict[str, list[int]]:
    """Return the numbers of each split family by its first proposal's id."""
    heads = {row.sibling_of or row.id for row in rows}
    found = session.execute(
        select(col(Proposal.id), col(Proposal.sibling_of), col(Proposal.number))
        .where(or_(col(Proposal.id).in_(heads), col(Proposal.sibling_of).in_(heads)))
        .order_by(col(Proposal.number))
    )
    families: dict[str, list[int]] = {}
    for proposal_id, sibling_of, number in found:
        families.setdefault(sibling_of or proposal_id, []).append(number)
    return families


def _decider(decision: Decision, names: dict[str, str]) -> str:
    """Name who decided, and on whose right if it was lent to them: `Ravi T. for Kiran S.`."""
    decider, lender = names.get(decision.by, decision.by), decision.on_behalf_of
    return f"{decider} for {names.get(lender, lender)}" if lender else decider


def _summary(
    row: Proposal,
    decision: Decision | None,
    names: dict[str, str],
    family: list[int],
    returns: str | None,
    effect: Effect | None,
    seen: str,
) -> ProposalSummary:
    return ProposalSummary(
        id=row.id,
        reference=reference_of(row.number),
        number=row.number,
        status=Status(row.status),
        verdict=row.verdict,
        reason=row.reason,
        submitted_by=names.get(row.submitted_by, row.submitted_by),
        submitted_by_id=row.submitted_by,
        submitted_at=row.submitted_at,
        lines=row.lines,
        clean=row.clean,
        soft=row.soft,
        hard=row.hard,
        seen_hash=seen,
        rule_set=row.rule_set,
        version=row.version,
        currency=row.currency,
        mixed=row.mixed,
        effective_at=row.effective_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        decision=decision.action if decision else None,
        decided_by=_decider(decision, names) if decision else None,
        decided_at=decision.at if decision else None,
        decision_comment=decision.comment if decision else None,
        published_at=row.published_at,
        rolled_back_at=row.rolled_back_at,
        siblings=tuple(reference_of(number) for number in family if number != row.number),
        mean_change_bp=row.mean_change_bp,
        largest_change_bp=row.largest_change_bp,
        margin_before_bp=row.margin_before_bp,
        margin_after_bp=row.margin_after_bp,
        headline=row.headline,
        worst_rule=row.worst_rule,
        worst_bp=row.worst_bp,
        waves=row.waves,
        wave=row.wave,
        published_lines=row.published_lines,
        ends_at=row.ends_at,
        returns=returns,
        level=row.level,
        under_way=UnderWay(EffectKind(effect.kind), effect.done, effect.total, effect.waits) if effect else None,
        unasked=tuple(filter(None, row.unasked.split(","))),
        decided_seen=decision.content_hash if decision else None,
    )
