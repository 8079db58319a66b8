"""From the lifecycle's queries to what the approvals page shows."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import contexts, routes
from app.components import format as shown
from app.components import vocabulary
from app.components.changes import directed, furthest, largest_change, line_change, steep
from app.components.states import WaitState
from app.components.views import ActionView, FactView, MoneyView, StatusView
from app.contracts.holds import Held
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle import browse, delegations, guards, queries
from app.lifecycle.guards import MovedFact
from app.lifecycle.policy import Breaches, price_past
from app.lifecycle.status import Status
from app.lifecycle.transitions import Action
from app.lifecycle.views import FindingView, LineView, OpenAction, ProposalSummary
from app.pages.approvals.shown import (
    DetailView,
    GroupView,
    ItemView,
    LineRow,
    OptionView,
    SentenceView,
    TabView,
)
from app.pricelist import queries as pricelist
from app.words.counting import noun
from app.words.percent import as_found, margin_bp, short_percent

QUEUE = 200
WEEK = timedelta(days=7)
LOOKED_UP = 1_000
"""Up to this many lines the neighbourhood of a proposal is looked up when it is opened."""
LINES = 100
TITLE = 90
FAMILIES = {
    "increase_stays_below_limit": ("Increase", "increase", +1),
    "price_stays_near_competitor": ("Above the competitor", "competitor", +1),
    "margin_stays_above_floor": ("Margin under the floor", "margin", -1),
    "decrease_stays_above_limit": ("Decrease", "decrease", -1),
}
EDGES = (2_000, 3_000, 5_000)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address bar asks for."""

    tab: str = "waiting"
    item: str = ""
    rule: str = ""
    submitter: str = ""
    q: str = ""

    def address(self, **other: str) -> str:
        """Return the address of this page with some of it replaced."""
        asked = {"tab": self.tab, "rule": self.rule, "submitter": self.submitter, "q": self.q, "item": self.item}
        asked |= other
        asked["tab"] = "" if asked["tab"] == "waiting" else asked["tab"]
        return routes.with_query(routes.APPROVALS, **asked)


@dataclass(frozen=True, slots=True)
class Queue:
    """The left side of the page; nothing in it is open that nobody asked for."""

    groups: list[GroupView]
    tabs: list[TabView]
    note: str
    references: list[str]
    rules: list[OptionView]
    submitters: list[OptionView]


def queue(session: Session, actor: Actor, wanted: Wanted, ticks: Mapping[str, str], now: datetime) -> Queue:
    """Read the queue that `wanted` asks for; `ticks` are the selected proposals with what was seen of each."""
    waiting = queries.queue(session, limit=QUEUE)
    total = queries.status_counts(session).get(Status.PENDING_APPROVAL, 0)
    mine = [row for row in waiting if row.submitted_by_id == actor.id]
    tabs = [
        _tab(wanted, "waiting", "Waiting", total),
        _tab(wanted, "mine", "Mine", len(mine)),
        _tab(wanted, "decided", "Decided", None),
    ]
    if actor.may(Permission.DECIDE_ESCALATED) or wanted.tab == "escalated":
        tabs.insert(1, _tab(wanted, "escalated", "Escalated", sum(1 for row in waiting if row.level > 1)))
    rows = _chosen(session, wanted, waiting, mine)
    viewer = viewer_of(session, actor, [row.id for row in rows], now)
    groups = _decided_group(rows, wanted, now) if wanted.tab == "decided" else _groups(rows, viewer, wanted, ticks, now)
    ordered = [item.reference for group in groups for item in group.rows]
    return Queue(
        groups=groups,
        tabs=tabs,
        note=_note(waiting, total, now),
        references=ordered,
        rules=[
            OptionView(value=rule, word=family_of(rule)[0])
            for rule in sorted({r.worst_rule or "" for r in waiting})
            if rule
        ],
        submitters=[
            OptionView(value=key, word=name)
            for key, name in sorted(
                {(row.submitted_by_id, row.submitted_by) for row in waiting}, key=lambda pair: pair[1]
            )
        ],
    )


def _chosen(
    session: Session, wanted: Wanted, waiting: list[ProposalSummary], mine: list[ProposalSummary]
) -> list[ProposalSummary]:
    if wanted.tab == "decided":
        return queries.decided(session, limit=50)
    if wanted.tab == "mine":
        return mine
    if wanted.tab == "escalated":
        return [row for row in waiting if row.level > 1]
    if not (wanted.rule or wanted.submitter or wanted.q):
        return waiting
    return queries.queue(
        session, rule=wanted.rule or None, submitter=wanted.submitter or None, q=wanted.q or None, limit=QUEUE
    )


def _tab(wanted: Wanted, name: str, word: str, number: int | None) -> TabView:
    return TabView(
        word=word,
        count="" if number is None else shown.count(number),
        href=wanted.address(tab=name, item=""),
        on=wanted.tab == name,
    )


def _note(waiting: Sequence[ProposalSummary], total: int, now: datetime) -> str:
    today = shown.local(now).date()
    due = sum(1 for row in waiting if row.due_at and shown.local(row.due_at).date() <= today)
    most_urgent = f", the {QUEUE} most urgent are listed" if total > len(waiting) else ""
    return f"{shown.count(total)} waiting, {shown.count(due)} due today{most_urgent}"


def family_of(rule: str) -> tuple[str, str, int]:
    """Return a rule's title, its noun, and the sign of the direction in which it breaks."""
    word = rule.replace("_", " ")
    return FAMILIES.get(rule, (word.capitalize() or "No rule", word, +1))


def _band(row: ProposalSummary) -> str:
    if row.worst_bp is None:
        return "could not be judged"
    if row.worst_rule == "margin_stays_above_floor":
        return "below cost" if row.worst_bp < 0 else "above cost"
    low = 0
    for edge in EDGES:
        if row.worst_bp <= edge:
            return f"{low // 100} to {short_percent(edge)}" if low else f"up to {short_percent(edge)}"
        low = edge
    return f"over {short_percent(low)}"


def _groups(
    rows: Sequence[ProposalSummary], viewer: "Viewer", wanted: Wanted, ticks: Mapping[str, str], now: datetime
) -> list[GroupView]:
    """Group by rule and band. The most urgent proposal leads its group, and its group leads the queue."""
    grouped: dict[tuple[str, str], list[ItemView]] = {}
    for row in rows:
        key = (family_of(row.worst_rule or "")[0], _band(row))
        grouped.setdefault(key, []).append(_item(row, viewer, wanted, ticks, now))
    return [
        GroupView(key=f"{title}/{band}", title=title, band=band, count=shown.count(len(items)), rows=items)
        for (title, band), items in grouped.items()
    ]


def _decided_group(rows: Sequence[ProposalSummary], wanted: Wanted, now: datetime) -> list[GroupView]:
    items = [
        ItemView(
            reference=row.reference,
            title=title_of(row.reason)[0],
            submitter=row.submitted_by,
            note=f"{vocabulary.verb(row.decision or '').done.lower()} by {row.decided_by}",
            worst=shown.when(row.decided_at, now),
            due=shown.due(None, now),
            status=vocabulary.status(row.status),
            href=wanted.address(item=row.reference),
            open=row.reference == wanted.item,
            ticked=False,
            mine=False,
            why="",
        )
        for row in rows
    ]
    return (
        [
            GroupView(
                key="decided", title="Decided by people", band="newest first", count=shown.count(len(items)), rows=items
            )
        ]
        if items
        else []
    )


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the queue: by what right they decide, and what of it they were reminded of."""

    actor: Actor
    lent: bool
    reminded: frozenset[str]

    def decides(self, row: ProposalSummary) -> bool:
        """Tell whether this person may decide on a waiting proposal that is not their own work."""
        if row.submitted_by_id == self.actor.id:
            return False
        escalated = row.level > 1 and self.actor.may(Permission.DECIDE_ESCALATED)
        return self.actor.may(Permission.DECIDE) or self.lent or escalated


def viewer_of(session: Session, actor: Actor, ids: Sequence[str], now: datetime) -> Viewer:
    """Read by what right somebody looks at these proposals."""
    lent = not actor.may(Permission.DECIDE) and bool(delegations.lenders_of(session, actor.id, now))
    return Viewer(actor, lent, browse.reminded(session, ids))


def stage_of(row: ProposalSummary, reminded: bool, now: datetime | None = None) -> StatusView:
    """Show how far the clock has taken what waits: reminded, then escalated (given `now`: until it expires)."""
    if row.status != Status.PENDING_APPROVAL or not (row.level > 1 or reminded):
        return StatusView()
    if row.level > 1:
        expires = f", expires {shown.when(row.expires_at, now)}" if now and row.expires_at else ""
        escalated = vocabulary.look(vocabulary.WAITS, WaitState.ESCALATED)
        return vocabulary.saying(escalated, f"{escalated.word}{expires}")
    return vocabulary.look(vocabulary.WAITS, WaitState.REMINDED)


def _item(row: ProposalSummary, viewer: Viewer, wanted: Wanted, ticks: Mapping[str, str], now: datetime) -> ItemView:
    own = row.submitted_by_id == viewer.actor.id
    ticked = row.reference in ticks and not own
    return ItemView(
        reference=row.reference,
        seen=row.seen_hash,
        title=title_of(row.reason)[0],
        submitter=row.submitted_by,
        note=f"{shown.count(row.soft)} of {shown.plural(row.lines, 'line')}",
        worst=worst_of(row),
        due=shown.due(row.due_at, now),
        status=vocabulary.status(row.status),
        href=wanted.address(item=row.reference),
        open=row.reference == wanted.item,
        ticked=ticked,
        changed=ticked and ticks[row.reference] != row.seen_hash,
        mine=not viewer.decides(row),
        why="You wrote this" if own else "",
        stage=stage_of(row, row.id in viewer.reminded),
    )


def worst_of(row: ProposalSummary) -> str:
    """Show the value furthest beyond its limit, rounded away from the limit."""
    if row.worst_bp is None:
        return ""
    return furthest(row.worst_rule or "", row.worst_bp)


def title_of(reason: str) -> tuple[str, str]:
    """Split a reason into a title (its first line or sentence) and the rest."""
    first, _, rest = reason.strip().partition("\n")
    head, dot, tail = first.partition(". ")
    if dot and len(head) <= TITLE:
        first, rest = head + ".", f"{tail}\n{rest}".strip()
    if len(first) <= TITLE:
        return first.rstrip(".") if not rest else first, rest.strip()
    cut = first.rfind(" ", 0, TITLE)
    cut = cut if cut > 0 else TITLE
    return first[:cut] + " …", reason.strip()


@dataclass(frozen=True, slots=True)
class Opened:
    """How the opened proposal was opened: what was seen of it then (empty: it is opened now), and its nonce."""

    nonce: str
    seen: str = ""


def detail(
    session: Session, actor: Actor, wanted: Wanted, references: Sequence[str], opened: Opened, now: datetime
) -> DetailView:
    """Read the opened proposal. Raises `NotFound`."""
    row = queries.summary(session, wanted.item)
    title, rest = title_of(row.reason)
    actions = {action.action: action for action in queries.open_actions(session, row.id, actor, now)}
    moved, rules = queries.moved_facts(session, row.id, now), queries.rules_moved(session, row.id)
    seen = opened.seen or row.seen_hash
    lent = bool(delegations.lenders_of(session, actor.id, now))
    place = references.index(row.reference) + 1 if row.reference in references else 0
    approve = _action(actions.get(Action.APPROVE), Action.APPROVE)
    return DetailView(
        reference=row.reference,
        title=title,
        rest=rest if row.returns else shown.in_own_words(rest),  # a return's begins with what Baton wrote
        status=vocabulary.status(row.status),
        due=shown.due(row.due_at, now),
        initials=shown.initials(row.submitted_by),
        submitter=row.submitted_by,
        at=shown.when(row.submitted_at, now),
        lines=shown.plural(row.lines, "line"),
        rule_set=f"rule set {row.rule_set}" if row.rule_set else "",
        hash=shown.short_hash(row.seen_hash),
        seen=seen,
        standing=row.seen_hash,
        changed=_changed(session, row, seen),
        nonce=opened.nonce,
        href=routes.proposal(row.reference),
        waits=row.status == Status.PENDING_APPROVAL,
        position=f"Queue, {place} of {len(references)}" if place else "Queue",
        sentences=_why(session, row),
        facts=_facts(session, row, now),
        findings_note=f"{shown.plural(row.soft + row.hard, 'line')} of {shown.count(row.lines)}, worst first",
        total_lines=f"All {shown.plural(row.lines, 'line')}",
        moved_title=_moved_title(moved, row, now) or _rules_title(rules, row),
        moved=_moved(moved) or _READ_AGAIN,
        gone=_gone(row, actor, now),
        gone_detail=shown.in_own_words(row.decision_comment or ""),
        approve=approve,
        send_back=_action(actions.get(Action.RETURN), Action.RETURN),
        reject=_action(actions.get(Action.REJECT), Action.REJECT),
        re_evaluate=_action(actions.get(Action.RE_EVALUATE), Action.RE_EVALUATE),
        withdraw=_action(actions.get(Action.WITHDRAW), Action.WITHDRAW),
        shut=_shut(approve, actor, bool(moved or rules), row, lent=lent),
        right=_right(session, row, actor, approve, now),
        stage=stage_of(row, row.id in browse.reminded(session, [row.id]), now),
    )


def _action(found: OpenAction | None, action: Action) -> ActionView:
    if found is None:
        return ActionView(action=action.value, why="Not in this status")
    return ActionView(action=action.value, allowed=found.allowed, why=found.why)


def _right(session: Session, row: ProposalSummary, actor: Actor, approve: ActionView, now: datetime) -> str:
    """Say on whose right somebody would decide, if it is not their own."""
    own = actor.may(Permission.DECIDE) or (row.level > 1 and actor.may(Permission.DECIDE_ESCALATED))
    if own or not approve.allowed:
        return ""
    case = guards.Case(session, queries.find(session, row.id), Action.APPROVE, actor, now)
    lender = guards.lender_for(case)
    return f"You decide for {lender.name}; the audit keeps both names" if lender else ""


def _shut(approve: ActionView, actor: Actor, moved: bool, row: ProposalSummary, *, lent: bool = False) -> str:
    """Say beside the buttons why approving is shut, in as few words as will do."""
    if approve.allowed:
        return ""
    if row.status != Status.PENDING_APPROVAL:
        return f"Nothing left to decide: {vocabulary.status(row.status).word.lower()}"
    if not (lent or actor.may(Permission.DECIDE) or actor.may(Permission.DECIDE_ESCALATED)):
        return "Approvers decide; your roles do not include that"
    return "Re-evaluate first" if moved and "re-evaluate" in approve.why else approve.why


def _gone(row: ProposalSummary, actor: Actor, now: datetime) -> str:
    """Say who decided the opened proposal meanwhile (empty while it waits)."""
    if row.status == Status.PENDING_APPROVAL:
        return ""
    if row.status == Status.EVALUATING:
        return "The rules are reading it again."
    if row.decided_by and row.decided_at:
        who = "You" if row.decided_by == actor.name else row.decided_by
        ago = shown.duration((now - row.decided_at).total_seconds())
        return f"{who} {vocabulary.verb(row.decision or '').did} this {ago} ago."
    return f"It is {vocabulary.status(row.status).word.lower()} now."


def _moved_title(moved: Sequence[MovedFact], row: ProposalSummary, now: datetime) -> str:
    if not moved:
        return ""
    kinds = {fact.what for fact in moved}
    alone = {1: f"{next(iter(kinds))} price" if kinds == {"competitor"} else next(iter(kinds))}
    what = alone.get(len(kinds), "fact")
    verb = noun(len(moved), "moved", "have moved")
    return f"{shown.plural(len(moved), what)} {verb} since this verdict ({shown.when(row.submitted_at, now)})."


def _rules_title(active: int | None, row: ProposalSummary) -> str:
    if active is None:
        return ""
    return f"Judged by rule set {row.rule_set}; rule set {active} is in force now."


def _changed(session: Session, row: ProposalSummary, seen: str) -> str:
    """Say what of a waiting proposal is not as it was when it was opened."""
    if seen == row.seen_hash or row.status != Status.PENDING_APPROVAL:
        return ""
    words = "; ".join(queries.changes(session, row.id, seen))
    return f"{words[:1].upper()}{words[1:]}." if words else "It is not as it was."


_READ_AGAIN = "An approval binds to what was seen, so the findings must be read again."


def _moved(moved: Sequence[MovedFact]) -> str:
    named = [
        f"{fact.sku} {fact.what}: {shown.amount(fact.before, fact.currency)} → "
        f"{shown.amount(fact.after, fact.currency)}"
        for fact in moved[:3]
    ]
    more = f"; and {shown.count(len(moved) - 3)} more" if len(moved) > 3 else ""
    return f"{'; '.join(named)}{more}. {_READ_AGAIN}" if named else ""


_told: OrderedDict[tuple[str, str], list[SentenceView]] = OrderedDict()
"""Sentences by proposal and what is seen of it: the same verdict says the same, however often a page is refreshed."""


def _why(session: Session, row: ProposalSummary) -> list[SentenceView]:
    key = (row.id, row.seen_hash)
    told = _told.get(key)
    if told is None or row.verdict is None:
        told = _sentences(queries.findings_by_rule(session, row.id), row)
        _told[key] = told
        if len(_told) > QUEUE:
            _told.popitem(last=False)
    return told


def _sentences(breaches: Sequence[Breaches], row: ProposalSummary) -> list[SentenceView]:
    found = [
        SentenceView(
            icon=vocabulary.verdict(breach.severity).icon,
            tone=vocabulary.verdict(breach.severity).tone,
            strong=breach.sentence,
            rest="." if breach.worst_bp is None else f"; {_most(breach)}.",
        )
        for breach in breaches
    ]
    if row.clean:
        found.append(
            SentenceView(
                icon=vocabulary.verdict("CLEAN").icon,
                tone=vocabulary.verdict("CLEAN").tone,
                strong="",
                rest=(f"{shown.plural(row.clean, 'line breaks', 'lines break')} no rule."),
            )
        )
    return found


def _most(breach: Breaches) -> str:
    falls = family_of(breach.rule)[2] < 0
    word = "the thinnest" if breach.rule == "margin_stays_above_floor" else "most"
    worst, limit = (
        None if value is None else directed(breach.rule, value) for value in (breach.worst_bp, breach.limit_bp)
    )
    return f"{word}, {shown.percent(worst, signed=not falls, limit=limit)}"


def _facts(session: Session, row: ProposalSummary, now: datetime) -> list[FactView]:
    listening = len(deliveries.contexts(session))
    margin = f"{_plain(row.margin_before_bp)} → {shown.percent(row.margin_after_bp)}"
    known = row.margin_before_bp is not None and row.margin_after_bp is not None
    return [
        FactView(
            label="SKUs", value=shown.count(row.lines), note=f"of {shown.count(pricelist.count_products(session))}"
        ),
        FactView(label="Mean change", value=shown.percent(row.mean_change_bp, signed=True)),
        FactView(label="Largest change", value=largest_change(row)),
        FactView(label="Mean margin", value=margin if known else "not measured"),
        FactView(
            label="Deliveries",
            value=shown.count(row.lines * listening),
            note=f"in {shown.plural(listening, 'context')}",
        ),
        FactView(
            label="Takes effect",
            value="when decided" if row.effective_at is None else shown.when(row.effective_at, now),
        ),
        *_plan(row, now),
        *_neighbours(session, row, now),
    ]


def _plan(row: ProposalSummary, now: datetime) -> list[FactView]:
    """Say what an approval approves besides the prices: that they end, and that they go out in waves."""
    plan = []
    if row.ends_at is not None:
        plan.append(FactView(label="Earlier prices return", value=shown.when(row.ends_at, now)))
    if row.waves > 1:
        plan.append(FactView(label="Goes out", value=f"in {shown.plural(row.waves, 'wave')}"))
    return plan


def _neighbours(session: Session, row: ProposalSummary, now: datetime) -> list[FactView]:
    """Say what else touches these SKUs: earlier prices of the week, and locks in the catalog."""
    if row.lines > LOOKED_UP:
        return []
    repriced = browse.repriced_since(session, row.id, now - WEEK)
    held = contexts.held(browse.skus_of(session, row.id, limit=LOOKED_UP), max(row.effective_at or now, now))
    return [FactView(label="Repriced in the last 7 days", value=shown.count(repriced)), _locks(held)]


def _locks(held: Held) -> FactView:
    """Say which lines a context would refuse; locks that are not known are not the same as none."""
    locked = list(held.holds)
    more = f" and {shown.count(len(locked) - 1)} more" if len(locked) > 1 else ""
    known = f"{locked[0]}{more}" if locked else ""
    silent = f"not known in {', '.join(held.unasked)}" if held.unasked else ""
    return FactView(
        label="Locked", value="; ".join(filter(None, (known, silent))) or "none", tone="warn" if known or silent else ""
    )


def _plain(basis_points: int | None) -> str:
    return shown.percent(basis_points).removesuffix(" %")


def breaking_lines(session: Session, reference: str) -> list[LineRow]:
    """Read the lines that break a rule, the largest change first."""
    return [line_row(line) for line in queries.largest_breaches(session, reference, limit=LINES)]


def all_lines(session: Session, reference: str, cursor: str | None) -> tuple[list[LineRow], str]:
    """Read one page of all lines, and the cursor of the next."""
    page = queries.lines(session, reference, cursor=cursor, limit=LINES)
    return [line_row(line) for line in page.items], page.next_cursor or ""


def line_row(line: LineView) -> LineRow:
    """Show one line: what it was, what it would be, what it breaks, and the price that would pass."""
    tone = f"{vocabulary.verdict(line.verdict).tone} b"
    thin = next((found for found in line.findings if found.rule == "margin_stays_above_floor"), None)
    return LineRow(
        line=line.line,
        sku=line.sku,
        name=line.name,
        brand=line.brand,
        old=shown.money(line.old, line.currency),
        new=shown.money(line.new, line.currency),
        change=line_change(line.change_bp, line.findings),
        change_tone=tone if steep(line.findings) else "sec",
        breaks=", ".join(family_of(found.rule)[1] for found in line.findings),
        words=" ".join(found.message for found in line.findings),
        margin="no cost"
        if line.cost is None
        else f"{_margin(line.old, line.cost)} → {_margin(line.new, line.cost, thin)}",
        passing=_passing(line),
        verdict=vocabulary.verdict(line.verdict or "CLEAN"),
    )


def _margin(price: int, cost: int, finding: FindingView | None = None) -> str:
    """Show a margin without its sign, with the number of the finding that measured it."""
    margin = margin_bp(price, cost)
    if finding is None or margin is None:
        return _plain(margin)
    return as_found(margin, finding.observed_bp, finding.limit_bp).removesuffix(" %")


def _passing(line: LineView) -> MoneyView:
    """Return the price that passes every rule this line breaks (none, if they contradict each other)."""
    return shown.money(price_past(line.findings), line.currency)
