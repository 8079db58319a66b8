"""Builders with good defaults; a test names only what matters to it."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from app.database import reading, transaction
from app.identity.actor import Actor
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle import commands
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.submission import Mixed, ProposedLine, Submission
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.pricelist.catalog_import import CatalogRow, import_catalog
from tests.stores import filled

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def person(name: str, *roles: Role) -> Actor:
    return Actor(name.lower(), name, f"{name.lower()}@demo.example", frozenset(roles), "person")


ASHA = person("Asha", Role.ANALYST)
RAVI = person("Ravi", Role.ANALYST)
KIRAN = person("Kiran", Role.APPROVER)
NOOR = person("Noor", Role.APPROVER)
BOTH = person("Both", Role.ANALYST, Role.APPROVER)
OMAR = person("Omar", Role.OPERATOR)
PEOPLE = (ASHA, RAVI, KIRAN, NOOR, BOTH, OMAR)


def product(
    sku: str,
    *,
    price: int = 100_00,
    cost: int | None = 70_00,
    competitor: int | None = None,
    category: str = "Tea",
    name: str = "",
) -> CatalogRow:
    return CatalogRow(sku, name or f"Product {sku}", category, "All", "Brand", "INR", cost, price, competitor)


def stocked(session: Session, *rows: CatalogRow, now: datetime = MONDAY) -> None:
    """A price list with these products, the seed rules and everybody who works there."""
    policy.install_seed_rules(session, now)
    for actor in PEOPLE:
        session.merge(User(id=actor.id, email=actor.email, name=actor.name, created_at=now))
    import_catalog(session, rows, now=now)


def open_shop(*rows: CatalogRow, now: datetime = MONDAY) -> None:
    """Stock the empty pricing store; what that writes is reckoned once per process and put back after that."""

    def fill() -> None:
        with transaction() as session:
            stocked(session, *rows, now=now)

    filled((rows, now), fill)


def proposing(
    *lines: tuple[str, int],
    reason: str = "Tea: auction prices",
    mixed: Mixed = "together",
    effective_at: datetime | None = None,
) -> Submission:
    return Submission(reason, tuple(ProposedLine(sku, price) for sku, price in lines), effective_at, mixed)


def acts(
    actor: Actor, reference: str, action: Action, *, comment: str = "", key: str, now: datetime | None = None
) -> ProposalSummary:
    """Somebody looks at a proposal, and acts on it as they see it."""
    with reading() as session:
        seen = queries.summary(session, reference).seen_hash
    return commands.act(actor, reference, action, comment=comment, seen=seen, key=key, now=now)
