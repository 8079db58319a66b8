"""The demo: people whom anybody at this machine may be. They exist only while it is on, and it is on nowhere else.

Its people have no password; what lets in is one click, from this machine, with nothing in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.config import Settings, settings
from app.identity.actor import Actor
from app.identity.address import is_loopback
from app.identity.roles import Role

MARK = "demo-"
"""How the id of a demo person begins; everybody else's is a UUID."""
_SAID_BY_PROXIES = frozenset(
    {
        "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for",
        "x-envoy-external-address", "true-client-ip", "cf-connecting-ip", "fastly-client-ip", "fly-client-ip",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as with one click, in demo mode only."""

    id: str
    email: str
    name: str
    role: Role
    does: str

    def actor(self) -> Actor:
        """Return the actor this person is."""
        return Actor(self.id, self.name, self.email, frozenset({self.role}), "person")


DEMO_PEOPLE = tuple(
    DemoPerson(f"{MARK}{login}", f"{login}@demo.example", name, role, does)
    for login, name, role, does in (
        ("asha", "Asha N.", Role.ANALYST, "proposes price changes"),
        ("ravi", "Ravi T.", Role.ANALYST, "proposes price changes"),
        ("kiran", "Kiran S.", Role.APPROVER, "decides what the rules leave open"),
        ("noor", "Noor H.", Role.APPROVER, "decides what the rules leave open"),
        ("leela", "Leela M.", Role.OWNER, "owns the rules"),
        ("omar", "Omar T.", Role.OPERATOR, "watches prices arrive"),
        ("duty", "Dev P.", Role.EMERGENCY, "hurries or stops prices in an emergency"),
        ("ruth", "Ruth B.", Role.AUDITOR, "reads who did what"),
    )
)


def is_demo_person(user_id: str) -> bool:
    """Tell whether this person belongs to the demo."""
    return user_id.startswith(MARK)


def is_on() -> bool:
    """Tell whether demo people exist in this process: asked for, and refused by nothing."""
    return settings().demo and not why_not(settings())


def why_not(told: Settings) -> str:
    """Say why there can be no demo with these settings, or nothing: whoever reaches one is anybody they like."""
    host = urlsplit(told.origin).hostname or "" if told.origin else "localhost"
    if not is_loopback(told.host):
        return _refusal(f"BATON_HOST is {told.host}")
    if not is_loopback(host):
        return _refusal(f"BATON_ORIGIN is {told.origin}")
    if told.trusted_proxies:
        return _refusal("BATON_TRUSTED_PROXIES names a proxy")
    return ""


def lets_in(peer: str, headers: Mapping[str, str], http_version: str = "1.1") -> bool:
    """Tell whether one click is enough for this caller: from this machine, addressed to it, with nothing in between.

    A proxy is known by what it adds; one that adds nothing still asks in HTTP/1.0, as no browser does.
    """
    names = {name.lower() for name in headers}
    proxied = http_version == "1.0" or names & _SAID_BY_PROXIES or any(n.startswith("x-forwarded") for n in names)
    return is_on() and is_loopback(peer) and not proxied and is_loopback(_host(headers.get("host", "")))


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _refusal(because: str) -> str:
    return (
        f"The demo lets anybody in with one click, so it runs for this machine alone, and {because}. "
        "Start without it (--no-demo) and add people with `baton user add`, or take that setting away."
    )
