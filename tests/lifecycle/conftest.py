import pytest

from tests.builders import open_shop, product


@pytest.fixture
def tea(pricing_store: str) -> None:
    """Four teas at 100.00 that cost 70.00; T3's competitor asks 95.00, T4's cost is not known."""
    open_shop(product("T1"), product("T2"), product("T3", competitor=95_00), product("T4", cost=None))
