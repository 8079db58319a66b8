"""The row of a draft that is open: checked as it is typed, written if it will do, kept where somebody was faster.

What is typed stays in the browser; each event brings the whole form along.
"""

from asyncio import to_thread

import reflex as rx
from pydantic import TypeAdapter, ValidationError
from reflex.event import EventSpec

from app.clock import utc_now
from app.components.stays import arrived
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.rulebook.refusals import DraftMoved
from app.lifecycle.rulebook.rows import Fields
from app.lifecycle.rulebook.values import RuleSetSummary
from app.pages.rules import form_read, pasted, typed
from app.pages.rules.asked import NEW, RulesAsked, number_of, wanted
from app.pages.rules.form_read import Checked
from app.pages.rules.read import checked_row, opened_row
from app.pages.rules.typed import Typed
from app.pages.rules.view import RowForm, RulesView
from app.states.page import ActingState
from app.timekeeping.local_time import told_here

MOST_TYPED = 400_000
"""Signs of one form: the longest list of SKUs, and a table of as many rows as a set holds."""

_TEXTS = TypeAdapter(dict[str, str])


class RowState(ActingState, mixin=True):
    """The part of the page's state that holds the row: what is said of it, what is wrong, and whether it moved."""

    view: RulesView = RulesView()
    row: RowForm = RowForm()
    says: str = ""
    bad: dict[str, str] = {}
    moved: bool = False
    _opened: tuple[int, str] = (0, "")

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def check(self, form_data: dict[str, str]) -> None:
        """Say what the row that is open would be as it is typed now, and what is wrong with it."""
        if _too_long(form_data):
            return
        number, rule = number_in(form_data, "number"), form_data.get("rule", "")[:64]
        self._tell(await to_thread(checked_row, number, rule, form_data))

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def choose_kind(self, kind: str, form_data: dict[str, str]) -> None:
        """Ask for what another kind wants to know; everything else that was typed stays."""
        if _too_long(form_data) or kind not in {one.value for one in self.row.kinds}:
            return
        fields = await to_thread(form_read.parameters, kind, form_data)
        self.row = self.row.model_copy(update={"kind": kind, "parameters": fields})
        self.says, self.bad = "", {}

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def save(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Write the row that is open into the draft, if it will do."""
        key = form_data.get("key", "")
        if self._was_done(key):
            return None
        if _too_long(form_data):
            self.refusal = pasted.TOO_LONG
            return None
        number, version, rule = (
            number_in(form_data, "number"), number_in(form_data, "version"), form_data.get("rule", "")[:64],
        )  # fmt: skip
        found = await to_thread(checked_row, number, rule, form_data)
        self._tell(found)
        if found.bad:
            return None
        was = _was(form_data)
        fields = await to_thread(form_read.written, form_data, was if rule else None)
        actor = await current_actor(self)
        done = await self._carry_out(lambda: _write(actor, number, rule, fields, version, key))
        if isinstance(done, Refused):
            return await self._not_written(done, number, rule, form_data, was)
        self._end_deed(key)
        return await self._left(number, f"{rule or 'The row'} was {'changed' if rule else 'added'}.")

    @rx.event
    @allow(Permission.READ)
    def close(self) -> list[EventSpec]:
        """Close the row that is open; what was typed into it is forgotten."""
        kept, asked = self.row.kept, wanted(self.router.url.query_parameters)
        self._shut()
        return [arrived(kept), rx.redirect(asked.address(row=""))]

    @rx.event
    @allow(Permission.EDIT_RULES)
    async def remove(self, key: str, number: int, version: int, rule: str) -> list[EventSpec] | None:
        """Take the row that is open out of the draft."""
        if self._was_done(key):
            return None
        actor = await current_actor(self)
        done = await self._carry_out(
            lambda: commands.remove_rule(actor, number, rule[:64], version=version, key=key, now=utc_now())
        )
        if isinstance(done, Refused):
            self.moved = isinstance(done, DraftMoved)
            return None
        self._end_deed(key)
        return await self._left(number, f"{rule[:64]} was removed.")

    async def _left(self, number: int, said: str) -> list[EventSpec]:
        """Close the row that was open, and say what became of it."""
        kept = self.row.kept
        await self._fill()
        self._shut()
        self.said = said
        there = wanted(self.router.url.query_parameters)
        return [arrived(kept), rx.redirect(RulesAsked(set=number, after=there.after).address())]

    async def _not_written(
        self, refused: Refused, number: int, rule: str, form_data: dict[str, str], was: Typed
    ) -> list[EventSpec] | None:
        """Keep what was typed; where somebody else was faster, show theirs everywhere else."""
        if not isinstance(refused, DraftMoved):
            return None
        mine = typed.touched({name: form_data[name] for name in was if name in form_data}, was)
        actor = await current_actor(self)
        row = await to_thread(opened_row, actor, number, rule or NEW, typed=mine if rule else form_data)
        if row is not None:
            self.row, self.moved = row, True
        return None

    async def _open(self) -> None:
        """Open the row that the address names, unless it is open already."""
        asked = wanted(self.router.url.query_parameters)
        wants = (self.view.number, asked.row if self.view.editable else "")
        if wants == self._opened and self.row.number:
            return
        self._shut()
        if wants[1]:
            found = await to_thread(opened_row, await current_actor(self), *wants)
            self.row, self._opened = found or RowForm(), wants
            self._tell(Checked(self.row.says))

    def _shut(self) -> None:
        self.row, self.moved, self._opened = RowForm(), False, (0, "")
        self._tell(Checked())

    def _tell(self, found: Checked) -> None:
        self._show(says=told_here(found.sentence), bad={name: told_here(why) for name, why in found.bad.items()})

    async def _fill(self) -> None:
        raise NotImplementedError


def _write(actor: Actor, number: int, rule: str, fields: Fields, version: int, key: str) -> RuleSetSummary:
    if rule:
        return commands.change_rule(actor, number, rule, fields, version=version, key=key, now=utc_now())
    return commands.add_rule(actor, number, fields, version=version, key=key, now=utc_now())


def number_in(form_data: dict[str, str], name: str) -> int:
    """Return a number of a form; what is none is 0."""
    return number_of(form_data.get(name, ""))


def _was(form_data: dict[str, str]) -> Typed:
    """Return what stood in the form as it was opened; what the browser made of it otherwise counts as nothing."""
    try:
        return _TEXTS.validate_json(form_data.get("was", ""))
    except ValidationError:
        return {}


def _too_long(form_data: dict[str, str]) -> bool:
    return sum(map(len, form_data.values())) > MOST_TYPED
