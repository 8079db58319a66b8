"""What kinds of other packages are asked about rows of a draft: beforehand, since they may take their time.

Answers are remembered, so that nobody waits for a package while holding the store; that a row does not fit is asked
anew each time, because a package may be mended.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue, TypeAdapter, ValidationError

from rules import registry
from rules.rule import Parameter, Rule

MOST = 4_096
_PARAMETERS = TypeAdapter(dict[str, Parameter])
_told: dict[tuple[str, str], str] = {}


def fault(rule: Rule) -> str:
    """Say why a rule's parameters do not fit its kind, as that says it; nothing if they do."""
    asked = (rule.kind, _PARAMETERS.dump_json(rule.parameters).decode())
    told = _told.get(asked)
    return _ask(*asked) if told is None else told


def ask_ahead(rules: Iterable[Rule], written: Sequence[Mapping[str, JsonValue]]) -> None:
    """Ask what will have to be known of rows that stand in a draft, and of some that are written."""
    for named in {rule.kind for rule in rules}:
        registry.kind_words(named)
    kinds = registry.kinds()
    for row in written:
        kind = kinds.get(str(row.get("kind")))
        parameters = _read(row.get("parameters")) if kind is not None and kind.apart else None
        if kind is not None and parameters is not None:
            registry.kind_words(kind.name)
            if _told.get((kind.name, parameters)) != "":
                _ask(kind.name, parameters)


def _ask(kind: str, parameters: str) -> str:
    if len(_told) >= MOST:
        _told.clear()
    told = _told[kind, parameters] = registry.kinds()[kind].faults_in(json.loads(parameters))
    return told


def _read(parameters: JsonValue) -> str | None:
    """Return parameters as they are remembered; nothing if they are none, which whoever takes the row says."""
    if not isinstance(parameters, dict):
        return None
    try:
        found = _PARAMETERS.validate_json(json.dumps(parameters, sort_keys=True), strict=True)
    except ValidationError:
        return None
    return _PARAMETERS.dump_json(found).decode()
