from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.choreography.listening import Listener, Make, listed, published
from workers.choreography.search import CONSUMER
from workers.choreography.search.product_query import BadCursor, ProductQuery, Sort, find


@pytest.fixture
def search(listener: Make) -> Listener:
    context = listener(CONSUMER)
    context.hear(
        listed("TEA-1", name="Assam Gold", brand="Leaf & Co", price=300),
        listed("TEA-2", name="Darjeeling First Flush", brand="Himalaya", price=900),
        listed("COF-1", name="Café Crème", brand="Röst", category="Coffee", price=500),
        listed("COF-2", name="Espresso Gold", brand="Röst", category="Coffee", price=700),
    )
    return context


def skus(search: Listener, q: str = "", **wanted: object) -> list[str]:
    with search.engine.connect().execution_options(read_only=True) as connection:
        return [found.sku for found in find(connection, ProductQuery(q=q, **wanted)).items]  # type: ignore[arg-type]


def test_every_word_must_occur_somewhere(search: Listener) -> None:
    assert sorted(skus(search, "gold")) == ["COF-2", "TEA-1"]
    assert skus(search, "gold coffee") == ["COF-2"]
    assert skus(search, "gold himalaya") == []


def test_the_beginning_of_a_word_is_enough(search: Listener) -> None:
    assert skus(search, "darj") == ["TEA-2"]


def test_accents_and_case_do_not_matter(search: Listener) -> None:
    assert skus(search, "cafe CREME") == ["COF-1"]
    assert sorted(skus(search, "rost")) == ["COF-1", "COF-2"]


def test_a_sku_is_found_by_itself(search: Listener) -> None:
    assert skus(search, "TEA-2") == ["TEA-2"]


def test_prices_filter_and_sort(search: Listener) -> None:
    assert skus(search, sort=Sort.PRICE, min_price=400, max_price=800) == ["COF-1", "COF-2"]
    assert skus(search, sort=Sort.PRICE_DOWN) == ["TEA-2", "COF-2", "COF-1", "TEA-1"]


def test_a_new_price_is_found_at_once(search: Listener) -> None:
    search.hear(published("TEA-1", old=300, new=1000))
    assert skus(search, sort=Sort.PRICE_DOWN)[0] == "TEA-1"


def test_a_renamed_product_is_found_by_its_new_name_only(search: Listener) -> None:
    search.hear(listed("TEA-1", name="Nilgiri Silver", brand="Leaf & Co", price=300))
    assert skus(search, "silver") == ["TEA-1"]
    assert skus(search, "assam") == []


def test_pages_join_without_gap_or_repeat(search: Listener) -> None:
    for q, sort in product(["", "gold", "tea"], Sort):
        whole, paged, cursor = skus(search, q, sort=sort), [], None
        with search.engine.connect().execution_options(read_only=True) as connection:
            while (page := find(connection, ProductQuery(q=q, sort=sort, limit=1), cursor)).next_cursor:
                paged += page.items
                cursor = page.next_cursor
        assert [found.sku for found in [*paged, *page.items]] == whole


def test_a_foreign_cursor_is_refused(search: Listener) -> None:
    for cursor in ("x", "bnVsbA==", "WzEsMiwzXQ==", "eyJhIjoxfQ=="):
        with search.engine.connect().execution_options(read_only=True) as connection, pytest.raises(BadCursor):
            find(connection, ProductQuery(), cursor)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=40), st.text(alphabet="\"'*()^:-+&|!<>\\ \x00ANDORNEAR{}", max_size=20)))
def test_no_text_breaks_the_query(search: Listener, q: str) -> None:
    skus(search, q)
