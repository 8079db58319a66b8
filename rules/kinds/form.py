"""The parameters of a kind as fields of a form. Made from the JSON schema, so that foreign kinds have forms as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rules.kinds.kind import RuleKind
from rules.rule import Parameter


class FieldKind(StrEnum):
    """How a field is typed and checked."""

    INTEGER = "integer"
    PERCENT = "percent"
    """A whole number of basis points."""
    MONEY = "money"
    """Minor units of the currency that the rule is about."""
    CHOICE = "choice"
    INTEGERS = "integers"
    YES_NO = "yes_no"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class FormField:
    """One parameter. `least` and `most` bound a number, or the length of a list or text; None leaves them open."""

    name: str
    title: str
    kind: FieldKind
    least: int | None
    most: int | None
    default: Parameter | None
    required: bool
    choices: tuple[Parameter, ...]
    help: str


def fields_of(kind: type[RuleKind]) -> tuple[FormField, ...]:
    """Return the fields of a kind in the order in which it declares them; none if it does not describe itself."""
    schema = kind.form_schema()
    properties, required = _mapping(schema.get("properties")), schema.get("required")
    needed = required if isinstance(required, list) else []
    return tuple(_field(name, _mapping(about), name in needed) for name, about in properties.items())


def _field(name: str, about: Mapping[str, object], required: bool) -> FormField:
    allowed = _allowed(about)
    kind = _kind(name, about, allowed)
    least, most = _bounds(allowed, kind)
    return FormField(
        name=name,
        title=str(about.get("title") or name.replace("_", " ").capitalize()),
        kind=kind,
        least=least,
        most=most,
        default=_parameter(about.get("default")),
        required=required,
        choices=_choices(allowed),
        help=str(about.get("description") or ""),
    )


def _allowed(about: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a value that is there has to be: of `this or nothing` the first part."""
    alternatives = about.get("anyOf")
    for each in alternatives if isinstance(alternatives, list) else ():
        if _mapping(each).get("type") != "null":
            return _mapping(each)
    return about


def _kind(name: str, about: Mapping[str, object], allowed: Mapping[str, object]) -> FieldKind:
    if _choices(allowed):
        return FieldKind.CHOICE
    simple = {"boolean": FieldKind.YES_NO, "array": FieldKind.INTEGERS, "string": FieldKind.TEXT}
    if (found := simple.get(str(allowed.get("type")))) is not None:
        return found
    if about.get("unit") == FieldKind.MONEY:
        return FieldKind.MONEY
    return FieldKind.PERCENT if name.endswith("_bp") or about.get("unit") == FieldKind.PERCENT else FieldKind.INTEGER


def _bounds(allowed: Mapping[str, object], kind: FieldKind) -> tuple[int | None, int | None]:
    if kind is FieldKind.INTEGERS:
        return _integer(allowed.get("minItems")), _integer(allowed.get("maxItems"))
    if kind is FieldKind.TEXT:
        return _integer(allowed.get("minLength")), _integer(allowed.get("maxLength"))
    above, below = _integer(allowed.get("exclusiveMinimum")), _integer(allowed.get("exclusiveMaximum"))
    least = _integer(allowed.get("minimum")) if above is None else above + 1
    return least, _integer(allowed.get("maximum")) if below is None else below - 1


def _choices(allowed: Mapping[str, object]) -> tuple[Parameter, ...]:
    listed = allowed.get("enum")
    choices = (_parameter(value) for value in (listed if isinstance(listed, list) else ()))
    return tuple(choice for choice in choices if choice is not None)


def _parameter(value: object) -> Parameter | None:
    if isinstance(value, (list, tuple)):
        return tuple(each for each in value if type(each) is int)
    return value if isinstance(value, (int, str)) else None


def _integer(value: object) -> int | None:
    return value if type(value) is int else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
