"""What the account page shows, in words."""

from app.components.people import RoleView, TokenView
from app.components.views import View


class AccountView(View):
    """The person who is signed in."""

    name: str = ""
    email: str = ""
    initials: str = ""
    roles: list[RoleView] = []
    signed_in: str = ""
    tokens: list[TokenView] = []
    has_password: bool = True
