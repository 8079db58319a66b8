"""The wire format is a promise: every event ever shipped has an example here, and it must still read the same."""

import json
from pathlib import Path
from typing import get_args

import pytest

from app.contracts import asyncapi
from app.contracts.events import Event, dump, parse
from app.contracts.streams import PARTITIONS, partition_of

GOLDEN = Path(__file__).parent / "golden"
DOCS = Path(__file__).parents[2] / "docs"


def models() -> list[type]:
    return [leaf for member in get_args(Event) for leaf in (get_args(member) or (member,))]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_event_has_a_golden_example_that_reads_and_writes_unchanged(model: type):
    kind = model.model_fields["type"].default
    golden = (GOLDEN / f"{kind}.json").read_text()

    event = parse(golden)

    assert type(event) is model
    assert json.loads(dump(event)) == json.loads(golden)


def test_an_event_from_a_newer_publisher_still_reads():
    golden = json.loads((GOLDEN / "price-change-published.v1.json").read_text())

    assert parse(json.dumps({**golden, "season": "kharif"})) == parse(json.dumps(golden))


def test_the_shipped_asyncapi_document_is_the_models():
    shipped = json.loads((DOCS / "asyncapi.json").read_text())

    assert shipped == asyncapi.document()


def test_partitions_are_stable_for_ever():
    assert [partition_of(sku) for sku in ("BB-00001", "BB-00002", "ÄÖ-1", "")] == [15, 5, 4, 0]
    assert PARTITIONS == 16
