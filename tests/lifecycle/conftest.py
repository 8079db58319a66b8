import pytest

from app.database import transaction
from tests.builders import product, stocked


@pytest.fixture
def tea(pricing_store: str) -> None:
    """Four teas at 100.00 that cost 70.00; T3's competitor asks 95.00, T4's cost is not known."""
    with transaction() as session:
        stocked(session, product("T1"), product("T2"), product("T3", competitor=95_00), product("T4", cost=None))
