"""What the rules page holds, and where its clicks go: each to one command."""

from asyncio import to_thread
from collections.abc import Callable
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import span
from app.components.dialogs import opens, shuts
from app.components.stays import arrived
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.rulebook.refusals import RulesRefused
from app.lifecycle.rulebook.rows import MOST_REASON
from app.lifecycle.rulebook.values import RuleSetSummary
from app.pages.rules import pasted
from app.pages.rules.asked import RulesAsked, wanted
from app.pages.rules.read import rules_page, standing
from app.pages.rules.row_state import MOST_TYPED, RowState, number_in
from app.pages.rules.view import RefusedRow
from app.states.page import OpenState
from app.states.span import SpanState

DIALOGS = ("draft", "submit", "return", "activate", "rebase", "drop", "require", "bring")

KIND = "kind."
EMPTIED = "document.getElementById('bring-rows').value = ''"


class RulesState(SpanState, RowState, OpenState, rx.State):
    """One set, and the dialogs; `asked_seen` is what was shown as one was opened."""

    bad_rows: list[RefusedRow] = []
    asked_number: int = 0
    asked_version: int = 0
    asked_seen: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for, and watch it."""
        self._watch(RulesState.refresh, "rules")
        self.said = ""
        self._begin_deed()
        await self._fill()
        await self._open()
        self.loaded = True
        self.form = span.at_home(self.form)

    @rx.event
    @allow(Permission.READ)
    async def explain(self, form_data: dict[str, str]) -> EventSpec:
        """Go to which rows apply to a SKU."""
        asked = wanted(self.router.url.query_parameters)
        return rx.redirect(asked.address(sku=form_data.get("sku", "").strip()[:200]))

    @rx.event
    @allow(Permission.EDIT_RULES)
    def ask(self, dialog: str, number: int, version: int, seen: str) -> EventSpec | None:
        """Open one of the dialogs about the set as it is shown, empty of old refusals."""
        if dialog not in DIALOGS:
            return None
        self._begin_deed()
        self.bad_rows = []
        self.asked_number, self.asked_version, self.asked_seen = number, version, seen
        return opens(f"rules-{dialog}")

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def draft(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Begin a draft from the set that was shown."""
        number, reason = number_in(form_data, "number"), _reason(form_data)
        done = await self._act(
            form_data,
            lambda actor, key: commands.draft_rules(actor, start_from=number, reason=reason, key=key, now=utc_now()),
        )
        if done is None:
            return None
        return [*self._closed("draft"), rx.redirect(RulesAsked(set=done.number).address())]

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def submit(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Put the draft before another owner."""
        return await self._decide("submit", form_data, partial(commands.submit_rules, reason=_reason(form_data)))

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def give_back(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Make a draft of it again."""
        return await self._decide("return", form_data, partial(commands.return_rules, comment=_reason(form_data)))

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def drop(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Give the set up."""
        return await self._decide("drop", form_data, partial(commands.drop_rules, comment=_reason(form_data)))

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def activate(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Let the set judge, now or from the moment on that the form was sent with."""
        if self._was_done(form_data.get("key", "")):
            return None
        self.form = span.sent(form_data, prefix="rules")
        later = bool(self.form.starts_day or self.form.starts_time)
        moment, _ = self._look()
        if later and moment is None:
            return None
        command = partial(commands.activate_rules, effective_at=moment if later else None, comment=_reason(form_data))
        done = await self._decide("activate", form_data, command)
        if done:
            self.form = span.at_home(span.SpanForm())
        return done

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def rebase(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Bring the draft up to the active set."""
        number, version = number_in(form_data, "number"), number_in(form_data, "version")
        return await self._do(
            "rebase",
            form_data,
            lambda actor, key: commands.rebase_rules(actor, number, version=version, key=key, now=utc_now()),
        )

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def require(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Say of which kinds every product needs a rule."""
        number, version = number_in(form_data, "number"), number_in(form_data, "version")
        kinds = sorted(name.removeprefix(KIND) for name in form_data if name.startswith(KIND))
        return await self._do(
            "require",
            form_data,
            lambda actor, key: commands.require_kinds(actor, number, kinds, version=version, key=key, now=utc_now()),
        )

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def bring(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Take rows that were pasted or read from a file: beside those of the draft, or in their place."""
        text, number, version = (
            form_data.get("rows", ""),
            number_in(form_data, "number"),
            number_in(form_data, "version"),
        )
        self.bad_rows = []
        if len(text) > MOST_TYPED:
            self.refusal = pasted.TOO_LONG
            return None
        instead = form_data.get("how") == "instead"
        done = await self._do(
            "bring",
            form_data,
            lambda actor, key: pasted.carry_out(
                text,
                actor,
                number,
                version=version,
                there=() if instead else standing(number),
                key=key,
                now=utc_now(),
            ),
        )
        return [*done, rx.call_script(EMPTIED)] if done else None

    async def _decide(
        self, dialog: str, form_data: dict[str, str], decision: Callable[..., RuleSetSummary]
    ) -> list[EventSpec] | None:
        """Decide on a set, on what was seen of it."""
        number, seen = number_in(form_data, "number"), form_data.get("seen", "")
        return await self._do(
            dialog,
            form_data,
            lambda actor, key: decision(actor, number, content_hash=seen, key=key, now=utc_now()),
        )

    async def _do(
        self, dialog: str, form_data: dict[str, str], command: Callable[[Actor, str], RuleSetSummary]
    ) -> list[EventSpec] | None:
        """Carry out the command of a dialog, once, and close it; an activated set stands where the active one does."""
        done = await self._act(form_data, command)
        if done is None:
            return None
        await self._fill()
        return self._closed(dialog)

    async def _act(
        self, form_data: dict[str, str], command: Callable[[Actor, str], RuleSetSummary]
    ) -> RuleSetSummary | None:
        key = form_data.get("key", "")
        if self._was_done(key):
            return None
        actor = await current_actor(self)
        done = await self._carry_out(lambda: command(actor, key))
        if isinstance(done, Refused):
            self.bad_rows = pasted.bad_rows(done) if isinstance(done, RulesRefused) else []
            return None
        self._end_deed(key)
        return done

    def _closed(self, dialog: str) -> list[EventSpec]:
        return [shuts(f"rules-{dialog}"), arrived(f"rules/{dialog}")]

    async def _fill(self) -> None:
        actor, now = await current_actor(self), utc_now()
        asked = wanted(self.router.url.query_parameters)
        self._show(view=await to_thread(rules_page, actor, asked, now))


def _reason(form_data: dict[str, str]) -> str:
    return form_data.get("reason", "")[:MOST_REASON]
