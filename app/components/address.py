"""What the address in the browser names at this moment, before the server has heard of it.

A page whose address names an object keeps for which address it was filled (in the same step as it is filled), and shows
that only while both agree: on the way to another object nothing is seen, or pressed, of the one before.
"""

import reflex as rx
from reflex.vars import VarData

_LOCATION = VarData(imports={"react-router": "useLocation"}, hooks={"const whereabouts = useLocation();": None})


def last_part() -> rx.Var[str]:
    """Return the last part of the address, as `/proposals/PC-12` names a proposal."""
    said = 'whereabouts.pathname.replace(/[/]+$/, "").split("/").pop()'
    return rx.Var(f"({said})", _var_type=str, _var_data=_LOCATION)
