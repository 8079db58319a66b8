"""Who acts: a person, a machine with a token, the system itself, or a context that said something."""

from dataclasses import dataclass
from typing import Literal

from app.identity.roles import PERMISSIONS, Permission, Role

Kind = Literal["person", "service", "system", "context"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever an action is recorded under. A token acts as the person it belongs to: same `id`."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]
    kind: Kind

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the actor's roles grants `permission`."""
        return not self.roles.isdisjoint(PERMISSIONS[permission])

    @property
    def initials(self) -> str:
        """Return up to two letters for an avatar."""
        letters = [letter for word in self.name.split() if (letter := next(filter(str.isalnum, word), ""))]
        return "".join(letters[:1] + letters[1:][-1:]).upper()

    @classmethod
    def context(cls, name: str) -> "Actor":
        """Return the actor under which a context's own request is recorded."""
        return cls(id=f"context:{name}", name=name, email="", roles=frozenset(), kind="context")


SYSTEM = Actor(id="system", name="Baton", email="", roles=frozenset(), kind="system")
