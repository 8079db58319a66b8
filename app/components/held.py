"""Fields that hold what people type: the server's answer never overwrites it, however late it comes (`assets/held.js`).

Give them the state's value as `value` (or `checked`) and what to tell as `on_change` (at once) or `on_blur` (when the
person is done). A plain controlled field falls back to the server's old value until the answer is there, and a field
that is remounted to take a new one drops what was being typed; these do neither.
"""

import reflex as rx
from reflex_components_core.el.elements.forms import CheckboxInput, Input, Select

_LIBRARY = "$/public/held.js"


class HeldInput(Input):  # type: ignore[misc]  # Reflex types its elements as Any
    """A one-line field."""

    library = _LIBRARY
    tag = "HeldInput"
    alias = "HeldInput"


class HeldSelect(Select):  # type: ignore[misc]
    """A choice of one."""

    library = _LIBRARY
    tag = "HeldSelect"
    alias = "HeldSelect"


class HeldBox(CheckboxInput):  # type: ignore[misc]
    """A box to tick."""

    library = _LIBRARY
    tag = "HeldBox"
    alias = "HeldBox"


held_input = HeldInput.create
held_select = HeldSelect.create
held_box = HeldBox.create


def typed_in(field_id: str) -> rx.Var[str]:
    """Return what stands in a field at the moment of the click, whatever the server has heard of it."""
    return rx.Var(f"(document.getElementById('{field_id}')?.value ?? '')", _var_type=str)
