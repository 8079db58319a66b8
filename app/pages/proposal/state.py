"""The state of a proposal's page: what is shown, and the actions it forwards."""

from __future__ import annotations

import reflex as rx

from app.clock import new_id, utc_now
from app.components.views import FactView, RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import NotFound, Refused
from app.lifecycle.transitions import Action
from app.pages.proposal.canary import NextView, PanelView
from app.pages.proposal.demanding import demanded
from app.pages.proposal.drawn import ScoreView
from app.pages.proposal.reading import Seen, Wanted, read
from app.pages.proposal.showing import ButtonView, FindingRow, HeadView, RowView, SayView, is_reference
from app.pages.proposal.telling import TraceRow, before_the_seam
from app.states import live

TABS = ("lines", "findings", "trace", "decision")
VERDICTS = ("CLEAN", "SOFT", "HARD")
SHUT = "document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close())"


class ProposalState(rx.State):
    """One proposal, live."""

    loaded: bool = False
    missing: bool = False
    head: HeadView = HeadView()
    says: list[SayView] = []
    score: ScoreView = ScoreView()
    facts: list[FactView] = []
    decision_facts: list[FactView] = []
    roll_back_button: ButtonView = ButtonView()
    approve_button: ButtonView = ButtonView()
    return_button: ButtonView = ButtonView()
    reject_button: ButtonView = ButtonView()
    evaluate_button: ButtonView = ButtonView()
    withdraw_button: ButtonView = ButtonView()
    panel: PanelView = PanelView()
    next: NextView = NextView()
    go_on: ButtonView = ButtonView()
    hold: ButtonView = ButtonView()
    expedite: ButtonView = ButtonView()
    demand_why: str = ""
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
    blank: int = 0
    _comment: str = ""

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
    def note_comment(self, comment: str) -> None:
        """Keep the comment that was typed."""
        self._comment = comment[:2000]

    @rx.event
    @allow(Permission.READ)  # who may decide (a delegate, an escalated owner) is the lifecycle's to say, per proposal
    async def approve(self) -> None:
        """Approve exactly what is shown."""
        await self._act(Action.APPROVE, self._comment)

    @rx.event
    @allow(Permission.READ)
    async def give_back(self) -> None:
        """Return the proposal to its author."""
        await self._act(Action.RETURN, self._comment)

    @rx.event
    @allow(Permission.READ)
    async def reject(self) -> None:
        """Reject the proposal."""
        await self._act(Action.REJECT, self._comment)

    @rx.event
    @allow(Permission.READ)
    async def evaluate_again(self) -> None:
        """Have the rules judge today's facts."""
        await self._act(Action.RE_EVALUATE, "")

    @rx.event
    @allow(Permission.SUBMIT)
    async def withdraw(self) -> None:
        """Take one's own proposal back."""
        await self._act(Action.WITHDRAW, self._comment)

    @rx.event
    @allow(Permission.ROLL_BACK)
    async def roll_back(self, form_data: dict[str, str]) -> rx.event.EventSpec:
        """Ask for the old prices, with a reason."""
        await self._act(Action.ROLL_BACK, form_data.get("reason", "")[:2000])
        return rx.call_script(SHUT)

    @rx.event
    @allow(Permission.STEER_CANARY)
    async def let_go_on(self) -> None:
        """Let a held canary go on, having seen the evidence."""
        await self._act(Action.CONTINUE, self._comment)

    @rx.event
    @allow(Permission.STEER_CANARY)
    async def hold_on(self) -> None:
        """Hold a canary after the wave that is out."""
        await self._act(Action.PAUSE, self._comment)

    @rx.event
    @allow(Permission.ROLL_BACK)
    async def undo(self) -> None:
        """Roll every wave back, with the comment as the reason."""
        await self._act(Action.ROLL_BACK, self._comment)

    @rx.event
    @allow(Permission.EXPEDITE)
    async def hurry(self, form_data: dict[str, str]) -> rx.event.EventSpec:
        """Publish at once in an emergency, with a reason."""
        await self._act(Action.EXPEDITE, form_data.get("reason", "")[:2000])
        return rx.call_script(SHUT)

    @rx.event
    @allow(Permission.READ)
    async def demand(self, form_data: dict[str, str]) -> rx.event.EventSpec:
        """Demand waves, other waves, or none; the lifecycle checks who may."""
        actor = await current_actor(self)
        reference, key = self.head.reference, f"{self.nonce}:plan-waves"
        try:
            await rx.run_in_thread(lambda: demanded(actor, reference, form_data, key=key))
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        else:
            self.refusal = RefusalView()
        self.nonce = new_id()
        await self._fill()
        return rx.call_script(SHUT)

    async def _act(self, action: Action, comment: str) -> None:
        actor = await current_actor(self)
        reference, seen, key = self.head.reference, self.head.hash_whole, f"{self.nonce}:{action.value}"
        try:
            await rx.run_in_thread(
                lambda: commands.act(actor, reference, action, comment=comment, content_hash=seen, key=key)
            )
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        else:
            self.refusal, self._comment = RefusalView(), ""
            self.blank += 1  # only now: a refusal leaves what was typed where it stands
        self.nonce = new_id()
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        wanted = Wanted(self._reference(), self.tab, self.verdict, self.after)
        seen = await rx.run_in_thread(lambda: _read(wanted, actor))
        self.missing = seen is None
        if seen is not None:
            self._show(seen)
        self.loaded = True

    def _reference(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    def _show(self, seen: Seen) -> None:
        buttons = {button.action: button for button in seen.buttons}
        none = ButtonView()
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
                "demand_why",
                "may_demand",
            )
        }
        found |= {
            "roll_back_button": seen.roll_back,
            "approve_button": buttons.get("approve", none),
            "return_button": buttons.get("return", none),
            "reject_button": buttons.get("reject", none),
            "evaluate_button": buttons.get("re-evaluate", none),
            "withdraw_button": buttons.get("withdraw", none),
            "deciding": bool(seen.buttons),
            "why_shut": next((button.why for button in seen.buttons if not button.allowed), ""),
            "trace_count": str(seen.trace_count),
            "steps": before_the_seam(seen.trace),
        }
        for name, value in found.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _read(wanted: Wanted, actor: Actor) -> Seen | None:
    if not is_reference(wanted.reference):
        return None
    try:
        return read(wanted, actor, utc_now())
    except NotFound:
        return None
