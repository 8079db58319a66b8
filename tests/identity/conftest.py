from collections.abc import Iterator

import pytest

from app.clock import utc_now
from app.database import transaction
from app.identity import attempts, people, sessions
from app.identity.roles import Role

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    attempts._limiter.cache_clear()
    sessions._recently.clear()
    yield
    sessions._recently.clear()


@pytest.fixture
def asha(pricing_store: str) -> str:
    """An analyst with a password; her address."""
    with transaction() as session:
        people.add(session, "Asha@Shop.example", "Asha N.", [Role.ANALYST], password=PASSWORD, now=utc_now())
    return "asha@shop.example"
