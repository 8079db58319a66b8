"""What the components are given: small frozen models of strings that are ready to be shown.

A page's state turns what the queries answer into these (with `components.format`), so no component formats
anything and no price ever travels as a float.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from app.timekeeping.local_time import told_here

Told = Annotated[str, AfterValidator(told_here)]
"""A sentence of the lifecycle or of a context: the instants in it are told in the zone of whoever is shown it."""


class View(BaseModel):
    """Base of every view model.

    A field must not be named like a method of a Var (`to`, `items`, `keys`, `values`, `get`, `merge`, `bool`): in a
    component the method would answer instead.
    """

    model_config = ConfigDict(frozen=True)


class MoneyView(View):
    """A price in three inks: grey symbol, ink units, grey minor units (with their point)."""

    symbol: str = ""
    units: str = ""
    minor: str = ""


class StatusView(View):
    """A status as icon + word + tone (`ok`, `warn`, `bad`, `undo`, `idle`, `live`)."""

    word: str = ""
    icon: str = "dash"
    tone: str = "idle"


class DueView(View):
    """A deadline: `text` is short (`42 min`), `title` is whole (`due 12:30, in 42 min`); tone `now`, `soon` or none."""

    text: str = ""
    title: str = ""
    tone: str = ""


class SegmentView(View):
    """One part of a stacked bar: tone `ok|warn|bad|undo|idle|skip`, a width like `12.5%`, and what it is."""

    tone: str = "idle"
    width: str = "0%"
    title: str = ""


class SparkView(View):
    """A sparkline as two SVG paths in a box of 100 x 22."""

    line: str = ""
    area: str = ""


class FactView(View):
    """One row of a ledger."""

    label: str = ""
    value: str = ""
    note: str = ""
    tone: str = ""


class OptionView(View):
    """One choice of a filter."""

    value: str
    word: str


def options(named: Iterable[tuple[str, str]]) -> list[OptionView]:
    """Return choices of values with their words."""
    return [OptionView(value=value, word=word) for value, word in named]


class ChoiceView(View):
    """One choice of a segmented filter: its word, perhaps with how many there are, and the address that it leads to."""

    key: str
    word: str
    href: str
    on: bool


class RefusalView(View):
    """Why something did not happen: a short title, the sentence, the stable code."""

    title: str = ""
    detail: Told = ""
    code: str = ""


class ActionView(View):
    """One action a person may see: shut ones carry `why`."""

    action: str = ""
    allowed: bool = False
    why: Told = ""
