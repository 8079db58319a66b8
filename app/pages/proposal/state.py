"""The state of a proposal's page: what is shown, and the actions it forwards."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable

import reflex as rx

from app.clock import new_id, utc_now
from app.components.dialogs import SHUT
from app.components.score.view import ScoreView
from app.components.stays import arrived
from app.components.views import ActionView, FactView, RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.commands import demand_waves
from app.lifecycle.errors import Refused
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import PERSONAL, Action
from app.lifecycle.views.values import ProposalSummary
from app.pages.proposal.callouts_view import SayView
from app.pages.proposal.canary_view import NextView, PanelView
from app.pages.proposal.lines_view import FindingRow, ProposalLine
from app.pages.proposal.read import ProposalAsked, proposal_page
from app.pages.proposal.trace_view import TraceRow
from app.pages.proposal.view import SHOWN, HeadView
from app.pages.proposal.wave_form import plan_of
from app.states import live
from app.states.page import ForwardingState, OpenState

TABS = ("lines", "findings", "trace", "decision")
VERDICTS = ("CLEAN", "SOFT", "HARD")
BINDING = (
    Action.APPROVE, Action.RETURN, Action.REJECT, Action.WITHDRAW, Action.EXPEDITE, Action.CONTINUE, Action.KEEP,
)  # fmt: skip
"""What binds to how the page was opened (a brake binds to what it shows now)."""


class ProposalState(OpenState, ForwardingState, rx.State):
    """One proposal, live. `of` is what the address said of which proposal this is."""

    of: str = ""
    missing: bool = False
    head: HeadView = HeadView()
    says: list[SayView] = []
    score: ScoreView = ScoreView()
    facts: list[FactView] = []
    decision_facts: list[FactView] = []
    actions: dict[str, ActionView] = {action.value: ActionView() for action in SHOWN}
    panel: PanelView = PanelView()
    next: NextView = NextView()
    keep_finds: str = ""
    demand_why: str = ""
    demand_warns: str = ""
    deciding: bool = False
    why_shut: str = ""
    rows: list[ProposalLine] = []
    contexts: list[str] = []
    next_after: str = ""
    findings: list[FindingRow] = []
    trace: list[TraceRow] = []
    steps: list[TraceRow] = []
    trace_count: int = 0
    tab: str = "lines"
    verdict: str = ""
    after: str = ""
    as_list: bool = False
    nonce: str = ""
    seen: str = ""
    changed: str = ""
    _bound: bool = False

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page: read the address, watch what it shows, fill it."""
        self._watch(ProposalState.refresh, "proposals", "repricings", live.CLOCK)
        asked = self.router.url.query_parameters
        if self.of != self._reference():
            self.reset()
        self.nonce = self.nonce or new_id()
        self.tab = asked.get("tab", "lines") if asked.get("tab") in TABS else "lines"
        self.verdict = asked.get("verdict", "") if asked.get("verdict") in VERDICTS else ""
        self.after = asked.get("after", "") if asked.get("after", "").isdecimal() else ""
        self.as_list = asked.get("view") == "list"
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def accept(self, reference: str, standing: str) -> None:
        """Take what was shown for what is seen from now on: the change since the opening was read."""
        if reference == self.head.reference:
            self.seen, self.refusal = standing[:128], RefusalView()
        await self._fill()

    @rx.event
    @allow(Permission.READ)  # who may (a delegate, an escalated owner) is the lifecycle's to say, per proposal
    async def act(self, form_data: dict[str, str]) -> list[rx.event.EventSpec]:
        """Do to the proposal what was pressed, or confirmed in a dialog, exactly as the browser showed it."""
        action = form_data.get("action", "")
        if action not in PERSONAL:
            return []
        actor = await current_actor(self)
        done = await self._do(lambda: _acted(actor, Action(action), form_data))
        asked = [rx.call_script(SHUT)] if DEEDS[Action(action)].dialog else []
        decided = done and action != Action.PLAN_WAVES  # what was typed about the decision stays until it falls
        return [*asked, *([arrived(f"{form_data.get('reference', '')}/")] if decided else [])]

    async def _do(self, command: Callable[[], object]) -> bool:
        """Carry out a command, after which what is seen is seen anew, and read the page again."""
        done = not isinstance(await self._carry_out(command, after=""), Refused)
        if done:
            self.nonce, self._bound, self.seen = new_id(), False, ""
        await self._fill()
        return done

    async def _fill(self) -> None:
        actor = await current_actor(self)
        self._bound = self._bound or self._may_act()
        bound = self.seen if self._bound else ""
        wanted = ProposalAsked(self._reference(), self.tab, self.verdict, self.after, bound)
        seen = await to_thread(proposal_page, wanted, actor, utc_now())
        self.of, self.missing = wanted.reference, seen is None
        if seen is not None:
            self._show(**vars(seen))
        self.loaded = True

    def _may_act(self) -> bool:
        """Tell whether whoever looks at the page can do anything that binds to how it was opened."""
        return bool(self.seen) and any(self.actions[action].allowed for action in BINDING)

    def _reference(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]


def _acted(actor: Actor, action: Action, form: dict[str, str]) -> ProposalSummary:
    """Do what a form asks for, of what was seen when it was filled. Raises a `Refused`; then nothing changed."""
    reference, seen, key = form.get("reference", ""), form.get("seen", ""), f"{form.get('nonce', '')}:{action}"
    if action is Action.PLAN_WAVES:
        return demand_waves(actor, reference, lambda proposal: plan_of(form, proposal), seen=seen, key=key)
    return commands.act(actor, reference, action, comment=form.get("reason", "")[:2000], seen=seen, key=key)
