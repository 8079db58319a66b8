"""What the people page shows, in words."""

from app.components.people import TokenView
from app.components.views import StatusView, View


class MemberView(View):
    """Who somebody is."""

    id: str = ""
    name: str = ""
    email: str = ""
    status: StatusView = StatusView()
    active: bool = True


class PersonRow(MemberView):
    """One person in the list."""

    roles: str = ""
    seen: str = ""
    signed_in: str = ""
    tokens: str = ""
    chosen: bool = False
    href: str = ""


class PersonView(MemberView):
    """The person that was chosen. `why_no_reset` says why they cannot be reset, `holds` what would end."""

    initials: str = ""
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
