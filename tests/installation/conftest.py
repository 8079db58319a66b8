"""What the tests of an installation begin with."""

import pytest
from sqlalchemy import text

from app import database
from tests.installation.shop import OTHER, TEA, Shop
from tests.redis_server import RedisServer


@pytest.fixture
def empty_shop(pricing_store: str, valkey: RedisServer) -> Shop:
    """An installation in its first epoch, with nothing in it."""
    with database.transaction() as session:  # on PostgreSQL the identity outlives a test
        session.connection().execute(text("DELETE FROM installation_epoch WHERE number > 1"))
    return Shop(valkey.url)


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    """An installation with two teas of one partition at 100.00, of which every stream tells."""
    empty_shop.stock(TEA, OTHER)
    empty_shop.carry()
    return empty_shop
