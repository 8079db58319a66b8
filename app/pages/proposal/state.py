"""The state of a proposal's page: what is shown, and the actions it forwards."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable

import reflex as rx

from app.clock import new_id, utc_now
from app.components.dialogs import SHUT
from app.components.stays import arrived
from app.components.views import ActionView, FactView, RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.deeds import DEEDS
from app.lifecycle.errors import NotFound, Refused
from app.lifecycle.transitions import PERSONAL, Action
from app.pages.proposal.canary import NextView, PanelView
from app.pages.proposal.demanding import acted
from app.pages.proposal.drawn import ScoreView
from app.pages.proposal.reading import Seen, Wanted, read
from app.pages.proposal.showing import FindingRow, HeadView, RowView, SayView, is_reference
from app.pages.proposal.telling import TraceRow, before_the_seam
from app.states import live

TABS = ("lines", "findings", "trace", "decision")
VERDICTS = ("CLEAN", "SOFT", "HARD")


class ProposalState(rx.State):
    """One proposal, live."""

    loaded: bool = False
    missing: bool = False
    head: HeadView = HeadView()
    says: list[SayView] = []
    score: ScoreView = ScoreView()
    facts: list[FactView] = []
    decision_facts: list[FactView] = []
    roll_back_button: ActionView = ActionView()
    ask_back_button: ActionView = ActionView()
    agree_back_button: ActionView = ActionView()
    approve_button: ActionView = ActionView()
    return_button: ActionView = ActionView()
    reject_button: ActionView = ActionView()
    evaluate_button: ActionView = ActionView()
    withdraw_button: ActionView = ActionView()
    panel: PanelView = PanelView()
    next: NextView = NextView()
    go_on: ActionView = ActionView()
    hold: ActionView = ActionView()
    expedite: ActionView = ActionView()
    keep: ActionView = ActionView()
    keep_finds: str = ""
    demand_why: str = ""
    demand_warns: str = ""
    may_demand: bool = False
    deciding: bool = False
    why_shut: str = ""
    rows: list[RowView] = []
    contexts: list[str] = []
    next_after: str = ""
    findings: list[FindingRow] = []
    trace: list[TraceRow] = []
    steps: list[TraceRow] = []
    trace_count: str = ""
    tab: str = "lines"
    verdict: str = ""
    after: str = ""
    as_list: bool = False
    refusal: RefusalView = RefusalView()
    nonce: str = ""
    seen: str = ""
    changed: str = ""
    _bound: bool = False

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page: read the address, watch what it shows, fill it."""
        token = self.router.session.client_token
        for topic in ("proposals", "repricings", live.CLOCK):
            live.subscribe(token, topic, ProposalState.refresh)
        asked = self.router.url.query_parameters
        if self.head.reference != self._reference():
            self.reset()
        self.nonce = self.nonce or new_id()
        self.tab = asked.get("tab", "lines") if asked.get("tab") in TABS else "lines"
        self.verdict = asked.get("verdict", "") if asked.get("verdict") in VERDICTS else ""
        self.after = asked.get("after", "") if asked.get("after", "").isdecimal() else ""
        self.as_list = asked.get("view") == "list"
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the page again because something changed; only what differs is sent."""
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
        done = await self._carry_out(lambda: acted(actor, Action(action), form_data))
        asked = [rx.call_script(SHUT)] if DEEDS[Action(action)].dialog else []
        return [*asked, *([arrived(f"{form_data.get('reference', '')}/")] if done else [])]

    async def _carry_out(self, command: Callable[[], object]) -> bool:
        done = False
        try:
            await to_thread(command)
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        else:
            self.refusal, self.nonce, self._bound = RefusalView(), new_id(), False
            self.seen, done = "", True
        await self._fill()
        return done

    async def _fill(self) -> None:
        actor = await current_actor(self)
        self._bound = self._bound or self._may_act()
        bound = self.seen if self._bound else ""
        wanted = Wanted(self._reference(), self.tab, self.verdict, self.after, bound)
        seen = await to_thread(lambda: _read(wanted, actor))
        self.missing = seen is None
        if seen is not None:
            self._show(seen)
        self.loaded = True

    def _may_act(self) -> bool:
        """Tell whether whoever looks at the page can do anything that binds to how it was opened."""
        buttons = (
            self.approve_button, self.return_button, self.reject_button, self.withdraw_button,
            self.expedite, self.go_on, self.keep,
        )  # fmt: skip
        return bool(self.seen) and any(button.allowed for button in buttons)

    def _reference(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    def _show(self, seen: Seen) -> None:
        buttons = {button.action: button for button in seen.buttons}
        none = ActionView()
        found: dict[str, object] = {
            name: getattr(seen, name)
            for name in (
                "head",
                "says",
                "score",
                "facts",
                "decision_facts",
                "rows",
                "contexts",
                "next_after",
                "findings",
                "trace",
                "panel",
                "next",
                "go_on",
                "hold",
                "expedite",
                "keep",
                "keep_finds",
                "demand_why",
                "demand_warns",
                "may_demand",
                "seen",
                "changed",
            )
        }
        found |= {
            "roll_back_button": seen.roll_back,
            "ask_back_button": seen.ask_back,
            "agree_back_button": seen.agree_back,
            "approve_button": buttons.get("approve", none),
            "return_button": buttons.get("return", none),
            "reject_button": buttons.get("reject", none),
            "evaluate_button": buttons.get("re-evaluate", none),
            "withdraw_button": buttons.get("withdraw", none),
            "deciding": bool(seen.buttons),
            "why_shut": _why_shut(seen.buttons),
            "trace_count": str(seen.trace_count),
            "steps": before_the_seam(seen.trace),
        }
        for name, value in found.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _why_shut(buttons: list[ActionView]) -> str:
    """Say why something is shut: a decision, or the whole bar; not why a bar that decides cannot also judge again."""
    deciding = [button for button in buttons if button.action != Action.RE_EVALUATE] or buttons
    return next((button.why for button in deciding if not button.allowed), "")


def _read(wanted: Wanted, actor: Actor) -> Seen | None:
    if not is_reference(wanted.reference):
        return None
    try:
        return read(wanted, actor, utc_now())
    except NotFound:
        return None
