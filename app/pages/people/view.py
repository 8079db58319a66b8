"""What the people page shows, in words."""

from app.components.people import TokenView
from app.components.views import StatusView, View


class PersonRow(View):
    """One person in the list."""

    id: str = ""
    name: str = ""
    email: str = ""
    initials: str = ""
    roles: str = ""
    status: StatusView = StatusView()
    seen: str = ""
    signed_in: str = ""
    tokens: str = ""
    active: bool = True
    chosen: bool = False
    href: str = ""


class PersonView(View):
    """The person that was chosen. `shut` says why they cannot be shut out or reset, `holds` what would end."""

    id: str = ""
    name: str = ""
    email: str = ""
    initials: str = ""
    status: StatusView = StatusView()
    active: bool = True
    roles: list[str] = []
    holds: str = ""
    tokens: list[TokenView] = []
    why_no_reset: str = ""
    has_password: bool = True


class PeopleView(View):
    """The whole page."""

    note: str = ""
    rows: list[PersonRow] = []
    chosen: PersonView = PersonView()
    missing: bool = False


class OneTimeView(View):
    """A password for one use: shown once, to the owner who asked for it."""

    who: str = ""
    password: str = ""
