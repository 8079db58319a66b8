"""Refusals about people and tokens."""

from app.lifecycle.errors import NotAllowed, NotFound, Refused


class NotYours(NotAllowed):
    """Somebody without the right to it changes who belongs."""

    code = "not_allowed"


class NoSuchPerson(NotFound):
    """Nobody here has this id or address."""

    code, title = "no_such_person", "No such person"


class NoSuchToken(NotFound):
    """No token has this id."""

    code, title = "no_such_token", "No such token"


class KnownPerson(Refused):
    """Somebody has this address already."""

    code, title = "known_person", "Known already"


class LastOwner(Refused):
    """Nobody would be left who can say who belongs."""

    code, title = "last_owner", "The last owner"


class WeakPassword(Refused):
    """The password would not last."""

    code, status, title = "weak_password", 422, "Not a good password"


class PersonRefused(Refused):
    """What was asked for makes no sense for this person."""

    code, title = "person_refused", "Not done"
