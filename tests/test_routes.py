"""Addresses carry the filters that are set, and no others."""

from app import routes


def test_empty_filters_are_not_in_the_address():
    assert routes.with_query(routes.APPROVALS, q="a b", rule="", item=None) == "/approvals?q=a+b"
