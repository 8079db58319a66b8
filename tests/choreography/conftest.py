from collections.abc import Iterator

import pytest

from app.database import open_engine
from tests.choreography.listening import Listener, Make


@pytest.fixture
def listener(store_url: str) -> Iterator[Make]:
    """Puts a consumer on an empty store of its own."""
    engine = open_engine(store_url, durable=False)
    yield lambda consumer: Listener(consumer, engine)
    engine.dispose()
