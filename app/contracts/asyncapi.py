"""The AsyncAPI 3 document of the published language: `python -m app.contracts.asyncapi > docs/asyncapi.json`."""

import json
from typing import TypeAlias, get_args

from pydantic import BaseModel, JsonValue

from app.contracts.events import Answer, PriceEvent, ProposalMoved
from app.contracts.streams import AMISS, EVENT_FIELD, LIFECYCLE_STREAM, LINK_FIELD, PARTITIONS, REGISTRY

Json: TypeAlias = dict[str, JsonValue]
_CHANNELS: dict[str, tuple[str, str, tuple[type[BaseModel], ...]]] = {
    "prices": (
        "px:{pNN}:ev",
        f"One stream per partition, NN = 00 to {PARTITIONS - 1}; a SKU travels in partition "
        f"crc32(sku) mod {PARTITIONS}, in order.",
        get_args(PriceEvent),
    ),
    "answers": (
        "px:{said-CONTEXT}:ev",
        f"What one context says; CONTEXT is its name in the registry `{REGISTRY}`.",
        get_args(Answer),
    ),
    "lifecycle": (LIFECYCLE_STREAM, "Every move of every proposal.", (ProposalMoved,)),
}


_OPERATIONS: Json = {
    "followPrices": {"action": "receive", "channel": {"$ref": "#/channels/prices"}},
    "answer": {"action": "send", "channel": {"$ref": "#/channels/answers"}},
    "followProposals": {"action": "receive", "channel": {"$ref": "#/channels/lifecycle"}},
}


def document() -> Json:
    """Return the document as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Baton: the published language", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {name: _channel(*channel) for name, channel in _CHANNELS.items()},
        "operations": dict(_OPERATIONS),
        "components": {
            "messages": {_type(model): _message(model) for *_, models in _CHANNELS.values() for model in models}
        },
    }


_DESCRIPTION = (
    f"Redis streams; each entry has the event as UTF-8 JSON in its field `{EVENT_FIELD}`, and its link in its "
    f"field `{LINK_FIELD}`. Entry ids are `<seq>-0`, dense per stream from 1: read with XREAD from the last "
    "sequence you settled, and treat a gap as not yet there. A link is BLAKE2b (8 bytes, in hex) over `<link "
    "before> <seq> <event>`, with an empty link before the first entry: what does not link to where you stand is "
    f"not ours. Step over it, and add the stream's name to the set `{AMISS}`: it is then written anew. Answers may "
    "go without links; give them, and nobody else can answer in your place: register with `said`, the number of "
    "your answers. Delivery is at least once; never apply a lower price version over a higher one. What you "
    "confirmed once you cannot refuse later. Money is integer minor units."
)


def _channel(address: str, description: str, models: tuple[type[BaseModel], ...]) -> Json:
    messages: Json = {_type(model): {"$ref": f"#/components/messages/{_type(model)}"} for model in models}
    return {"address": address, "description": description, "messages": messages}


def _message(model: type[BaseModel]) -> Json:
    return {
        "name": _type(model),
        "title": model.__name__,
        "summary": " ".join((model.__doc__ or "").split()),
        "payload": model.model_json_schema(),
    }


def _type(model: type[BaseModel]) -> str:
    return str(model.model_fields["type"].default)


if __name__ == "__main__":
    print(json.dumps(document(), indent=1, ensure_ascii=False))
