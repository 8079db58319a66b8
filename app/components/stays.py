"""Fields whose words stay in the tab until they have arrived (`assets/stays.js`): comments and reasons.

Give such a field `custom_attrs=stays("PC-12/comment")`, and return `arrived("PC-12/")` once the server has taken it.
"""

import json

import reflex as rx


def stays(name: str | rx.Var[str]) -> dict[str, str | rx.Var[str]]:
    """Return what makes a field keep its words, under a name that says what they are about."""
    return {"data-stays": name}


def arrived(begin: str) -> rx.event.EventSpec:
    """Forget the words of all fields whose names begin so: they were accepted."""
    return rx.call_script(f"window.batonStays?.forget({json.dumps(begin)})")
